"""Cases, measured side by side: each round runs every case once, in an order of its own."""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

_LAUNCH = Path(__file__).with_name("launch.py")
_TAIL = 2000


class Cost(Struct, frozen=True, kw_only=True):
    """What one process, or several one after the other, took.

    Attributes:
        seconds: from start to end. processor: seconds of processor time.
        memory: the most bytes that were resident at once. status: of the last one.
    """

    seconds: float
    processor: float
    memory: int
    status: int

    def __add__(self, other: Cost) -> Cost:
        """Both, one after the other."""
        return Cost(
            seconds=self.seconds + other.seconds,
            processor=self.processor + other.processor,
            memory=max(self.memory, other.memory),
            status=other.status,
        )


class UnexpectedStatusError(Exception):
    """A measured command ended otherwise than it must; its figures would mean nothing."""


class Command(Struct, frozen=True, kw_only=True):
    """A command to measure.

    Attributes:
        words: program and arguments. environment: all of it. expected: exit statuses that count as sound.
        limit: seconds after which it is killed (status -9).
    """

    words: tuple[str, ...]
    environment: Mapping[str, str]
    expected: frozenset[int] = frozenset({0})
    limit: int = 130

    def run(self) -> Cost:
        """Run it in a fresh process.

        Raises:
            UnexpectedStatusError: it ended with another status.
        """
        with tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as folder:
            home = Path(folder) / "home"
            home.mkdir()
            report = Path(folder) / "report.json"
            launch = [sys.executable, "-I", "-S", str(_LAUNCH), str(report), str(self.limit), *self.words]
            done = subprocess.run(
                launch,
                env={**self.environment, "HOME": str(home)},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                check=False,
            )
            if done.returncode:
                raise UnexpectedStatusError(done.stderr.decode(errors="replace")[-_TAIL:])
            cost = Cost(**json.loads(report.read_text("utf-8")))
        if cost.status not in self.expected:
            said = done.stderr.decode(errors="replace")[-_TAIL:]
            raise UnexpectedStatusError(f"{' '.join(self.words)} ended with {cost.status}:\n{said}")
        return cost


Case = Callable[[], Cost]


def in_sequence(commands: Sequence[Command]) -> Case:
    """A case of several commands, one after the other."""

    def run() -> Cost:
        first, *others = commands
        cost = first.run()
        for command in others:
            cost += command.run()
        return cost

    return run


def interleaved(cases: Mapping[str, Case], rounds: int) -> dict[str, Cost]:
    """The medians of every case, after one round that only warms the page cache and the lab."""
    order = random.Random(3)  # noqa: S311 - the order must differ from round to round, nothing more
    samples: dict[str, list[Cost]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name in order.sample(list(cases), len(cases)):
            cost = cases[name]()
            if number:
                samples[name].append(cost)
    return {name: _median(costs) for name, costs in samples.items()}


def bare_environment(**variables: str) -> dict[str, str]:
    """The least a process needs, and ``variables``."""
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables}


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        seconds=statistics.median(cost.seconds for cost in costs),
        processor=statistics.median(cost.processor for cost in costs),
        memory=round(statistics.median(cost.memory for cost in costs)),
        status=costs[-1].status,
    )
