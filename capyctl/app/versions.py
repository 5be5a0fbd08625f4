"""Every version any source knows of a provider, with its state, series and contract (cli.md 5)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.changed_files import changed_files
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.own_metadata import MetadataReader, OwnMetadata
from capyctl.app.questions import Found, Reply
from capyctl.app.report_listing import partial_lists
from capyctl.app.resolution import Target
from capyctl.app.version_lists import KnownVersions, ask_every_list
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.evidence import CACHE_ROUTE, Evidence
from capyctl.core.identity import ProviderKey
from capyctl.core.metadata import METADATA
from capyctl.core.selection import merge_listings
from capyctl.core.version import ProviderVersion
from capyctl.core.version_state import VersionFacts, VersionState, newest_first, state_of
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog

_RELEASED = frozenset({VersionState.STABLE, VersionState.PRERELEASE, VersionState.INCOMPLETE})


class VersionRow(Struct, frozen=True, kw_only=True):
    """One version; ``state`` is None where no source could tell, and ``reason`` then says why."""

    version: str
    state: VersionState | None
    series: tuple[int, int] | None
    contract: str | None
    published_at: str | None
    sources: tuple[str, ...]
    reason: str | None


class ProviderVersions(Struct, frozen=True, kw_only=True):
    """The versions of one provider, newest first, and what was found on the way."""

    key: ProviderKey
    rows: tuple[VersionRow, ...]
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...] = ()


def list_versions(
    target: Target, catalog: SourceCatalog, asker: Asker, *, verify: bool = False
) -> ProviderVersions:
    """Ask every source for its list side by side, and judge each version in the light of all of them.

    With ``verify`` each released version's own metadata.yaml is read; else the newest sound one speaks
    for all series.
    """
    sources = catalog.sources(target.entry)
    location = target.location
    known = ask_every_list(location, sources, asker)
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


def _facts(version: ProviderVersion, known: KnownVersions, components_file: str) -> VersionFacts:
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
    if known.has_records or tag in known.by_route.get(CACHE_ROUTE, {}):
        return VersionFacts(released=False, tagged=tagged, seen=tag in known.seen)
    return _facts_without_record(tag, known, components_file)


def _facts_without_record(tag: str, known: KnownVersions, components_file: str) -> VersionFacts:
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
    version: ProviderVersion, facts: VersionFacts, known: KnownVersions, own: dict[str, OwnMetadata]
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
    target: Target, known: KnownVersions, rows: Sequence[VersionRow], own: dict[str, OwnMetadata]
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
