"""Holding the world against a lock: everything it records is asked again, and nothing is written (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.changed_files import changed_files
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.lock.contradicted_images import images_contradicted
from capyctl.app.lock.contradictions import Contradiction, contract_contradicted, size_contradicted
from capyctl.app.lock.images import AskedImages, ask_images
from capyctl.app.lock.kept_lists import list_not_asked
from capyctl.app.lock.markers import AskedMarkers, Marker, ask_markers
from capyctl.app.lock.repositories import AskedRepositories, ask_repositories
from capyctl.app.plan_install import CertManager
from capyctl.app.questions import FileQuestion, Found, Replies, ask_file
from capyctl.app.resolution import ProviderResolution, ResolveRequest, Target
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.resolve import Resolver
from capyctl.core import codes
from capyctl.core.causes import root_of
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence, Outcome
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
    marker_changes,
    repository_changes,
)
from capyctl.core.metadata import METADATA, Metadata
from capyctl.core.provider_table import TableEntry
from capyctl.core.release_marker import parse_marker
from capyctl.core.rules.repository import renamed_on_the_way
from capyctl.core.status_rules import UNAVAILABLE
from capyctl.core.version import parse_tag, spellings_of
from capyctl.ports.clock import Clock
from capyctl.ports.fetcher import FileContent
from capyctl.ports.registry import Registry
from capyctl.ports.release_markers import ReleaseMarkers

_NO_ANSWER = UNAVAILABLE | {codes.ANSWER_IS_HTML, codes.ANSWER_MALFORMED, codes.REDIRECT_REFUSED}
"""Of a source that gave no answer to what was asked: whether anything changed does not follow from them."""


class Checked(Struct, frozen=True, kw_only=True):
    """How the world differs from a lock.

    Attributes:
        changes: every difference that could be found out. diagnostics: faults, and what is to be said besides.
        unanswered: diagnostics of the questions that nobody answered, or not with what was asked for.
        undecided: labels and markers of which not everything could be held against the world.
        contradictions: values of the lock that its own files contradict.
        asked: the questions whose answers differ from the lock, by what differs; none where nobody was asked.
    """

    changes: tuple[LockChange, ...]
    diagnostics: tuple[Diagnostic, ...]
    unanswered: tuple[Diagnostic, ...] = ()
    undecided: frozenset[str] = frozenset()
    contradictions: tuple[Contradiction, ...] = ()
    asked: Mapping[LockChange, tuple[Evidence, ...]] = field(default_factory=dict)
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
        self,
        lock: Lock,
        targets: Sequence[Target],
        cert_manager: CertManager | None,
        *,
        configured: str | None = None,
        core: str | None = None,
    ) -> Checked:
        """Every difference.

        Args:
            lock: what the world is held against.
            targets: of the lock's providers, with what was required of them.
            cert_manager: in the version of the lock; None where there is none.
            configured: the version of cert-manager that the configuration names, where it names one.
            core: the contract of a locked core that is not resolved again.
        """
        entries = _entries(lock, targets, cert_manager)
        moving = tuple(target for target in targets if _may_move(target, lock))
        resolutions = (
            self.resolver.resolve(ResolveRequest(targets=moving, core_contract=core)) if moving else ()
        )
        files = self._files(entries)
        repositories = ask_repositories(
            [each.entry for each in entries], self.resolver.catalog, self.resolver.asker
        )
        now = self.clock.now()
        times = Times(locked_at=lock.created_at, found_at=now)
        parts = [
            *(self._judged(each, lock, times) for each in resolutions),
            *(_compared(each, files, repositories, times) for each in entries),
            _as_configured(lock, configured if cert_manager is not None else None, times),
            _unanswered(entries, files, repositories),
            self._kubernetes_and_images(lock, entries, times),
        ]
        changes = in_order(row for each in parts for row in each.changes)
        said = [item for each in parts for item in each.diagnostics]
        unanswered = tuple(item for each in parts for item in each.unanswered)
        return Checked(
            changes=changes,
            diagnostics=(*said, *_replaced(entries, files, changes, (*said, *unanswered))),
            unanswered=unanswered,
            undecided=frozenset().union(*(each.undecided for each in parts)),
            contradictions=tuple(found for each in entries for found in self._contradictions(each, files)),
            asked={row: pieces for each in parts for row, pieces in each.asked.items()},
            evidence=tuple(piece for each in parts for piece in each.evidence),
        )

    def _judged(self, resolution: ProviderResolution, lock: Lock, times: Times) -> Checked:
        """What would be chosen today; that nothing was because nobody answered is no verdict."""
        said = tuple(diagnose_resolution(resolution, self.invocation))
        errors = [item for item in said if item.is_error]
        is_open = bool(errors) and all(root_of(item).code in _NO_ANSWER for item in errors)
        unasked = list_not_asked(resolution)
        changes = _version_changes(lock, resolution, times)
        return Checked(
            changes=changes,
            diagnostics=() if is_open else said,
            unanswered=(*(said if is_open else ()), *unasked),
            undecided=frozenset({resolution.label} if errors or unasked else ()),
            asked=dict.fromkeys(changes, _lists_of(resolution)),
            evidence=resolution.evidence,
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

    def _contradictions(self, entry: _Entry, files: _Files) -> Iterator[Contradiction]:
        """What the files say otherwise than the lock, where their bytes are the locked ones."""
        for name, locked in entry.files.items():
            reply = files[entry.label, name].first_found
            content = reply.answer.value if reply is not None and reply.answer is not None else None
            if content is None or content.sha256 != locked.sha256:
                continue
            if len(content.data) != locked.size:
                yield size_contradicted(entry.label, name, locked, len(content.data))
            if name == METADATA and isinstance(entry.locked, LockedProvider):
                found = contract_contradicted(entry.locked, self._metadata(entry, content))
                yield from (found,) if found is not None else ()
            if name == entry.entry.readable_location.components_file:
                odd = images_contradicted(self.resolver.components, entry.entry, entry.locked, name, content)
                yield from (odd,) if odd is not None else ()

    def _metadata(self, entry: _Entry, content: FileContent) -> Metadata | None:
        version = parse_tag(entry.version)
        subject = Subject(provider=entry.label, version=entry.version, file=METADATA)
        if version is None:
            return None
        return self.resolver.components.metadata(version, content, subject=subject, evidence=()).metadata

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
        for each in lock.kubernetes:
            own = Times(locked_at=each.resolved_at, found_at=times.found_at)
            rows += marker_changes(each, asked.versions, images.found, own)
        told = {row: _told_of(row, lock, asked, images) for row in rows}
        failures = [Failure(error=error, provider=None) for error in images.errors.values()]
        gone = (_gone(lock, marker, why) for marker, why in asked.gone.items())
        return Checked(
            changes=tuple(rows),
            diagnostics=(*gone, *asked.misleading),
            unanswered=(*asked.unanswered, *diagnose_failures(failures, Severity.ERROR)),
            undecided=frozenset(
                (
                    *(marker.text for marker in markers if marker.text not in asked.versions),
                    *_undecided_images(lock, entries, images),
                )
            ),
            asked=told,
            evidence=(*asked.evidence, *images.evidence),
        )


def _entries(lock: Lock, targets: Sequence[Target], cert_manager: CertManager | None) -> list[_Entry]:
    entries = [
        _Entry(label=target.label, entry=target.entry, locked=locked)
        for target in targets
        if (locked := lock.provider(target.label)) is not None
    ]
    if lock.cert_manager is not None and cert_manager is not None:
        entries.append(_Entry(label=CERT_MANAGER, entry=cert_manager.entry, locked=lock.cert_manager))
    return entries


def _may_move(target: Target, lock: Lock) -> bool:
    """Whether a reference that names no tag may stand for another version now than the locked one."""
    locked = lock.provider(target.label)
    if target.pin is None or locked is None:
        return target.pin is None
    return target.named_tag is None and locked.version not in spellings_of(target.pin)


def _as_configured(lock: Lock, configured: str | None, times: Times) -> Checked:
    """cert-manager in another version than the configuration names: no list of anybody decides that."""
    locked = lock.cert_manager
    if locked is None or configured is None or locked.version in spellings_of(configured):
        return Checked(changes=(), diagnostics=())
    row = replace(times.row(What.VERSION, locked.version, configured), provider=CERT_MANAGER)
    return Checked(changes=(row,), diagnostics=())


def _version_changes(lock: Lock, resolution: ProviderResolution, times: Times) -> tuple[LockChange, ...]:
    locked = lock.provider(resolution.label)
    chosen = resolution.chosen.version.tag if resolution.chosen is not None else None
    if locked is None or chosen is None or chosen == locked.version:
        return ()
    return (replace(times.row(What.VERSION, locked.version, chosen), provider=resolution.label),)


def _lists_of(resolution: ProviderResolution) -> tuple[Evidence, ...]:
    """What told of the versions that can be chosen."""
    asked = resolution.listing.evidence if resolution.listing is not None else ()
    return tuple(piece for piece in asked if piece.outcome is Outcome.FOUND)


def _compared(entry: _Entry, files: _Files, repositories: AskedRepositories, times: Times) -> Checked:
    """The files and the repository of an entry, as far as they could be asked."""
    replies = {name: files[entry.label, name] for name in entry.files}
    found = {
        name: _digest(reply)
        for name, reply in replies.items()
        if reply.outcome in (Found.FOUND, Found.ABSENT)
    }
    facts = repositories.facts(entry.entry)
    renamed = renamed_on_the_way(piece for reply in replies.values() for piece in reply.evidence)
    name = facts.full_name if facts is not None else renamed[1] if renamed is not None else None
    in_files = file_changes(entry.label, entry.files, found, times)
    moved = repository_changes(entry.label, entry.repository, name, facts.id if facts else None, times)
    told = repositories.reply(entry.entry) if facts is not None else None
    of_name = told.evidence if told is not None else (renamed[2],) if renamed is not None else ()
    return Checked(
        changes=(*in_files, *moved),
        diagnostics=(),
        asked={
            **{row: _answering(replies[row.file]) for row in in_files if row.file is not None},
            **dict.fromkeys(moved, of_name),
        },
        evidence=tuple(piece for reply in replies.values() for piece in reply.evidence),
    )


def _answering(replies: Replies[FileContent]) -> tuple[Evidence, ...]:
    """The questions that gave the answer: the bytes, else that there are none."""
    found = replies.first_found
    answering = (found,) if found is not None else (each for each in replies.items if each.is_absent)
    return tuple(piece for each in answering for piece in each.evidence)


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


def _gone(lock: Lock, marker: str, why: Diagnostic) -> Diagnostic:
    """That a marker stands for nothing any more, with what it stood for."""
    locked = lock.marker(marker)
    then = f" It stood for {locked.version}, asked {locked.resolved_at}." if locked is not None else ""
    return replace(why, detail=f"{why.detail}{then}")


def _told_of(row: LockChange, lock: Lock, markers: AskedMarkers, images: AskedImages) -> tuple[Evidence, ...]:
    """What was asked about a marker, or about an image."""
    if row.what is What.KUBERNETES_VERSION:
        return markers.asked.get(row.marker or "", ())
    locked = lock.marker(row.marker) if row.marker is not None else None
    reply = images.replies.get(locked.image if locked is not None else row.file or "")
    return reply.evidence if reply is not None else ()


def _undecided_images(lock: Lock, entries: Sequence[_Entry], images: AskedImages) -> Iterator[str]:
    """Whose images have a digest in the lock that could not be held against the registry's."""
    for entry in entries:
        if any(each.digest is not None and each.image in images.errors for each in entry.locked.images):
            yield entry.label
    yield from (
        each.marker for each in lock.kubernetes if each.digest is not None and each.image in images.errors
    )


def _unanswered(entries: Sequence[_Entry], files: _Files, repositories: AskedRepositories) -> Checked:
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
    return Checked(
        changes=(),
        diagnostics=(),
        unanswered=diagnose_failures(failures, Severity.ERROR),
        undecided=frozenset(each.provider for each in failures if each.provider is not None),
    )
