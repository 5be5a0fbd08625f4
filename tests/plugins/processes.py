"""Programs that a test starts: each with its log, and all of them ended, even where pytest itself is killed."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

# Only ends a hang: a loaded machine may take long, and no test asserts on seconds.
HANG_SECONDS = 120.0
_GRACE_SECONDS = 10.0
_PAUSE_SECONDS = 0.02

_SPARING = {"GOGC": "400"}
"""Programs written in Go collect garbage more seldom: a fifth of an API server's work on definitions was that."""

# Outlives us by reading a pipe that only we hold open: at its end whatever is still known is killed.
# (PR_SET_PDEATHSIG would need a function between fork and exec, which is unsound beside threads.)
_WATCHDOG = """
import os, signal, sys
known = set()
for line in sys.stdin:
    word, number = line.split()
    (known.add if word == "start" else known.discard)(int(number))
for each in known:
    try:
        os.killpg(each, signal.SIGKILL)
    except OSError:
        pass
"""


class StartError(Exception):
    """A program ended, or did not become ready; the message holds the end of its log."""


class Processes:
    """The programs of one run, ended in reverse order of their start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.logs: dict[str, Path] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _WATCHDOG],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start a program under a name; its output goes to ``NAME.log``.

        It gets none of our variables but PATH, so that a user's own KUBECONFIG or proxy plays no part.
        """
        log = self.logs.setdefault(name, self.folder / f"{name}.log")
        given = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self.folder),
            **_SPARING,
            **(environment or {}),
        }
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=given,
                cwd=self.folder,
                start_new_session=True,
            )
        self._running[name] = process
        self._tell("start", process.pid)

    def stop(self, name: str) -> None:
        """End a program and all that it started: asked first, killed when it does not listen."""
        self._end([name], signal.SIGTERM)

    def kill(self, name: str) -> None:
        """End a program at once, as a machine's failure does."""
        self._end([name], signal.SIGKILL)

    def pause(self, name: str) -> None:
        """Freeze a program: it keeps its port and answers nothing."""
        os.killpg(self._running[name].pid, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a frozen program go on."""
        os.killpg(self._running[name].pid, signal.SIGCONT)

    def running(self, name: str) -> bool:
        """Whether it was started and has not ended."""
        process = self._running.get(name)
        return process is not None and process.poll() is None

    def pid(self, name: str) -> int:
        """The number of a running program."""
        return self._running[name].pid

    def wait_for(self, what: str, ready: Callable[[], bool], *, needs: Sequence[str] = ()) -> None:
        """Poll until ``ready``.

        Raises:
            StartError: one of the programs it needs has ended, or nothing came in two minutes.
        """
        deadline = time.monotonic() + HANG_SECONDS
        while not ready():
            for name in needs:
                if not self.running(name):
                    raise StartError(f"{name} ended before {what}\n{self.tail(name)}")
            if time.monotonic() > deadline:
                tails = "\n".join(self.tail(name) for name in needs)
                raise StartError(f"waited {HANG_SECONDS:.0f} s for {what}\n{tails}")
            time.sleep(_PAUSE_SECONDS)

    def tail(self, name: str, lines: int = 30) -> str:
        """The end of a program's log."""
        log = self.logs.get(name)
        text = log.read_text(encoding="utf-8", errors="replace") if log and log.is_file() else ""
        return f"--- the end of {name}'s log\n" + "\n".join(text.splitlines()[-lines:])

    def close(self) -> None:
        """End everything. Nobody needs a clean farewell from a cluster that is thrown away."""
        self._end(list(reversed(self._running)), signal.SIGKILL)
        if self._watchdog.stdin:
            self._watchdog.stdin.close()
        self._watchdog.wait(HANG_SECONDS)

    def _end(self, names: Sequence[str], how: signal.Signals) -> None:
        ending = [self._running.pop(name) for name in names if name in self._running]
        for process in ending:
            _signal_group(process, how)
        for process in ending:
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait(HANG_SECONDS)
            self._tell("stop", process.pid)

    def _tell(self, word: str, number: int) -> None:
        if self._watchdog.stdin:
            self._watchdog.stdin.write(f"{word} {number}\n".encode())
            self._watchdog.stdin.flush()


def _signal_group(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        process.poll()


class ReservedPort:
    """A loopback port that stays ours while a program that shares ports (SO_REUSEPORT) listens on it.

    It is bound and never listened on, so the system gives it to nobody else and sends it no connection.
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


def free_port() -> int:
    """A loopback port for a program that cannot share one; another may still take it before it is used.

    It is below the range (from 32768) that the system hands out by itself, so that no client's end takes it.
    """
    for number in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", number))
            return number
    raise StartError("no free port between 20000 and 32000")
