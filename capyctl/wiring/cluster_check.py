"""``cluster check`` over a world and its cluster: what the parts are judged by, and how long they are waited for."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.check.request import CheckRequest
from capyctl.app.cluster_check import ClusterCheck, check_cluster, check_until_settled
from capyctl.app.cluster_reading import ClusterReader
from capyctl.config.environment import Environment
from capyctl.config.support_file import read_kubernetes_support
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.exit_status import worst
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.no_proxy import MalformedProxyError, ProxyRules, proxy_rules
from capyctl.core.status_rules import status_of
from capyctl.ports.fetch_errors import FetchError
from capyctl.wiring.cluster import Cluster
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.served import Served
from capyctl.wiring.world import World

WAIT = "5m"
"""How long ``--wait`` waits where it is given no duration (cli.md 5)."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 15.0
_GROWTH = 1.6
_TRUE = frozenset({"1", "t", "true"})
"""What Go reads as true, which is how clusterctl reads CLUSTER_TOPOLOGY (clusterctl-cluster 8.4)."""


class WaitPolicy(Struct, frozen=True, kw_only=True):
    """How long a check may take.

    Attributes:
        wait: seconds until no part waits any more; None looks once. api_timeout: seconds for each look.
    """

    wait: float | None = None
    api_timeout: float

    def settings(self, settings: ClusterSettings) -> ClusterSettings:
        """The cluster's settings for all looks together: its connection lives as long as they last."""
        return replace(settings, api_timeout=self.api_timeout if self.wait is None else self.wait)


def check_management_cluster(world: World, cluster: Cluster, policy: WaitPolicy) -> Served[ClusterCheck]:
    """Judge the cluster part by part, once or until nothing is waiting."""
    request = _request(world, cluster.settings)
    looks = _Looks(reader=cluster.reader, policy=policy, world=world, pauses=_pauses())
    found = check_until_settled(lambda: check_cluster(looks.reader_of_one(), request), looks.pause)
    said = (*found.diagnostics, *cluster.notes)
    return Served(
        found=found,
        diagnostics=said,
        evidence=tuple(dict.fromkeys((*world.evidence(), *found.evidence))),
        status=worst([found.status, status_of(said)]),
    )


class _Looks(Struct, frozen=True, kw_only=True):
    """The looks of one run, and the pauses between them."""

    reader: ClusterReader
    policy: WaitPolicy
    world: World
    pauses: Iterator[float]

    def reader_of_one(self) -> ClusterReader:
        """The reader for one look, with its own patience inside that of the run."""
        until = self.world.clock.monotonic() + self.policy.api_timeout
        return replace(self.reader, until=min(until, self.reader.until))

    def pause(self, found: ClusterCheck) -> bool:
        """Wait a little, longer each time, and say what for; False once the time is over."""
        clock, reader = self.world.clock, self.reader
        left = reader.until - clock.monotonic()
        if self.policy.wait is None or left <= 0:
            return False
        reader.waited(_awaited(reader.api.address, found), self.policy.wait - left)
        clock.sleep(min(next(self.pauses) * (0.75 + 0.5 * reader.jitter()), left))
        return True


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def _awaited(address: str, found: ClusterCheck) -> ApiFailure:
    """What is waited for, in the form in which every wait for a cluster is told."""
    named = ", ".join(each.name.value for each in found.waiting)
    return ApiFailure(
        trouble=ApiTrouble.STARTING,
        reason=f"{named}: {found.waiting[0].detail}",
        evidence=Evidence(
            route="cluster", question=Question.OBJECT, outcome=Outcome.UNAVAILABLE, url=address
        ),
    )


def _request(world: World, settings: ClusterSettings) -> CheckRequest:
    environment = world.settings.environment
    return CheckRequest(
        support=read_kubernetes_support(),
        asked=settings.kubernetes_version,
        said_by=settings.version_said_by,
        allow_unsupported=settings.allow_unsupported,
        topology=topology_is_on(world),
        known=frozenset(entry.key for entry in world.table.entries),
        known_cores=lambda: known_cores(world),
        proxies=_proxies(environment),
        no_proxy=environment.get("NO_PROXY") or environment.get("no_proxy") or "",
        invocation=world.invocation,
    )


def topology_is_on(world: World) -> bool:
    """Whether CLUSTER_TOPOLOGY is true, which asks more of the server (clusterctl-cluster 8.4)."""
    return (world.settings.environment.get("CLUSTER_TOPOLOGY") or "").lower() in _TRUE


def known_cores(world: World) -> tuple[str, ...]:
    """Tags of the core's releases by the embedded snapshot; none where it does not hold them."""
    from capyctl.adapters.snapshot import SnapshotSource  # noqa: PLC0415 - read where a fix needs it

    core = ProviderKey(type=ProviderType.CORE, name="cluster-api")
    entry = next((each for each in world.table.entries if each.key == core), None)
    if entry is None or entry.location is None:
        return ()
    try:
        return tuple(each.tag for each in SnapshotSource().versions(entry.location).value)
    except FetchError:
        return ()


def _proxies(environment: Environment) -> ProxyRules | None:
    """The proxy variables; one that is no address is told by whoever reads the settings."""
    try:
        rules = proxy_rules(environment.get)
    except MalformedProxyError:
        return None
    return rules if rules.https is not None else None
