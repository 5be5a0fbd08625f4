"""The cache rows: a warm plan beside clusterctl's runs for the same, and a warm one without network (issue 6)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from benchmarks.installation import Installation
from benchmarks.measuring import Command, bare_environment, in_sequence, interleaved
from benchmarks.network import PROVIDERS, asked_by, lab_of, rounds_of
from benchmarks.table import Row
from benchmarks.worlds import real_size

_ROUND_TRIP = 0.05
_FIVE = (*PROVIDERS, ("--addon", "helm"))
_PLAN = ("init", "--dry-run", "--infrastructure", "aws", "--addon", "helm")
_ONE = ("resolve", "infrastructure-aws", "--offline")


def cache_rows(installation: Installation, clusterctl: str, rounds: int) -> Iterator[Row]:
    """Five providers at 50 ms, all confirmed; then the same without network."""
    with (
        lab_of(real_size(round_trip=_ROUND_TRIP)) as (lab, environment),
        tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as folder,
    ):
        kept = {**environment, "XDG_CACHE_HOME": folder}
        warm = Command(words=(installation.capyctl, *_PLAN), environment=kept)
        theirs = [
            Command(words=(clusterctl, "generate", "provider", *words), environment=environment)
            for words in _FIVE
        ]
        warm.run()
        found = interleaved({"warm": in_sequence([warm]), "theirs": in_sequence(theirs)}, rounds)
        yield Row(
            what=f"{' '.join(_PLAN)}, warm, {_ROUND_TRIP * 1000:.0f} ms",
            ours=found["warm"].seconds,
            beside=found["theirs"].seconds,
            unit="s",
            other="clusterctl, sum of five generate provider",
            goal=0.4,
        )
        asked = asked_by(lab, [warm])
        yield Row(what="the same, rounds of questions", ours=rounds_of(asked), unit="rounds", goal=1)
        sent = sum(record.status == 200 for record in asked)
        yield Row(what="the same, bodies sent again", ours=sent, unit="requests", goal=0)
        yield from _offline(installation, folder, rounds)


def _offline(installation: Installation, folder: str, rounds: int) -> Iterator[Row]:
    environment = bare_environment(XDG_CACHE_HOME=folder, AWS_B64ENCODED_CREDENTIALS="bGFiCg==")
    commands = {
        "empty": Command(words=(installation.empty,), environment=environment),
        " ".join(_ONE): Command(words=(installation.capyctl, *_ONE), environment=environment),
        f"{' '.join(_PLAN)} --offline": Command(
            words=(installation.capyctl, *_PLAN, "--offline"), environment=environment
        ),
    }
    found = interleaved({name: in_sequence([one]) for name, one in commands.items()}, rounds * 3)
    for name in list(commands)[1:]:
        yield Row(
            what=f"{name}, warm",
            ours=found[name].seconds,
            beside=found["empty"].seconds,
            unit="s",
            other="empty typer command",
            goal=1.6,
        )
