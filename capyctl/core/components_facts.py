"""What a components file says about itself, gathered before anything is changed."""

import re
from collections.abc import Iterable

from msgspec import Struct

from capyctl.core.pattern import pattern

PROVIDER_LABEL = "cluster.x-k8s.io/provider"
"""The label that carries the manifest label of the provider an object belongs to."""

CERT_MANAGER_GROUP = "cert-manager.io"

_CONTRACT_KEY = pattern(r"cluster\.x-k8s\.io/(v[0-9]+(?:(?:alpha|beta)[0-9]+)?)\Z", re.ASCII)
_WORKLOADS = frozenset({"Deployment", "DaemonSet", "StatefulSet"})

KubernetesObject = dict[str, object]
"""An object as its file gives it; nothing about its shape is certain."""


class CrdFacts(Struct, frozen=True, kw_only=True):
    """A CustomResourceDefinition: which kind it defines, in which scope, and its contract labels.

    ``contracts`` pairs a contract with the versions that implement it, joined by ``_`` in the label.
    """

    name: str
    group: str
    kind: str
    scope: str
    contracts: tuple[tuple[str, tuple[str, ...]], ...] = ()


class ComponentsFacts(Struct, frozen=True, kw_only=True):
    """A components file at a glance.

    Attributes:
        objects: how many objects it has. nameless: how many of them lack a kind or an apiVersion.
        namespaces: names of the Namespace objects, in file order.
        provider_labels: distinct values of the provider label with the number of objects, in file order.
        workload_namespaces: namespaces in which Deployments and the like stand.
        crds: the definitions.
    """

    objects: int = 0
    nameless: int = 0
    namespaces: tuple[str, ...] = ()
    provider_labels: tuple[tuple[str, int], ...] = ()
    workload_namespaces: frozenset[str] = frozenset()
    crds: tuple[CrdFacts, ...] = ()

    @property
    def contract_labels(self) -> tuple[str, ...]:
        """The contracts that at least one CRD claims by label, sorted."""
        return tuple(sorted({contract for crd in self.crds for contract, _ in crd.contracts}))


def gather_facts(objects: Iterable[KubernetesObject]) -> ComponentsFacts:
    """Look over the objects once."""
    objects = list(objects)
    namespaces: list[str] = []
    labels: dict[str, int] = {}
    workloads: set[str] = set()
    crds: list[CrdFacts] = []
    for item in objects:
        label = mapping_at(item, "metadata", "labels").get(PROVIDER_LABEL)
        if isinstance(label, str) and label:
            labels[label] = labels.get(label, 0) + 1
        kind = text_at(item, "kind")
        if kind == "Namespace":
            namespaces.append(text_at(item, "metadata", "name"))
        elif kind in _WORKLOADS:
            workloads.add(text_at(item, "metadata", "namespace"))
        elif kind == "CustomResourceDefinition":
            crds.append(_crd_facts(item))
    return ComponentsFacts(
        objects=len(objects),
        nameless=sum(not (text_at(item, "kind") and text_at(item, "apiVersion")) for item in objects),
        namespaces=tuple(namespaces),
        provider_labels=tuple(labels.items()),
        workload_namespaces=frozenset(workloads),
        crds=tuple(crds),
    )


def mapping_at(value: object, *path: str) -> dict[str, object]:
    """The mapping at a path, or an empty one where there is none; never to be written to."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text_at(value: object, *path: str) -> str:
    """The text at a path, or the empty one where there is none."""
    found = mapping_at(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, str) else ""


def api_group(api_version: str) -> str:
    """The group of an apiVersion; the core group and what is malformed have the empty one."""
    group, slash, version = api_version.partition("/")
    return group if slash and "/" not in version else ""


def _crd_facts(item: KubernetesObject) -> CrdFacts:
    contracts = []
    for key, value in mapping_at(item, "metadata", "labels").items():
        match = _CONTRACT_KEY().match(key)
        if match:
            versions = tuple(value.split("_")) if isinstance(value, str) else ()
            contracts.append((match[1], versions))
    return CrdFacts(
        name=text_at(item, "metadata", "name"),
        group=text_at(item, "spec", "group"),
        kind=text_at(item, "spec", "names", "kind"),
        scope=text_at(item, "spec", "scope"),
        contracts=tuple(contracts),
    )
