"""The network rows: a whole installation planned, at two distances, and how many questions it took."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.installation import Installation
from benchmarks.measuring import Command, in_sequence, interleaved
from benchmarks.table import Row
from benchmarks.worlds import real_size
from capyctl.lab.lab import Lab
from capyctl.lab.request_log import RequestRecord
from capyctl.lab.run import child_environment, open_lab
from capyctl.lab.scenario import Scenario

PROVIDERS = (
    ("--core", "cluster-api"),
    ("--bootstrap", "kubeadm"),
    ("--control-plane", "kubeadm"),
    ("--infrastructure", "aws"),
)
_GOALS = {0.05: 0.6, 0.15: 0.5}
_MOST_ROUNDS = 3


@contextmanager
def lab_of(scenario: Scenario) -> Iterator[tuple[Lab, dict[str, str]]]:
    """An open lab and the environment of its clients; each has the cache of its own home, and so a cold one."""
    with open_lab(scenario.world) as lab, tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as home:
        environment = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, home)
        yield lab, {name: value for name, value in environment.items() if name != "XDG_CACHE_HOME"}


def network_rows(installation: Installation, clusterctl: str, rounds: int) -> Iterator[Row]:
    """``init --dry-run --infrastructure aws`` beside clusterctl's four runs, cold."""
    for round_trip, goal in _GOALS.items():
        with lab_of(real_size(round_trip=round_trip)) as (lab, environment):
            words = (installation.capyctl, "init", "--dry-run", "--infrastructure", "aws")
            ours = Command(words=words, environment=environment)
            theirs = [
                Command(words=(clusterctl, "generate", "provider", *words), environment=environment)
                for words in PROVIDERS
            ]
            cases = {"ours": in_sequence([ours]), "theirs": in_sequence(theirs)}
            found = interleaved(cases, rounds)
            yield Row(
                what=f"init --dry-run --infrastructure aws, cold, {round_trip * 1000:.0f} ms",
                ours=found["ours"].seconds,
                beside=found["theirs"].seconds,
                unit="s",
                other="clusterctl, sum of four generate provider",
                goal=goal,
            )
            if round_trip == min(_GOALS):
                yield from _counts(lab, ours, theirs)


def _counts(lab: Lab, ours: Command, theirs: list[Command]) -> Iterator[Row]:
    opened = lab.connections
    asked = asked_by(lab, [ours])
    opened = lab.connections - opened
    by_them = asked_by(lab, theirs)
    yield Row(
        what="the same, rounds of questions", ours=rounds_of(asked), unit="rounds", goal=_MOST_ROUNDS,
        other=f"clusterctl: {len(by_them)} requests in sequence",
    )  # fmt: skip
    rest = sum(record.host == "api.github.com" for record in asked)
    yield Row(what="the same, questions to the REST interface", ours=rest, unit="requests", goal=0)
    yield Row(what="the same, requests of all rounds", ours=len(asked), unit="requests")
    yield Row(what="the same, connections", ours=opened, unit="connections")


def asked_by(lab: Lab, commands: list[Command]) -> list[RequestRecord]:
    """What the commands asked of the lab, tunnels left out."""
    before = len(lab.requests)
    for command in commands:
        command.run()
    return [record for record in lab.requests[before:] if record.method != "CONNECT"]


def rounds_of(records: list[RequestRecord]) -> int:
    """How many rounds the questions took."""
    numbers = [record.round for record in records]
    return max(numbers) - min(numbers) + 1
