"""Discovery by the answers of a real API server's form, and contracts by the labels of CRDs."""

from __future__ import annotations

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.discovery import (
    ServedKind,
    contract_labels,
    crd_contracts,
    parse_discovery,
    version_for_contract,
    version_priority,
)

_MACHINES = {
    "resource": "machines",
    "responseKind": {"group": "cluster.x-k8s.io", "version": "v1beta2", "kind": "Machine"},
    "scope": "Namespaced",
    "singularResource": "machine",
    "verbs": ["get", "list"],
    "subresources": [{"subresource": "status", "verbs": ["get"]}],
}


def _aggregated(*versions: object, group: object = "cluster.x-k8s.io") -> dict[str, object]:
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "items": [{"metadata": {"name": group}, "versions": list(versions)}],
    }


def test_a_kind_has_its_plural_scope_and_versions_as_the_server_prefers_them() -> None:
    discovery = parse_discovery(
        [
            _aggregated(
                {"version": "v1beta2", "resources": [_MACHINES]},
                {"version": "v1beta1", "resources": [_MACHINES, _MACHINES]},
            )
        ]
    )
    machine = discovery.kind("cluster.x-k8s.io", "Machine")
    assert machine == ServedKind(
        group="cluster.x-k8s.io",
        kind="Machine",
        plural="machines",
        namespaced=True,
        versions=("v1beta2", "v1beta1"),
        verbs=("get", "list"),
    )
    assert discovery.plural("cluster.x-k8s.io", "machines") == machine
    assert discovery.in_group("cluster.x-k8s.io") == (machine,)
    assert discovery.kind("cluster.x-k8s.io", "Cluster") is None
    assert discovery.plural("", "machines") is None
    assert discovery.groups == {"cluster.x-k8s.io": ("v1beta2", "v1beta1")}
    assert discovery.aggregated
    assert discovery.stale == ()


def test_paths_quote_what_is_not_of_a_path() -> None:
    machine = ServedKind(
        group="cluster.x-k8s.io", kind="Machine", plural="machines", namespaced=True, versions=("v1beta2",)
    )
    pod = ServedKind(group="", kind="Pod", plural="pods", namespaced=True, versions=("v1",))
    node = ServedKind(group="", kind="Node", plural="nodes", namespaced=False, versions=("v1",))
    assert machine.collection(version="v1beta1", label_selector="a=b").path == (
        "/apis/cluster.x-k8s.io/v1beta1/machines"
    )
    assert machine.collection(label_selector="a=b", metadata_only=True).label_selector == "a=b"
    assert pod.object_path("a/../b", namespace="x y") == "/api/v1/namespaces/x%20y/pods/a%2F..%2Fb"
    assert node.collection(namespace="default").path == "/api/v1/nodes"


def test_a_group_whose_own_server_is_away_is_named_as_stale() -> None:
    discovery = parse_discovery(
        [_aggregated({"version": "v1", "freshness": "Stale"}, group="metrics.k8s.io")]
    )
    assert discovery.stale == ("metrics.k8s.io/v1",)


def test_a_server_without_aggregated_discovery_names_its_groups_and_is_asked_for_the_kinds() -> None:
    groups = {
        "kind": "APIGroupList",
        "groups": [{"name": "a.io", "versions": [{"groupVersion": "a.io/v1", "version": "v1"}]}],
    }
    resources = {
        "kind": "APIResourceList",
        "groupVersion": "a.io/v1",
        "resources": [
            {"name": "things", "kind": "Thing", "namespaced": False},
            {"name": "things/status", "kind": "Thing", "namespaced": False},
            "no mapping",
        ],
    }
    discovery = parse_discovery([groups, resources])
    assert not discovery.aggregated
    assert discovery.groups == {"a.io": ("v1",)}
    assert discovery.in_group("a.io") == (
        ServedKind(group="a.io", kind="Thing", plural="things", namespaced=False, versions=("v1",)),
    )


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "Status"},
        {"kind": "APIGroupDiscoveryList", "items": "no list"},
        {"kind": "APIGroupDiscoveryList", "items": [None, 3, {"versions": [{"version": 1}]}]},
        _aggregated({"version": "v1", "resources": [{"resource": "x"}, {"responseKind": {"kind": "X"}}]}),
        {"kind": "APIResourceList", "groupVersion": "", "resources": [{"name": "x", "kind": "X"}]},
    ],
)
def test_documents_of_any_other_form_hold_no_kind(document: dict[str, object]) -> None:
    assert parse_discovery([document]).kinds == {}


def test_of_two_plurals_that_claim_one_kind_the_first_holds() -> None:
    other = {**_MACHINES, "resource": "machinery"}
    discovery = parse_discovery(
        [
            _aggregated(
                {"version": "v1beta2", "resources": [_MACHINES]},
                {"version": "v1beta1", "resources": [other]},
            )
        ]
    )
    machine = discovery.kind("cluster.x-k8s.io", "Machine")
    assert machine is not None
    assert (machine.plural, machine.versions) == ("machines", ("v1beta2",))


def test_versions_rank_as_kubernetes_ranks_them() -> None:
    ranked = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1"]
    """The order that the Kubernetes documentation on CRD versioning gives."""
    assert sorted({*ranked}, key=version_priority, reverse=True) == ranked


def test_the_contract_labels_of_a_definition_say_which_version_to_read() -> None:
    crd = ApiObject(
        {
            "metadata": {
                "name": "machines.cluster.x-k8s.io",
                "labels": {
                    "cluster.x-k8s.io/v1beta1": "v1alpha4_v1beta1",
                    "cluster.x-k8s.io/v1beta2": "v1beta2",
                    "cluster.x-k8s.io/provider": "cluster-api",
                    "cluster.x-k8s.io/v1alpha3": "",
                },
            }
        }
    )
    stated = crd_contracts([crd])["cluster.x-k8s.io", "machines"]
    assert stated == {"v1beta1": ("v1beta1", "v1alpha4"), "v1beta2": ("v1beta2",)}
    assert version_for_contract(stated, {"v1beta1", "v1beta2"}) == ("v1beta2", "v1beta2")
    assert version_for_contract(stated, {"v1beta1"}) == ("v1beta1", "v1beta1")
    assert version_for_contract(stated, {"v1alpha3"}) is None
    assert contract_labels({}) == {}
