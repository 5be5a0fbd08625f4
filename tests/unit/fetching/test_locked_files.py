"""The files of a locked release: the order of routes, what counts as a difference, and how often each is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.askers import SerialAsker
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import HttpsTree, RepositoryLocation
from capyctl.core.lock import LockedFile
from capyctl.fetching.locked_files import (
    LockedBytesError,
    LockedFiles,
    LockedRelease,
    LockedRoutes,
    LockedSizeError,
    NotKeptError,
    NotLockedError,
    UnlockedFiles,
)
from capyctl.ports.fetch_errors import AbsentError, FetchError, ServerFailedError
from capyctl.ports.fetcher import Answer, FileContent

NAME, TAG = "metadata.yaml", "v1.0.0"
GOOD, OTHER = b"kind: Metadata\n", b"kind: Other\n"
LOCATION = HttpsTree(base="https://example.org", label="x", channel="latest", components_file="c.yaml")


def digest(data: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def piece(route: str, outcome: Outcome = Outcome.FOUND) -> Evidence:
    """Evidence of a route."""
    return Evidence(route=route, question=Question.FILE, outcome=outcome, url=f"https://example.org/{route}")


class Route(Struct):
    """A source with these bytes, or with this failure; it counts its questions."""

    route: str
    data: bytes | None = None
    failure: Callable[[str], FetchError] | None = None
    asked: int = 0

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """Answer."""
        del location, tag, name
        self.asked += 1
        if self.failure is not None:
            raise self.failure(self.route)
        data = self.data or b""
        content = FileContent(data=data, sha256=digest(data), url=f"https://example.org/{self.route}")
        return Answer(value=content, evidence=(piece(self.route),))


class Kept(Struct):
    """Bytes by their digest."""

    bodies: Sequence[bytes] = ()
    route: str = "cache"
    asked: list[str] = field(default_factory=list)

    def body(self, sha256: str) -> bytes | None:
        """The bytes, if they are here."""
        self.asked.append(sha256)
        return next((each for each in self.bodies if digest(each) == sha256), None)


def absent(route: str) -> FetchError:
    """It says that it has none."""
    return AbsentError(piece(route, Outcome.ABSENT), "none here")


def failing(route: str) -> FetchError:
    """It gives no answer."""
    return ServerFailedError(piece(route, Outcome.UNAVAILABLE), "503")


def files(
    *,
    override: Route | None = None,
    kept: Sequence[Kept] = (),
    held: Sequence[Route] = (),
    repository: Sequence[Route] = (),
) -> LockedFiles:
    """A release of one file."""
    return LockedFiles(
        release=LockedRelease(
            label="infrastructure-x",
            version=TAG,
            files={NAME: LockedFile(url="https://example.org/locked", sha256=digest(GOOD), size=len(GOOD))},
            lock="the lock l",
        ),
        routes=LockedRoutes(
            override=override, kept=kept, held=lambda: iter(held), repository=lambda: repository
        ),
        asker=SerialAsker(),
    )


def test_an_override_comes_first_and_has_to_be_the_locks() -> None:
    """Near miss: where there is none, the next route is asked."""
    kept = Kept([GOOD])
    answer = files(override=Route("override", GOOD), kept=[kept]).file(LOCATION, TAG, NAME)
    assert (answer.evidence[0].route, kept.asked) == ("override", [])
    with pytest.raises(LockedBytesError) as caught:
        files(override=Route("override", OTHER), kept=[kept]).file(LOCATION, TAG, NAME)
    assert (caught.value.route, caught.value.found.sha256) == ("override", digest(OTHER))
    assert caught.value.evidence.outcome is Outcome.BAD
    assert all(each in caught.value.reason for each in (digest(GOOD), digest(OTHER), "the lock l"))
    near = files(override=Route("override", failure=absent), kept=[kept]).file(LOCATION, TAG, NAME)
    assert near.evidence[0].route == "cache"


def test_an_override_that_cannot_be_read_is_no_reason_to_go_on() -> None:
    with pytest.raises(ServerFailedError):
        files(override=Route("override", failure=failing), kept=[Kept([GOOD])]).file(LOCATION, TAG, NAME)


def test_kept_bytes_are_taken_by_digest_and_nobody_is_asked() -> None:
    repository = Route("github-download", OTHER)
    found = files(kept=[Kept(), Kept([OTHER, GOOD], route="bundle")], repository=[repository])
    answer = found.file(LOCATION, TAG, NAME)
    assert (answer.value.data, answer.value.url) == (GOOD, "https://example.org/locked")
    (evidence,) = answer.evidence
    assert (evidence.route, evidence.sha256, evidence.size) == ("bundle", digest(GOOD), len(GOOD))
    assert repository.asked == 0


def test_the_repository_is_asked_once_and_only_for_want_of_bytes() -> None:
    repository = Route("github-download", GOOD)
    found = files(kept=[Kept()], repository=[repository])
    assert found.at_hand(LOCATION, TAG, NAME) is None
    assert repository.asked == 0
    for _ in range(2):
        assert found.file(LOCATION, TAG, NAME).value.data == GOOD
    assert repository.asked == 1


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([Route("a", OTHER), Route("b", GOOD)], None),
        ([Route("a", failure=failing), Route("b", OTHER)], LockedBytesError),
        ([Route("a", failure=absent), Route("b", failure=failing)], ServerFailedError),
        ([Route("a", failure=absent), Route("b", failure=absent)], AbsentError),
        ([], NotKeptError),
    ],
    ids=[
        "one of them has it",
        "other bytes before no answer",
        "no answer before gone",
        "gone",
        "nobody to ask",
    ],
)
def test_what_several_routes_come_to(routes: list[Route], expected: type[FetchError] | None) -> None:
    found = files(repository=routes)
    if expected is None:
        assert found.file(LOCATION, TAG, NAME).value.data == GOOD
        return
    with pytest.raises(expected) as caught:
        found.file(LOCATION, TAG, NAME)
    others = {each.route for each in caught.value.earlier}
    assert {caught.value.evidence.route, *others} == ({each.route for each in routes} or {"lock"})


def test_what_is_held_is_taken_where_it_has_the_locked_bytes() -> None:
    """What is not held by one way may be by the next, and then nobody is asked."""
    repository = Route("github-download", OTHER)
    held = [Route("cache", failure=absent), Route("cache", GOOD), Route("cache", OTHER)]
    answer = files(held=held, repository=[repository]).file(LOCATION, TAG, NAME)
    assert (answer.value.data, [each.asked for each in held], repository.asked) == (
        GOOD,
        [1, 1, 0],
        0,
    )


def test_other_bytes_that_are_held_are_for_the_repository_to_tell() -> None:
    """It is asked, whatever is held besides; near miss: where nobody can be asked, they are the difference."""
    held, repository = [Route("cache", OTHER), Route("cache", GOOD)], Route("github-download", GOOD)
    found = files(held=held, repository=[repository])
    assert found.at_hand(LOCATION, TAG, NAME) is None
    assert found.file(LOCATION, TAG, NAME).evidence[0].route == "github-download"
    with pytest.raises(LockedBytesError) as caught:
        files(held=held).file(LOCATION, TAG, NAME)
    assert (caught.value.route, caught.value.found.sha256) == ("cache", digest(OTHER))


def test_the_snapshot_counts_only_where_it_has_the_locked_bytes() -> None:
    """Its file is the tag's, not the release's: other bytes there are no difference."""
    assert files(held=[Route("snapshot", GOOD)]).file(LOCATION, TAG, NAME).value.data == GOOD
    for route in (Route("snapshot", OTHER), Route("snapshot", failure=failing)):
        with pytest.raises(NotKeptError) as caught:
            files(held=[route]).file(LOCATION, TAG, NAME)
        assert digest(GOOD) in caught.value.reason


@pytest.mark.parametrize("way", ["override", "kept", "held", "repository"])
def test_the_locked_bytes_have_the_locked_size_wherever_they_come_from(way: str) -> None:
    route = Route("cache", GOOD)
    routes = {"override": route, "kept": [Kept([GOOD])], "held": [route], "repository": [route]}
    right = files(**{way: routes[way]})  # type: ignore[arg-type]  # each under its own name
    assert right.file(LOCATION, TAG, NAME).value.data == GOOD
    shorter = LockedFile(url="https://example.org/locked", sha256=digest(GOOD), size=len(GOOD) - 1)
    wrong = replace(files(**{way: routes[way]}), release=replace(right.release, files={NAME: shorter}))  # type: ignore[arg-type]  # the same
    with pytest.raises(LockedSizeError) as caught:
        wrong.file(LOCATION, TAG, NAME)
    assert caught.value.size == len(GOOD)


@pytest.mark.parametrize(("tag", "name"), [("v1.0.1", NAME), (TAG, "other.yaml")])
def test_what_the_lock_does_not_have_is_asked_of_nobody(tag: str, name: str) -> None:
    repository, kept = Route("a", GOOD), Kept([GOOD])
    found = files(kept=[kept], repository=[repository])
    with pytest.raises(NotLockedError) as caught:
        found.file(LOCATION, tag, name)
    assert (repository.asked, kept.asked) == (0, [])
    assert caught.value.evidence.failure == "not-locked"
    assert found.route == "lock"
    unlocked = UnlockedFiles(label="addon-y", lock="the lock l")
    with pytest.raises(NotLockedError, match="addon-y v1 is needed, and the lock l does not have it"):
        unlocked.file(LOCATION, "v1", NAME)
    assert unlocked.route == "lock"
