"""Runs any command inside a lab."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

from msgspec import Struct

from capyctl.lab.child_output import pass_on
from capyctl.lab.errors import CommandNotStartedError, LabExtraMissingError
from capyctl.lab.request_log import RequestRecord
from capyctl.lab.scenario import Scenario
from capyctl.lab.world import World

if TYPE_CHECKING:
    from capyctl.lab.lab import Lab

# What could lead a child around the lab, or carry the user's own credentials into it.
_SCRUBBED = (
    "*_PROXY", "*_proxy", "GOPROXY", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOSUMDB", "GOFLAGS",
    "GOINSECURE",
    "GITHUB_*", "GH_*", "GITLAB_*", "CI_JOB_TOKEN", "SSL_CERT_*", "CAPYCTL_*", "CLUSTERCTL_*", "KUBECONFIG",
    "KUBERNETES_*", "XDG_*", "PROVIDERS", "IMAGES", "CERT_MANAGER", "OVERRIDESFOLDER", "HOME", "USERPROFILE",
    "APPDATA", "LOCALAPPDATA",
)  # fmt: skip
_FORWARDED = ("SIGTERM", "SIGHUP", "SIGINT")


class LabRun(Struct, frozen=True, kw_only=True):
    """A command that ran in the lab.

    Attributes:
        exit_status: the child's; 128 and the signal's number where a signal ended it.
        printed: the bytes it wrote to each stream, empty where it kept its own. requests: what it asked.
        signals: the numbers of those that came to this process meanwhile.
    """

    exit_status: int
    printed: tuple[bytes, bytes]
    requests: tuple[RequestRecord, ...]
    signals: tuple[int, ...] = ()

    @property
    def stdout(self) -> str:
        """What the child wrote to its stdout, as text."""
        return self.printed[0].decode(errors="replace")

    @property
    def stderr(self) -> str:
        """What the child wrote to its stderr, as text."""
        return self.printed[1].decode(errors="replace")

    def as_json(self) -> dict[str, Any]:
        """The value of ``run`` in the JSON document (cli.md 5)."""
        return {
            "exit_status": self.exit_status,
            "stdout": self.stdout,
            "stderr": self.stderr,
            "requests": [record.as_json() for record in self.requests],
        }


def open_lab(world: World) -> Lab:
    """A lab over this world, to be used in a ``with`` statement.

    Raises:
        LabExtraMissingError: trustme or h11 is not installed.
    """
    try:
        from capyctl.lab.lab import Lab  # noqa: PLC0415 (the extra may be absent)
    except ModuleNotFoundError as error:
        if error.name not in {"trustme", "h11", "cryptography"}:
            raise
        detail = f"The lab needs the package {error.name}. Install the extra: pip install 'capyctl[lab]'"
        raise LabExtraMissingError(detail) from error
    return Lab(world)


def run_in_lab(
    scenario: Scenario,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    capture: bool = False,
    pass_to: Sequence[IO[bytes]] = (),
) -> LabRun:
    """Run a command in a scenario's world; ``environment`` is the one to scrub and build on.

    With ``capture`` the child's output is returned, else it keeps the streams of this process. With ``pass_to``,
    two streams, it is returned and passed on to these as well.

    Raises:
        LabExtraMissingError: the extra is not installed. CommandNotStartedError: there is no such command.
    """
    with open_lab(scenario.world) as lab, tempfile.TemporaryDirectory(prefix="capyctl-lab-home-") as home:
        furnish(Path(home), scenario)
        surroundings = child_environment(scenario, lab, environment, home)
        child = _start(command, surroundings, capture=capture or bool(pass_to))
        with child, _signals_forwarded(child) as signals:
            try:
                stdout, stderr = pass_on(child, pass_to) if pass_to else child.communicate()
            finally:
                # It still runs where a signal came before it did: nobody but this process will end it.
                if child.poll() is None:
                    child.terminate()
        return LabRun(
            exit_status=child.returncode if child.returncode >= 0 else 128 - child.returncode,
            printed=(stdout or b"", stderr or b""),
            requests=lab.requests,
            signals=tuple(signals),
        )


def child_environment(
    scenario: Scenario, lab: Lab, environment: Mapping[str, str], home: str
) -> dict[str, str]:
    """The environment of a child: the given one scrubbed, led into the lab, plus the scenario's variables."""
    kept = {
        name: value
        for name, value in environment.items()
        if not any(fnmatchcase(name, pattern) for pattern in _SCRUBBED)
    }
    places = {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": f"{home}/AppData/Roaming",
        "LOCALAPPDATA": f"{home}/AppData/Local",
        "XDG_CONFIG_HOME": f"{home}/.config",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "XDG_DATA_HOME": f"{home}/.local/share",
        "XDG_STATE_HOME": f"{home}/.local/state",
        "CLUSTERCTL_DISABLE_VERSIONCHECK": "true",
    }
    own = {name: value.replace("{home}", home) for name, value in scenario.environment.items()}
    return kept | places | dict(lab.environment) | own


def furnish(home: Path, scenario: Scenario) -> None:
    """Put the scenario's files into a home folder."""
    (home / ".config").mkdir()
    for name, content in scenario.home.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.render())


def _start(
    command: Sequence[str], environment: Mapping[str, str], *, capture: bool
) -> subprocess.Popen[bytes]:
    if not command:
        raise CommandNotStartedError("There is no command to run. Give one after --.")
    pipe = subprocess.PIPE if capture else None
    try:
        return subprocess.Popen(list(command), env=dict(environment), stdout=pipe, stderr=pipe)  # noqa: S603
    except OSError as error:
        detail = f"{command[0]} could not be started: {error.strerror}. Is it installed and on the PATH?"
        raise CommandNotStartedError(detail) from error


@contextmanager
def _signals_forwarded(child: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Hand signals on to the child and go on waiting for it, and list them; only the main thread can do so."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    # A terminal sends Ctrl-C to the child by itself; sending it twice would look like impatience.
    from_terminal = sys.stdin is not None and sys.stdin.isatty()

    def forward(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        if not (number == signal.SIGINT and from_terminal):
            child.send_signal(number)

    known = [getattr(signal, name) for name in _FORWARDED if hasattr(signal, name)]
    before = {number: signal.signal(number, forward) for number in known}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
