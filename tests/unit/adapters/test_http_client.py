"""The client's rules over a scripted transport and a clock that the test moves."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpcore
import httpx
import pytest

from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_failure import HTTP_EXCEPTIONS, Moment, failure_from
from capyctl.adapters.http_settings import HttpSettings
from capyctl.core.evidence import Outcome, Question
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    OfflineError,
    RateLimitedError,
    ServerFailedError,
    TimedOutError,
    UnauthorizedError,
    UnreachableError,
)
from capyctl.ports.http import Credential, Expect, HttpRequest

URL = "https://host.test/metadata.yaml"
METADATA = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
TOKEN = Credential(host="host.test", header="Authorization", value="Bearer s3cr3t", origin="GITHUB_TOKEN")

Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


@dataclass
class FakeClock:
    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> str:
        moment = datetime(2026, 11, 21, 12, 0, tzinfo=UTC) + timedelta(seconds=self.seconds)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@dataclass
class Heard:
    events: list[tuple[str, ...]] = field(default_factory=list)

    def asking(self, source: str, what: str, attempt: int) -> None:
        self.events.append(("asking", source, what, str(attempt)))

    def answered(self, source: str, what: str) -> None:
        self.events.append(("answered", source, what))


@dataclass
class Desk:
    """A client whose network is a list of replies."""

    replies: list[Reply]
    deadline: float = 30.0
    offline: bool = False
    jitter: float = 1.0
    clock: FakeClock = field(default_factory=FakeClock)
    requests: list[httpx.Request] = field(default_factory=list)
    transcript: Transcript = field(default_factory=Transcript)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        settings = HttpSettings(deadline=self.deadline, offline=self.offline, jitter=lambda: self.jitter)
        transport = httpx.MockTransport(self._reply)
        self.client = HttpxClient(settings, self.clock, self.transcript, self.heard, transport)

    def _reply(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply(request) if callable(reply) else reply

    def failure(self, error: type[FetchError], **more: object) -> FetchError:
        with pytest.raises(FetchError) as caught:
            self.client.get(ask(**more))
        assert type(caught.value) is error
        return caught.value


def ask(**more: object) -> HttpRequest:
    values: dict[str, object] = {
        "url": URL,
        "route": "https",
        "question": Question.FILE,
        "expect": Expect.YAML,
        **more,
    }
    return HttpRequest(**values)  # type: ignore[arg-type]


def ok(body: bytes = METADATA, **headers: str) -> httpx.Response:
    return httpx.Response(200, content=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def status(code: int, body: bytes = b"", **headers: str) -> httpx.Response:
    return httpx.Response(code, content=body, headers={k.replace("_", "-"): v for k, v in headers.items()})


def to(location: str, code: int = 302) -> httpx.Response:
    return status(code, location=location)


class TestStatuses:
    @pytest.mark.parametrize(
        ("code", "error", "outcome", "failure"),
        [
            (404, AbsentError, Outcome.ABSENT, "http-404"),
            (410, AbsentError, Outcome.ABSENT, "http-410"),
            (401, UnauthorizedError, Outcome.UNAVAILABLE, "http-401"),
            (403, UnauthorizedError, Outcome.UNAVAILABLE, "http-403"),
            (407, UnreachableError, Outcome.UNAVAILABLE, "proxy"),
            (429, RateLimitedError, Outcome.UNAVAILABLE, "rate-limit"),
            (500, ServerFailedError, Outcome.UNAVAILABLE, "http-500"),
            (503, ServerFailedError, Outcome.UNAVAILABLE, "http-503"),
            (400, ServerFailedError, Outcome.UNAVAILABLE, "http-400"),
            (304, ServerFailedError, Outcome.UNAVAILABLE, "http-304"),
            (204, BadAnswerError, Outcome.BAD, "empty"),
        ],
    )
    def test_map(self, code: int, error: type[FetchError], outcome: Outcome, failure: str) -> None:
        desk = Desk([status(code)])
        caught = desk.failure(error)
        assert (caught.evidence.status, caught.evidence.outcome) == (code, outcome)
        assert caught.evidence.failure == failure
        assert desk.transcript.snapshot() == (caught.evidence,)

    def test_the_words_of_a_plain_error_are_shown_bounded_and_disarmed(self) -> None:
        body = b"not found:\n \x1b[31mgo.mod has post-v2 module path " + b"x" * 1000
        caught = Desk([status(404, body, content_type="text/plain; charset=utf-8")]).failure(AbsentError)
        assert "not found: ?[31mgo.mod has post-v2 module path" in caught.reason
        assert len(caught.reason) < 300

    def test_the_message_of_a_json_error_is_shown_and_html_is_not(self) -> None:
        body = json.dumps({"message": "Bad credentials"}).encode()
        assert (
            "Bad credentials"
            in Desk([status(401, body, content_type="application/json")]).failure(UnauthorizedError).reason
        )
        caught = Desk([status(500, b"<html>oops", content_type="text/html")]).failure(ServerFailedError)
        assert caught.reason == "host.test answered 500"


class TestRateLimits:
    def test_a_primary_limit_on_403_has_its_reset_and_quota(self) -> None:
        reset = int(datetime(2026, 11, 21, 12, 21, tzinfo=UTC).timestamp())
        limited = status(403, x_ratelimit_remaining="0", x_ratelimit_reset=str(reset), x_ratelimit_limit="60")
        caught = Desk([limited]).failure(RateLimitedError)
        assert isinstance(caught, RateLimitedError)
        assert (caught.reset_at, caught.limit) == ("2026-11-21T12:21:00Z", 60)

    def test_a_403_with_quota_left_is_no_rate_limit(self) -> None:
        Desk([status(403, x_ratelimit_remaining="59")]).failure(UnauthorizedError)

    @pytest.mark.parametrize("value", ["90", "Sat, 21 Nov 2026 12:01:30 GMT"])
    def test_retry_after_counts_in_seconds_or_as_a_date(self, value: str) -> None:
        caught = Desk([status(403, retry_after=value)]).failure(RateLimitedError)
        assert isinstance(caught, RateLimitedError)
        assert caught.reset_at == "2026-11-21T12:01:30Z"

    @pytest.mark.parametrize("value", ["99999999999999999999", "soon", "-1", "Sat, 99 Nov 9999"])
    def test_a_senseless_time_is_no_time(self, value: str) -> None:
        limited = status(429, retry_after=value, x_ratelimit_remaining="0", x_ratelimit_reset=value)
        caught = Desk([limited]).failure(RateLimitedError)
        assert isinstance(caught, RateLimitedError)
        assert caught.reset_at is None

    def test_a_time_beyond_the_deadline_ends_at_once_with_the_time(self) -> None:
        desk = Desk([status(429, retry_after="31")], deadline=30)
        caught = desk.failure(RateLimitedError, last_resort=True)
        assert isinstance(caught, RateLimitedError)
        assert caught.reset_at == "2026-11-21T12:00:31Z"
        assert desk.clock.slept == []

    def test_a_time_within_the_deadline_is_waited_for(self) -> None:
        desk = Desk([status(429, retry_after="3"), ok()], jitter=0.5)
        response = desk.client.get(ask(last_resort=True))
        assert desk.clock.slept == [3.25]
        assert [one.failure for one in response.earlier] == ["rate-limit"]

    def test_the_time_of_a_503_is_said(self) -> None:
        caught = Desk([status(503, retry_after="120")]).failure(ServerFailedError, last_resort=True)
        assert "2026-11-21T12:02:00Z" in caught.reason


class TestRetry:
    @pytest.mark.parametrize(
        "first",
        [
            status(500),
            status(503),
            status(429),
            httpx.ConnectError("refused"),
            httpx.ReadError("reset"),
            httpx.RemoteProtocolError("Server disconnected without sending a response."),
        ],
    )
    def test_a_quick_failure_is_asked_again_once_when_no_other_source_is_left(self, first: Reply) -> None:
        desk = Desk([first, ok()])
        response = desk.client.get(ask(last_resort=True))
        assert response.body == METADATA
        assert desk.clock.slept == [0.5]
        assert len(desk.transcript.snapshot()) == 2
        assert len(response.earlier) == 1

    def test_twice_is_enough(self) -> None:
        desk = Desk([status(503), status(502), ok()])
        caught = desk.failure(ServerFailedError, last_resort=True)
        assert caught.evidence.status == 502
        assert [one.status for one in caught.earlier] == [503]

    def test_no_retry_while_another_source_is_left(self) -> None:
        desk = Desk([status(503), ok()])
        desk.failure(ServerFailedError)
        assert len(desk.requests) == 1

    @pytest.mark.parametrize(
        "first",
        [
            httpx.ReadTimeout("silence"),
            httpx.ConnectTimeout("black hole"),
            httpx.ProxyError("407"),
            status(404),
            status(401),
            status(400),
        ],
    )
    def test_silence_and_definite_answers_are_never_asked_again(self, first: Reply) -> None:
        desk = Desk([first, ok()])
        with pytest.raises(FetchError):
            desk.client.get(ask(last_resort=True))
        assert len(desk.requests) == 1

    def test_the_pause_leaves_time_for_the_answer(self) -> None:
        desk = Desk([status(503), ok()], deadline=0.2)
        desk.client.get(ask(last_resort=True))
        assert desk.clock.slept == [0.1]


class TestDeadline:
    def test_a_question_after_the_deadline_is_not_sent(self) -> None:
        desk = Desk([httpx.ReadTimeout("x")], deadline=10)

        def slow(_request: httpx.Request) -> httpx.Response:
            desk.clock.seconds += 11
            return ok()

        desk.replies[:] = [slow]
        desk.client.get(ask())
        caught = desk.failure(TimedOutError)
        assert caught.evidence.failure == "deadline"
        assert len(desk.requests) == 1

    def test_a_timeout_at_the_deadline_is_the_deadlines(self) -> None:
        desk = Desk([], deadline=10)

        def slow(_request: httpx.Request) -> httpx.Response:
            desk.clock.seconds += 10
            raise httpx.ReadTimeout("x")

        desk.replies.append(slow)
        assert desk.failure(TimedOutError).evidence.failure == "deadline"

    def test_time_between_questions_does_not_count(self) -> None:
        desk = Desk([ok(), ok()], deadline=10)
        desk.client.get(ask())
        desk.clock.seconds += 3600
        assert desk.client.get(ask()).status == 200

    def test_a_transfer_in_progress_does_not_count(self) -> None:
        desk = Desk([], deadline=10)

        class Slow(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                for start in range(0, len(METADATA), 8):
                    desk.clock.seconds += 1.5
                    yield METADATA[start : start + 8]

        desk.replies += [httpx.Response(200, stream=Slow()), ok()]
        assert desk.client.get(ask()).body == METADATA
        assert desk.clock.seconds > 10
        assert desk.client.deadline_left() == 10

    def test_a_drip_without_end_is_no_progress(self) -> None:
        desk = Desk([], deadline=10)

        class Drip(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                while True:
                    desk.clock.seconds += 3
                    yield b"#"

        desk.replies.append(httpx.Response(200, stream=Drip()))
        assert desk.failure(TimedOutError).evidence.failure == "silence"
        assert desk.clock.seconds < 20


class TestRedirects:
    def test_accept_is_kept_and_the_credential_is_not_carried_off(self) -> None:
        desk = Desk([to("/moved", 301), to("https://objects.test/x?sig=1"), ok()])
        request = ask(
            accept="application/octet-stream", credential=TOKEN, headers={"X-GitHub-Api-Version": "1"}
        )
        evidence = desk.client.get(request).evidence
        assert [r.headers["accept"] for r in desk.requests] == ["application/octet-stream"] * 3
        assert [r.headers.get("authorization") for r in desk.requests] == [TOKEN.value, TOKEN.value, None]
        assert [r.headers.get("x-github-api-version") for r in desk.requests] == ["1", "1", None]
        assert [(h.url, h.status) for h in evidence.hops] == [(URL, 301), ("https://host.test/moved", 302)]
        assert evidence.final_url == "https://objects.test/x"
        assert evidence.url == URL

    def test_a_credential_left_behind_stays_behind(self) -> None:
        desk = Desk([to("https://other.test/"), to("https://host.test/back"), ok()])
        desk.client.get(ask(credential=TOKEN))
        assert [r.headers.get("authorization") for r in desk.requests] == [TOKEN.value, None, None]

    def test_a_credential_of_another_host_is_not_sent(self) -> None:
        desk = Desk([ok(), ok()])
        evidence = desk.client.get(ask(url="https://other.test/", credential=TOKEN)).evidence
        assert "authorization" not in desk.requests[0].headers
        assert not evidence.credential_sent
        desk.client.get(ask(url="https://host.test:8443/", credential=TOKEN))
        assert "authorization" not in desk.requests[1].headers

    def test_user_and_password_in_a_target_are_dropped(self) -> None:
        desk = Desk([to("https://u:p4ss@other.test/f"), ok()])
        evidence = desk.client.get(ask()).evidence
        assert str(desk.requests[1].url) == "https://other.test/f"
        assert "authorization" not in desk.requests[1].headers
        assert "p4ss" not in repr(evidence)

    @pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
    def test_every_redirect_is_followed_by_get(self, code: int) -> None:
        desk = Desk([to("/x", code), ok()])
        desk.client.get(ask())
        assert desk.requests[1].method == "GET"

    @pytest.mark.parametrize(
        ("location", "failure"),
        [
            ("http://host.test/metadata.yaml", "redirect-refused"),
            ("ftp://host.test/", "redirect-refused"),
            ("file:///etc/passwd", "redirect-refused"),
            ("javascript:alert(1)", "redirect-refused"),
            (URL, "redirect-loop"),
            ("https://[broken/", "malformed"),
            ("https://host.test:99999/", "malformed"),
        ],
    )
    def test_targets_that_are_refused(self, location: str, failure: str) -> None:
        desk = Desk([to(location)])
        caught = desk.failure(BadAnswerError)
        assert caught.evidence.failure == failure
        assert len(desk.requests) == 1

    def test_a_redirect_without_a_target(self) -> None:
        assert Desk([status(302)]).failure(BadAnswerError).evidence.failure == "malformed"

    def test_ten_hops_are_followed_and_no_more(self) -> None:
        hops: list[Reply] = [to(f"/{n}") for n in range(10)]
        assert len(Desk([*hops, ok()]).client.get(ask()).evidence.hops) == 10
        desk = Desk([*hops, to("/last"), ok()])
        assert desk.failure(BadAnswerError).evidence.failure == "redirect-loop"
        assert len(desk.requests) == 11

    def test_a_longer_loop(self) -> None:
        desk = Desk([to("/b"), to("/a"), to("/b")])
        assert desk.failure(BadAnswerError).evidence.failure == "redirect-loop"

    def test_a_rename_to_another_host_is_refused_where_it_would_be_one(self) -> None:
        desk = Desk([to("https://evil.test/o/r", 301)])
        assert desk.failure(BadAnswerError, moves_within_host=True).evidence.failure == "redirect-refused"
        moved = Desk([to("https://objects.test/f", 302), ok()])
        assert moved.client.get(ask(moves_within_host=True)).status == 200

    def test_stop_answers_with_the_redirect_itself(self) -> None:
        desk = Desk([to("/latest", 301), to("/tag/v1.2.3")])
        response = desk.client.get(ask(stop=lambda target: "/tag/" in target))
        assert (response.status, response.location) == (302, "https://host.test/tag/v1.2.3")
        assert response.evidence.outcome is Outcome.FOUND
        assert response.evidence.final_url == "https://host.test/latest"
        assert len(desk.requests) == 2

    def test_cookies_are_not_kept(self) -> None:
        desk = Desk([status(302, location="/b", set_cookie="id=1; Path=/"), ok(), ok()])
        desk.client.get(ask())
        desk.client.get(ask())
        assert all("cookie" not in request.headers for request in desk.requests)


class TestRejectedCredential:
    def test_public_data_is_asked_for_again_anonymously_and_both_are_seen(self) -> None:
        desk = Desk([status(401), ok(), ok()])
        response = desk.client.get(ask(credential=TOKEN))
        assert response.status == 200
        assert [one.failure for one in response.earlier] == ["credential-rejected"]
        assert [(one.status, one.credential_sent) for one in desk.transcript.snapshot()] == [
            (401, True),
            (200, False),
        ]
        desk.client.get(ask(credential=TOKEN))
        assert "authorization" not in desk.requests[2].headers

    def test_for_private_data_the_rejection_is_the_answer(self) -> None:
        desk = Desk([status(401), status(404)])
        caught = desk.failure(UnauthorizedError, credential=TOKEN)
        assert caught.evidence.failure == "credential-rejected"
        assert [one.status for one in caught.earlier] == [404]

    def test_an_anonymous_limit_after_a_rejection_shows_both(self) -> None:
        desk = Desk([status(401), status(403, x_ratelimit_remaining="0")])
        caught = desk.failure(RateLimitedError, credential=TOKEN)
        assert [one.failure for one in caught.earlier] == ["credential-rejected"]

    def test_a_refusal_by_a_host_that_never_saw_the_credential_rejects_nothing(self) -> None:
        desk = Desk([to("https://objects.test/x"), status(403)])
        caught = desk.failure(UnauthorizedError, credential=TOKEN)
        assert (caught.evidence.failure, caught.evidence.credential_sent) == ("http-403", True)
        assert len(desk.requests) == 2

    def test_a_403_for_one_resource_does_not_condemn_the_credential(self) -> None:
        desk = Desk([status(403), ok(), ok()])
        desk.client.get(ask(credential=TOKEN))
        desk.client.get(ask(credential=TOKEN))
        assert desk.requests[2].headers["authorization"] == TOKEN.value

    @pytest.mark.parametrize("value", ["Bearer a\r\nX-Evil: 1", "Bearer schlüssel"])
    def test_a_credential_that_no_header_can_carry(self, value: str) -> None:
        odd = Credential(host="host.test", header="Authorization", value=value, origin="GITHUB_TOKEN")
        response = Desk([ok()]).client.get(ask(credential=odd))
        assert [one.failure for one in response.earlier] == ["credential-rejected"]

    def test_the_secret_is_in_no_repr(self) -> None:
        desk = Desk([status(401), status(401)])
        caught = desk.failure(UnauthorizedError, credential=TOKEN)
        assert "s3cr3t" not in repr((caught, caught.evidence, TOKEN, ask(credential=TOKEN)))


HTML = b"<!DOCTYPE html><html><body>Sign in</body></html>"
RECORD = json.dumps({"url": "https://api.github.com/x", "id": 7, "name": "metadata.yaml"}).encode()
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "expect", "failure"),
        [
            (HTML, Expect.YAML, "html"),
            (b"\xef\xbb\xbf \n<html>", Expect.JSON, "html"),
            (HTML, Expect.TEXT, "html"),
            (RECORD, Expect.YAML, "json-record"),
            (b'{"message": "Not Found", "documentation_url": "x"}', Expect.YAML, "json-record"),
            (b"[]", Expect.YAML, "json-record"),
            (POINTER, Expect.YAML, "lfs-pointer"),
            (POINTER, Expect.BYTES, "lfs-pointer"),
            (b"", Expect.YAML, "empty"),
            (b" \n\n", Expect.YAML, "empty"),
            (b"", Expect.JSON, "empty"),
            (b"a: 1\n\0\n", Expect.YAML, "binary"),
            (b"\x1f\x8b\x08\x00abc", Expect.TEXT, "binary"),
            (b"PK\x03\x04rest", Expect.YAML, "binary"),
            (b'<?xml version="1.0"?><Error/>', Expect.YAML, "malformed"),
            (b"v1.0.0\n", Expect.JSON, "malformed"),
        ],
    )
    def test_wrong_kinds_are_told_apart(self, body: bytes, expect: Expect, failure: str) -> None:
        caught = Desk([ok(body)]).failure(BadAnswerError, expect=expect)
        assert caught.evidence.failure == failure
        assert caught.evidence.outcome is Outcome.BAD
        assert caught.evidence.sha256 == hashlib.sha256(body).hexdigest()

    @pytest.mark.parametrize(
        ("body", "expect"),
        [
            (METADATA, Expect.YAML),
            (
                json.dumps(
                    {"apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "kind": "Metadata"}
                ).encode(),
                Expect.YAML,
            ),
            (b'{"releaseSeries": []}', Expect.YAML),
            (b"{a: 1}", Expect.YAML),
            (b"# <html> in a comment\na: 1\n", Expect.YAML),
            (b"", Expect.TEXT),
            (b"v1.0.0\n", Expect.TEXT),
            (b"[]", Expect.JSON),
            (b"\0\1", Expect.BYTES),
            (HTML, Expect.BYTES),
        ],
    )
    def test_right_kinds_pass(self, body: bytes, expect: Expect) -> None:
        assert Desk([ok(body)]).client.get(ask(expect=expect)).body == body

    def test_yaml_that_a_dumb_server_calls_html_passes(self) -> None:
        assert Desk([ok(METADATA, content_type="text/html")]).client.get(ask()).body == METADATA

    def test_too_large_by_its_announcement_and_by_its_bytes(self) -> None:
        announced = Desk([ok(b"a" * 11)]).failure(BadAnswerError, limit=10)
        assert announced.evidence.failure == "too-large"

        class Stream(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                while True:
                    yield b"a" * 4

        endless = httpx.Response(200, stream=Stream())
        assert Desk([endless]).failure(BadAnswerError, limit=10).evidence.failure == "too-large"

    def test_fewer_bytes_than_announced(self) -> None:
        class Stream(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield METADATA[:9]

        short = httpx.Response(200, stream=Stream(), headers={"Content-Length": str(len(METADATA))})
        assert Desk([short]).failure(BadAnswerError).evidence.failure == "truncated"

    def test_an_encoding_nobody_asked_for(self) -> None:
        class Stream(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield METADATA

        brotli = httpx.Response(200, stream=Stream(), headers={"Content-Encoding": "br"})
        assert Desk([brotli]).failure(BadAnswerError).evidence.failure == "malformed"

    def test_stated_size_and_digest(self) -> None:
        digest = hashlib.sha256(METADATA).hexdigest()
        good = ask(expected_size=len(METADATA), expected_sha256=digest.upper())
        assert Desk([ok()]).client.get(good).status == 200
        assert Desk([ok()]).failure(BadAnswerError, expected_size=1).evidence.failure == "size-differs"
        wrong = Desk([ok()]).failure(BadAnswerError, expected_sha256="0" * 64)
        assert wrong.evidence.failure == "digest-differs"

    @pytest.mark.parametrize(
        "headers",
        [
            {"content_md5": "AAAAAAAAAAAAAAAAAAAAAA=="},
            {"x_ms_blob_content_md5": "AAAAAAAAAAAAAAAAAAAAAA=="},
            {"content_digest": "sha-256=:" + "A" * 43 + "=:"},
            {"digest": "SHA-256=" + "A" * 43 + "="},
        ],
    )
    def test_digests_in_headers(self, headers: dict[str, str]) -> None:
        assert Desk([ok(METADATA, **headers)]).failure(BadAnswerError).evidence.failure == "digest-differs"

    def test_digests_in_headers_that_agree_or_make_no_sense(self) -> None:
        assert Desk([ok(b"hello", content_md5="XUFAKrxLKna5cZ2REBfFkg==")]).client.get(ask()).status == 200
        assert Desk([ok(content_md5="%%%", digest="sha-256=x")]).client.get(ask()).status == 200


class TestRanges:
    def test_a_range_is_asked_for_unpacked_and_checked(self) -> None:
        part = status(206, b"34", content_range="bytes 3-4/10")
        desk = Desk([part])
        response = desk.client.get(ask(expect=Expect.BYTES, byte_range=(3, 4)))
        assert (response.status, response.body) == (206, b"34")
        assert desk.requests[0].headers["range"] == "bytes=3-4"
        assert desk.requests[0].headers["accept-encoding"] == "identity"

    @pytest.mark.parametrize(
        ("byte_range", "header"), [((-22, None), "bytes=-22"), ((5, None), "bytes=5-"), ((0, 9), "bytes=0-9")]
    )
    def test_spelling(self, byte_range: tuple[int, int | None], header: str) -> None:
        desk = Desk([ok(b"x")])
        desk.client.get(ask(expect=Expect.BYTES, byte_range=byte_range))
        assert desk.requests[0].headers["range"] == header

    @pytest.mark.parametrize(
        ("content_range", "failure"),
        [
            ("bytes 4-5/10", "malformed"),
            ("bytes 3-9/10", "malformed"),
            ("x", "malformed"),
            ("bytes 3-3/10", "truncated"),
        ],
    )
    def test_another_part_than_asked_for(self, content_range: str, failure: str) -> None:
        part = status(206, b"34", content_range=content_range)
        caught = Desk([part]).failure(BadAnswerError, expect=Expect.BYTES, byte_range=(3, 4))
        assert caught.evidence.failure == failure


def exported(library: object) -> list[type[Exception]]:
    names = vars(library).values()
    return [value for value in names if inspect.isclass(value) and issubclass(value, Exception)]


def instance(kind: type[Exception]) -> Exception:
    if kind is httpx.HTTPStatusError:
        request = httpx.Request("GET", URL)
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500, request=request))
    try:
        return kind("x")
    except TypeError:
        return kind()


class TestForeignExceptions:
    @pytest.mark.parametrize("kind", [*exported(httpx), *exported(httpcore)])
    def test_none_escapes_and_each_has_a_word(self, kind: type[Exception]) -> None:
        assert issubclass(kind, HTTP_EXCEPTIONS)
        caught: FetchError
        with pytest.raises(FetchError) as caught_info:
            Desk([instance(kind)]).client.get(ask())
        caught = caught_info.value
        assert caught.evidence.failure
        assert caught.evidence.outcome in {Outcome.UNAVAILABLE, Outcome.BAD}

    @pytest.mark.parametrize(
        ("error", "word"),
        [
            (httpx.ConnectTimeout("x"), "connect-timeout"),
            (httpx.ProxyError("x"), "proxy"),
            (httpx.ReadTimeout("x"), "silence"),
            (httpx.PoolTimeout("x"), "silence"),
            (httpx.ReadError("x"), "reset"),
            (httpx.WriteError("x"), "reset"),
            (httpx.UnsupportedProtocol("x"), "malformed"),
        ],
    )
    def test_words(self, error: Exception, word: str) -> None:
        moment = Moment(host="h", in_transfer=False, received=0, deadline_left=1)
        assert failure_from(error, moment).word == word

    def test_an_answer_that_is_no_http(self) -> None:
        moment = Moment(host="h", in_transfer=False, received=12, deadline_left=1)
        failure = failure_from(httpcore.RemoteProtocolError("illegal status line"), moment)
        assert (failure.kind, failure.word) == (BadAnswerError, "malformed")


class TestAddressesAndOffline:
    def test_offline_asks_nobody(self) -> None:
        desk = Desk([], offline=True)
        desk.client.warm("host.test")
        caught = desk.failure(OfflineError)
        assert caught.evidence.failure == "offline"
        assert desk.requests == []

    @pytest.mark.parametrize(
        "url", ["https://[bad/", "ftp://x/", "/path", "https://x:0/", "https://x:99999/", "https://"]
    )
    def test_an_address_that_cannot_be_asked(self, url: str) -> None:
        assert Desk([]).failure(BadAnswerError, url=url).evidence.failure == "malformed"

    def test_credentials_in_an_address_are_neither_sent_nor_shown(self) -> None:
        desk = Desk([ok()])
        evidence = desk.client.get(ask(url="https://user:hidden@host.test/f#x")).evidence
        assert evidence.url == evidence.final_url == "https://host.test/f"
        assert "authorization" not in desk.requests[0].headers

    def test_progress_hears_each_attempt(self) -> None:
        desk = Desk([status(503), ok()])
        desk.client.get(ask(last_resort=True))
        assert desk.heard.events == [
            ("asking", "host.test", "metadata.yaml", "1"),
            ("answered", "host.test", "metadata.yaml"),
            ("asking", "host.test", "metadata.yaml", "2"),
            ("answered", "host.test", "metadata.yaml"),
        ]

    def test_control_characters_of_an_answer_reach_no_evidence(self) -> None:
        desk = Desk([ok(content_type="text/\x1b[31mx")])
        assert desk.client.get(ask()).evidence.media_type is None
