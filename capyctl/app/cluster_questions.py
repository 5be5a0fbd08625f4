"""Reading a Cluster and everything that belongs to it, in rounds whose requests do not grow with its Machines.

Discovery and contract labels; the Cluster and a list of each of Cluster API's own kinds; then one question for each
kind that is referred to: a single object where one is wanted, else one list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Final

from msgspec import Struct, field

from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import ApiObject, ObjectReference
from capyctl.core.api_reading import ApiFailure, ApiRequest, Collection, Reading
from capyctl.core.conditions import CORE_GROUP
from capyctl.core.contract import accepted_contracts
from capyctl.core.discovery import (
    CRDS,
    DISCOVERY_ACCEPT,
    CrdContracts,
    Discovery,
    ServedKind,
    crd_contracts,
    parse_discovery,
    version_for_contract,
    version_priority,
)
from capyctl.core.evidence import Evidence
from capyctl.core.object_references import ReferenceKey, reference_key
from capyctl.core.tree_lookup import Lookup

MOST_KINDS: Final = 40
"""Kinds that are asked for at most; a sound Cluster refers to fewer than ten."""

_NOT_FOUND: Final = "it does not exist"


class Unread(Struct, frozen=True, kw_only=True):
    """An object or a collection that could not be read.

    Attributes:
        failure: None where the server has no such kind. is_own: whether it is of a kind that every Cluster has.
    """

    about: str
    reason: str
    failure: ApiFailure | None = None
    is_own: bool = False


def unread_own(about: str, failure: ApiFailure) -> Unread:
    """Something that every Cluster has and that could not be read."""
    return Unread(about=about, reason=failure.reason, failure=failure, is_own=True)


class ClusterQuestions(Struct, kw_only=True):
    """Asks for the objects of one Cluster and keeps what it cost and what failed.

    Attributes:
        crds_known: whether the contract labels of CRDs could be read at all.
        unread: in the order met. evidence: of every question.
    """

    reader: ClusterReader
    namespace: str
    discovery: Discovery = field(default_factory=Discovery)
    contracts: CrdContracts = field(default_factory=dict)
    crds_known: bool = False
    unread: list[Unread] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    def discover(self) -> ApiFailure | None:
        """Learn what the server serves; the failure where it does not say."""
        asker = self.reader.asker
        request = ApiRequest(path="/apis", accept=DISCOVERY_ACCEPT)
        calls: list[Callable[[], Reading[Mapping[str, object]] | Reading[tuple[ApiObject, ...]]]] = [
            partial(self.reader.read, request),
            partial(self.reader.listed, CRDS),
        ]
        served, crds = asker.together(calls)
        self.evidence += (*served.evidence, *crds.evidence)
        if served.failure is not None:
            return served.failure
        if isinstance(served.value, Mapping):
            self.discovery = parse_discovery([served.value])
        if not self.discovery.aggregated:
            failure = self._ask_each_group()
            if failure is not None:
                return failure
        if isinstance(crds.value, tuple):
            self.contracts, self.crds_known = crd_contracts(crds.value), True
        return None

    def _ask_each_group(self) -> ApiFailure | None:
        """A server without aggregated discovery (before Kubernetes 1.26) is asked group by group."""
        groups = [(name, versions) for name, versions in self.discovery.groups.items() if "x-k8s.io" in name]
        asked = [
            ApiRequest(path=f"/apis/{name}/{version}")
            for name, versions in groups[:MOST_KINDS]
            for version in versions
        ]
        answers = self.reader.read_all(asked)
        self.evidence += [piece for each in answers for piece in each.evidence]
        self.discovery = parse_discovery(each.value for each in answers if each.value is not None)
        return next((each.failure for each in answers if each.failure is not None), None)

    def served(self, group: str, kind: str) -> tuple[ServedKind, str, str] | None:
        """A kind with the contract and the API version in which it is read; None where it is not served.

        The newest contract that the installed core accepts decides (clusterctl-cluster 4.3); a kind whose CRD
        states none is read in the version that the server prefers.
        """
        kind_served = self.discovery.kind(group, kind)
        if kind_served is None:
            return None
        stated = self.contracts.get((group, kind_served.plural), {})
        found = version_for_contract(stated, self._accepted())
        if found is not None and found[1] in kind_served.versions:
            return kind_served, *found
        best = max(kind_served.versions, key=version_priority)
        return kind_served, "", best

    def _accepted(self) -> frozenset[str]:
        cluster = self.discovery.kind(CORE_GROUP, "Cluster")
        newest = max(cluster.versions, key=version_priority) if cluster is not None else ""
        return accepted_contracts(newest)

    def collection(
        self, kind: str, *, label_selector: str = "", metadata_only: bool = False
    ) -> Collection | None:
        """The objects of one of Cluster API's own kinds in the namespace."""
        found = self.served(CORE_GROUP, kind)
        if found is None:
            return None
        served, _, version = found
        return served.collection(
            version=version,
            namespace=self.namespace,
            label_selector=label_selector,
            metadata_only=metadata_only,
        )

    def one_object(self, group: str, kind: str, name: str) -> ApiRequest | None:
        """The question for one object of the namespace; None where its kind is not served."""
        found = self.served(group, kind)
        if found is None:
            return None
        served, _, version = found
        return ApiRequest(path=served.object_path(name, namespace=self.namespace, version=version))

    def find(self, references: Iterable[ObjectReference], label_selector: str) -> dict[ReferenceKey, Lookup]:
        """What became of each reference: one question a kind, and one more for those that no label led to."""
        wanted = {reference_key(each): each for each in references}
        kinds: dict[tuple[str, str, str], list[ObjectReference]] = {}
        for each in wanted.values():
            kinds.setdefault((each.group, each.kind, each.namespace), []).append(each)
        found: dict[ReferenceKey, Lookup] = {}
        self._answer(islice(kinds.values(), MOST_KINDS), label_selector, found)
        for surplus in islice(kinds.values(), MOST_KINDS, None):
            found.update(self._none_of(surplus, f"more than {MOST_KINDS} kinds are referred to"))
        missing = [[each for each in group if reference_key(each) not in found] for group in kinds.values()]
        self._answer((group for group in missing if group), "", found)
        for key in wanted:
            found.setdefault(key, Lookup(trouble=_NOT_FOUND, absent=True))
        return found

    def _answer(
        self,
        groups: Iterable[Sequence[ObjectReference]],
        label_selector: str,
        found: dict[ReferenceKey, Lookup],
    ) -> None:
        asked = [(group, self.served(group[0].group, group[0].kind)) for group in groups]
        known = [(group, served) for group, served in asked if served is not None]
        for group, served in asked:
            if served is None:
                kind = f"{group[0].kind}.{group[0].group}"
                found.update(self._none_of(group, f"the server has no kind {kind}"))
        answers = self.reader.asker.together(
            [partial(self._objects, group, served, label_selector) for group, served in known]
        )
        for (group, (_, contract, _)), reading in zip(known, answers, strict=True):
            self.evidence += reading.evidence
            if reading.failure is not None:
                found.update(self._none_of(group, reading.failure.reason, reading.failure))
                continue
            found.update(_matched(group, reading.value or (), contract, alone=len(group) == 1))

    def _objects(
        self, group: Sequence[ObjectReference], served: tuple[ServedKind, str, str], label_selector: str
    ) -> Reading[tuple[ApiObject, ...]]:
        kind, _, version = served
        namespace = group[0].namespace
        if len(group) == 1:
            path = kind.object_path(group[0].name, namespace=namespace, version=version)
            one = self.reader.read(ApiRequest(path=path))
            value = None if one.value is None else (ApiObject(one.value),)
            return Reading(evidence=one.evidence, value=value, failure=one.failure)
        return self.reader.listed(
            kind.collection(version=version, namespace=namespace, label_selector=label_selector)
        )

    def _none_of(
        self, group: Sequence[ObjectReference], reason: str, failure: ApiFailure | None = None
    ) -> dict[ReferenceKey, Lookup]:
        names = ", ".join(f"{each.namespace}/{each.name}" for each in group[:3])
        more = f" and {len(group) - 3} more" if len(group) > 3 else ""
        self.unread.append(Unread(about=f"{group[0].kind} {names}{more}", reason=reason, failure=failure))
        return {reference_key(each): Lookup(trouble=reason) for each in group}


def _matched(
    group: Sequence[ObjectReference], objects: Iterable[ApiObject], contract: str, *, alone: bool
) -> dict[ReferenceKey, Lookup]:
    """The objects of a group by reference; a single object asked for and not there is told of at once."""
    by_name = {each.name: each for each in objects}
    found = {
        reference_key(each): Lookup(item=by_name[each.name], contract=contract)
        for each in group
        if each.name in by_name
    }
    if alone and not found:
        return {reference_key(group[0]): Lookup(trouble=_NOT_FOUND, absent=True)}
    return found
