"""Holding the world against a lock: everything it records is asked again, and nothing is written (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.changed_files import changed_files
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.lock.images import ask_images
from capyctl.app.lock.markers import Marker, ask_markers
from capyctl.app.lock.repositories import AskedRepositories, ask_repositories
from capyctl.app.plan_install import CertManager
from capyctl.app.questions import FileQuestion, Found, Replies, ask_file
from capyctl.app.resolution import ProviderResolution, ResolveRequest, Target
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.resolve import Resolver
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.invocation import Invocation
from capyctl.core.lock import Lock, LockedCertManager, LockedFile, LockedProvider, LockedRepository
from capyctl.core.lock_changes import (
    LockChange,
    Times,
    What,
    file_changes,
    image_changes,
    in_order,
    repository_changes,
)
from capyctl.core.provider_table import TableEntry
from capyctl.core.release_marker import parse_marker
from capyctl.core.rules.repository import renamed_on_the_way
from capyctl.ports.clock import Clock
from capyctl.ports.fetcher import FileContent
from capyctl.ports.registry import Registry
from capyctl.ports.release_markers import ReleaseMarkers


class Checked(Struct, frozen=True, kw_only=True):
    """How the world differs from a lock.

    Attributes:
        changes: every difference that could be found out. diagnostics: what could not be asked, and faults.
    """

    changes: tuple[LockChange, ...]
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...] = ()


class _Entry(Struct, frozen=True, kw_only=True):
    """One release of the lock, and where its files are asked for."""

    label: str
    entry: TableEntry
    locked: LockedProvider | LockedCertManager

    @property
    def version(self) -> str:
        return self.locked.version

    @property
    def repository(self) -> LockedRepository:
        return self.locked.repository

    @property
    def files(self) -> Mapping[str, LockedFile]:
        return self.locked.files


_Files = dict[tuple[str, str], Replies[FileContent]]


class LockChecker(Struct, frozen=True, kw_only=True):
    """Holds the world against locks; constructing it asks nothing."""

    resolver: Resolver
    markers: Callable[[], ReleaseMarkers]
    registry: Callable[[], Registry]
    clock: Clock
    invocation: Invocation

    def check(
        self, lock: Lock, targets: Sequence[Target], cert_manager: CertManager | None, core: str | None = None
    ) -> Checked:
        """Every difference.

        Args:
            lock: what the world is held against.
            targets: of the lock's providers, with what was required of them.
            cert_manager: in the version of the lock; None where there is none.
            core: the contract of a locked core that is not resolved again.
        """
        entries = [
            _Entry(label=target.label, entry=target.entry, locked=locked)
            for target in targets
            if (locked := lock.provider(target.label)) is not None
        ]
        if lock.cert_manager is not None and cert_manager is not None:
            entries.append(_Entry(label=CERT_MANAGER, entry=cert_manager.entry, locked=lock.cert_manager))
        moving = tuple(target for target in targets if target.pin is None)
        resolutions = (
            self.resolver.resolve(ResolveRequest(targets=moving, core_contract=core)) if moving else ()
        )
        files = self._files(entries)
        repositories = ask_repositories(
            [each.entry for each in entries], self.resolver.catalog, self.resolver.asker
        )
        now = self.clock.now()
        times = Times(locked_at=lock.created_at, found_at=now)
        found = [
            _version_changes(lock, resolutions, times),
            *(_entry_changes(each, files, repositories, times) for each in entries),
        ]
        elsewhere = self._kubernetes_and_images(lock, entries, times)
        said = [item for each in resolutions for item in diagnose_resolution(each, self.invocation)]
        said += _unanswered(entries, files, repositories)
        changes = in_order((*(row for rows in found for row in rows), *elsewhere.changes))
        said += _replaced(entries, files, changes, said)
        return Checked(
            changes=changes,
            diagnostics=(*said, *elsewhere.diagnostics),
            evidence=(
                *(piece for each in resolutions for piece in each.evidence),
                *(piece for replies in files.values() for piece in replies.evidence),
                *elsewhere.evidence,
            ),
        )

    def _files(self, entries: Sequence[_Entry]) -> _Files:
        wanted = [(each, name) for each in entries for name in each.files]
        calls = [partial(self._file, each, name) for each, name in wanted]
        answers = self.resolver.asker.together(calls) if calls else []
        return {(each.label, name): replies for (each, name), replies in zip(wanted, answers, strict=True)}

    def _file(self, entry: _Entry, name: str) -> Replies[FileContent]:
        question = FileQuestion(
            sources=self.resolver.catalog.sources(entry.entry),
            location=entry.entry.readable_location,
            tag=entry.version,
            name=name,
            absence_is_final=False,
        )
        return ask_file(question, self.resolver.asker)

    def _kubernetes_and_images(self, lock: Lock, entries: Sequence[_Entry], times: Times) -> Checked:
        markers: list[Marker] = [
            marker for each in lock.kubernetes if (marker := parse_marker(each.marker)) is not None
        ]
        asker = self.resolver.asker
        asked = ask_markers(markers, self.markers, asker, times.found_at, self.invocation)
        recorded = [
            each.image for entry in entries for each in entry.locked.images if each.digest is not None
        ]
        recorded += [each.image for each in lock.kubernetes if each.digest is not None]
        images = ask_images(recorded, self.registry, asker)
        rows: list[LockChange] = []
        for entry in entries:
            rows += image_changes(entry.label, entry.locked.images, images.found, times)
        versions = {each.marker: each.version for each in asked.locked}
        for each in lock.kubernetes:
            own = Times(locked_at=each.resolved_at, found_at=times.found_at)
            version = versions.get(each.marker, each.version)
            if version != each.version:
                row = own.row(What.KUBERNETES_VERSION, each.version, version)
                rows.append(replace(row, marker=each.marker))
            if each.digest is not None and each.image in images.found:
                digest = images.found[each.image]
                row = own.row(What.IMAGE, each.digest, digest)
                rows += [replace(row, marker=each.marker)] if digest != each.digest else []
        failures = [Failure(error=error, provider=None) for error in images.errors.values()]
        return Checked(
            changes=tuple(rows),
            diagnostics=(*asked.diagnostics, *diagnose_failures(failures, Severity.ERROR)),
            evidence=(*asked.evidence, *images.evidence),
        )


def _version_changes(
    lock: Lock, resolutions: Sequence[ProviderResolution], times: Times
) -> tuple[LockChange, ...]:
    rows = []
    for each in resolutions:
        locked = lock.provider(each.label)
        chosen = each.chosen.version.tag if each.chosen is not None else None
        if locked is not None and chosen is not None and chosen != locked.version:
            rows.append(replace(times.row(What.VERSION, locked.version, chosen), provider=each.label))
    return tuple(rows)


def _entry_changes(
    entry: _Entry, files: _Files, repositories: AskedRepositories, times: Times
) -> tuple[LockChange, ...]:
    replies = {name: files[entry.label, name] for name in entry.files}
    found = {
        name: _digest(reply)
        for name, reply in replies.items()
        if reply.outcome in (Found.FOUND, Found.ABSENT)
    }
    facts = repositories.facts(entry.entry)
    renamed = renamed_on_the_way(piece for reply in replies.values() for piece in reply.evidence)
    name = facts.full_name if facts is not None else renamed[1] if renamed is not None else None
    return (
        *file_changes(entry.label, entry.files, found, times),
        *repository_changes(entry.label, entry.repository, name, facts.id if facts else None, times),
    )


def _digest(replies: Replies[FileContent]) -> str | None:
    found = replies.first_found
    return found.answer.value.sha256 if found is not None and found.answer is not None else None


def _replaced(
    entries: Sequence[_Entry], files: _Files, changes: Sequence[LockChange], told: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """Files that are as they were locked, and not as this machine saw them first (cli.md 7.1)."""
    rows = {(row.provider, row.file) for row in changes}
    known = {(item.code, item.subject) for item in told}
    return [
        item
        for each in entries
        for item in changed_files(each.label, [files[each.label, name] for name in each.files])
        if (each.label, item.subject.file) not in rows and (item.code, item.subject) not in known
    ]


def _unanswered(
    entries: Sequence[_Entry], files: _Files, repositories: AskedRepositories
) -> tuple[Diagnostic, ...]:
    """Questions about what the lock records that nobody answered: no verdict without them."""
    failures = [
        Failure(error=error, provider=each.label, version=each.version, file=name)
        for each in entries
        for name in each.files
        if files[each.label, name].outcome in (Found.UNAVAILABLE, Found.BAD)
        for error in files[each.label, name].errors
    ]
    for each in entries:
        reply = repositories.reply(each.entry)
        if each.repository.id is not None and reply is not None and reply.error is not None:
            failures += [] if reply.is_absent else [Failure(error=reply.error, provider=each.label)]
    return diagnose_failures(failures, Severity.ERROR)
