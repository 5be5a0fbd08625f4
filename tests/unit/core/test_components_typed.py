"""The passage of objects through Kubernetes types; the whole of it is compared with clusterctl elsewhere."""

from pathlib import Path
from typing import Any

import pytest

from capyctl.core.components_quantity import QuantityError, canonical_quantity
from capyctl.core.components_typed import KubernetesTypes, TypedError

QUANTITIES = Path(__file__).resolve().parents[3] / "fixtures" / "components" / "quantities.tsv"
"""Answers of tests/oracles/kubernetes_types, an empty one for what is no quantity."""


def test_quantities_are_spelled_as_kubernetes_spells_them() -> None:
    pairs = [line.split("\t") for line in QUANTITIES.read_text("utf-8").splitlines()]
    assert len(pairs) > 1000
    different = [(text, expected) for text, expected in pairs if spelled(text) != expected]
    assert different == []


def spelled(text: str) -> str:
    try:
        return canonical_quantity(text)
    except QuantityError:
        return ""


@pytest.mark.parametrize(("value", "expected"), [(1, "1"), (0.1, "100m"), (1000, "1k")])
def test_a_number_is_a_quantity_too(value: float, expected: str) -> None:
    assert canonical_quantity(value) == expected


@pytest.mark.parametrize("text", ["", "lots", "1 Gi", "1" * 65, "0x10", "1\x00", "--1"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(QuantityError):
        canonical_quantity(text)


def binding(**fields: object) -> dict[str, Any]:
    role = {"apiGroup": "a", "kind": "Role", "name": "r"}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {},
        "roleRef": role,
    } | fields


def round_trip(item: dict[str, Any], type_name: str = "RoleBinding") -> dict[str, Any]:
    return KubernetesTypes().round_trip(item, type_name)


def test_what_does_not_change_is_shared() -> None:
    item = binding(subjects=[{"kind": "User", "name": "u"}])
    assert round_trip(item) is item


def test_unknown_and_empty_fields_go_and_the_input_stays() -> None:
    item = binding(extra=1, subjects=[], metadata={"name": "b", "labels": {}, "annotations": None})
    copy = {**item, "metadata": dict(item["metadata"])}
    assert round_trip(item) == binding(metadata={"name": "b"})
    assert item == copy


def test_fields_that_are_always_written_appear() -> None:
    assert round_trip({}, "RoleBinding") == {
        "metadata": {},
        "roleRef": {"apiGroup": "", "kind": "", "name": ""},
    }
    written = round_trip({"kind": "CustomResourceDefinition"}, "CustomResourceDefinition")
    assert written["status"] == {
        "acceptedNames": {"kind": "", "plural": ""},
        "conditions": None,
        "storedVersions": None,
    }


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"subjects": {}}, "subjects is not a list"),
        ({"subjects": [{"name": 1}]}, "subjects.name is not text"),
        ({"metadata": "x"}, "metadata is not a mapping"),
        ({"metadata": {"labels": {"a": True}}}, "metadata.labels.a is not text"),
        ({"metadata": {"generation": 1.5}}, "metadata.generation is not a whole number"),
        ({"metadata": {"generation": True}}, "metadata.generation is not a whole number"),
        ({"metadata": {"creationTimestamp": "yesterday"}}, "metadata.creationTimestamp is not a time"),
        (
            {"metadata": {"creationTimestamp": "2024-99-01T00:00:00Z"}},
            "metadata.creationTimestamp is not a time",
        ),
        ({"metadata": {"creationTimestamp": 5}}, "metadata.creationTimestamp is not a time"),
        (
            {"metadata": {"ownerReferences": [{"controller": "yes"}]}},
            "ownerReferences.controller is not true or",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_with_its_path(fields: dict[str, object], message: str) -> None:
    with pytest.raises(TypedError) as caught:
        round_trip(binding(**fields))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05.678Z", "2024-01-02T03:04:05Z"),
        ("2024-01-02T03:04:05+02:00", "2024-01-02T01:04:05Z"),
    ],
)
def test_times_are_in_utc(written: str, expected: str) -> None:
    assert round_trip(binding(metadata={"creationTimestamp": written}))["metadata"] == {
        "creationTimestamp": expected
    }


def schema(**fields: object) -> dict[str, Any]:
    return round_trip(fields, "JSONSchemaProps")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"default": None}, {}),
        ({"default": False}, {"default": False}),
        ({"enum": [None, "a"]}, {"enum": [None, "a"]}),
        ({"items": []}, {"items": None}),
        ({"items": [{"type": "string", "title": ""}]}, {"items": [{"type": "string"}]}),
        ({"additionalProperties": False}, {"additionalProperties": False}),
        ({"additionalProperties": {"title": ""}}, {"additionalProperties": {}}),
        ({"dependencies": {"a": ["b"], "c": []}}, {"dependencies": {"a": ["b"], "c": None}}),
        ({"maximum": 9223372036854775807}, {"maximum": 9223372036854776000}),
        ({"maximum": 1.5}, {"maximum": 1.5}),
        ({"minLength": 0, "nullable": False}, {"minLength": 0}),
        ({"maxLength": 3.0}, {"maxLength": 3}),
        ({"properties": {"a": None}}, {"properties": {"a": {}}}),
    ],
)
def test_json_schemas_keep_what_their_go_type_keeps(
    fields: dict[str, object], expected: dict[str, object]
) -> None:
    assert schema(**fields) == expected


@pytest.mark.parametrize("fields", [{"maximum": "1"}, {"maximum": True}, {"additionalProperties": "x"}])
def test_json_schemas_refuse_what_their_go_type_refuses(fields: dict[str, object]) -> None:
    with pytest.raises(TypedError):
        schema(**fields)


@pytest.mark.parametrize(
    ("bundle", "expected"), [("Cg==", "Cg=="), ("C\ng==", "Cg=="), ("", None), (None, None)]
)
def test_bytes_are_base64(bundle: str | None, expected: str | None) -> None:
    written = round_trip({"caBundle": bundle}, "WebhookClientConfig")
    assert written.get("caBundle") == expected


@pytest.mark.parametrize("bundle", ["not base64!", 1])
def test_bytes_that_are_not_base64_are_refused(bundle: object) -> None:
    with pytest.raises(TypedError, match="base64"):
        round_trip({"caBundle": bundle}, "WebhookClientConfig")


@pytest.mark.parametrize(
    ("type_name", "fields", "expected"),
    [
        ("CustomResourceDefinitionNames", {"kind": None}, {"kind": "", "plural": ""}),
        (
            "CustomResourceDefinitionVersion",
            {"name": "v", "served": None},
            {"served": False, "storage": False},
        ),
        ("CustomResourceDefinitionStatus", {"storedVersions": [None]}, {"storedVersions": [""]}),
        ("TopologySpreadConstraint", {"maxSkew": None}, {"maxSkew": 0}),
        ("HTTPGetAction", {"port": None}, {"port": 0}),
        ("HTTPGetAction", {"port": "web"}, {"port": "web"}),
        ("HTTPGetAction", {}, {"port": 0}),
        ("ResourceFieldSelector", {"resource": "r", "divisor": None}, {"divisor": "0"}),
        (
            "ResourceRequirements",
            {"limits": {"cpu": "1000m", "memory": None}},
            {"limits": {"cpu": "1", "memory": "0"}},
        ),
        ("CustomResourceDefinitionCondition", {"lastTransitionTime": None}, {"lastTransitionTime": None}),
        ("ObjectMeta", {"labels": None, "name": None}, {}),
        ("LabelSelectorRequirement", {"key": "k", "operator": "In", "values": None}, {}),
        ("PodAffinityTerm", {"topologyKey": "t", "labelSelector": None}, {}),
        ("JSONSchemaProps", {"dependencies": {"a": ["b", None]}}, {"dependencies": {"a": ["b", ""]}}),
        (
            "JSONSchemaProps",
            {"patternProperties": {"a": {"maximum": None}}},
            {"patternProperties": {"a": {}}},
        ),
    ],
)
def test_null_is_the_zero_of_its_type(
    type_name: str, fields: dict[str, object], expected: dict[str, object]
) -> None:
    written = round_trip(fields, type_name)
    assert {key: value for key, value in written.items() if key in expected} == expected


@pytest.mark.parametrize(
    ("type_name", "fields"),
    [
        ("ResourceRequirements", {"limits": []}),
        ("ResourceRequirements", {"limits": {"cpu": True}}),
        ("ResourceRequirements", {"limits": {"cpu": "lots"}}),
        ("ObjectMeta", {"name": 1}),
        ("CustomResourceDefinitionNames", {"kind": 1}),
        ("HTTPGetAction", {"port": 1.5}),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(type_name: str, fields: dict[str, object]) -> None:
    with pytest.raises(TypedError):
        round_trip(fields, type_name)
