"""Resolving providers: which version of each, why, and its files checked (style C5, cli.md 6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.hidden_versions import may_hide_versions
from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.judge import Candidate, judge_candidate, tells_of_files
from capyctl.app.questions import (
    FileQuestion,
    Listing,
    Replies,
    ask,
    ask_fallback_lists,
    ask_file,
    ask_listing,
    is_settled,
)
from capyctl.app.remembering import expected_files, remember_run
from capyctl.app.resolution import ProviderResolution, ResolveRequest, Target
from capyctl.app.side_by_side import SideBySide
from capyctl.core.contract import NEWEST_CORE_CONTRACT, accepted_contracts
from capyctl.core.diagnostics import Subject
from capyctl.core.evidence import Evidence
from capyctl.core.identity import ProviderType
from capyctl.core.listed import ListedVersion
from capyctl.core.location import RepositoryLocation
from capyctl.core.metadata import METADATA, MetadataReading
from capyctl.core.pinned import choose_pinned
from capyctl.core.rendered_components import RenderedComponents
from capyctl.core.selection import (
    Choice,
    ChoicePolicy,
    Chosen,
    Judgement,
    Wanting,
    choose,
    merge_listings,
)
from capyctl.core.version import ProviderVersion, parse_tag, spellings_of
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import ProviderSources, SourceCatalog
from capyctl.ports.fetcher import FileContent


class _Progress(Struct, kw_only=True):
    """The state of one provider while its run goes on.

    ``searched`` says that the forge's own list was asked for hidden versions; once is enough. ``ahead`` holds
    what was asked for with round one, since the last run needed it; it counts once this run needs it too.
    """

    target: Target
    location: RepositoryLocation
    sources: ProviderSources
    listing: Listing | None = None
    candidates: tuple[ProviderVersion, ...] = ()
    files: dict[tuple[str, str], Replies[FileContent]] = field(default_factory=dict)
    ahead: dict[tuple[str, str], Replies[FileContent]] = field(default_factory=dict)
    readings: dict[str, MetadataReading] = field(default_factory=dict)
    inspections: dict[str, RenderedComponents] = field(default_factory=dict)
    from_proxy: set[str] = field(default_factory=set)
    searched: bool = False

    @property
    def label(self) -> str:
        return self.target.label

    @property
    def installed(self) -> ProviderVersion | None:
        return self.target.terms.installed if self.target.terms is not None else None


class Resolver(Struct, frozen=True, kw_only=True):
    """Resolves providers over a catalog of sources; constructing it asks nothing."""

    catalog: SourceCatalog
    asker: Asker
    components: ComponentsPolicy

    def resolve(self, request: ResolveRequest) -> tuple[ProviderResolution, ...]:
        """Choose a version for each target, in rounds of questions that all targets share."""
        runs = [_begin(target, self.catalog) for target in request.targets]
        self.catalog.warm(tuple(run.target.entry for run in runs))
        self._list([run for run in runs if run.target.pin is None])
        for run in runs:
            run.candidates = _candidates(run)
        while True:
            accepted = [_accepted(request, run, runs) for run in runs]
            choices = [
                _choose(run, allowed, request.policy) for run, allowed in zip(runs, accepted, strict=True)
            ]
            wanted = [_open_files(run, choice) for run, choice in zip(runs, choices, strict=True)]
            if not any(wanted):
                if self._ask_for_hidden_versions(runs, choices):
                    continue
                break
            self._ask(list(zip(runs, wanted, strict=True)), request)
        for run, choice in zip(runs, choices, strict=True):
            remember_run(run.sources, run.files, chosen=isinstance(choice, Chosen) and run.target.pin is None)
        return tuple(
            ProviderResolution(
                target=run.target,
                listing=run.listing,
                choice=choice,
                accepted=allowed,
                files=run.files,
                inspections=run.inspections,
                from_proxy=frozenset(run.from_proxy),
            )
            for run, choice, allowed in zip(runs, choices, accepted, strict=True)
        )

    def _ask_for_hidden_versions(self, runs: Sequence[_Progress], choices: Sequence[Choice]) -> bool:
        """Ask the forge's list of releases, once, where a proxy's list may have decided the choice.

        The route of listing must never do that (cli.md 6, Online). Returns whether any list grew.
        """
        hidden = [
            (run, run.listing)
            for run, choice in zip(runs, choices, strict=True)
            if run.listing is not None
            and not run.searched
            and may_hide_versions(run.listing, run.sources, choice, run.installed)
        ]
        calls = [partial(ask_fallback_lists, run.sources, run.location, self.asker) for run, _ in hidden]
        answers = self.asker.together(calls) if calls else []
        for (run, listing), more in zip(hidden, answers, strict=True):
            run.searched = True
            run.listing = replace(listing, lists=Replies(items=listing.lists.items + more.items))
            run.candidates = _candidates(run)
        return bool(hidden)

    def _list(self, runs: Sequence[_Progress]) -> None:
        by_location: dict[RepositoryLocation, _Progress] = {}
        for run in runs:
            by_location.setdefault(run.location, run)
        group = SideBySide()
        listings = {
            location: group.put(partial(ask_listing, run.sources, location, self.asker))
            for location, run in by_location.items()
        }
        ahead = [
            (run, file, group.put(partial(ask_file, self._question_ahead(run, *file), self.asker)))
            for run in runs
            for file in expected_files(run.sources, run.location)
        ]
        group.ask(self.asker)
        for run in runs:
            run.listing = listings[run.location].answer
        for run, file, replies in ahead:
            run.ahead[file] = replies.answer

    def _ask(
        self, wanted: Sequence[tuple[_Progress, tuple[tuple[str, str], ...]]], request: ResolveRequest
    ) -> None:
        """One round: every open file of every provider, side by side."""
        flat = [(run, tag, name) for run, files in wanted for tag, name in files]
        calls = [partial(self._file, run, tag, name, request) for run, tag, name in flat]
        for (run, tag, name), replies in zip(flat, self.asker.together(calls), strict=True):
            run.files[tag, name] = replies
            found = replies.first_found
            if found is not None and found.answer is not None:
                self._read(run, tag, name, found.answer.value, replies.evidence)

    def _read(
        self, run: _Progress, tag: str, name: str, content: FileContent, evidence: tuple[Evidence, ...]
    ) -> None:
        if name != METADATA:
            run.inspections[tag] = self.components.read(run.target.entry, tag, content)
            return
        version = next(each for each in run.candidates if each.tag == tag)
        subject = Subject(provider=run.label, version=tag, file=METADATA)
        run.readings[tag] = self.components.metadata(version, content, subject=subject, evidence=evidence)

    def _file(self, run: _Progress, tag: str, name: str, request: ResolveRequest) -> Replies[FileContent]:
        final = run.listing is not None and run.listing.is_known_public
        replies = _known_ahead(run, tag, name, final=final)
        if replies is None:
            replies = ask_file(self._question(run, tag, name, final=final), self.asker)
        witness = run.sources.witness
        if name != METADATA or not request.metadata_from_proxy or witness is None:
            return replies
        if replies.first_found is not None or any(item.is_absent for item in replies.items):
            return replies
        stand_in = ask_file(
            FileQuestion(
                sources=ProviderSources(files=(witness,)),
                location=run.location,
                tag=tag,
                name=name,
                absence_is_final=True,
            ),
            self.asker,
        )
        if stand_in.first_found is not None:
            run.from_proxy.add(tag)
        return Replies(items=replies.items + stand_in.items)

    def _question(self, run: _Progress, tag: str, name: str, *, final: bool) -> FileQuestion:
        return FileQuestion(
            sources=run.sources, location=run.location, tag=tag, name=name, absence_is_final=final
        )

    def _question_ahead(self, run: _Progress, tag: str, name: str) -> FileQuestion:
        """The same without an override: it counts as used only once this run needs the file."""
        question = self._question(run, tag, name, final=True)
        return replace(question, sources=replace(run.sources, override=None))


def _known_ahead(run: _Progress, tag: str, name: str, *, final: bool) -> Replies[FileContent] | None:
    """What round one brought of a file; None where an override, or a further route, has to be asked."""
    replies, override = run.ahead.get((tag, name)), run.sources.override
    if replies is None or not is_settled(replies, absence_is_final=final):
        return None
    if (
        override is not None
        and not ask(override.route, partial(override.file, run.location, tag, name)).is_absent
    ):
        return None
    return replies


def _begin(target: Target, catalog: SourceCatalog) -> _Progress:
    return _Progress(target=target, location=target.location, sources=catalog.sources(target.entry))


def _candidates(run: _Progress) -> tuple[ProviderVersion, ...]:
    pin, terms = run.target.pin, run.target.terms
    if pin is not None:
        spellings = (parse_tag(tag) for tag in spellings_of(pin))
        return tuple(version for version in spellings if version is not None)
    listed = merge_listings(run.listing.tags.values()) if run.listing is not None else ()
    listed = run.target.requirement.candidates(listed)
    return listed if terms is None else tuple(version for version in listed if terms.admits(version))


def _accepted(request: ResolveRequest, run: _Progress, runs: Iterable[_Progress]) -> frozenset[str]:
    """The contracts a provider may implement here (cli.md 6, Choice)."""
    if run.target.terms is not None:
        return run.target.terms.accepted
    if run.target.requirement.contract is not None:
        return frozenset({run.target.requirement.contract})
    if request.contract is not None:
        return frozenset({request.contract})
    newest = accepted_contracts(NEWEST_CORE_CONTRACT)
    if run.target.entry.key.type is ProviderType.CORE:
        return newest
    core = next((item for item in runs if item.target.entry.key.type is ProviderType.CORE), None)
    if core is None:
        return accepted_contracts(request.core_contract) if request.core_contract is not None else newest
    choice = _choose(core, newest, request.policy)
    contract = choice.judgement.contract if isinstance(choice, Chosen) else None
    return accepted_contracts(contract) if contract is not None else newest


def _choose(run: _Progress, accepted: frozenset[str], policy: ChoicePolicy) -> Choice:
    judged: dict[str, Judgement] = {}
    listed = run.listing.listed if run.listing is not None else {}
    for version in run.candidates:
        if (version.tag, METADATA) not in run.files and not tells_of_files(listed.get(version.tag)):
            continue
        judgement = judge_candidate(_candidate(run, version, listed.get(version.tag)), accepted)
        if judgement is not None:
            judged[version.tag] = judgement
    if run.target.pin is not None:
        return choose_pinned(run.candidates, judged, policy)
    terms = run.target.terms
    if terms is not None:
        policy = replace(policy, allow_prerelease=terms.takes_prereleases)
    elif run.target.requirement.takes_prereleases:
        policy = replace(policy, allow_prerelease=True)
    return choose(run.candidates, judged, policy)


def _candidate(run: _Progress, version: ProviderVersion, listed: ListedVersion | None) -> Candidate:
    components_file = run.location.components_file
    return Candidate(
        version=version,
        label=run.label,
        components_file=components_file,
        metadata=run.files.get((version.tag, METADATA)),
        components=run.files.get((version.tag, components_file)),
        reading=run.readings.get(version.tag),
        inspection=run.inspections.get(version.tag),
        listed=listed,
        from_proxy=version.tag in run.from_proxy,
    )


def _open_files(run: _Progress, choice: Choice) -> tuple[tuple[str, str], ...]:
    """The files that the next round has to bring: both of the best open candidate, metadata of its batch."""
    components_file = run.location.components_file
    if isinstance(choice, Wanting):
        first, *others = choice.versions
        wanted = [(first.tag, METADATA), (first.tag, components_file)]
        wanted += [(version.tag, METADATA) for version in others]
    else:
        decided = [choice.judgement] if isinstance(choice, Chosen) else []
        passed_over = choice.passed_over
        # The reasons of the newest few rejections are worth a question each; beyond them the tag says enough.
        doubtful = [*decided, *passed_over[:5]]
        wanted = [(item.version.tag, components_file) for item in doubtful if item.provisional]
    return tuple(item for item in wanted if item not in run.files)
