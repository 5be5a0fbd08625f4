"""Every version any source knows of a provider, with its state, series and contract (cli.md 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from capyctl.app.changed_files import changed_files
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.judge import METADATA
from capyctl.app.own_metadata import MetadataReader, OwnMetadata
from capyctl.app.questions import Found, Replies, Reply, ask, ask_tags
from capyctl.app.report_listing import partial_lists
from capyctl.app.resolution import Target
from capyctl.app.side_by_side import SideBySide
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.identity import ProviderKey
from capyctl.core.selection import merge_listings
from capyctl.core.version import ProviderVersion
from capyctl.core.version_state import VersionFacts, VersionState, newest_first, state_of
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import ProviderSources, SourceCatalog
from capyctl.ports.fetcher import ListedVersion, RepositoryFacts

MEMORY = "cache"
"""Stands among the sources of a version that only the disk cache knows of."""

_RELEASED = frozenset({VersionState.STABLE, VersionState.PRERELEASE, VersionState.INCOMPLETE})


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version; ``state`` is None where no source could tell, and ``reason`` then says why."""

    version: str
    state: VersionState | None
    series: tuple[int, int] | None
    contract: str | None
    published_at: str | None
    sources: tuple[str, ...]
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderVersions:
    """The versions of one provider, newest first, and what was found on the way."""

    key: ProviderKey
    rows: tuple[VersionRow, ...]
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """Everything the sources listed, looked over once, since every row asks for it.

    Attributes:
        by_route: each source's versions by tag. git_tags: tags of the repository, or None where nobody told;
        tags_route is who did. has_records: whether a forge told which releases there are.
        seen: tags whose release an earlier run on this machine saw.
    """

    lists: tuple[Reply[tuple[ListedVersion, ...]], ...]
    latest: Reply[RepositoryFacts] | None
    tags: Replies[tuple[ListedVersion, ...]]
    by_route: dict[str, dict[str, ListedVersion]]
    git_tags: frozenset[str] | None
    tags_route: str | None
    has_records: bool
    seen: frozenset[str] = frozenset()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        pieces = [piece for reply in self.lists for piece in reply.evidence]
        pieces += self.latest.evidence if self.latest is not None else ()
        return (*pieces, *self.tags.evidence)

    @property
    def latest_tag(self) -> str | None:
        return _latest_tag(self.latest)


def _known(
    lists: tuple[Reply[tuple[ListedVersion, ...]], ...],
    latest: Reply[RepositoryFacts] | None,
    tags: Replies[tuple[ListedVersion, ...]],
) -> _Known:
    told = tags.first_found
    tagged = told.answer.value if told is not None and told.answer is not None else None
    by_route: dict[str, dict[str, ListedVersion]] = {}
    for reply in lists:
        if reply.answer is not None:
            by_route[reply.route] = {version.tag: version for version in reply.answer.value}
    marked = _latest_tag(latest)
    if marked is not None and latest is not None:
        by_route.setdefault(latest.route, {})[marked] = ListedVersion(tag=marked)
    if tagged is not None and told is not None:
        listed = by_route.setdefault(told.route, {})
        listed |= {item.tag: item for item in tagged if item.tag not in listed}
    return _Known(
        lists=lists,
        latest=latest,
        tags=tags,
        by_route=by_route,
        git_tags=frozenset(version.tag for version in tagged) if tagged is not None else None,
        tags_route=told.route if told is not None else None,
        has_records=any(_is_forge_record(reply) for reply in lists),
    )


def _latest_tag(latest: Reply[RepositoryFacts] | None) -> str | None:
    return latest.answer.value.latest if latest is not None and latest.answer is not None else None


def list_versions(
    target: Target, catalog: SourceCatalog, asker: Asker, *, verify: bool = False
) -> ProviderVersions:
    """Ask every source for its list side by side, and judge each version in the light of all of them.

    With ``verify`` each released version's own metadata.yaml is read; else the newest sound one speaks
    for all series.
    """
    sources = catalog.sources(target.entry)
    location = target.location
    known = _with_gone(_ask_all(target, sources, asker), sources)
    versions = newest_first(merge_listings(known.by_route.values()))
    facts = {version.tag: _facts(version, known, location.components_file) for version in versions}
    released = [version for version in versions if _has_metadata(version, facts[version.tag])]
    reader = MetadataReader(target=target, sources=sources, asker=asker, public=known.latest_tag is not None)
    complete = [version for version in released if not facts[version.tag].missing]
    own = reader.read_all(released) if verify else reader.newest_sound(complete)
    rows = tuple(_row(version, facts[version.tag], known, own) for version in versions)
    if sources.memory is not None:
        sources.memory.saw_released(row.version for row in rows if row.state in _RELEASED)
    return ProviderVersions(
        key=target.entry.key,
        rows=rows,
        diagnostics=_diagnostics(target, known, rows, own),
        evidence=known.evidence,
    )


def _with_gone(known: _Known, sources: ProviderSources) -> _Known:
    """The same with releases that this machine has seen and that no source lists any more.

    Only a list of all releases proves that one is gone: none that is partial, and none of a module proxy.
    """
    if sources.memory is None or not _lists_every_release(known.lists):
        return known
    seen = sources.memory.released()
    listed = {tag for found in known.by_route.values() for tag in found}
    gone = {tag: ListedVersion(tag=tag) for tag in sorted(seen - listed)}
    return replace(known, by_route=known.by_route | ({MEMORY: gone} if gone else {}), seen=seen)


def _lists_every_release(lists: Sequence[Reply[tuple[ListedVersion, ...]]]) -> bool:
    whole = [
        reply.answer.partial is None
        for reply in lists
        if reply.answer is not None and not reply.route.startswith("goproxy:")
    ]
    return bool(whole) and all(whole)


def _ask_all(target: Target, sources: ProviderSources, asker: Asker) -> _Known:
    location = target.location
    group = SideBySide()
    lists = [
        group.put(partial(ask, source.route, partial(source.versions, location)))
        for source in (*sources.listings, *sources.fallback_listings)
    ]
    latest = (
        group.put(partial(ask, sources.latest.route, partial(sources.latest.repository, location)))
        if sources.latest is not None
        else None
    )
    # Where no other source lists tags, they are sure to be needed, and asked for in the same round.
    tags = group.put(partial(ask_tags, sources, location, asker)) if not sources.listings else None
    group.ask(asker)
    replies = tuple(each.answer for each in lists)
    needed = tags is None and _needs_tags(replies)
    told = ask_tags(sources, location, asker) if needed else Replies(items=())
    return _known(
        replies,
        latest.answer if latest is not None else None,
        tags.answer if tags is not None else told,
    )


def _needs_tags(replies: Sequence[Reply[tuple[ListedVersion, ...]]]) -> bool:
    """Whether a listed version has no release, or no other list knows tags."""
    records = [reply for reply in replies if _is_forge_record(reply)]
    if not records:
        return False
    released = {version.tag for reply in records if reply.answer for version in reply.answer.value}
    others = [reply.answer.value for reply in replies if reply.answer and not _is_forge_record(reply)]
    return not any(others) or any(version.tag not in released for listed in others for version in listed)


def _is_forge_record(reply: Reply[tuple[ListedVersion, ...]]) -> bool:
    return reply.answer is not None and (
        any(version.draft is not None for version in reply.answer.value) or reply.route.endswith("-api")
    )


def _facts(version: ProviderVersion, known: _Known, components_file: str) -> VersionFacts:
    tag = version.tag
    listed = [found[tag] for found in known.by_route.values() if tag in found]
    record = next((item for item in listed if item.draft is not None), None)
    tagged = tag in known.git_tags if known.git_tags is not None else None
    if record is not None or tag == known.latest_tag:
        files = record.assets if record is not None else None
        return VersionFacts(
            released=True,
            draft=bool(record and record.draft),
            tagged=tagged,
            files=frozenset(name for name, _ in files) if files is not None else None,
            needed=frozenset({METADATA, components_file}),
        )
    if known.has_records or tag in known.by_route.get(MEMORY, {}):
        return VersionFacts(released=False, tagged=tagged, seen=tag in known.seen)
    return _facts_without_record(tag, known, components_file)


def _facts_without_record(tag: str, known: _Known, components_file: str) -> VersionFacts:
    """Where the source has no releases apart from its files (a tree, a package registry, a snapshot).

    A module proxy and git list tags and know of no release. A snapshot holds nothing but metadata.yaml, so the lack
    of another file there says nothing.
    """
    listed = {route: found[tag] for route, found in known.by_route.items() if tag in found}
    assets = next((item.assets for item in listed.values() if item.assets is not None), None)
    if assets is not None:
        needed = {METADATA} if "snapshot" in listed else {METADATA, components_file}
        return VersionFacts(
            released=True, files=frozenset(name for name, _ in assets), needed=frozenset(needed)
        )
    is_only_tagged = all(route.startswith("goproxy:") or route == known.tags_route for route in listed)
    return VersionFacts(released=None if is_only_tagged else True)


def _has_metadata(version: ProviderVersion, facts: VersionFacts) -> bool:
    """Whether a release is there whose metadata.yaml can be read, though another of its files may be missing."""
    return state_of(version, facts) in _RELEASED and METADATA not in facts.missing


def _row(
    version: ProviderVersion, facts: VersionFacts, known: _Known, own: dict[str, OwnMetadata]
) -> VersionRow:
    read = own.get(version.tag)
    metadata = read.metadata if read is not None else next((item.metadata for item in own.values()), None)
    series = metadata.series_for(version) if metadata is not None else None
    own_series_missing = read is not None and metadata is not None and series is None
    listed = [found[version.tag] for found in known.by_route.values() if version.tag in found]
    if read is not None and read.outcome is Found.ABSENT:
        facts = replace(facts, files=facts.needed - {METADATA}, needed=facts.needed | {METADATA})
    state = state_of(version, facts)
    return VersionRow(
        version=version.tag,
        state=state,
        series=None if own_series_missing else version.series,
        contract=series.contract if series is not None else None,
        published_at=next((item.published_at for item in listed if item.published_at), None),
        sources=tuple(route for route, found in known.by_route.items() if version.tag in found),
        reason=_unread(read) or _reason(version, facts, state, own_series_missing),
    )


def _unread(read: OwnMetadata | None) -> str | None:
    """Why the version's own metadata.yaml tells nothing, where it was asked for and exists."""
    if read is None or read.metadata is not None or read.outcome is Found.ABSENT:
        return None
    return (
        "its metadata.yaml could not be had"
        if read.outcome is Found.UNAVAILABLE
        else "its metadata.yaml cannot be read"
    )


def _reason(
    version: ProviderVersion, facts: VersionFacts, state: VersionState | None, own_series_missing: bool
) -> str | None:
    if own_series_missing:
        return f"its own metadata.yaml lists no series {version.major}.{version.minor}"
    if state is VersionState.INCOMPLETE:
        return f"the release lacks {', '.join(facts.missing)}"
    reasons: dict[VersionState | None, str] = {
        None: "listed as a tag; whether it is released could not be asked",
        VersionState.TAG_ONLY: "there is a tag, but no published release",
        VersionState.WITHDRAWN: (
            "its release was seen here and is gone"
            if facts.seen
            else "still listed, but its tag no longer exists"
        ),
        VersionState.DRAFT: "the release is a draft",
    }
    return reasons.get(state)


def _diagnostics(
    target: Target, known: _Known, rows: Sequence[VersionRow], own: dict[str, OwnMetadata]
) -> tuple[Diagnostic, ...]:
    label = target.entry.key.manifest_label
    replies: list[Reply[object]] = [*known.lists]
    replies += [known.latest] if known.latest is not None else []
    failed = [
        Failure(error=reply.error, provider=label)
        for reply in replies
        if reply.error is not None and not reply.is_absent
    ]
    unread = {tag: read for tag, read in own.items() if read.outcome is Found.UNAVAILABLE}
    failed += [
        Failure(error=error, provider=label, version=tag, file=METADATA)
        for tag, read in unread.items()
        for error in read.replies.errors
    ]
    undecided = not rows or bool(unread) or any(row.state is None for row in rows)
    found = list(diagnose_failures(failed, Severity.ERROR if undecided else Severity.WARNING))
    found += partial_lists(label, known.lists)
    found += changed_files(label, (read.replies for read in own.values()))
    if rows or found:
        return tuple(found)
    absent = [reply for reply in replies if reply.error is not None and reply.is_absent]
    nothing = Diagnostic(
        code=codes.REPOSITORY_NOT_FOUND if absent else codes.NO_VERSION,
        severity=Severity.ERROR,
        detail=f"No source knows a version of {label}."
        + "".join(f" {reply.route}: {reply.error}." for reply in absent),
        subject=Subject(provider=label),
        evidence=tuple(piece for reply in absent for piece in reply.evidence),
    )
    return (nothing,)
