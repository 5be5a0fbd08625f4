"""What an API server serves: plural, scope and versions of a kind, and the API version for a contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject, group_of, items_at, text_at
from capyctl.core.api_reading import Collection
from capyctl.core.contract import contract_of_label
from capyctl.core.pattern import pattern

DISCOVERY_ACCEPT: Final = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json"
)
"""The Accept header that brings all groups, versions and kinds in one answer (aggregated discovery)."""

CRDS: Final = Collection(path="/apis/apiextensions.k8s.io/v1/customresourcedefinitions", metadata_only=True)
"""Every CustomResourceDefinition with its labels and without its schema, for ``crd_contracts``."""

_VERSION = pattern(
    r"v(?P<major>[1-9][0-9]{0,8})(?:(?P<stage>alpha|beta)(?P<step>[1-9][0-9]{0,8}))?\Z", re.ASCII
)
_STAGES: Final = ("alpha", "beta", None)


def version_priority(name: str) -> tuple[int, int, int, str]:
    """The place of an API version in Kubernetes' order, greatest first in use: GA, beta, alpha, then the rest.

    ``v1`` ranks above ``v2beta1``; a name of another form ranks below all that have it.
    """
    match = _VERSION().match(name)
    if match is None:
        return (-1, 0, 0, name)
    return (_STAGES.index(match["stage"]), int(match["major"]), int(match["step"] or 0), name)


class ServedKind(Struct, frozen=True, kw_only=True):
    """A kind that the server serves.

    Attributes:
        versions: those served, in the order of the server's preference. verbs: of the first of them.
    """

    group: str
    kind: str
    plural: str
    namespaced: bool
    versions: tuple[str, ...]
    verbs: tuple[str, ...] = ()

    def collection(
        self,
        *,
        version: str | None = None,
        namespace: str = "",
        label_selector: str = "",
        metadata_only: bool = False,
    ) -> Collection:
        """Its objects, in one namespace or in all; in the version preferred unless one is named."""
        chosen = quote(version or self.versions[0], safe="")
        root = f"/apis/{quote(self.group, safe='')}/{chosen}" if self.group else f"/api/{chosen}"
        place = f"/namespaces/{quote(namespace, safe='')}" if namespace and self.namespaced else ""
        return Collection(
            path=f"{root}{place}/{quote(self.plural, safe='')}",
            label_selector=label_selector,
            metadata_only=metadata_only,
        )

    def object_path(self, name: str, *, namespace: str = "", version: str | None = None) -> str:
        """The path of one object."""
        return f"{self.collection(version=version, namespace=namespace).path}/{quote(name, safe='')}"


class Discovery(Struct, frozen=True, kw_only=True):
    """The kinds of an API server by group and kind.

    Attributes:
        groups: versions by group, most preferred first; known of a server without aggregated discovery too.
        aggregated: whether the answers named kinds at all.
        stale: ``group/version`` whose own server could not be asked by the API server.
    """

    kinds: Mapping[tuple[str, str], ServedKind] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    aggregated: bool = False
    stale: tuple[str, ...] = ()

    def kind(self, group: str, kind: str) -> ServedKind | None:
        """The kind, or None where the server does not serve it."""
        return self.kinds.get((group, kind))

    def plural(self, group: str, plural: str) -> ServedKind | None:
        """The kind with that plural."""
        found = (each for each in self.kinds.values() if (each.group, each.plural) == (group, plural))
        return next(found, None)

    def in_group(self, group: str) -> tuple[ServedKind, ...]:
        """Every kind of a group, in the order told."""
        return tuple(each for each in self.kinds.values() if each.group == group)


def parse_discovery(documents: Iterable[Mapping[str, object]]) -> Discovery:
    """The answers to ``/api``, ``/apis`` (aggregated or not) or ``/apis/GROUP/VERSION`` as one value.

    What has not the form of a kind is left out; of two that claim one group and kind, the first holds.
    """
    served: dict[tuple[str, str], ServedKind] = {}
    groups: dict[str, tuple[str, ...]] = {}
    stale: list[str] = []
    aggregated = False
    for document in documents:
        match text_at(document, "kind"):
            case "APIGroupDiscoveryList":
                aggregated = True
                for item in items_at(document, "items"):
                    _aggregated_group(item, served, groups, stale)
            case "APIGroupList":
                for item in items_at(document, "groups"):
                    versions = _texts(text_at(each, "version") for each in items_at(item, "versions"))
                    groups.setdefault(text_at(item, "name"), versions)
            case "APIResourceList":
                _resource_list(document, served)
            case _:
                continue
    return Discovery(kinds=served, groups=groups, aggregated=aggregated, stale=tuple(stale))


def _aggregated_group(
    item: object,
    served: dict[tuple[str, str], ServedKind],
    groups: dict[str, tuple[str, ...]],
    stale: list[str],
) -> None:
    group = text_at(item, "metadata", "name")
    versions = [each for each in items_at(item, "versions") if text_at(each, "version")]
    groups.setdefault(group, _texts(text_at(each, "version") for each in versions))
    for each in versions:
        version = text_at(each, "version")
        if text_at(each, "freshness") == "Stale":
            stale.append(f"{group}/{version}")
        for resource in items_at(each, "resources"):
            kind = text_at(resource, "responseKind", "kind")
            plural = text_at(resource, "resource")
            namespaced = text_at(resource, "scope") != "Cluster"
            found = ServedKind(
                group=group,
                kind=kind,
                plural=plural,
                namespaced=namespaced,
                versions=(version,),
                verbs=_verbs(resource),
            )
            _add(served, found)


def _resource_list(document: Mapping[str, object], served: dict[tuple[str, str], ServedKind]) -> None:
    group_version = text_at(document, "groupVersion")
    version = group_version.rpartition("/")[2]
    for resource in items_at(document, "resources"):
        plural = text_at(resource, "name")
        if "/" not in plural and version:
            found = ServedKind(
                group=group_of(group_version),
                kind=text_at(resource, "kind"),
                plural=plural,
                namespaced=isinstance(resource, dict) and resource.get("namespaced") is True,
                versions=(version,),
                verbs=_verbs(resource),
            )
            _add(served, found)


def _verbs(resource: object) -> tuple[str, ...]:
    return tuple(each for each in items_at(resource, "verbs") if isinstance(each, str))


def _add(served: dict[tuple[str, str], ServedKind], found: ServedKind) -> None:
    if not found.kind or not found.plural:
        return
    known = served.setdefault((found.group, found.kind), found)
    if known.plural == found.plural and not set(found.versions) <= set(known.versions):
        served[found.group, found.kind] = replace(known, versions=(*known.versions, *found.versions))


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in found if text))


CrdContracts = Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]
"""By group and plural: the contracts a CRD states, each with its API versions, best first."""


def crd_contracts(crds: Iterable[ApiObject]) -> CrdContracts:
    """What the labels ``cluster.x-k8s.io/CONTRACT`` of CustomResourceDefinitions say (clusterctl-cluster 0.2).

    A definition is known by its name, ``PLURAL.GROUP``, so that metadata alone is enough.
    """
    found: dict[tuple[str, str], Mapping[str, tuple[str, ...]]] = {}
    for crd in crds:
        plural, _, group = crd.name.partition(".")
        found[group, plural] = contract_labels(crd.labels)
    return found


def contract_labels(labels: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """The API versions by contract that labels of a CRD state, best first; an empty label states none."""
    stated: dict[str, tuple[str, ...]] = {}
    for key, value in labels.items():
        contract = contract_of_label(key)
        versions = _texts(value.split("_"))
        if contract is not None and versions:
            stated[contract] = tuple(sorted(versions, key=version_priority, reverse=True))
    return stated


def version_for_contract(
    stated: Mapping[str, Sequence[str]], accepted: Iterable[str]
) -> tuple[str, str] | None:
    """The newest accepted contract that is stated, and its best API version (clusterctl-cluster 4.3).

    None where no accepted contract is stated: the labels are missing, empty or of other contracts.
    """
    for contract in sorted(accepted, key=version_priority, reverse=True):
        if stated.get(contract):
            return contract, stated[contract][0]
    return None
