"""``describe cluster``: the tree of a Cluster, and its conditions beside what their sources say (issue 4, 1.7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.cluster_questions import ClusterQuestions, unread_own
from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.cluster_watching import watch_requests
from capyctl.app.core_version import InstalledCore, read_core_version
from capyctl.app.describe_diagnostics import (
    Absence,
    diagnose_absence,
    diagnose_conditions,
    diagnose_no_cluster_api,
    diagnose_unread,
)
from capyctl.core.api_object import ApiObject, ObjectReference, items_at, mapping_at, text_at
from capyctl.core.api_reading import ApiFailure, ApiRequest, Reading
from capyctl.core.cluster_conditions import ClusterSources, Gate, JudgedCondition, judge_conditions
from capyctl.core.condition_faults import doubtful_conditions
from capyctl.core.conditions import CORE_GROUP
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.mirrored_conditions import Referent, has_topology
from capyctl.core.object_references import (
    ReferenceKey,
    control_plane_reference,
    infrastructure_reference,
    reference_key,
)
from capyctl.core.object_tree import (
    ClusterPicture,
    TreeOptions,
    arrange,
    likenesses,
    wanted_references,
    with_referents,
)
from capyctl.core.tree_lookup import Lookup
from capyctl.core.tree_node import TreeNode

_ADDONS: Final = "addons.cluster.x-k8s.io"
_OWN_KINDS: Final = ("Machine", "MachineSet", "MachineDeployment", "MachinePool")

_Answer = Reading[Mapping[str, object]] | Reading[tuple[ApiObject, ...]]


class DescribeRequest(Struct, frozen=True, kw_only=True):
    """Which Cluster is wanted, and how its tree is to be shaped."""

    name: str
    namespace: str
    options: TreeOptions = field(default_factory=TreeOptions)


class Description(Struct, frozen=True, kw_only=True):
    """A Cluster as it stands.

    Attributes:
        tree: None where the Cluster could not be read.
        conditions: those of the Cluster itself, judged. described_at: RFC 3339 time of this run.
        watched: what tells of changes to any of it.
    """

    tree: TreeNode | None = None
    conditions: tuple[JudgedCondition, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    described_at: str = ""
    watched: tuple[ApiRequest, ...] = ()


def describe_cluster(reader: ClusterReader, request: DescribeRequest) -> Description:
    """Read and judge one Cluster; the number of requests does not depend on how many Machines it has."""
    questions = ClusterQuestions(reader=reader, namespace=request.namespace)
    failure = questions.discover()
    if failure is not None:
        return _ended(questions, diagnose_unread([unread_own("what the server serves", failure)]))
    if questions.served(CORE_GROUP, "Cluster") is None:
        return _ended(questions, (diagnose_no_cluster_api(questions.evidence),))
    listed = _Listed(questions, request)
    if listed.cluster is None:
        return _ended(questions, _why_not(questions, request, listed.failure))
    return _described(questions, request, listed, listed.cluster)


def _ended(questions: ClusterQuestions, diagnostics: tuple[Diagnostic, ...]) -> Description:
    return Description(diagnostics=diagnostics, evidence=tuple(questions.evidence))


def _why_not(
    questions: ClusterQuestions, request: DescribeRequest, failure: ApiFailure | None
) -> tuple[Diagnostic, ...]:
    about = f"the Cluster {request.namespace}/{request.name}"
    if failure is not None:
        return diagnose_unread([unread_own(about, failure)])
    served = questions.served(CORE_GROUP, "Cluster")
    others: tuple[ApiObject, ...] = ()
    if served is not None:
        kind, _, version = served
        reading = questions.reader.listed(kind.collection(version=version, metadata_only=True))
        questions.evidence += reading.evidence
        others = reading.value or ()
    places = tuple(sorted((each.namespace, each.name) for each in others))
    absence = Absence(name=request.name, namespace=request.namespace, others=places)
    return (diagnose_absence(absence, questions.evidence),)


class _Listed:
    """The Cluster and what the lists of its namespace hold of it."""

    def __init__(self, questions: ClusterQuestions, request: DescribeRequest) -> None:
        self.selector = f"cluster.x-k8s.io/cluster-name={request.name}"
        self.cluster: ApiObject | None = None
        self.failure: ApiFailure | None = None
        self.objects: dict[str, tuple[ApiObject, ...] | None] = dict.fromkeys(_OWN_KINDS, ())
        self.unread: dict[str, str] = {}
        self.resource_sets: tuple[str, ...] = ()
        self._ask(questions, request)

    def _ask(self, questions: ClusterQuestions, request: DescribeRequest) -> None:
        calls: dict[str, Callable[[], _Answer]] = {}
        wanted = [(CORE_GROUP, "Cluster")]
        wanted += [(_ADDONS, "ClusterResourceSetBinding")] if request.options.resource_sets else []
        for group, kind in wanted:
            one = questions.one_object(group, kind, request.name)
            if one is not None:
                calls[kind] = partial(questions.reader.read, one)
        for kind in _OWN_KINDS:
            collection = questions.collection(kind, label_selector=self.selector)
            if collection is not None:
                calls[kind] = partial(questions.reader.listed, collection)
        answers = questions.reader.asker.together(list(calls.values()))
        for kind, reading in zip(calls, answers, strict=True):
            questions.evidence += reading.evidence
            self._keep(questions, kind, reading)

    def _keep(self, questions: ClusterQuestions, kind: str, reading: _Answer) -> None:
        if kind == "Cluster":
            self.failure = reading.failure
            self.cluster = ApiObject(reading.value) if isinstance(reading.value, Mapping) else None
        elif reading.failure is not None:
            about = f"the {kind}s of namespace {questions.namespace}"
            questions.unread.append(unread_own(about, reading.failure))
            self.unread[kind] = reading.failure.reason
            self.objects[kind] = None
        elif isinstance(reading.value, tuple):
            self.objects[kind] = reading.value
        elif isinstance(reading.value, Mapping):
            bound = items_at(reading.value, "spec", "bindings")
            names = (text_at(each, "clusterResourceSetName") for each in bound)
            self.resource_sets = tuple(filter(None, names))


def _described(
    questions: ClusterQuestions, request: DescribeRequest, listed: _Listed, cluster: ApiObject
) -> Description:
    first = _picture(cluster, listed)
    arranged = arrange(first, request.options)
    direct = (infrastructure_reference(cluster), control_plane_reference(cluster), _class_reference(cluster))
    wanted = [*wanted_references(arranged), *(each for each in direct if each is not None)]
    found = questions.find(wanted, listed.selector)
    picture = replace(
        first,
        infrastructure=_looked_up(infrastructure_reference(cluster), found),
        control_plane=_looked_up(control_plane_reference(cluster), found),
    )
    tree = with_referents(
        arrange(picture, request.options),
        lambda reference: found.get(reference_key(reference)) or Lookup(),
        request.options,
    )
    now = questions.reader.clock.now()
    sources = _sources(questions, listed, found, cluster, now)
    conditions = judge_conditions(sources)
    core = InstalledCore()
    if doubtful_conditions(conditions, sources).all:
        core = read_core_version(questions)
    return Description(
        tree=tree,
        conditions=conditions,
        diagnostics=(
            *diagnose_unread(questions.unread),
            *diagnose_conditions(conditions, sources, core, questions.evidence),
        ),
        evidence=tuple(questions.evidence),
        described_at=now,
        watched=watch_requests(questions, request.name, wanted),
    )


def _picture(cluster: ApiObject, listed: _Listed) -> ClusterPicture:
    machines = listed.objects["Machine"] or ()
    return ClusterPicture(
        cluster=cluster,
        machines=machines,
        machine_sets=listed.objects["MachineSet"] or (),
        machine_deployments=listed.objects["MachineDeployment"] or (),
        machine_pools=listed.objects["MachinePool"] or (),
        unread=listed.unread,
        resource_sets=listed.resource_sets,
        likenesses=likenesses(machines),
    )


def _looked_up(reference: ObjectReference | None, found: Mapping[ReferenceKey, Lookup]) -> Lookup | None:
    return None if reference is None else found.get(reference_key(reference))


def _sources(
    questions: ClusterQuestions,
    listed: _Listed,
    found: Mapping[ReferenceKey, Lookup],
    cluster: ApiObject,
    now: str,
) -> ClusterSources:
    return ClusterSources(
        cluster=cluster,
        infrastructure=_referent(questions, infrastructure_reference(cluster), found),
        control_plane=_referent(questions, control_plane_reference(cluster), found),
        machines=listed.objects["Machine"],
        machine_deployments=listed.objects["MachineDeployment"],
        machine_sets=listed.objects["MachineSet"],
        gates=_gates(cluster, _looked_up(_class_reference(cluster), found)),
        now=now,
    )


def _referent(
    questions: ClusterQuestions, reference: ObjectReference | None, found: Mapping[ReferenceKey, Lookup]
) -> Referent | None:
    """What the core sees behind a reference; nothing is certain of a kind whose CRD states no contract."""
    lookup = _looked_up(reference, found)
    if reference is None or lookup is None:
        return None
    readable = bool(lookup.contract) or not questions.crds_known
    return Referent(
        kind=reference.kind,
        item=lookup.item if readable else None,
        absent=lookup.absent,
        contract=lookup.contract,
    )


def _class_reference(cluster: ApiObject) -> ObjectReference | None:
    """The ClusterClass, where its availability gates stand for the Cluster's own (9.4)."""
    if not has_topology(cluster) or _own_gates(cluster):
        return None
    topology = mapping_at(cluster.raw, "spec", "topology")
    name = text_at(topology, "classRef", "name") or text_at(topology, "class")
    if not name:
        return None
    namespace = text_at(topology, "classRef", "namespace") or text_at(topology, "classNamespace")
    return ObjectReference(
        group=CORE_GROUP, kind="ClusterClass", name=name, namespace=namespace or cluster.namespace
    )


def _own_gates(cluster: ApiObject) -> Sequence[object]:
    return items_at(cluster.raw, "spec", "availabilityGates")


def _gates(cluster: ApiObject, cluster_class: Lookup | None) -> tuple[Gate, ...] | None:
    own = _own_gates(cluster)
    if not own and cluster_class is not None:
        if cluster_class.item is None:
            return () if cluster_class.absent else None
        own = items_at(cluster_class.item.raw, "spec", "availabilityGates")
    found = (
        Gate(type=text_at(each, "conditionType"), negative=text_at(each, "polarity") == "Negative")
        for each in own
    )
    return tuple(each for each in found if each.type)
