"""One look at a cluster that answers: everything read in two rounds, then judged part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.check.guarded import Later, guarded
from capyctl.app.check.part_reading import CertManagerReading, read_cert_manager, read_tunnels
from capyctl.app.check.request import CheckRequest
from capyctl.app.check.server_reading import (
    NODES,
    Readiness,
    Rights,
    read_readiness,
    read_rights,
    read_slices,
)
from capyctl.app.cluster_inventory import ClusterInventory, read_inventory
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiTrouble, Collection, Reading
from capyctl.core.checks.cert_manager import CertManagerFacts, judge_cert_manager
from capyctl.core.checks.clock import ClockFacts, judge_clock
from capyctl.core.checks.installed import InstalledFacts, judge_core, judge_inventory, labels_of_definitions
from capyctl.core.checks.kubernetes import check_of_fit
from capyctl.core.checks.node_tunnels import TunnelFacts, judge_node_tunnels
from capyctl.core.checks.nodes import NodeFacts, judge_nodes, read_nodes
from capyctl.core.checks.permissions import judge_permissions
from capyctl.core.checks.ready import ReadyFacts, count_addresses, judge_ready
from capyctl.core.checks.result import CheckedPart, CheckName, unread
from capyctl.core.discovery import CRDS
from capyctl.core.evidence import Evidence
from capyctl.core.kubernetes_fit import KubernetesFacts, judge_kubernetes
from capyctl.core.kubernetes_version import ServerVersion

_CORES = Collection(
    path="/apis/apps/v1/deployments",
    label_selector="cluster.x-k8s.io/provider=cluster-api",
    metadata_only=True,
)

Objects = Reading[tuple[ApiObject, ...]]


class ServerFacts(Struct, frozen=True, kw_only=True):
    """What ``/version`` said, and when: by the server's clock, else by ours. Times are RFC 3339."""

    version: ServerVersion
    server_time: str | None
    local_time: str
    evidence: tuple[Evidence, ...]

    @property
    def now(self) -> str:
        """The moment of this look, by which ages are counted."""
        return self.server_time or self.local_time


class Look(Struct, frozen=True, kw_only=True):
    """Everything read of one cluster at one moment; each part is judged by a method of its own."""

    request: CheckRequest
    server: ServerFacts
    readiness: Later[Readiness]
    slices: Later[Objects]
    listed_nodes: Later[Objects]
    inventory: Later[ClusterInventory]
    definitions: Later[Objects]
    rights: Later[Rights]
    cert_manager: Later[CertManagerReading]
    installed: Later[InstalledFacts]
    tunnels: Later[list[TunnelFacts]]

    def judged(self) -> Iterator[CheckedPart]:
        """Every part but the first, in order; one that crashes is told, and hides no other."""
        parts: Mapping[CheckName, Callable[[], CheckedPart]] = {
            CheckName.READY: self._ready,
            CheckName.KUBERNETES: self._kubernetes,
            CheckName.NODES: self._nodes,
            CheckName.CORE: self._core,
            CheckName.INVENTORY: self._inventory,
            CheckName.CERT_MANAGER: self._cert_manager,
            CheckName.PERMISSIONS: self._permissions,
            CheckName.CLOCK: self._clock,
            CheckName.NODE_TUNNELS: self._node_tunnels,
        }
        return (guarded(name, judge) for name, judge in parts.items())

    @property
    def nodes(self) -> tuple[NodeFacts, ...]:
        """The nodes, as far as they could be read."""
        return read_nodes(self.listed_nodes.value.value or (), self.server.now)

    def _ready(self) -> CheckedPart:
        found, slices = self.readiness.value, self.slices.value
        if found.failure is not None:
            return unread(CheckName.READY, found.failure, "its readiness")
        if (failure := _unsettled(slices)) is not None:
            return unread(CheckName.READY, failure, "the addresses of its API servers")
        return judge_ready(
            ReadyFacts(
                text=found.text,
                is_ready=found.is_ready,
                addresses=count_addresses(slices.value) if slices.value is not None else None,
                nodes=self.nodes,
                wait_command=self.request.wait_command,
                evidence=(*found.evidence, *slices.evidence),
            )
        )

    def _kubernetes(self) -> CheckedPart:
        """Releases of the core are looked up only where there is something to say: a fix may then name one."""
        evidence = (*self.server.evidence, *self.listed_nodes.value.evidence)
        facts = KubernetesFacts(
            server=self.server.version,
            support=self.request.support,
            asked=self.request.asked,
            said_by=self.request.said_by,
            core=self.installed.value.core_version,
            installed=self.installed.value.core_version is not None,
            nodes=tuple((node.name, node.kubelet) for node in self.nodes),
            topology=self.request.topology,
            allow_unsupported=self.request.allow_unsupported,
            invocation=self.request.invocation,
            evidence=evidence,
        )
        fit = judge_kubernetes(facts)
        if fit.diagnostic is not None:
            fit = judge_kubernetes(replace(facts, known_cores=self.request.known_cores()))
        return check_of_fit(fit, evidence)

    def _nodes(self) -> CheckedPart:
        listed = self.listed_nodes.value
        if listed.failure is not None:
            return unread(CheckName.NODES, listed.failure, "the nodes")
        return judge_nodes(self.nodes, self.server.version.version, listed.evidence)

    def _core(self) -> CheckedPart:
        failure = self.inventory.value.failure
        if failure is not None:
            return unread(CheckName.CORE, failure, "what is installed")
        return judge_core(self.installed.value)

    def _inventory(self) -> CheckedPart:
        failure = self.inventory.value.failure or _unsettled(self.definitions.value)
        if failure is not None:
            return unread(CheckName.INVENTORY, failure, "what is installed")
        return judge_inventory(self.installed.value)

    def _cert_manager(self) -> CheckedPart:
        found = self.cert_manager.value
        if found.failure is not None:
            return unread(CheckName.CERT_MANAGER, found.failure, "cert-manager")
        return judge_cert_manager(
            CertManagerFacts(
                crd=found.crd,
                namespace=found.namespace,
                deployments=found.deployments,
                webhook=found.webhook,
                addresses=found.addresses,
                needed=not self.installed.value.is_empty,
                now=self.server.now,
                evidence=found.evidence,
            )
        )

    def _permissions(self) -> CheckedPart:
        rights = self.rights.value
        if rights.failure is not None:
            return unread(CheckName.PERMISSIONS, rights.failure, "what they may do")
        return judge_permissions(rights.denied, rights.evidence)

    def _clock(self) -> CheckedPart:
        server = self.server
        return judge_clock(
            ClockFacts(server=server.server_time, local=server.local_time, evidence=server.evidence)
        )

    def _node_tunnels(self) -> CheckedPart:
        failure = self.listed_nodes.value.failure
        if failure is not None:
            return unread(CheckName.NODE_TUNNELS, failure, "the nodes")
        server = self.server.version.version
        return judge_node_tunnels(self.tunnels.value, server, self.request.wait_command)


def _unsettled(reading: Objects) -> ApiFailure | None:
    """A failure that would leave half a truth; what may not be read is left out of the judgement instead."""
    failure = reading.failure
    return None if failure is None or failure.trouble is ApiTrouble.FORBIDDEN else failure


def look_at(reader: ClusterReader, request: CheckRequest, server: ServerFacts) -> Look:
    """Read everything in two rounds; the number of questions grows with control-plane nodes alone."""
    readiness = Later(partial(read_readiness, reader))
    slices = Later(partial(read_slices, reader))
    nodes = Later(partial(reader.listed, NODES))
    inventory = Later(partial(read_inventory, reader))
    definitions = Later(partial(reader.listed, CRDS))
    rights = Later(partial(read_rights, reader))
    cert_manager = Later(partial(read_cert_manager, reader))
    first: list[Callable[[], None]] = [
        *(readiness, slices, nodes, inventory, definitions, rights, cert_manager)
    ]
    reader.asker.together(first)
    installed = Later(lambda: _installed(reader, request, inventory.value, definitions.value))
    tunnels = Later(lambda: read_tunnels(reader, read_nodes(nodes.value.value or (), server.now)))
    second: list[Callable[[], None]] = [installed, tunnels]
    reader.asker.together(second)
    return Look(
        request=request,
        server=server,
        readiness=readiness,
        slices=slices,
        listed_nodes=nodes,
        inventory=inventory,
        definitions=definitions,
        rights=rights,
        cert_manager=cert_manager,
        installed=installed,
        tunnels=tunnels,
    )


def _installed(
    reader: ClusterReader, request: CheckRequest, found: ClusterInventory, definitions: Objects
) -> InstalledFacts:
    """Of several cores it is asked which has a Deployment behind it (F63); else nothing more is asked."""
    evidence = found.evidence
    deployed: frozenset[str] | None = None
    if len(found.inventory.cores) > 1:
        deployments = reader.listed(_CORES)
        evidence += deployments.evidence
        if deployments.value is not None:
            deployed = frozenset(each.namespace for each in deployments.value)
    return InstalledFacts(
        inventory=found.inventory,
        operator=found.operator,
        storage=found.storage,
        has_definitions=found.has_cluster_api,
        labelled=labels_of_definitions(definitions.value or ()),
        known=request.known,
        deployed=deployed,
        evidence=evidence,
    )
