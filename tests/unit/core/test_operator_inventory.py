"""The operator's resources, of any version of its API."""

from __future__ import annotations

from capyctl.core.api_object import ApiObject
from capyctl.core.operator_inventory import read_operator_entries


def _resource(kind: str, name: str, spec: object = None, status: object = None) -> ApiObject:
    return ApiObject(
        {
            "apiVersion": "operator.cluster.x-k8s.io/v1alpha2",
            "kind": kind,
            "metadata": {"name": name, "namespace": "capi-operator-system"},
            "spec": spec,
            "status": status,
        }
    )


def test_requested_and_installed_are_two_things() -> None:
    (found,) = read_operator_entries(
        [_resource("CoreProvider", "cluster-api", {"version": "v1.10.4"}, {"installedVersion": "v1.10.5"})]
    )
    assert (found.requested, found.installed, found.current) == ("v1.10.4", "v1.10.5", "v1.10.5")
    assert found.key.manifest_label == "cluster-api"
    assert found.failing == ()


def test_what_is_asked_for_stands_in_where_nothing_is_installed() -> None:
    (found,) = read_operator_entries([_resource("AddonProvider", "helm", {"version": "v0.3.1"})])
    assert (found.installed, found.current) == ("", "v0.3.1")


def test_order_foreign_kinds_and_conditions_of_any_shape() -> None:
    conditions = [
        {
            "type": "ProviderInstalled",
            "status": "False",
            "reason": "CAPIVersionIncompatibility",
            "message": "m",
        },
        {"type": "Ready", "status": "True", "message": "x"},
        {"type": "Quiet", "status": "False"},
        "no mapping",
    ]
    found = read_operator_entries(
        [
            _resource("InfrastructureProvider", "hetzner", status={"conditions": conditions}),
            _resource("Deployment", "foreign"),
            _resource("CoreProvider", "cluster-api", status={"conditions": {"a": 1}}),
        ]
    )
    assert [each.key.manifest_label for each in found] == ["cluster-api", "infrastructure-hetzner"]
    assert [each.reason for each in found[1].failing] == ["CAPIVersionIncompatibility"]
    assert len(found[1].conditions) == 4
