"""Plays command lines over a drawn world in this process, without a socket: the real client over a fake wire.

Questions are put one after the other, and a clock of rounds counts which of them a run would have put side by side.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import pytest
from msgspec import Struct, field

import capyctl.adapters.http_client
import capyctl.wiring.world
from capyctl.adapters.askers import SerialAsker
from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_settings import HttpSettings
from capyctl.cli.run import Run
from capyctl.cli.session import execute, rendered
from capyctl.lab.exchange import Question
from capyctl.lab.internet import applications
from capyctl.lab.world import World
from capyctl.ports.clock import Clock
from capyctl.ports.http import EvidenceLog, HttpRequest, HttpResponse
from capyctl.ports.progress import Progress
from tests.oracle.world_draw import GOPROXIES, PUSH_TOKEN, Drawn

T = TypeVar("T")

_HTTP_CLIENT: type[HttpxClient] = capyctl.adapters.http_client.HttpxClient


class Put(Struct, frozen=True, kw_only=True):
    """One question as it went out: its address, and the round it belongs to."""

    url: str
    round: int

    @property
    def host(self) -> str:
        """Whom it went to."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_rest(self) -> bool:
        """Whether it costs quota of the forge."""
        return self.host == "api.github.com"

    @property
    def is_list(self) -> bool:
        """Whether it asks which versions there are."""
        path = urlsplit(self.url).path
        return path.endswith(("/@v/list", "/releases", "/releases/latest", "/tags", "/@latest", "/info/refs"))


class Rounds(Struct):
    """A clock that a question moves on by one; side by side means from the same time on."""

    now: int = 0
    questions: list[Put] = field(default_factory=list)

    def put(self, url: str) -> None:
        """A question goes out."""
        self.now += 1
        self.questions.append(Put(url=url, round=self.now))


class RoundAsker:
    """Asks in order, in one thread, and lets time pass as it would have side by side."""

    def __init__(self, rounds: Rounds) -> None:
        self._rounds = rounds

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """All calls begin at the same time; it is over when the longest is."""
        start, results, ends = self._rounds.now, [], [self._rounds.now]
        for call in calls:
            self._rounds.now = start
            results.append(call())
            ends.append(self._rounds.now)
        self._rounds.now = max(ends)
        return results

    def in_turn(
        self, calls: Sequence[Callable[[], T]], good: Callable[[T], bool], head_start: float
    ) -> list[T]:
        """Nobody is silent here, so the next call begins when the last one failed."""
        return SerialAsker().in_turn(calls, good, head_start)


class Wire(httpx.BaseTransport):
    """The lab's applications in the network's place."""

    def __init__(self, world: World) -> None:
        self._hosts = applications(world)
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the host, or that there is no such host."""
        application = self._hosts.get(request.url.host)
        if application is None:
            raise httpx.ConnectError("[Errno -2] Name or service not known", request=request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.raw_path.decode()
        question = Question(method=request.method, host=request.url.host, target=target, headers=headers)
        with self._lock:
            reply = application(question)
        return httpx.Response(
            reply.status, headers=dict(reply.headers), stream=httpx.ByteStream(reply.body), request=request
        )


class Played(Struct, frozen=True, kw_only=True):
    """One command: its status, its document, what was asked."""

    status: int
    document: dict[str, Any]
    questions: tuple[Put, ...]

    @property
    def rounds(self) -> int:
        """Rounds of questions."""
        return max((each.round for each in self.questions), default=0)

    def provider(self, label: str) -> dict[str, Any]:
        """The result of one provider."""
        rows = self.document["result"].get("providers") or [self.document["result"]["provider"]]
        return next(dict(row) for row in rows if row["provider"] == label)

    def rest(self) -> list[str]:
        """Addresses asked of the forge's API."""
        return [each.url for each in self.questions if each.is_rest]


def environment_of(drawn: Drawn, goproxy: str, home: Path) -> dict[str, str]:
    """The environment of a run that knows nothing of earlier ones; nothing of this process is in it."""
    home.mkdir(exist_ok=True)
    variables = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "PATH": "/nonexistent"}
    variables |= {"XDG_CACHE_HOME": mkdtemp(dir=home)}
    value = GOPROXIES[goproxy].value
    variables |= {"GOPROXY": value} if value is not None else {}
    variables |= {"GITHUB_TOKEN": PUSH_TOKEN} if drawn.sees_drafts else {}
    folder = home / ".config/cluster-api"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clusterctl.yaml").write_text(drawn.configuration)
    return variables


def play(drawn: Drawn, goproxy: str, words: Sequence[str], home: Path) -> Played:
    """One command line in a state of GOPROXY."""
    rounds = Rounds()
    run = Run(argv=[*words, "-o", "json"], environ=environment_of(drawn, goproxy, home))
    with _wired(drawn.world, rounds):
        outcome = execute(run)
        run.close()
        rendering = rendered(run, outcome)
    assert rendering.status != 70, rendering.stdout
    return Played(
        status=int(rendering.status),
        document=json.loads(rendering.stdout),
        questions=tuple(rounds.questions),
    )


@contextmanager
def _wired(world: World, rounds: Rounds) -> Iterator[None]:
    wire = Wire(world)

    class WiredClient(_HTTP_CLIENT):  # type: ignore[misc,valid-type]
        """The client of the product, with another wire, and a count of what it is asked."""

        def __init__(
            self, settings: HttpSettings, clock: Clock, transcript: EvidenceLog, progress: Progress
        ) -> None:
            super().__init__(settings, clock, transcript, progress, transport=wire)

        def get(self, request: HttpRequest) -> HttpResponse:
            rounds.put(request.url)
            response: HttpResponse = super().get(request)
            return response

        def warm(self, host: str) -> None:
            del host

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(capyctl.adapters.http_client, "HttpxClient", WiredClient)
        patch.setattr(capyctl.wiring.world, "ThreadedAsker", lambda: RoundAsker(rounds))
        yield
