"""The components row: a large file from a local tree, time and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.measuring import Command, bare_environment, in_sequence, interleaved
from benchmarks.table import Row
from benchmarks.worlds import local_tree

_GOAL = 0.6
_MIB = 1024 * 1024


def components_rows(installation: Installation, clusterctl: str, rounds: int) -> Iterator[Row]:
    """``generate provider`` of 3.19 MB; no network is there for either."""
    with tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as folder:
        configuration = local_tree(Path(folder))
        environment = bare_environment(CLUSTERCTL_DISABLE_VERSIONCHECK="true", K0SMOTRON_FEATURE_GATES="")
        arguments = ("generate", "provider", "--infrastructure", "k0smotron", "--config", str(configuration))
        cases = {
            name: in_sequence([Command(words=(program, *arguments), environment=environment)])
            for name, program in (("ours", installation.capyctl), ("theirs", clusterctl))
        }
        found = interleaved(cases, rounds)
    ours, theirs = found["ours"], found["theirs"]
    what = "generate provider, 3.19 MB, local tree"
    yield Row(
        what=f"{what}: time",
        ours=ours.seconds,
        beside=theirs.seconds,
        unit="s",
        other="clusterctl",
        goal=_GOAL,
    )
    yield Row(
        what=f"{what}: memory",
        ours=ours.memory / _MIB,
        beside=theirs.memory / _MIB,
        unit="MiB",
        other="clusterctl",
        goal=_GOAL,
    )
