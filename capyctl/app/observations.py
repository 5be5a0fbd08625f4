"""Asking every source everything it can answer about one provider, once, side by side."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from capyctl.app.questions import Replies, Reply, ask, ask_tags
from capyctl.app.resolution import ProviderResolution
from capyctl.app.side_by_side import SideBySide
from capyctl.core.evidence import Evidence
from capyctl.core.listed import ListedVersion, RepositoryFacts
from capyctl.core.metadata import METADATA
from capyctl.core.retractions import Retraction
from capyctl.core.rules.observed import Observed
from capyctl.core.selection import Chosen, NoneLeft
from capyctl.core.version import in_order_of_choice, parse_version
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetcher import FileContent, FileSource


class Observations(Struct, frozen=True, kw_only=True):
    """Every answer, found or not."""

    lists: tuple[Reply[tuple[ListedVersion, ...]], ...]
    tags: Replies[tuple[ListedVersion, ...]]
    repository: tuple[Reply[RepositoryFacts], ...]
    release: Reply[ListedVersion] | None
    go_mods: tuple[Reply[tuple[Retraction, ...]], ...]
    files: dict[str, tuple[Reply[FileContent], ...]]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything that was asked."""
        replies: list[Reply[object]] = [*self.lists, *self.repository]
        replies += [*self.tags.items, *([self.release] if self.release is not None else [])]
        replies += self.go_mods
        replies += [reply for group in self.files.values() for reply in group]
        return tuple(piece for reply in replies for piece in reply.evidence)

    def observed(self, resolution: ProviderResolution, now: str) -> Observed:
        """The table that the rules judge."""
        choice = resolution.choice
        passed_over = choice.passed_over if isinstance(choice, Chosen | NoneLeft) else ()
        facts = [reply.answer.value for reply in self.repository if reply.answer is not None]
        return Observed(
            label=resolution.target.entry.key.manifest_label,
            type=resolution.target.entry.key.type,
            version=_observed_tag(resolution),
            now=now,
            chosen=resolution.chosen is not None,
            tags=self._tags(resolution),
            records=self._records(),
            git_tags=_tag_names(self.tags),
            retractions=tuple(
                item for reply in self.go_mods if reply.answer is not None for item in reply.answer.value
            ),
            archived=next((item.archived for item in facts if item.archived is not None), None),
            digests={name: _digests(replies) for name, replies in self.files.items()},
            passed_over={item.version.tag: item.code for item in passed_over if item.code is not None},
            evidence=self.evidence,
        )

    def _tags(self, resolution: ProviderResolution) -> dict[str, list[str]]:
        found = dict(resolution.listing.tags) if resolution.listing is not None else {}
        for reply in self.lists:
            if reply.answer is not None:
                found[reply.route] = [version.tag for version in reply.answer.value]
        return found

    def _records(self) -> dict[str, ListedVersion] | None:
        for reply in self.lists:
            if reply.route.endswith("-api") and reply.answer is not None:
                return {version.tag: version for version in reply.answer.value}
        if self.release is not None and self.release.answer is not None:
            return {self.release.answer.value.tag: self.release.answer.value}
        return None


def observe(resolution: ProviderResolution, sources: ProviderSources, asker: Asker) -> Observations:
    """Put every question to every source that can answer it, in one round; nothing here falls back."""
    location = resolution.target.location
    tag = _observed_tag(resolution)
    pinned = resolution.target.pin is not None
    # A pin asks for its own files, for its release and for the repository's name, never for a list (cli.md 6).
    listers = () if pinned else (*sources.listings, *sources.fallback_listings)
    releases = sources.releases if pinned else None
    knowers = [source for source in (sources.latest, sources.repository) if source is not None]
    group = SideBySide()
    lists = [group.put(partial(ask, source.route, partial(source.versions, location))) for source in listers]
    known = [
        group.put(partial(ask, source.route, partial(source.repository, location))) for source in knowers
    ]
    tags = group.put(partial(ask_tags, sources, location, asker)) if not pinned else None
    release = (
        group.put(partial(ask, releases.route, partial(releases.release, location, tag)))
        if releases is not None and tag is not None
        else None
    )
    files = {
        name: [
            group.put(partial(ask, source.route, partial(source.file, location, tag, name)))
            for source in _file_routes(sources, name)
        ]
        for name in (METADATA, location.components_file)
        if tag is not None
    }
    go_mods = [
        group.put(partial(ask, source.route, partial(source.retractions, location, highest)))
        for source in ([sources.retractions] if sources.retractions is not None else [])
        for highest in _highest_of_modules(resolution)
    ]
    group.ask(asker)
    return Observations(
        lists=tuple(each.answer for each in lists),
        tags=tags.answer if tags is not None else Replies(items=()),
        repository=tuple(each.answer for each in known),
        release=release.answer if release is not None else None,
        go_mods=tuple(each.answer for each in go_mods),
        files={name: tuple(each.answer for each in replies) for name, replies in files.items()},
    )


def _file_routes(sources: ProviderSources, name: str) -> list[FileSource]:
    """Every route to a file; the module proxy holds metadata.yaml alone."""
    witness = sources.witness if name == METADATA else None
    return [*sources.files, *(source for source in (witness, sources.override) if source is not None)]


def _highest_of_modules(resolution: ProviderResolution) -> list[str]:
    """The best listed version of each module path, whose go.mod speaks for all of them; v0 and v1 share one."""
    listed = resolution.listing.tags.items() if resolution.listing is not None else ()
    tags = {tag for route, known in listed if route.startswith("goproxy:") for tag in known}
    best: dict[int, str] = {}
    for version in in_order_of_choice(item for tag in tags if (item := parse_version(tag)) is not None):
        best.setdefault(max(version.major, 1), version.tag)
    return list(best.values())


def _observed_tag(resolution: ProviderResolution) -> str | None:
    """The version to look at closely: the chosen one, else the pinned one, else the newest rejected one."""
    choice = resolution.choice
    if isinstance(choice, Chosen):
        return choice.judgement.version.tag
    if resolution.target.pin is not None:
        return resolution.target.pin
    if isinstance(choice, NoneLeft):
        first = choice.blocked or next(iter(choice.passed_over), None)
        return first.version.tag if first is not None else None
    return None


def _tag_names(replies: Replies[tuple[ListedVersion, ...]]) -> frozenset[str] | None:
    told = replies.first_found
    if told is None or told.answer is None:
        return None
    return frozenset(version.tag for version in told.answer.value)


def _digests(replies: tuple[Reply[FileContent], ...]) -> dict[str, str]:
    return {
        reply.route: reply.answer.value.sha256
        for reply in replies
        if reply.answer is not None and reply.route != "override"
    }
