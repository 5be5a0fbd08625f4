"""``init --infrastructure aws --wait-providers`` on an empty cluster, the internet at 50 ms, beside clusterctl."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.installation import Installation
from benchmarks.measuring import Command
from benchmarks.network import lab_of
from benchmarks.table import Row
from benchmarks.worlds import COMPONENTS, real_size
from capyctl.lab.scenario import Scenario, load_scenario
from tests.plugins.api_proxy import ApiProxy, open_api_proxy
from tests.plugins.control_plane import open_control_plane
from tests.plugins.empty_cluster import emptied
from tests.plugins.running_cluster import ControlPlane

_ROUND_TRIP = 0.05
_TIME, _REQUESTS = 0.6, 0.5
_FAR_ROUNDS = 3
_WORDS = ("init", "--infrastructure", "aws", "--wait-providers", "--kubeconfig")


class _Place(Struct, frozen=True, kw_only=True):
    """Both programs on one control plane, in one lab."""

    plane: ControlPlane
    proxy: ApiProxy
    environment: dict[str, str]
    programs: tuple[str, str]

    def run(self, program: str, kubeconfig: Path) -> float:
        """The seconds of one run, which finds the cluster empty."""
        with emptied(self.plane):
            words = (program, *_WORDS, str(kubeconfig))
            return Command(words=words, environment=self.environment).run().seconds

    def medians(self, kubeconfig: Path, rounds: int) -> tuple[float, float]:
        """Of both programs in turn, the first one changing; a round before that only warms up."""
        seconds: dict[str, list[float]] = {program: [] for program in self.programs}
        for number in range(rounds + 1):
            for program in self.programs[:: 1 if number % 2 else -1]:
                taken = self.run(program, kubeconfig)
                if number:
                    seconds[program].append(taken)
        ours, theirs = (statistics.median(seconds[program]) for program in self.programs)
        return ours, theirs

    def requests(self) -> tuple[int, int]:
        """How often each asks the API server."""
        counted = []
        for program in self.programs:
            self.proxy.forget()
            self.run(program, self.proxy.kubeconfig())
            counted.append(len(self.proxy.seen))
        return counted[0], counted[1]


def init_rows(installation: Installation, clusterctl: str, rounds: int) -> Iterator[Row]:
    """Time and requests to an API server nearby, with small files and with real ones; then one at 50 ms."""
    scenario = load_scenario("sound")
    small = replace(
        scenario,
        world=replace(scenario.world, round_trip=_ROUND_TRIP),
        environment={"AWS_B64ENCODED_CREDENTIALS": "bGFiCg=="},
    )
    programs = (installation.capyctl, clusterctl)
    yield from _near("init -i aws --wait-providers, 50 ms", small, programs, rounds)
    if COMPONENTS.is_dir():
        real = real_size(round_trip=_ROUND_TRIP, padded=False)
        yield from _near("the same with the real core's and aws's components", real, programs, rounds)
    with ExitStack() as stack:
        place = _opened(stack, small, programs)
        place.proxy.latency = _ROUND_TRIP
        medians = place.medians(place.proxy.kubeconfig(), min(rounds, _FAR_ROUNDS))
        yield _row("small files, the API server at 50 ms as well", medians, "s", _TIME)


def _near(what: str, scenario: Scenario, programs: tuple[str, str], rounds: int) -> Iterator[Row]:
    with ExitStack() as stack:
        place = _opened(stack, scenario, programs)
        yield _row(f"{what}: time", place.medians(place.plane.kubeconfig(), rounds), "s", _TIME)
        yield _row(f"{what}: requests to the API server", place.requests(), "requests", _REQUESTS)


def _row(what: str, figures: tuple[float, float], unit: str, goal: float) -> Row:
    ours, theirs = figures
    return Row(what=what, ours=ours, beside=theirs, unit=unit, other="clusterctl", goal=goal)


def _opened(stack: ExitStack, scenario: Scenario, programs: tuple[str, str]) -> _Place:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="capyctl-benchmark-")))
    plane = stack.enter_context(open_control_plane(folder, nodes=1))
    proxy = stack.enter_context(open_api_proxy(plane, folder))
    _, environment = stack.enter_context(lab_of(scenario))
    return _Place(plane=plane, proxy=proxy, environment=environment, programs=programs)
