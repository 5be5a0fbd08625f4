"""``describe cluster`` over an API server in memory: the tree, the requests, what is said besides (issue 4, 1.7)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.api_reading import ApiTrouble
from capyctl.core.diagnostics import Confidence, Severity
from capyctl.core.object_tree import TreeOptions
from tests.plugins.described_cluster import (
    GROUP,
    Described,
    Object,
    cluster,
    condition,
    control_plane,
    control_plane_labels,
    deployment_with,
    described,
    infrastructure,
    item,
    kinds,
    machine,
    outline,
    provider,
    reference,
)

_MACHINES = f"/apis/{GROUP}/v1beta2/namespaces/default/machines"
_INTERNAL = [
    condition(each, "Unknown", "InternalError", "Please check controller logs for errors")
    for each in ("RollingOut", "ScalingUp", "ScalingDown")
]


def _codes(found: object) -> list[str]:
    return [each.code.name for each in found.diagnostics]  # type: ignore[attr-defined]


def test_a_cluster_is_a_tree_of_what_belongs_to_it() -> None:
    """clusterctl-cluster 7.5: control plane, workers, and what tells more than its Machine."""
    bad = item("TestMachine", "w3", conditions=[condition("Ready", "False", "NoAddress")])
    found = described(
        cluster(),
        infrastructure(),
        control_plane(spec={"version": "v1.34.0"}),
        machine("cp1", metadata=control_plane_labels()),
        *deployment_with("md", [machine("w1"), machine("w2"), machine("w3", "False")]),
        bad,
        item("TestConfig", "w3", conditions=[condition("Ready", "True")]),
        *(
            item(kind, "cp1", conditions=[condition("Ready", "True")])
            for kind in ("TestMachine", "TestConfig")
        ),
    )
    assert outline(found) == {
        "Cluster default/one": {
            "TestCluster default/one": {},
            "TestControlPlane default/one, v1.34.0": {"Machine default/cp1, v1.34.0": {}},
            "Workers": {
                "MachineDeployment default/md, v1.34.0": {
                    "2 Machines...": {},
                    "Machine default/w3, v1.34.0": {"TestMachine default/w3": {}},
                }
            },
        }
    }
    assert found.diagnostics == ()


@pytest.mark.parametrize("grouping", [True, False])
def test_the_number_of_requests_does_not_grow_with_the_machines(grouping: bool) -> None:
    """Issue 4 section 2; 200 fit one page."""

    def asked(count: int) -> int:
        names = [f"w{number}" for number in range(count)]
        objects: list[Object] = [cluster(), infrastructure(), control_plane()]
        objects += deployment_with("md", [machine(name, "False") for name in names])
        objects += [item(kind, name) for kind in ("TestMachine", "TestConfig") for name in names]
        world = Described(objects=objects)
        world.describe(TreeOptions(grouping=grouping))
        return len(world.asked)

    assert asked(10) == asked(200) <= 11


def test_objects_that_no_label_leads_to_cost_one_more_list() -> None:
    """A referenced object need not carry the Cluster's label."""
    names = [f"w{number}" for number in range(20)]
    bare: Object = {"labels": {}}
    world = Described(
        objects=[
            cluster(),
            *deployment_with("md", [machine(name, "False") for name in names]),
            *(
                item("TestMachine", name, metadata=bare, conditions=[condition("Ready", "False", name)])
                for name in names
            ),
        ]
    )
    found = world.describe(TreeOptions(grouping=False))
    assert str(outline(found)).count("TestMachine default/") == len(names)
    lists = [each for each in world.asked if each.path.endswith("/testmachines")]
    assert len(lists) == 2


def test_owners_without_machines_and_machines_without_owners_are_seen() -> None:
    """Weakness 26."""
    found = described(
        cluster(),
        *deployment_with("empty", []),
        machine("alone"),
        item("MachineSet", "standalone"),
        machine("of-set", of="standalone"),
        machine("cp1", metadata=control_plane_labels()),
        item("MachinePool", "pool", spec={"replicas": 3}),
    )
    tree = outline(found)["Cluster default/one"]
    assert tree["Workers"] == {
        "MachineDeployment default/empty, v1.34.0": {},
        "MachinePool default/pool": {},
        "Other": {
            "Machine default/alone, v1.34.0": {
                "TestConfig default/alone": {},
                "TestMachine default/alone": {},
            },
            "Machine default/cp1, v1.34.0": {"TestConfig default/cp1": {}, "TestMachine default/cp1": {}},
            "MachineSet default/standalone": {
                "Machine default/of-set, v1.34.0": {
                    "TestConfig default/of-set": {},
                    "TestMachine default/of-set": {},
                }
            },
        },
    }


def test_machine_sets_templates_and_resource_sets_are_shown_on_demand() -> None:
    """clusterctl-cluster 7.4; templates stand first."""
    template = {"spec": {"infrastructureRef": reference("TestMachine", "cp-template")}}
    binding = {
        "apiVersion": f"addons.{GROUP}/v1beta2",
        "kind": "ClusterResourceSetBinding",
        "metadata": {"name": "one", "namespace": "default"},
        "spec": {"bindings": [{"clusterResourceSetName": "cni"}, {"clusterResourceSetName": 4}, "odd"]},
    }
    found = described(
        cluster(),
        control_plane(spec={"machineTemplate": template}),
        *deployment_with("md", [machine("w1"), machine("w2")]),
        item("TestMachine", "w1", conditions=[condition("Ready", "True")]),
        binding,
        options=TreeOptions(machine_sets=True, templates=True, resource_sets=True),
    )
    tree = outline(found)["Cluster default/one"]
    assert tree["ClusterResourceSets"] == {"ClusterResourceSet default/cni": {}}
    assert list(tree["TestControlPlane default/one"]) == ["Templates"]
    below = tree["Workers"]["MachineDeployment default/md, v1.34.0"]
    assert list(below) == ["Templates", "MachineSet default/md, v1.34.0"]
    assert below["Templates"] == {"TestConfig default/template": {}, "TestMachine default/template": {}}
    assert below["MachineSet default/md, v1.34.0"] == {"2 Machines...": {}}


def test_echoes_are_shown_on_demand() -> None:
    """clusterctl-cluster 7.5: an object whose Ready is True, or as its Machine's."""
    objects = [
        cluster(),
        *deployment_with("md", [machine("w1", "False")]),
        item("TestMachine", "w1", conditions=[condition("Ready", "False")]),
        item("TestConfig", "w1", conditions=[condition("Ready", "True")]),
    ]
    hidden = str(outline(described(*objects)))
    shown = str(outline(described(*objects, options=TreeOptions(echo=True))))
    assert "TestMachine default/w1" not in hidden
    assert "TestConfig default/w1" not in hidden
    assert "TestMachine default/w1" in shown
    assert "TestConfig default/w1" in shown


def test_a_missing_object_is_a_node_that_says_so() -> None:
    """Read errors are not swallowed (weakness 26); an absent object is no diagnostic."""
    found = described(cluster(), control_plane())
    assert found.tree is not None
    node = found.tree.children[0]
    assert (node.title, node.absent, node.trouble) == ("TestCluster default/one", True, "it does not exist")
    assert found.diagnostics == ()


def test_an_object_that_is_forbidden_is_a_node_and_a_warning() -> None:
    """It hides nothing else."""
    world = Described(objects=[cluster(), control_plane()])
    path = f"/apis/infrastructure.{GROUP}/v1beta2/namespaces/default/testclusters/one"
    world.server.failures[path] = [ApiTrouble.FORBIDDEN]
    found = world.describe()
    assert "TestControlPlane default/one" in outline(found)["Cluster default/one"]
    assert found.tree is not None
    assert found.tree.children[0].trouble == "the server is forbidden"
    assert [(each.code, each.severity) for each in found.diagnostics] == [
        (codes.API_FORBIDDEN, Severity.WARNING)
    ]
    assert "TestCluster default/one" in found.diagnostics[0].detail


def test_a_list_of_every_cluster_that_fails_is_an_error_and_leaves_the_rest() -> None:
    """No half-truths: what the Machines would tell is not computed."""
    stored = condition("WorkerMachinesReady", "True", "Ready")
    world = Described(
        objects=[cluster(stored), control_plane(), *deployment_with("md", [machine("w1", "False")])]
    )
    world.server.failures[_MACHINES] = [ApiTrouble.FORBIDDEN]
    found = world.describe()
    assert [(each.code, each.severity) for each in found.diagnostics] == [
        (codes.API_FORBIDDEN, Severity.ERROR)
    ]
    assert "Machine default/*" in outline(found)["Cluster default/one"]
    assert "MachineDeployment default/md, v1.34.0" in outline(found)["Cluster default/one"]["Workers"]
    assert [each.computed for each in found.conditions] == [None]


def test_a_kind_that_is_not_served_is_a_node_and_a_warning() -> None:
    """CAPY0764 reference-unreadable: REFERENCE_UNREADABLE; near miss: the object alone is missing."""
    world = Described(
        objects=[cluster(controlPlaneRef={"apiGroup": "gone.example.org", "kind": "Gone", "name": "x"})]
    )
    found = world.describe()
    assert _codes(found) == ["reference-unreadable"]
    assert "Gone.gone.example.org" in found.diagnostics[0].detail
    assert "Gone default/x" in outline(found)["Cluster default/one"]
    assert "reference-unreadable" not in _codes(described(cluster()))


def test_more_kinds_than_a_cluster_has_are_not_asked_for() -> None:
    """A hostile cluster cannot make a run ask for ever (issue 4 section 3)."""
    spec = [
        {"infrastructureRef": {"apiGroup": "a.example.org", "kind": f"K{n}", "name": "x"}} for n in range(100)
    ]
    machines = [item("Machine", f"m{number}", spec=each) for number, each in enumerate(spec)]
    world = Described(objects=[cluster(), *machines])
    found = world.describe()
    assert _codes(found) == ["reference-unreadable"]
    assert len(world.asked) < 60


def test_an_absent_cluster_names_those_that_exist() -> None:
    """CAPY0762 cluster-not-found: CLUSTER_NOT_FOUND; here, elsewhere under the same name, and nowhere."""
    elsewhere = cluster()
    elsewhere["metadata"] = {"name": "two", "namespace": "other"}
    world = Described(objects=[cluster(), elsewhere])
    here = world.describe(name="two")
    assert here.tree is None
    assert _codes(here) == ["cluster-not-found"]
    assert "The Clusters there are one." in here.diagnostics[0].detail
    assert "other" in here.diagnostics[0].fixes[0].title
    near = Described(objects=[elsewhere]).describe(name="three")
    assert "That namespace has none; the Clusters elsewhere are other/two." in near.diagnostics[0].detail
    none = Described().describe()
    assert "No Cluster was found in any namespace." in none.diagnostics[0].detail
    assert (
        "name one of the Clusters"
        in Described(objects=[cluster()]).describe(name="x").diagnostics[0].fixes[0].title
    )


def test_a_server_without_cluster_api_is_told_from_one_without_the_cluster() -> None:
    """CAPY0763 cluster-api-absent: CLUSTER_API_ABSENT; near miss above."""
    world = Described()
    world.server.kinds = [each for each in kinds() if each.group != GROUP]
    found = world.describe()
    assert _codes(found) == ["cluster-api-absent"]
    assert found.tree is None


@pytest.mark.parametrize("path", ["/apis", f"/apis/{GROUP}/v1beta2/namespaces/default/clusters/one"])
def test_a_question_that_everything_rests_on_ends_the_run(path: str) -> None:
    """No tree from half an answer."""
    world = Described(objects=[cluster()])
    world.server.failures[path] = [ApiTrouble.REFUSED]
    found = world.describe()
    assert found.tree is None
    assert [each.code for each in found.diagnostics] == [codes.API_SERVER_UNREACHABLE]


def test_without_contract_labels_the_versions_of_the_server_do() -> None:
    """CRDs may be forbidden to a reader of Clusters."""
    world = Described(objects=[cluster(), infrastructure(), control_plane()], without_crds=True)
    world.server.failures["/apis/apiextensions.k8s.io/v1/customresourcedefinitions"] = [ApiTrouble.FORBIDDEN]
    found = world.describe()
    assert list(outline(found)["Cluster default/one"]) == [
        "TestCluster default/one",
        "TestControlPlane default/one",
    ]
    assert found.diagnostics == ()


def test_a_server_without_aggregated_discovery_is_asked_group_by_group() -> None:
    """Before Kubernetes 1.26."""
    world = Described(objects=[cluster()])
    world.server.documents["/apis"] = {
        "kind": "APIGroupList",
        "groups": [{"name": GROUP, "versions": [{"version": "v1beta2"}]}, {"name": "apps", "versions": []}],
    }
    resources = [
        {"name": "clusters", "kind": "Cluster", "namespaced": True},
        {"name": "machines", "kind": "Machine", "namespaced": True},
    ]
    world.server.documents[f"/apis/{GROUP}/v1beta2"] = {
        "kind": "APIResourceList",
        "groupVersion": f"{GROUP}/v1beta2",
        "resources": resources,
    }
    assert list(outline(world.describe())) == ["Cluster default/one"]
    broken = Described(objects=[cluster()], server=world.server)
    broken.server.failures[f"/apis/{GROUP}/v1beta2"] = [ApiTrouble.REFUSED]
    assert broken.describe().tree is None


def test_the_fault_of_core_v1_9_is_told_with_what_is_true() -> None:
    """F73: CAPY0760 aggregate-of-nothing (AGGREGATE_OF_NOTHING), certain where the inventory tells the version."""
    found = described(cluster(*_INTERNAL), infrastructure(), control_plane(), provider("v1.9.4"))
    assert _codes(found) == ["aggregate-of-nothing"]
    fault = found.diagnostics[0]
    assert (fault.severity, fault.confidence) == (Severity.WARNING, Confidence.CERTAIN)
    assert "nothing is scaling up" in fault.detail
    assert "core v1.9.4" in fault.detail
    assert "v1.10.0" in fault.fixes[0].title
    computed = [(each.computed.status, each.computed.reason) for each in found.conditions if each.computed]
    assert computed == [("False", "NotRollingOut"), ("False", "NotScalingUp"), ("False", "NotScalingDown")]


def test_the_version_of_the_core_is_told_by_its_deployment_where_no_inventory_is() -> None:
    """The image of its manager; another container's does not count."""
    containers = [
        {"name": "proxy", "image": "registry/proxy:v9.9.9"},
        {"name": "manager", "image": "registry:5000/core:v1.9.11@sha256:0"},
    ]
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "c", "namespace": "capi", "labels": {f"{GROUP}/provider": "cluster-api"}},
        "spec": {"template": {"spec": {"containers": containers}}},
    }
    found = described(cluster(*_INTERNAL), control_plane(), deployment)
    assert "told by the Deployment capi/c" in found.diagnostics[0].detail
    assert found.diagnostics[0].confidence is Confidence.CERTAIN
    unknown = described(cluster(*_INTERNAL), control_plane())
    assert unknown.diagnostics[0].confidence is Confidence.LIKELY


@pytest.mark.parametrize("version", ["v1.10.0", "v1.13.6", "v1.8.5", "v1.9.12", "main"])
def test_an_internal_error_of_another_core_is_no_known_fault(version: str) -> None:
    """The near miss of F73: merely a difference, CAPY0761 conditions-differ (CONDITIONS_DIFFER)."""
    found = described(cluster(*_INTERNAL), control_plane(), provider(version))
    assert _codes(found) == ["conditions-differ"]
    assert found.diagnostics[0].severity is Severity.NOTE


def test_unknown_with_a_source_that_does_not_report_is_right() -> None:
    """The other near miss of F73: a present source without the condition; nothing is said."""
    told = condition(
        "RollingOut",
        "Unknown",
        "RollingOutUnknown",
        "* MachineDeployment md: Condition RollingOut not yet reported",
    )
    found = described(cluster(told), control_plane(), *deployment_with("md", []), provider("v1.9.4"))
    assert found.diagnostics == ()


def test_an_internal_error_with_sources_is_no_aggregate_of_nothing() -> None:
    """v1.9.4 writes it for other troubles too."""
    found = described(cluster(_INTERNAL[0]), control_plane(), *deployment_with("md", []), provider("v1.9.4"))
    assert _codes(found) == ["conditions-differ"]


def test_standalone_machine_sets_that_the_core_did_not_look_at_are_its_fault_too() -> None:
    """clusterctl-cluster 9.5: silently wrong, without an InternalError."""
    alone = item(
        "MachineSet",
        "alone",
        conditions=[condition("ScalingUp", "True", "ScalingUp", "Scaling up from 0 to 2 replicas")],
        metadata={"ownerReferences": [{"apiVersion": f"{GROUP}/v1beta2", "kind": "Cluster", "name": "one"}]},
    )
    stored = cluster(condition("ScalingUp", "False", "NotScalingUp"), controlPlaneRef=None)
    found = described(stored, alone, provider("v1.9.4"))
    assert _codes(found) == ["aggregate-of-nothing"]
    assert "standalone MachineSets" in found.diagnostics[0].detail
    assert _codes(described(stored, alone, provider("v1.13.6"))) == ["conditions-differ"]


def test_availability_gates_of_a_class_count_where_the_cluster_has_none() -> None:
    """clusterctl-cluster 9.4."""
    topology = {"topology": {"classRef": {"name": "small"}, "version": "v1.34.0"}}
    gates = {
        "availabilityGates": [{"conditionType": "Addons"}, {"conditionType": 3}, {"polarity": "Negative"}]
    }
    stored = condition("Available", "True", "Available")
    with_class = described(cluster(stored, **topology), item("ClusterClass", "small", spec=gates))
    assert with_class.conditions[0].computed is not None
    assert "* Addons: Condition not yet reported" in with_class.conditions[0].computed.message
    own = described(cluster(stored, **topology, **gates))
    assert own.conditions[0].computed is not None
    assert "Addons" in own.conditions[0].computed.message
    world = Described(objects=[cluster(stored, **topology)])
    world.server.failures[f"/apis/{GROUP}/v1beta2/namespaces/default/clusterclasses/small"] = [
        ApiTrouble.FORBIDDEN
    ]
    assert world.describe().conditions[0].computed is None
    absent = described(cluster(stored, **topology)).conditions[0].computed
    assert absent is not None
    assert "Addons" not in absent.message
    nameless = described(cluster(stored, topology={"version": "v1"})).conditions[0].computed
    assert nameless is not None
