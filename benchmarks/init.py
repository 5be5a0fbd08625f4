"""``init --infrastructure aws --wait-providers`` on an empty cluster, the internet at 50 ms, beside clusterctl."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.measuring import Command
from benchmarks.network import lab_of
from benchmarks.table import Row
from capyctl.lab.scenario import load_scenario
from tests.cluster.empty_cluster import emptied
from tests.plugins.api_proxy import open_api_proxy
from tests.plugins.control_plane import open_control_plane

_ROUND_TRIP = 0.05
_TIME, _REQUESTS = 0.6, 0.5
_MOST_ROUNDS = 3
_WORDS = ("init", "--infrastructure", "aws", "--wait-providers", "--kubeconfig")


def init_rows(installation: Installation, clusterctl: str, rounds: int) -> Iterator[Row]:
    """Time and requests to the API server, which answers at 50 ms as well; each run finds the cluster empty."""
    scenario = load_scenario("sound")
    slow = replace(
        scenario,
        world=replace(scenario.world, round_trip=_ROUND_TRIP),
        environment={"AWS_B64ENCODED_CREDENTIALS": "bGFiCg=="},
    )
    with (
        tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as folder,
        open_control_plane(Path(folder), nodes=1) as plane,
        open_api_proxy(plane, Path(folder)) as proxy,
        lab_of(slow) as (_, environment),
    ):
        proxy.latency = _ROUND_TRIP
        seconds: dict[str, list[float]] = {installation.capyctl: [], clusterctl: []}
        requests: dict[str, int] = {}
        for _ in range(min(rounds, _MOST_ROUNDS)):
            for program, taken in seconds.items():
                with emptied(plane):
                    proxy.forget()
                    words = (program, *_WORDS, str(proxy.kubeconfig()))
                    taken.append(Command(words=words, environment=environment).run().seconds)
                    requests[program] = len(proxy.seen)
    yield Row(
        what="init -i aws --wait-providers, 50 ms",
        ours=statistics.median(seconds[installation.capyctl]),
        beside=statistics.median(seconds[clusterctl]),
        unit="s",
        other="clusterctl",
        goal=_TIME,
    )
    yield Row(
        what="the same, requests to the API server",
        ours=requests[installation.capyctl],
        beside=requests[clusterctl],
        unit="requests",
        other="clusterctl",
        goal=_REQUESTS,
    )
