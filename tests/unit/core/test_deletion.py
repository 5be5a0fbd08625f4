"""What a deletion takes away, in which order, what it refuses, and what an upgrade prunes."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.deletion import (
    DeletionRequest,
    RefusalKind,
    deletion_stages,
    shared_namespaces,
)
from capyctl.core.discovery import Discovery, ServedKind
from capyctl.core.installed_objects import (
    LiveObject,
    collection_path,
    labels_present,
    live_object,
    provider_selector,
    searched_kinds,
    to_prune,
)
from capyctl.core.inventory import read_inventory_entries
from capyctl.core.object_key import ObjectKey
from capyctl.core.transaction import ObjectMark, ProviderRecord
from tests.plugins.install_world import definition
from tests.plugins.installed_providers import provider_entry


def _live(kind: str, name: str, namespace: str = "", owner: str = "cluster-api", **more: Any) -> LiveObject:  # noqa: ANN401
    group = {"Provider": "clusterctl.cluster.x-k8s.io", "Deployment": "apps"}.get(kind, "")
    key = ObjectKey(group=group, kind=kind, namespace=namespace, name=name)
    return LiveObject(key=key, path=f"/{kind}/{name}", uid="1", owner=owner, **more)


_LIVE = (
    _live("Namespace", "capi-system"),
    _live("CustomResourceDefinition", "clusters.cluster.x-k8s.io"),
    _live("Provider", "cluster-api", "capi-system"),
    _live("Deployment", "capi-controller-manager", "capi-system"),
    _live("ReplicaSet", "capi-controller-manager-1", "capi-system", is_owned=True),
    _live("ClusterRole", "capi-manager-role"),
    _live("ValidatingWebhookConfiguration", "capi-validating"),
    _live("ConfigMap", "elsewhere", "other"),
    _live("Namespace", "capa-system", owner="infrastructure-aws"),
    _live("Secret", "credentials", "capa-system", owner="infrastructure-aws"),
)
_BOTH = (("cluster-api", "capi-system"), ("infrastructure-aws", "capa-system"))


def _names(request: DeletionRequest) -> dict[str, list[str]]:
    return {
        stage.name: [each.key.name for each in stage.objects] for stage in deletion_stages(request, _LIVE)
    }


def test_the_core_goes_last_its_gates_and_workloads_first_and_cluster_roles_too() -> None:
    assert _names(DeletionRequest(namespaces=_BOTH)) == {
        "infrastructure-aws-rest": ["credentials"],
        "cluster-api-gates": ["capi-validating"],
        "cluster-api-workloads": ["capi-controller-manager"],
        "cluster-api-rest": ["capi-manager-role"],
        "cluster-api-entries": ["cluster-api"],
    }


def test_definitions_and_namespaces_go_where_that_is_wanted() -> None:
    request = DeletionRequest(namespaces=_BOTH[:1], include_crd=True, include_namespace=True)
    names = _names(request)
    assert list(names)[-3:] == ["cluster-api-definitions", "namespaces", "entries"]
    assert names["namespaces"] == ["capi-system"]


def test_a_namespace_where_another_provider_lives_is_refused() -> None:
    inventory = read_inventory_entries(
        ApiObject(provider_entry(label, "v1.0.0", "shared"))
        for label in ("cluster-api", "infrastructure-aws")
    )
    one = (("cluster-api", "shared"),)
    (refusal,) = shared_namespaces(DeletionRequest(namespaces=one, include_namespace=True), inventory)
    assert (refusal.kind, refusal.about) == (RefusalKind.NAMESPACE_SHARED, ("infrastructure-aws",))
    assert shared_namespaces(DeletionRequest(namespaces=one), inventory) == ()
    both = (*one, ("infrastructure-aws", "shared"))
    assert shared_namespaces(DeletionRequest(namespaces=both, include_namespace=True), inventory) == ()


_RECORD = ProviderRecord(
    label="cluster-api",
    version="v1",
    namespace="capi-system",
    objects=(ObjectMark(key=ObjectKey(group="", kind="Secret", namespace="a", name="brought"), sha256="0"),),
)


@pytest.mark.parametrize(("record", "secrets"), [(_RECORD, ["brought"]), (None, [])])
def test_an_upgrade_prunes_what_the_release_dropped_and_no_secret_of_a_user(
    record: ProviderRecord | None, secrets: list[str]
) -> None:
    live = (
        *_LIVE[:6],
        _live("Secret", "brought", "a"),
        _live("Secret", "own", "a"),
        _live("ConfigMap", "old", "a"),
    )
    kept = [
        ObjectKey(group="apps", kind="Deployment", namespace="capi-system", name="capi-controller-manager")
    ]
    pruned = [each.key.name for each in to_prune(live, kept, record)]
    assert pruned == ["capi-manager-role", *secrets, "old"]


def test_a_provider_is_present_by_more_than_its_namespace() -> None:
    assert labels_present(_LIVE[:3]) == frozenset()
    assert labels_present(_LIVE) == {"cluster-api", "infrastructure-aws"}


def test_kinds_are_searched_that_can_be_listed_and_deleted() -> None:
    def kind(name: str, *verbs: str) -> ServedKind:
        return ServedKind(
            group="", kind=name, plural=name.lower(), namespaced=True, versions=("v1",), verbs=verbs
        )

    kinds = [kind("Secret", "list", "delete"), kind("Binding", "create"), kind("Event", "list", "delete")]
    served = Discovery(kinds={(each.group, each.kind): each for each in kinds})
    assert [each.kind for each in searched_kinds(served)] == ["Secret"]
    raw: dict[str, Any] = {
        "name": "a",
        "namespace": "b",
        "uid": "c",
        "finalizers": ["x", 3],
        "deletionTimestamp": "2026",
        "labels": {"clusterctl.cluster.x-k8s.io/core": "cert-manager"},
        "ownerReferences": [{"kind": "A", "name": "b"}],
    }
    found = live_object(kinds[0], ApiObject({"metadata": raw}))
    assert found == LiveObject(
        key=ObjectKey(group="", kind="Secret", namespace="b", name="a"),
        path="/api/v1/namespaces/b/secret/a",
        uid="c",
        owner="cert-manager",
        finalizers=("x",),
        is_going=True,
        is_owned=True,
    )


def test_selectors_name_the_providers() -> None:
    assert provider_selector() == "clusterctl.cluster.x-k8s.io,cluster.x-k8s.io/provider"
    assert provider_selector(["a", "b"]).endswith("cluster.x-k8s.io/provider in (a,b)")


def test_objects_of_a_definition_are_listed_in_its_storage_version() -> None:
    crd = definition("example.com", "Thing")
    assert collection_path(crd) == "/apis/example.com/v1/things"
    crd["spec"]["group"] = ""
    assert collection_path(crd) is None
    assert collection_path({"spec": {"versions": [None, {"storage": False}]}}) is None
