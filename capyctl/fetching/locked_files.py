"""The files of a locked release: by override, as they are kept, from the repository, each compared (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Protocol

from msgspec import Struct, field

from capyctl.core.evidence import LOCK_ROUTE, Evidence, Outcome, Question, without_query
from capyctl.core.location import RepositoryLocation
from capyctl.core.lock import LockedFile
from capyctl.fetching.memoized import SingleFlight
from capyctl.ports.asking import HEAD_START, Asker
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError, OfflineError
from capyctl.ports.fetcher import Answer, FileContent, FileSource

_NO_RELEASE = "snapshot"
"""The route whose files are those of the tag, not of its release."""


class KeptBodies(Protocol):
    """Something that keeps the bytes of one lock by their digest: a bundle."""

    @property
    def route(self) -> str:
        """Name of the route in evidence: ``bundle``."""

    def body(self, sha256: str) -> bytes | None:
        """The bytes with this digest, checked against it; None where they are not kept."""


class LockedBytesError(BadAnswerError):
    """A file has other bytes than the lock says.

    Attributes:
        found: the file as it is. route: where it was read, ``override`` or a route of the repository.
        changed: what this machine saw first of the file, where that was something else than ``found``.
    """

    def __init__(self, evidence: Evidence, reason: str, *, answer: Answer[FileContent], route: str) -> None:
        super().__init__(evidence, reason)
        self.found = answer.value
        self.route = route
        self.changed = answer.changed


class LockedSizeError(BadAnswerError):
    """A file has the bytes that the lock says, and not as many of them: the lock contradicts itself.

    Attributes:
        size: of the file.
    """

    def __init__(self, evidence: Evidence, reason: str, *, size: int) -> None:
        super().__init__(evidence, reason)
        self.size = size


class NotKeptError(OfflineError):
    """A run without network lacks the bytes of a locked file."""


class NotLockedError(BadAnswerError):
    """A version or a file was asked for that the lock does not have; nobody was asked."""


class LockedRelease(Struct, frozen=True, kw_only=True):
    """What the lock says of one provider: its label, its version, and each file's digest by name.

    ``lock`` is the lock as messages name it.
    """

    label: str
    version: str
    files: Mapping[str, LockedFile]
    lock: str


class LockedRoutes(Struct, frozen=True, kw_only=True):
    """Where the bytes of a locked release may come from, in order.

    Attributes:
        override: the user's own file; other bytes in it are an error. kept: by digest alone.
        held: what this machine keeps of the release, each source made when its turn comes; nobody is asked.
        repository: to the provider's own repository, made only where it is needed; other bytes are an error.
            Where there is none, ``held`` stands for it, but for the snapshot, whose files are the tag's.
    """

    override: FileSource | None = None
    kept: Sequence[KeptBodies] = ()
    held: Callable[[], Iterable[FileSource]] = tuple
    repository: Callable[[], Sequence[FileSource]] = tuple


class LockedFiles(Struct, frozen=True, kw_only=True):
    """The files of one locked release; each is looked for once a run, and is the lock's or an error."""

    release: LockedRelease
    routes: LockedRoutes
    asker: Asker
    _kept: SingleFlight[str, Answer[FileContent] | None] = field(default_factory=SingleFlight)
    _asked: SingleFlight[str, Answer[FileContent]] = field(default_factory=SingleFlight)

    @property
    def route(self) -> str:
        """Every answer is by the lock, wherever its bytes were."""
        return LOCK_ROUTE

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """The locked bytes of a file.

        Raises:
            NotLockedError: the lock has no such version or file. LockedBytesError: other bytes.
            LockedSizeError: the lock's own, but for their number.
            NotKeptError: no route but those of this machine, and none has it.
            FetchError: as the routes raise it; AbsentError where all say that it is gone.
        """
        found = self.at_hand(location, tag, name)
        if found is not None:
            return found
        return self._asked.get(name, partial(self._from_repository, location, name))

    def at_hand(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent] | None:
        """The locked bytes where no source of the network has to be asked; None where they are not here.

        Raises:
            NotLockedError, LockedBytesError, LockedSizeError: as for ``file``.
            FetchError: an override that cannot be used.
        """
        if tag != self.release.version or name not in self.release.files:
            raise self._not_locked(tag, name)
        return self._kept.get(name, partial(self._from_here, location, name))

    def _from_here(self, location: RepositoryLocation, name: str) -> Answer[FileContent] | None:
        locked = self.release.files[name]
        override = self.routes.override
        if override is not None:
            try:
                return self._compared(
                    name, override.route, override.file(location, self.release.version, name)
                )
            except AbsentError:
                pass
        for each in self.routes.kept:
            data = each.body(locked.sha256)
            if data is not None:
                return self._compared(name, each.route, _kept_answer(each.route, locked, data))
        return self._held(location, name)

    def _held(self, location: RepositoryLocation, name: str) -> Answer[FileContent] | None:
        """What is kept of this very file; other bytes are told by the repository, if it can be asked."""
        for each in self.routes.held():
            try:
                answer = each.file(location, self.release.version, name)
            except FetchError:
                continue
            route = answer.evidence[-1].route
            if answer.value.sha256 == self.release.files[name].sha256:
                return self._compared(name, route, answer)
            if route != _NO_RELEASE:
                return None if self.routes.repository() else self._compared(name, route, answer)
        return None

    def _from_repository(self, location: RepositoryLocation, name: str) -> Answer[FileContent]:
        calls = [partial(self._ask, each, location, name) for each in self.routes.repository()]
        if not calls:
            raise self._not_kept(name)
        replies = self.asker.in_turn(calls, lambda reply: isinstance(reply, Answer), HEAD_START)
        found = next((each for each in replies if isinstance(each, Answer)), None)
        if found is not None:
            return found
        errors = [each for each in replies if isinstance(each, FetchError)]
        worst = min(errors, key=_rank)
        others = (each for each in errors if each is not worst)
        before = tuple(piece for each in others for piece in (*each.earlier, each.evidence))
        worst.earlier = (*worst.earlier, *before)
        raise worst

    def _ask(
        self, source: FileSource, location: RepositoryLocation, name: str
    ) -> Answer[FileContent] | FetchError:
        try:
            return self._compared(name, source.route, source.file(location, self.release.version, name))
        except FetchError as error:
            return error

    def _compared(self, name: str, route: str, answer: Answer[FileContent]) -> Answer[FileContent]:
        release, found = self.release, answer.value
        locked = release.files[name]
        size = len(found.data)
        if found.sha256 == locked.sha256 and size == locked.size:
            return answer
        if found.sha256 == locked.sha256:
            said = f"{release.lock} has {locked.size} bytes of {name}, and those with its sha256 are {size}"
            raise LockedSizeError(answer.evidence[-1], said, size=size)
        raise LockedBytesError(
            answer.evidence[-1].judged(Outcome.BAD, "lock-differs"),
            f"{name} of {release.label} {release.version} has sha256:{found.sha256}, and {release.lock} has"
            f" sha256:{locked.sha256}",
            answer=answer,
            route=route,
        )

    def _not_kept(self, name: str) -> NotKeptError:
        locked, release = self.release.files[name], self.release
        evidence = _evidence(LOCK_ROUTE, locked, Outcome.UNAVAILABLE, "lock-not-kept")
        return NotKeptError(
            evidence,
            f"{name} of {release.label} {release.version} with sha256:{locked.sha256} is not on this machine, and"
            " this run may not ask for it",
        )

    def _not_locked(self, tag: str, name: str) -> NotLockedError:
        release = self.release
        has = f"has {release.version}" if tag != release.version else "has no digest of it"
        evidence = Evidence(
            route=LOCK_ROUTE, question=Question.FILE, outcome=Outcome.ABSENT, failure="not-locked"
        )
        return NotLockedError(
            evidence, f"{name} of {release.label} {tag} is needed, and {release.lock} {has}"
        )


class UnlockedFiles(Struct, frozen=True, kw_only=True):
    """The files of a provider that the lock does not have: there are none, and nobody is asked."""

    label: str
    lock: str

    @property
    def route(self) -> str:
        """The lock answers."""
        return LOCK_ROUTE

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """Refuse.

        Raises:
            NotLockedError: always.
        """
        del location
        evidence = Evidence(
            route=LOCK_ROUTE, question=Question.FILE, outcome=Outcome.ABSENT, failure="not-locked"
        )
        raise NotLockedError(
            evidence, f"{name} of {self.label} {tag} is needed, and {self.lock} does not have it"
        )


def _rank(error: FetchError) -> int:
    """Other bytes are worse than no answer, and that is worse than an affirmative absence."""
    if isinstance(error, LockedBytesError | LockedSizeError):
        return 0
    return 2 if isinstance(error, AbsentError) else 1


def _kept_answer(route: str, locked: LockedFile, data: bytes) -> Answer[FileContent]:
    evidence = _evidence(route, locked, Outcome.FOUND, size=len(data))
    return Answer(
        value=FileContent(data=data, sha256=locked.sha256, url=without_query(locked.url)),
        evidence=(evidence,),
    )


def _evidence(
    route: str, locked: LockedFile, outcome: Outcome, failure: str | None = None, *, size: int | None = None
) -> Evidence:
    found = outcome is Outcome.FOUND
    return Evidence(
        route=route,
        question=Question.FILE,
        outcome=outcome,
        url=without_query(locked.url),
        size=size,
        sha256=locked.sha256 if found else None,
        failure=failure,
    )
