"""Plays commands of capyctl in the lab's scenarios, in this process: hundreds of runs, one interpreter.

What a process adds (streams, signals, start-up) is tested in tests/unit/cli; here it is the answers that count.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from capyctl.cli.run import Run
from capyctl.cli.session import execute, rendered
from capyctl.lab.run import child_environment, furnish, open_lab
from capyctl.lab.scenario import Scenario, list_scenarios
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.plugins.socket_guard import guard_of
from tests.plugins.stalls import STALL_SECONDS, stacks_in, watched

P = ParamSpec("P")
T = TypeVar("T")
K = TypeVar("K")
_AHEAD = 12
_PATIENCE = 300.0

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "resolve": ("resolve",),
    "init": ("init", "--dry-run"),
    "generate": ("generate", "provider"),
    "diagnose": ("diagnose-provider",),
}
"""The commands of the two laws (style C6)."""

GOPROXY_STATES: Mapping[str, str | None] = {
    "unset": None,
    "off": "off",
    "direct": "direct",
    "list": "https://proxy.golang.org,direct",
}

_DECIDED_BY_LISTS = frozenset(
    {
        "draft-release", "hidden-major", "module-list-stops-early", "module-proxy-500", "newest-incomplete",
        "prereleases-only", "rate-limit", "renamed-repository", "sound", "tag-without-release", "withdrawn-release",
    }
)  # fmt: skip
_DEFAULT_REFERENCE = ("--core", "cluster-api")


class Played(Struct, frozen=True, kw_only=True):
    """One run: its status, what it wrote, and what the lab was asked (records as in ``lab run -o json``)."""

    status: int
    stdout: str
    stderr: str
    requests: tuple[Mapping[str, Any], ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """Stdout as one JSON document, and nothing else."""
        loaded = json.loads(self.stdout)
        assert isinstance(loaded, dict)
        return loaded

    @property
    def roots(self) -> list[dict[str, Any]]:
        """Diagnostics without a cause, in the order of the document."""
        return [each for each in self.document["diagnostics"] if each["caused_by"] is None]

    def codes(self, provider: str | None = None) -> set[str]:
        """Codes of the diagnostics, of one provider or of all."""
        found = self.document["diagnostics"]
        return {each["code"] for each in found if provider in (None, each["subject"]["provider"])}

    @property
    def versions(self) -> dict[str, str | None]:
        """The chosen version by provider, whatever the command."""
        result = self.document["result"] or {}
        rows = result.get("providers") or result.get("plan", {}).get("providers") or []
        rows = [*rows, *([result["provider"]] if result.get("provider") else [])]
        return {row["provider"]: row["version"] for row in rows}

    def asked(self, host: str) -> list[str]:
        """Paths asked of a host, tunnels and followed redirects left out."""
        return [
            each["path"]
            for each in self.requests
            if each["host"] == host and each["method"] != "CONNECT" and each["follows"] is None
        ]


def run_words(words: Sequence[str], environ: Mapping[str, str]) -> Played:
    """Run one command line in this process, with this environment and no other; offline under guard."""
    run = Run(argv=list(words), environ=dict(environ))
    with guard_of(words):
        outcome = execute(run)
        run.close()
    rendering = rendered(run, outcome)
    return Played(status=int(rendering.status), stdout=rendering.stdout, stderr=rendering.stderr)


def play(
    scenario: Scenario,
    command_lines: Sequence[Sequence[str]],
    changes: Mapping[str, str | None] | None = None,
) -> list[Played]:
    """Run the command lines, each in a fresh lab over the scenario's world and one home folder for all.

    ``changes`` are laid over the scenario's own environment; None removes a variable. Faults that strike
    once and quotas that run out are the same for every command, hence the fresh labs.
    """
    with tempfile.TemporaryDirectory(prefix="capyctl-scenario-") as home:
        furnish(Path(home), scenario)
        return [play_in(scenario, words, Path(home), changes) for words in command_lines]


def play_in(
    scenario: Scenario, words: Sequence[str], home: Path, changes: Mapping[str, str | None] | None = None
) -> Played:
    """Run one command line in a fresh lab, with a home folder that is already furnished.

    Its cache is cold, whatever ran in that home before, unless ``changes`` name one (XDG_CACHE_HOME).
    """
    with open_lab(scenario.world) as lab, tempfile.TemporaryDirectory(prefix="capyctl-cold-") as cold:
        changes = {"XDG_CACHE_HOME": cold, **(changes or {})}
        environ = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, str(home))
        kept = {name: value for name, value in environ.items() if name not in changes}
        given = {name: value for name, value in changes.items() if value is not None}
        played = run_words(words, kept | given)
        requests = tuple(record.as_json() for record in lab.requests)
    return Played(status=played.status, stdout=played.stdout, stderr=played.stderr, requests=requests)


def play_on(scenario: Scenario, command_lines: Sequence[Sequence[str]]) -> list[Played]:
    """Run the command lines one after the other in one lab and one home folder, with one cache for all."""
    plays: list[Played] = []
    with tempfile.TemporaryDirectory(prefix="capyctl-scenario-") as home, open_lab(scenario.world) as lab:
        furnish(Path(home), scenario)
        environ = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, home)
        for words in command_lines:
            before = len(lab.requests)
            played = run_words(words, environ)
            asked = tuple(record.as_json() for record in lab.requests[before:])
            plays.append(replace(played, requests=asked))
    return plays


def provider_scenarios() -> tuple[str, ...]:
    """Names of the scenarios about providers; those about Kubernetes versions have tests of their own."""
    about_versions = "kubernetes-version"
    return tuple(
        each.name for each in list_scenarios() if not any(about_versions in word for word in each.command)
    )


def reference_of(scenario: Scenario) -> list[str]:
    """The provider that the scenario's own command names, in its own form."""
    words = scenario.command[1:]
    own_length = 2 if words[0] == "generate" else 1
    rest = [word for word in words[own_length:] if word not in {"--dry-run", "--describe"}]
    return rest or list(_DEFAULT_REFERENCE)


def play_all(name: str, state: str) -> dict[str, Played]:
    """Every command of the laws in a scenario; ``state`` is one of GOPROXY, or ``own``."""
    scenario = packaged_scenario(name)
    reference = reference_of(scenario)
    changes = {} if state == "own" else {"GOPROXY": GOPROXY_STATES[state]}
    looking = ["--describe"] if "--describe" in scenario.command else []
    played = [command for command in COMMANDS if command != "diagnose" or _is_diagnosed(name, state)]
    lines = [
        [*COMMANDS[command], *reference, *(looking if command == "generate" else []), "-o", "json"]
        for command in played
    ]
    return dict(zip(played, play(scenario, lines, changes), strict=True))


def _is_diagnosed(name: str, state: str) -> bool:
    """A diagnosis costs as much as the other three commands together.

    Where a state only spells another one differently, it is made in the scenarios that lists decide.
    """
    return state not in {"direct", "list"} or name in _DECIDED_BY_LISTS


def own_state(scenario: Scenario) -> str:
    """The state of GOPROXY that the scenario itself is in."""
    own = scenario.environment.get("GOPROXY")
    return next((state for state, value in GOPROXY_STATES.items() if value == own), "own")


def play_aloud(name: str, secrets: Mapping[str, str]) -> list[Played]:
    """The commands with ``--debug``, as text and as JSON, with these secrets wherever a secret can stand.

    What ``--debug`` writes while a command runs is part of ``stderr`` here.
    """
    scenario = packaged_scenario(name)
    reference = reference_of(scenario)
    plays = []
    with tempfile.TemporaryDirectory(prefix="capyctl-secrets-") as folder, open_lab(scenario.world) as lab:
        home = Path(folder)
        furnish(home, scenario)
        _hide(home, secrets)
        environ = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, folder)
        environ |= _secret_variables(lab.proxy, secrets)
        for command, words in list(COMMANDS.items())[1:]:
            form = ["-o", "json"] if command == "diagnose" else ["-v"]
            traced = io.StringIO()
            before = len(lab.requests)
            with contextlib.redirect_stderr(traced):
                played = run_words([*words, *reference, *form, "--debug"], environ)
            asked = tuple(record.as_json() for record in lab.requests[before:])
            told = played.stderr + traced.getvalue()
            plays.append(Played(status=played.status, stdout=played.stdout, stderr=told, requests=asked))
    return plays


def _hide(home: Path, secrets: Mapping[str, str]) -> None:
    configuration = home / ".config" / "cluster-api" / "clusterctl.yaml"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    with configuration.open("a", encoding="utf-8") as file:
        file.write(f"\nGITHUB_TOKEN: {secrets['configuration']}\nREGISTRY_PASSWORD: {secrets['password']}\n")
    netrc = f"machine artifacts.corp.example login reader password {secrets['netrc']}\n"
    (home / ".netrc").write_text(netrc, encoding="utf-8")


def _secret_variables(proxy: str, secrets: Mapping[str, str]) -> dict[str, str]:
    through = proxy.replace("http://", f"http://walker:{secrets['proxy']}@")
    return {
        "GITHUB_TOKEN": secrets["github"],
        "GITLAB_ACCESS_TOKEN": secrets["gitlab"],
        "GOPROXY": f"https://reader:{secrets['goproxy']}@proxy.golang.org,https://artifacts.corp.example,direct",
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), through),
    }


class Theatre:
    """Plays scenarios in worker processes, each once: what a test asks for, and what the tests after it will.

    Attributes:
        stacks: a folder in which a play that stalls leaves word.
        programme: scenarios with their states, in the order in which tests will ask.
    """

    def __init__(self, executor: Executor, stacks: Path, programme: Sequence[tuple[str, str]] = ()) -> None:
        self._executor = executor
        self._stacks = stacks
        self._programme = tuple(programme)
        self._plays: dict[tuple[str, str], Future[dict[str, Played]]] = {}

    def perform(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have any other work done by the same workers."""
        return self._executor.submit(watched, self._stacks, STALL_SECONDS, partial(work, *args, **kwargs))

    def answer(self, play: Future[T]) -> T:
        """What a play gave.

        Raises:
            AssertionError: a play stalled; with the stacks of its threads.
            BrokenProcessPool: a process ended otherwise.
        """
        try:
            return play.result(timeout=_PATIENCE)
        except BrokenProcessPool as ended:
            if stacks := stacks_in(self._stacks):
                raise AssertionError(f"a play stalled\n{stacks}") from ended
            raise

    def plays(self, name: str, state: str) -> dict[str, Played]:
        """By command, what it answered."""
        wanted = (name, state)
        for each in (wanted, *ahead(self._programme, wanted)):
            if each not in self._plays:
                self._plays[each] = self.perform(play_all, *each)
        return self.answer(self._plays[wanted])


def ahead(programme: Sequence[K], now: K) -> Sequence[K]:
    """What comes next in a programme: enough for the workers, and little that another worker's tests ask for."""
    place = programme.index(now) + 1 if now in programme else len(programme)
    return programme[place : place + _AHEAD]
