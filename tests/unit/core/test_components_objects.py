"""Every rule about objects against what clusterctl v1.13.6 printed, and what it refuses or does worse."""

from pathlib import Path
from typing import Any

import pytest

from capyctl.core.components import render_components
from capyctl.core.images import ImageOverride
from capyctl.core.rendered_components import ComponentsRequest, RenderedComponents
from capyctl.core.yaml_values import load_values

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "components"
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n---\n"


HOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: hook, annotations: {cert-manager.io/inject-ca-from: a/b/c}}
"""


def rendered(data: bytes, values: dict[str, str] | None = None, **fields: object) -> RenderedComponents:
    known = {"manifest_label": "infrastructure-example", "lookup": (values or {}).get}
    return render_components(ComponentsRequest(data=data, **(known | fields)))  # type: ignore[arg-type]


def by_name(objects: object) -> dict[tuple[str, str, str], dict[str, Any]]:
    assert isinstance(objects, list | tuple)
    return {
        (item.get("kind"), item.get("apiVersion", ""), item.get("metadata", {}).get("name", "")): item
        for item in objects
    }


def test_every_rule_gives_what_clusterctl_printed() -> None:
    ours = rendered(
        (FIXTURES / "every-rule.yaml").read_bytes(),
        {"REQUIRED": "value", "LEVEL": "5"},
        target_namespace="elsewhere-system",
    )
    theirs = by_name(load_values((FIXTURES / "every-rule.clusterctl-v1.13.6.yaml").read_bytes()))
    assert [item.code.code for item in ours.diagnostics] == ["CAPY0612"]
    found = by_name(ours.objects)
    assert found.keys() == theirs.keys()
    for key, item in found.items():
        assert item == theirs[key]


def test_what_capyctl_does_otherwise_on_purpose() -> None:
    ours = rendered(
        (FIXTURES / "deviations.yaml").read_bytes(), image_overrides={"all": ImageOverride(repository="m.io")}
    )
    objects = {item["kind"]: item for item in ours.objects}
    for kind in ("Zone", "ClusterIssuer"):
        assert "namespace" not in objects[kind]["metadata"]  # type: ignore[operator]
    assert ours.images == ("m.io/store:v1", "busybox", "m.io/sweep:v1")
    assert objects["ConfigMap"]["data"] == {"big": 9007199254740993}
    assert ours.diagnostics == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("apiVersion: apiextensions.k8s.io/v2\nkind: CustomResourceDefinition\n", "apiextensions.k8s.io/v2"),
        ("apiVersion: admissionregistration.k8s.io/v2\nkind: ValidatingWebhookConfiguration\n", "k8s.io/v2"),
        ("apiVersion: rbac.authorization.k8s.io/v1beta1\nkind: ClusterRoleBinding\n", "v1beta1"),
        ("apiVersion: extensions/v1beta1\nkind: DaemonSet\n", "extensions/v1beta1"),
        ("apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: two}\n", "spec.replicas is not a whole"),
        ("apiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {dnsNames: x}\n", "dnsNames"),
        ("apiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {dnsNames: [1]}\n", "dnsNames"),
        (HOOK, "'a/b/c'"),
    ],
)
def test_an_object_that_cannot_be_adjusted_is_named(text: str, reason: str) -> None:
    result = rendered((NAMESPACE + text).encode())
    assert [item.code.code for item in result.diagnostics] == ["CAPY0609"]
    assert reason in result.diagnostics[0].detail
    assert result.objects == ()


def test_a_kind_of_a_foreign_group_is_an_ordinary_object() -> None:
    text = "apiVersion: example.org/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: two}\n"
    item = rendered((NAMESPACE + text).encode()).objects[1]
    assert item["spec"] == {"replicas": "two"}
    assert item["metadata"]["namespace"] == "ns"  # type: ignore[index]


def test_odd_values_where_a_mapping_or_a_list_belongs_do_no_harm() -> None:
    text = """\
apiVersion: 5
kind: [Deployment]
metadata: text
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {labels: [a]}
spec: {template: {spec: {containers: [1, {image: 5}], initContainers: x}}}
"""
    first, second = rendered((NAMESPACE + text).encode()).objects[1:]
    assert first["metadata"]["namespace"] == "ns"  # type: ignore[index]
    assert second["spec"] == {"template": {"spec": {"containers": [1, {"image": 5}], "initContainers": "x"}}}
