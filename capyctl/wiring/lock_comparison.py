"""All files of a locked run, compared with its lock before any of them is used (cli.md 7.2; issue 6, item 2)."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.lock.contradictions import contract_contradicted, size_contradicted
from capyctl.core.diagnostics import Confidence, Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.location import RepositoryLocation
from capyctl.core.lock_origin import for_another_version
from capyctl.core.metadata import METADATA
from capyctl.core.provider_table import TableEntry
from capyctl.core.rules.locked import (
    FoundBytes,
    FoundRepository,
    LockedPlace,
    address_elsewhere,
    file_differs,
    file_gone,
    file_not_in_lock,
    file_not_kept,
    repository_created_anew,
    repository_renamed_since,
)
from capyctl.core.version import parse_version
from capyctl.fetching.locked_files import LockedBytesError, LockedFiles, LockedSizeError, NotKeptError
from capyctl.fetching.memoized import repository_key
from capyctl.ports.fetch_errors import AbsentError, FetchError
from capyctl.ports.fetcher import RepositoryFacts
from capyctl.wiring.binding import Bound
from capyctl.wiring.lock_reading import lock_contradicted
from capyctl.wiring.locked import LockedRun
from capyctl.wiring.locked_places import moved_address
from capyctl.wiring.locked_references import check_cert_manager
from capyctl.wiring.world import World

_OVERRIDE = "override"


class _Wanted(Struct, kw_only=True):
    """One file of one provider, and what became of it."""

    entry: TableEntry
    files: LockedFiles
    name: str
    error: FetchError | None = None
    over_network: bool = False

    @property
    def location(self) -> RepositoryLocation:
        return self.entry.readable_location


class Compared(Struct, frozen=True, kw_only=True):
    """What the comparison brought.

    Attributes:
        refused: manifest labels with a file that is not the lock's or could not be had.
    """

    refused: frozenset[str] = frozenset()
    said: tuple[Diagnostic, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether anything differs or is lacking."""
        return bool(self.refused)


def bound_with_files(
    world: World, bound: Bound, entries: Sequence[TableEntry], cert_manager: TableEntry | None
) -> Bound:
    """What ``with_files`` answers in a run that is bound to a lock."""
    wanted = [each for each in entries if each.key.manifest_label not in bound.refused]
    said = [*bound.said]
    if cert_manager is not None:
        problems = check_cert_manager(world)
        said += problems
        wanted += [cert_manager] if not problems else []
    compared = compare_files(world, wanted)
    return replace(bound, refused=bound.refused | compared.refused, said=(*said, *compared.said))


def compare_files(world: World, entries: Sequence[TableEntry]) -> Compared:
    """Every file of these providers, side by side; then who their repositories are, where the network was asked."""
    run = world.locked
    if run is None:
        return Compared()
    wanted, said = _wanted(run, entries)
    refused = {each.subject.provider or "" for each in said}
    lacking = [each for each in wanted if not _is_at_hand(each)]
    if lacking:
        distant = (each.entry for each in lacking if run.catalog.comes_over_the_network(each.entry))
        run.catalog.connect(tuple({each.key: each for each in distant}.values()))
        world.asker.together([partial(_ask, run, each) for each in lacking])
    for each in wanted:
        found = (
            _diagnosed(run, each, each.error) if each.error is not None else _contract_problem(world, each)
        )
        said += found
        refused |= {each.entry.key.manifest_label} if found else set()
    said += _about_repositories(world, run, wanted, refused)
    return Compared(refused=frozenset(refused), said=tuple(said))


def _wanted(run: LockedRun, entries: Sequence[TableEntry]) -> tuple[list[_Wanted], list[Diagnostic]]:
    wanted: list[_Wanted] = []
    lacking: list[Diagnostic] = []
    for entry in {each.key.manifest_label: each for each in entries}.values():
        files = run.catalog.files(entry)
        if not isinstance(files, LockedFiles):
            continue
        label, components = entry.key.manifest_label, entry.readable_location.components_file
        needed = [components] if label == CERT_MANAGER else [METADATA, components]
        for name in needed:
            if name in files.release.files:
                wanted.append(_Wanted(entry=entry, files=files, name=name))
            else:
                lacking.append(file_not_in_lock(label, files.release.version, name, run.origin))
    return wanted, lacking


def _is_at_hand(wanted: _Wanted) -> bool:
    """Whether nobody has to be asked any more; an override with other bytes is an answer too."""
    try:
        found = wanted.files.at_hand(wanted.location, wanted.files.release.version, wanted.name)
    except FetchError as error:
        wanted.error = error
        return True
    return found is not None


def _ask(run: LockedRun, wanted: _Wanted) -> None:
    wanted.over_network = run.catalog.comes_over_the_network(wanted.entry)
    try:
        wanted.files.file(wanted.location, wanted.files.release.version, wanted.name)
    except FetchError as error:
        wanted.error = error


def _diagnosed(run: LockedRun, wanted: _Wanted, error: FetchError) -> tuple[Diagnostic, ...]:
    release = wanted.files.release
    place = LockedPlace(
        label=release.label,
        version=release.version,
        name=wanted.name,
        file=release.files[wanted.name],
        origin=run.origin,
        moved=_moved(run, wanted.entry),
        another=_another(run, release.label),
    )
    evidence = (*error.earlier, error.evidence)
    if isinstance(error, LockedBytesError):
        return (file_differs(place, _found(error, evidence)),)
    if isinstance(error, LockedSizeError):
        found = size_contradicted(release.label, wanted.name, place.file, error.size)
        return (lock_contradicted(run.lock, run.origin, found),)
    if isinstance(error, NotKeptError):
        return (file_not_kept(place, evidence),)
    if isinstance(error, AbsentError):
        return (file_gone(place, error.reason.rstrip("."), evidence),)
    failure = Failure(error=error, provider=release.label, version=release.version, file=wanted.name)
    return diagnose_failures([failure], Severity.ERROR)


def _contract_problem(world: World, wanted: _Wanted) -> tuple[Diagnostic, ...]:
    """Where the lock has another contract than its own metadata.yaml; a bundle's lock was judged with its files."""
    run, release = world.locked, wanted.files.release
    locked = run.lock.provider(release.label) if run is not None else None
    version = parse_version(release.version)
    if run is None or locked is None or version is None:
        return ()
    if wanted.name != METADATA or run.origin.option == "--bundle":
        return ()
    answer = wanted.files.file(wanted.location, release.version, METADATA)
    subject = Subject(provider=release.label, version=release.version, file=METADATA)
    read = world.components().metadata(version, answer.value, subject=subject, evidence=answer.evidence)
    found = contract_contradicted(locked, read.metadata)
    return (lock_contradicted(run.lock, run.origin, found),) if found is not None else ()


def _another(run: LockedRun, label: str) -> str | None:
    entry = run.lock.provider(label)
    return for_another_version(entry, pinned_by_address=label in run.pins) if entry is not None else None


def _found(error: LockedBytesError, evidence: tuple[Evidence, ...]) -> FoundBytes:
    is_override = error.route == _OVERRIDE
    first = error.changed.first if error.changed is not None else None
    seen = (
        f"This machine saw sha256:{first.value} of it first, at {first.seen_at}." if first is not None else ""
    )
    return FoundBytes(
        sha256=error.found.sha256,
        size=len(error.found.data),
        where=f"in the override {error.found.url}" if is_override else f"at {error.found.url}",
        evidence=evidence,
        seen=seen,
        is_override=is_override,
    )


def _about_repositories(
    world: World, run: LockedRun, wanted: Sequence[_Wanted], refused: Set[str]
) -> list[Diagnostic]:
    """Who the repositories are: one question for each whose files came over the network and whose number the lock has.

    Of an address that is not the lock's, what is kept of it is looked at in every run.
    """
    asked: dict[object, _Wanted] = {}
    for each in sorted(wanted, key=lambda each: not each.over_network):
        locked = run.catalog.locked(each.entry.key.manifest_label)
        if locked is None:
            continue
        then = locked.repository
        if (each.over_network and then.id is not None) or _moved(run, each.entry):
            asked.setdefault((repository_key(each.location), then.id, then.name), each)
    answers = world.asker.together([partial(_facts, run, each) for each in asked.values()]) if asked else []
    said = []
    for each, answer in zip(asked.values(), answers, strict=True):
        found = _compared_repository(run, each.entry, *(answer or (None, ())))
        if found is None or (found.confidence is Confidence.LIKELY and found.subject.provider in refused):
            continue  # what was refused names both addresses itself
        said.append(found)
    return said


def _facts(run: LockedRun, wanted: _Wanted) -> tuple[RepositoryFacts, tuple[Evidence, ...]] | None:
    """What the forge says of a repository, or is kept of what it said; no answer claims nothing."""
    catalog = run.catalog
    source = (catalog.repository if wanted.over_network else catalog.held_repository)(wanted.entry)
    if source is None:
        return None
    try:
        answer = source.repository(wanted.location)
    except FetchError:
        return None
    return answer.value, answer.evidence


def _compared_repository(
    run: LockedRun, entry: TableEntry, facts: RepositoryFacts | None, evidence: tuple[Evidence, ...]
) -> Diagnostic | None:
    label = entry.key.manifest_label
    locked, moved = run.catalog.locked(label), _moved(run, entry)
    if locked is None:
        return None
    if facts is None or facts.id is None or locked.repository.id is None:
        return address_elsewhere(label, moved, run.origin) if moved else None
    if facts.id != locked.repository.id:
        found = FoundRepository(name=facts.full_name, number=facts.id, moved=moved)
        return repository_created_anew(label, locked.repository, found, run.origin, evidence)
    if facts.full_name.lower() != locked.repository.name.lower():
        return repository_renamed_since(label, locked.repository, facts.full_name, run.origin, evidence)
    return None


def _moved(run: LockedRun, entry: TableEntry) -> str:
    """That the configured address is of another repository than the lock's, where both can be read."""
    label = entry.key.manifest_label
    locked = run.catalog.locked(label)
    told = run.moved.get(label)
    return told or (moved_address(entry, locked.repository) if locked is not None else "")
