"""Reading what is installed in a cluster: clusterctl's inventory, the operator's resources, the core's contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import items_at, mapping_at, text_at, value_at
from capyctl.core.api_reading import ApiFailure, ApiRequest, Reading
from capyctl.core.discovery import DISCOVERY_ACCEPT, Discovery, contract_labels, parse_discovery
from capyctl.core.evidence import Evidence
from capyctl.core.inventory import INVENTORY_GROUP, INVENTORY_VERSION, Inventory, read_inventory_entries
from capyctl.core.operator_inventory import (
    OPERATOR_GROUP,
    OPERATOR_KINDS,
    OperatorProvider,
    read_operator_entries,
)

_CLUSTERS_CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/clusters.cluster.x-k8s.io"


class ClusterInventory(Struct, frozen=True, kw_only=True):
    """What is installed in a cluster, as far as it could be read.

    Attributes:
        operator: the operator's providers; empty where its API is not served.
        storage: the API version in which Clusters are stored, which is the core's contract by convention
            (clusterctl-cluster 4.1); None where Cluster API is not installed.
        core_contracts: contracts that the CRD of Clusters states, each with its API versions.
        failures: what could not be read; then nothing here may be taken for complete.
    """

    inventory: Inventory = field(default_factory=Inventory)
    operator: tuple[OperatorProvider, ...] = ()
    storage: str | None = None
    core_contracts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    discovery: Discovery = field(default_factory=Discovery)
    evidence: tuple[Evidence, ...] = ()
    failures: tuple[ApiFailure, ...] = ()

    @property
    def failure(self) -> ApiFailure | None:
        """The first of what could not be read."""
        return self.failures[0] if self.failures else None

    @property
    def has_cluster_api(self) -> bool:
        """Whether the CRD of Clusters is there."""
        return self.storage is not None or bool(self.core_contracts)

    @property
    def is_empty(self) -> bool:
        """Whether nothing of Cluster API is installed; an inventory that could not be read is not empty."""
        return not (self.failures or self.inventory.entries or self.operator or self.has_cluster_api)


def read_inventory(reader: ClusterReader) -> ClusterInventory:
    """Read it all in two rounds: discovery and the CRD of Clusters, then the lists that discovery names.

    A CRD that is missing is an empty inventory (weakness 21); three requests in all where no operator is.
    """
    found, crd = reader.read_all(
        [ApiRequest(path="/apis", accept=DISCOVERY_ACCEPT), ApiRequest(path=_CLUSTERS_CRD)]
    )
    evidence = (*found.evidence, *crd.evidence)
    failures = tuple(each.failure for each in (found, crd) if each.failure is not None)
    if failures or found.value is None:
        return ClusterInventory(evidence=evidence, failures=failures)
    discovery, more, failures = _discovered(reader, found.value)
    kinds = _kinds_to_list(discovery)
    lists = reader.listed_all([discovery.kinds[kind].collection(version=version) for kind, version in kinds])
    objects = {kind: each.value or () for (kind, _), each in zip(kinds, lists, strict=True)}
    held = crd.value or {}
    return ClusterInventory(
        inventory=read_inventory_entries(objects.pop((INVENTORY_GROUP, "Provider"), ())),
        operator=read_operator_entries(each for found in objects.values() for each in found),
        storage=_storage(held),
        core_contracts=contract_labels(_labels(held)),
        discovery=discovery,
        evidence=(*evidence, *more, *(item for each in lists for item in each.evidence)),
        failures=(*failures, *(each.failure for each in lists if each.failure is not None)),
    )


def _discovered(
    reader: ClusterReader, answer: Mapping[str, object]
) -> tuple[Discovery, tuple[Evidence, ...], tuple[ApiFailure, ...]]:
    """The kinds; a server without aggregated discovery (before Kubernetes 1.26) is asked for the two groups."""
    discovery = parse_discovery([answer])
    if discovery.aggregated:
        return discovery, (), ()
    asked = [
        ApiRequest(path=f"/apis/{group}/{version}")
        for group in (INVENTORY_GROUP, OPERATOR_GROUP)
        for version in discovery.groups.get(group, ())
    ]
    lists: Sequence[Reading[Mapping[str, object]]] = reader.read_all(asked) if asked else []
    documents = [answer, *(each.value for each in lists if each.value is not None)]
    evidence = tuple(item for each in lists for item in each.evidence)
    failures = tuple(each.failure for each in lists if each.failure is not None)
    return parse_discovery(documents), evidence, failures


def _kinds_to_list(discovery: Discovery) -> list[tuple[tuple[str, str], str]]:
    wanted = [(INVENTORY_GROUP, "Provider"), *((OPERATOR_GROUP, kind) for kind in OPERATOR_KINDS)]
    kinds = [(key, discovery.kinds[key].versions) for key in wanted if key in discovery.kinds]
    return [
        (key, INVENTORY_VERSION if INVENTORY_VERSION in versions else versions[0]) for key, versions in kinds
    ]


def _storage(crd: Mapping[str, object]) -> str | None:
    versions = items_at(crd, "spec", "versions")
    stored = (text_at(each, "name") for each in versions if value_at(each, "storage") is True)
    return next((name for name in stored if name), None)


def _labels(crd: Mapping[str, object]) -> Mapping[str, str]:
    labels = mapping_at(crd, "metadata", "labels")
    return {key: value for key, value in labels.items() if isinstance(value, str)}
