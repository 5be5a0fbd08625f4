"""Conditional questions over real sockets and the real disk cache, and the cache alone in their place (ADR 28)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct, field

from capyctl.adapters.caching_client import CachingClient
from capyctl.adapters.disk_cache import DiskCache
from capyctl.adapters.kept_client import KeptClient
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.evidence import Outcome
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    OfflineError,
    ServerFailedError,
    UnauthorizedError,
)
from capyctl.ports.http import Credential, Expect, HttpResponse
from tests.contract.test_http_sockets import METADATA, Behaviour, Seen, Stream, World, answer, ask, world

__all__ = ["world"]

URL = "https://forge.test/metadata.yaml"
NEWER = METADATA + b"# replaced\n"
TAG = '"one"'
DATE = "Wed, 01 Jan 2025 00:00:00 GMT"


class HandClock(SystemClock):
    """Its time of day is moved by hand."""

    def __init__(self) -> None:
        self.today = "2026-11-22T05:00:00Z"

    def now(self) -> str:
        return self.today


class Machine(Struct):
    """A machine with one cache; each ``client`` is another run on it."""

    world: World
    folder: Path
    clock: HandClock = field(default_factory=HandClock)

    def cache(self) -> DiskCache:
        return DiskCache(str(self.folder / "cache"), self.clock)

    def client(self, *, believes_absence: bool = True) -> CachingClient:
        return CachingClient(
            self.world.client(),
            self.cache(),
            self.clock,
            self.world.transcript,
            believes_absence=believes_absence,
        )

    def offline(self, transcript: Transcript | None = None) -> KeptClient:
        return KeptClient(self.cache(), transcript or Transcript())

    def serve(self, path: str, behaviour: Behaviour) -> None:
        self.world.forge.script[path] = behaviour

    @property
    def conditions(self) -> list[dict[str, str]]:
        """What of each question to the forge was conditional."""
        return [_conditions(seen) for seen in self.world.forge.requests]


def _conditions(seen: Seen) -> dict[str, str]:
    return {name: value for name, value in seen.headers.items() if name.startswith("if-")}


@pytest.fixture
def machine(world: World, tmp_path: Path) -> Machine:
    return Machine(world=world, folder=tmp_path)


def by_etag(body: bytes = METADATA, tag: str = TAG, **headers: str) -> Behaviour:
    """A file that answers 304 to whoever has its ETag."""

    def behave(stream: Stream, seen: Seen) -> None:
        if seen.headers.get("if-none-match") == tag:
            return answer(b"", "304 Not Modified", etag=tag, **headers)(stream, seen)
        return answer(body, etag=tag, **headers)(stream, seen)

    return behave


def test_what_is_kept_is_confirmed_and_its_evidence_is_of_the_source(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag())
    first = machine.client().get(ask(URL))
    machine.clock.today = "2026-11-23T05:00:00Z"
    second = machine.client().get(ask(URL))
    assert machine.conditions == [{}, {"if-none-match": TAG}]
    assert (first.status, second.status) == (200, 304)
    assert first.body == second.body == METADATA
    evidence = second.evidence
    assert (evidence.route, evidence.status, evidence.outcome) == ("https", 304, Outcome.FOUND)
    assert (evidence.size, evidence.sha256) == (len(METADATA), hashlib.sha256(METADATA).hexdigest())
    assert machine.world.transcript.snapshot() == (first.evidence, second.evidence)
    kept = machine.offline().get(ask(URL)).evidence
    assert (kept.route, kept.as_of) == ("cache", "2026-11-23T05:00:00Z")


def test_other_bytes_under_another_etag_take_the_place_of_the_kept_ones(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL))
    machine.serve("/metadata.yaml", by_etag(NEWER, '"two"'))
    assert machine.client().get(ask(URL)).body == NEWER
    assert machine.client().get(ask(URL)).status == 304
    assert machine.conditions == [{}, {"if-none-match": TAG}, {"if-none-match": '"two"'}]
    assert machine.offline().get(ask(URL)).body == NEWER


def test_a_date_is_sent_where_there_is_no_etag_and_never_beside_one(machine: Machine) -> None:
    machine.serve("/metadata.yaml", answer(METADATA, last_modified=DATE))
    machine.serve("/both", answer(METADATA, last_modified=DATE, etag='W/"b"'))
    for url in (URL, URL, "https://forge.test/both", "https://forge.test/both"):
        machine.client().get(ask(url))
    assert machine.conditions == [{}, {"if-modified-since": DATE}, {}, {"if-none-match": 'W/"b"'}]


def test_validators_go_to_the_host_that_gave_them_behind_a_redirect(machine: Machine) -> None:
    machine.serve("/metadata.yaml", answer(b"", "302 Found", location="https://objects.test/a?sig=1"))
    machine.world.objects.script["/a?sig=1"] = by_etag()
    machine.world.objects.script["/a?sig=2"] = by_etag()
    credential = Credential(host="forge.test", header="Authorization", value="Bearer s3cret", origin="test")
    machine.client().get(ask(URL, credential=credential))
    machine.serve("/metadata.yaml", answer(b"", "302 Found", location="https://objects.test/a?sig=2"))
    second = machine.client().get(ask(URL, credential=credential))
    assert second.body == METADATA
    assert machine.conditions == [{}, {}]
    objects = machine.world.objects.requests
    assert [_conditions(seen) for seen in objects] == [{}, {"if-none-match": TAG}]
    assert not any("authorization" in seen.headers for seen in objects)
    assert [hop.status for hop in second.evidence.hops] == [302]


def test_a_file_that_moved_to_another_host_is_asked_for_without_validators(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL))
    machine.serve("/metadata.yaml", answer(b"", "302 Found", location="https://objects.test/a"))
    machine.world.objects.script["/a"] = by_etag(NEWER)
    assert machine.client().get(ask(URL)).body == NEWER
    assert [_conditions(seen) for seen in machine.world.objects.requests] == [{}]


def test_a_304_that_nobody_asked_for_is_no_answer(machine: Machine) -> None:
    machine.serve("/metadata.yaml", answer(b"", "304 Not Modified", etag=TAG))
    with pytest.raises(ServerFailedError):
        machine.client().get(ask(URL))
    with pytest.raises(OfflineError):
        machine.offline().get(ask(URL))


def test_a_304_under_another_etag_is_not_believed(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL))

    def lies(stream: Stream, seen: Seen) -> None:
        status = "304 Not Modified" if _conditions(seen) else "200 OK"
        answer(b"" if _conditions(seen) else NEWER, status, etag='"another"')(stream, seen)

    machine.serve("/metadata.yaml", lies)
    response = machine.client().get(ask(URL))
    assert (response.status, response.body) == (200, NEWER)
    assert [piece.status for piece in response.earlier] == [304]
    assert machine.conditions == [{}, {"if-none-match": TAG}, {}]


@pytest.mark.parametrize(
    "tag", ['"' + "x" * 256 + '"', "*", '"a", *', '"a" "b"', "a b", '"\x7f"', '"\xe9"', ""]
)
def test_a_hostile_etag_is_no_validator(machine: Machine, tag: str) -> None:
    machine.serve(
        "/metadata.yaml", answer(METADATA, etag=tag.encode().decode("latin-1"), last_modified="soon")
    )
    for _ in range(2):
        assert machine.client().get(ask(URL)).body == METADATA
    assert machine.conditions == [{}, {}]


def test_equal_validators_hide_changed_bytes_from_everybody(machine: Machine) -> None:
    """What no client can see: the source itself says that nothing changed. Only a stated digest would tell."""
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL))
    machine.serve("/metadata.yaml", by_etag(NEWER, TAG))
    assert machine.client().get(ask(URL)).body == METADATA
    stated = ask(URL, expected_sha256=hashlib.sha256(NEWER).hexdigest())
    assert machine.client().get(stated).body == NEWER


@pytest.mark.parametrize("damage", ["truncated", "flipped", "gone"])
def test_damaged_bytes_are_asked_for_anew(machine: Machine, damage: str) -> None:
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL))
    files = [path for path in (machine.folder / "cache").rglob("*") if path.is_file()]
    (kept,) = (path for path in files if path.read_bytes() == METADATA)
    kept.chmod(0o600)
    if damage == "gone":
        kept.unlink()
    else:
        data = METADATA[:-9] if damage == "truncated" else bytes([METADATA[0] ^ 1]) + METADATA[1:]
        kept.write_bytes(data)
    with pytest.raises(OfflineError):
        machine.offline().get(ask(URL))
    response = machine.client().get(ask(URL))
    assert (response.status, response.body) == (200, METADATA)
    assert machine.conditions == [{}, {}]
    assert machine.client().get(ask(URL)).status == 304


def test_offline_an_entry_is_looked_up_once_in_a_run_and_its_bytes_are_proved_when_they_are_read(
    machine: Machine,
) -> None:
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL))
    run = machine.offline()
    assert run.holds(ask(URL))
    for entry in (machine.folder / "cache" / "answers").rglob("*.json"):
        entry.unlink()
    assert run.get(ask(URL)).body == METADATA
    assert not machine.offline().holds(ask(URL))
    for body in (machine.folder / "cache" / "bodies").glob("*/*"):
        body.unlink()
    with pytest.raises(OfflineError):
        run.get(ask(URL))


def test_what_its_source_fails_to_say_nobody_says_online(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL))
    machine.serve("/metadata.yaml", answer(b"", "503 Service Unavailable"))
    with pytest.raises(ServerFailedError):
        machine.client().get(ask(URL))
    assert machine.offline().get(ask(URL)).body == METADATA


@pytest.mark.parametrize(
    "change",
    [{"route": "config"}, {"byte_range": (0, 5), "expect": Expect.BYTES}],
    ids=["a configuration file", "a part of a file"],
)
def test_some_answers_are_never_kept(machine: Machine, change: dict[str, object]) -> None:
    machine.serve("/metadata.yaml", by_etag())
    for _ in range(2):
        machine.client().get(ask(URL, **change))
    assert machine.conditions == [{}, {}]
    assert not (machine.folder / "cache").exists()


def test_no_store_is_heeded(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag(cache_control="private, No-Store"))
    for _ in range(2):
        machine.client().get(ask(URL))
    assert machine.conditions == [{}, {}]
    with pytest.raises(OfflineError):
        machine.offline().get(ask(URL))


def absent_of(get: Callable[[], HttpResponse]) -> AbsentError:
    with pytest.raises(AbsentError) as caught:
        get()
    return caught.value


def test_an_absence_is_believed_for_half_a_minute(machine: Machine) -> None:
    words = b"not found: go.mod has non-.../v2 module path"
    machine.serve("/metadata.yaml", answer(words, "404 Not Found", content_type="text/plain"))
    first = absent_of(lambda: machine.client().get(ask(URL)))
    machine.clock.today = "2026-11-22T05:00:30Z"
    second = absent_of(lambda: machine.client().get(ask(URL)))
    assert len(machine.world.forge.requests) == 1
    assert second.reason == first.reason
    evidence = second.evidence
    assert (evidence.route, evidence.as_of, evidence.status) == ("cache", "2026-11-22T05:00:00Z", 404)
    assert machine.world.transcript.snapshot() == (first.evidence, evidence)
    machine.clock.today = "2026-11-22T05:00:31Z"
    machine.serve("/metadata.yaml", answer(METADATA))
    assert machine.client().get(ask(URL)).body == METADATA


def test_an_absence_from_the_future_is_not_believed(machine: Machine) -> None:
    absent_of(lambda: machine.client().get(ask(URL)))
    machine.clock.today = "2026-11-22T04:59:59Z"
    absent_of(lambda: machine.client().get(ask(URL)))
    assert len(machine.world.forge.requests) == 2


def test_a_run_about_the_world_believes_no_kept_absence(machine: Machine) -> None:
    for _ in range(2):
        absent_of(lambda: machine.client(believes_absence=False).get(ask(URL)))
    assert len(machine.world.forge.requests) == 2


def credential(value: str) -> Credential:
    return Credential(host="forge.test", header="Authorization", value=value, origin="test")


def test_private_answers_are_kept_apart_by_credential(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag())
    for who in (credential("Bearer a"), credential("Bearer b"), None, credential("Bearer a")):
        machine.client().get(ask(URL, credential=who))
    assert machine.conditions == [{}, {}, {}, {"if-none-match": TAG}]
    written = b"".join(path.read_bytes() for path in (machine.folder / "cache").rglob("*") if path.is_file())
    assert b"Bearer" not in written


def test_offline_a_private_answer_is_for_its_owner_and_a_public_one_for_all(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL, credential=credential("Bearer a")))
    assert machine.offline().get(ask(URL, credential=credential("Bearer a"))).body == METADATA
    for other in (credential("Bearer b"), None):
        with pytest.raises(OfflineError):
            machine.offline().get(ask(URL, credential=other))
    machine.client().get(ask(URL))
    assert machine.offline().get(ask(URL, credential=credential("Bearer b"))).body == METADATA


def test_what_came_without_a_rejected_credential_is_anybodys(machine: Machine) -> None:
    def wants_none(stream: Stream, seen: Seen) -> None:
        refused = "authorization" in seen.headers
        answer(b"" if refused else METADATA, "401 Unauthorized" if refused else "200 OK", etag=TAG)(
            stream, seen
        )

    machine.serve("/metadata.yaml", wants_none)
    assert machine.client().get(ask(URL, credential=credential("Bearer old"))).body == METADATA
    assert machine.offline().get(ask(URL)).body == METADATA


def test_a_refusal_is_not_kept(machine: Machine) -> None:
    machine.serve("/metadata.yaml", answer(b"", "403 Forbidden"))
    with pytest.raises(UnauthorizedError):
        machine.client().get(ask(URL))
    with pytest.raises(OfflineError):
        machine.offline().get(ask(URL))


def test_offline_an_absence_is_one_whatever_its_age(machine: Machine) -> None:
    absent_of(lambda: machine.client().get(ask(URL)))
    machine.clock.today = "2027-11-22T05:00:00Z"
    transcript = Transcript()
    found = absent_of(lambda: machine.offline(transcript).get(ask(URL)))
    assert found.evidence.as_of == "2026-11-22T05:00:00Z"
    assert transcript.snapshot() == (found.evidence,)


def test_offline_what_is_not_kept_leaves_no_evidence(machine: Machine) -> None:
    transcript = Transcript()
    with pytest.raises(OfflineError, match="does not hold https://forge"):
        machine.offline(transcript).get(ask(URL))
    assert transcript.snapshot() == ()


def test_a_redirect_that_was_the_answer_is_asked_anew_online_and_told_offline(machine: Machine) -> None:
    machine.serve("/latest", answer(b"", "302 Found", location="https://forge.test/tag/v1?token=s3cret"))
    latest = ask("https://forge.test/latest", stop=lambda _: True)
    for _ in range(2):
        assert machine.client().get(latest).location == "https://forge.test/tag/v1?token=s3cret"
    assert machine.conditions == [{}, {}]
    kept = machine.offline().get(latest)
    assert (kept.status, kept.location, kept.body) == (302, "https://forge.test/tag/v1", b"")
    with pytest.raises(OfflineError):
        machine.offline().get(ask("https://forge.test/latest"))


def test_a_kept_list_knows_how_it_goes_on(machine: Machine) -> None:
    machine.serve("/list", by_etag(b"[]", link='<https://forge.test/2>; rel="next"', x_next_page="2"))
    request = ask("https://forge.test/list", expect=Expect.JSON)
    machine.client().get(request)

    def terse(stream: Stream, seen: Seen) -> None:
        answer(b"", "304 Not Modified", etag=TAG)(stream, seen)

    machine.serve("/list", terse)
    for response in (machine.client().get(request), machine.offline().get(request)):
        told = {name: response.headers[name] for name in ("link", "x-next-page")}
        assert told == {"link": '<https://forge.test/2>; rel="next"', "x-next-page": "2"}


def test_kept_bytes_are_judged_by_what_is_asked_for_now(machine: Machine) -> None:
    machine.serve("/page", by_etag(b"<!doctype html><html></html>", content_type="text/html"))
    machine.client().get(ask("https://forge.test/page", expect=Expect.BYTES))
    for client in (machine.client(), machine.offline()):
        with pytest.raises(BadAnswerError):
            client.get(ask("https://forge.test/page"))


def test_more_than_is_accepted_now_is_not_taken_from_the_cache(machine: Machine) -> None:
    machine.serve("/metadata.yaml", by_etag())
    machine.client().get(ask(URL))
    with pytest.raises(FetchError):
        machine.client().get(ask(URL, limit=10))
    assert machine.conditions == [{}, {}]
