"""Hostile answers: whatever a server says, the caller gets an answer or one of our errors."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import httpx
from hypothesis import example, given
from hypothesis import strategies as st

from capyctl.adapters.github_api import GitHubApi
from capyctl.adapters.github_web import GitHubWeb
from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_settings import HttpSettings
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.evidence import Question
from capyctl.core.location import GitHubReleases
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.http import Expect, HttpRequest

HEADER_TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60
)
NAMES = st.sampled_from(
    [
        "Location",
        "Retry-After",
        "X-RateLimit-Remaining",
        "X-RateLimit-Reset",
        "X-RateLimit-Limit",
        "Content-Type",
        "Content-Range",
        "Content-MD5",
        "Digest",
        "Link",
    ]
)
STATUSES = st.sampled_from(
    [200, 201, 204, 206, 301, 302, 304, 307, 401, 403, 404, 407, 410, 429, 451, 500, 503]
)
PLACE = GitHubReleases(
    host="github.com",
    api_base="https://api.github.com",
    owner="o",
    name="r",
    channel="latest",
    components_file="c.yaml",
)


class Quiet:
    def asking(self, source: str, what: str, attempt: int) -> None:
        pass

    def answered(self, source: str, what: str) -> None:
        pass


def client(status: int, headers: dict[str, str], body: bytes) -> tuple[HttpxClient, Transcript]:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]

    class Body(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield body

    def reply(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=encoded, stream=Body())

    transcript = Transcript()
    made = HttpxClient(HttpSettings(), SystemClock(), transcript, Quiet(), httpx.MockTransport(reply))
    return made, transcript


def error_of(ask: Callable[[], object]) -> FetchError | None:
    """The error of ours that a question ended with; any other exception fails the test."""
    try:
        ask()
    except FetchError as error:
        return error
    return None


def is_printable(transcript: Transcript) -> bool:
    """Whether no control character from outside reached the evidence."""
    texts = [
        text
        for one in transcript.snapshot()
        for text in (one.url, one.final_url, one.media_type, *(hop.url for hop in one.hops))
    ]
    return all(text is None or text.isprintable() for text in texts)


@given(status=STATUSES, headers=st.dictionaries(NAMES, HEADER_TEXT, max_size=4), body=st.binary(max_size=200))
@example(status=302, headers={"Location": "//[::1"}, body=b"")
@example(status=302, headers={"Location": "https://host:-1/"}, body=b"")
@example(status=429, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}, body=b"")
@example(status=403, headers={"Retry-After": "999999999"}, body=b"")
def test_every_answer_is_an_answer_or_one_of_our_errors(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    made, transcript = client(status, headers, body)
    for expect in Expect:
        request = HttpRequest(url="https://h.test/f", route="https", question=Question.FILE, expect=expect)
        error = error_of(functools.partial(made.get, request))
        assert error is None or (error.reason.isprintable() and error.evidence.failure)
    assert is_printable(transcript)


@given(status=STATUSES, headers=st.dictionaries(NAMES, HEADER_TEXT, max_size=3), body=st.binary(max_size=200))
@example(status=302, headers={"Location": "https://github.com/o/r/releases/tag/%ff%00"}, body=b"")
@example(status=200, headers={"Link": '<//[>; rel="next"'}, body=b"[]")
@example(status=200, headers={"Link": '<https://h:x/>; rel="next"'}, body=b"[]")
@example(status=200, headers={}, body=b'[{"tag_name": "v1", "assets": [null, {"id": true, "name": 1}]}]')
@example(status=200, headers={}, body=b'{"full_name": "o/r", "id": -1, "archived": "yes"}')
def test_the_github_sources_let_no_foreign_exception_out(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    made, _ = client(status, headers, body)
    web, api = GitHubWeb(made), GitHubApi(made)
    questions: tuple[Callable[[], object], ...] = (
        lambda: web.repository(PLACE),
        lambda: api.repository(PLACE),
        lambda: api.versions(PLACE),
        lambda: api.release(PLACE, "v1"),
        lambda: api.file(PLACE, "v1", "metadata.yaml"),
    )
    for ask in questions:
        error = error_of(ask)
        assert error is None or error.reason.isprintable()
