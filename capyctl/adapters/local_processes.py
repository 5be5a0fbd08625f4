"""Processes as the operating system tells of them, and a daemon thread for work beside the run."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from capyctl.core.cluster_lease import Holder

_PROC = Path("/proc")


class LocalProcesses:
    """The processes of this host, or of this container: numbers mean something in one process namespace only."""

    def __init__(self, proc: Path = _PROC) -> None:
        self._proc = proc

    def myself(self, run: str) -> Holder:
        """This process."""
        pid = os.getpid()
        return Holder(host=self._host(), pid=pid, started=self._started(pid), run=run)

    def is_alive(self, holder: Holder) -> bool:
        """Whether it runs, and began when the holder says; where that cannot be told it counts as alive."""
        try:
            os.kill(holder.pid, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            return True
        started = self._started(holder.pid)
        return not (started and holder.started and started != holder.started)

    def _host(self) -> str:
        """The host's name, and a mark of its boot and process namespace: two containers may share a name."""
        marks = [self._read("sys/kernel/random/boot_id"), self._namespace()]
        digest = hashlib.sha256("/".join(marks).encode()).hexdigest()[:12]
        return f"{socket.gethostname()}-{digest}"

    def _namespace(self) -> str:
        try:
            return str((self._proc / "self/ns/pid").readlink())
        except OSError:
            return ""

    def _started(self, pid: int) -> str:
        """When a process began, in ticks since the boot; empty where the system does not tell.

        It is the 22nd field of its ``stat``; the second, its name in parentheses, may hold blanks. A zombie has ended.
        """
        fields = self._read(f"{pid}/stat").rpartition(")")[2].split()
        if len(fields) < 20:
            return ""
        return "ended" if fields[0] in ("Z", "X") else fields[19]

    def _read(self, path: str) -> str:
        try:
            return (self._proc / path).read_text("utf-8", "replace").strip()
        except OSError:
            return ""


class BackgroundThreads:
    """Each work in a daemon thread of its own."""

    def every(self, seconds: float, work: Callable[[], None]) -> Callable[[], None]:
        """Begin; the function returned ends it and waits for what is under way."""
        over = threading.Event()

        def run() -> None:
            while not over.wait(seconds):
                work()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def stop() -> None:
            over.set()
            thread.join()

        return stop
