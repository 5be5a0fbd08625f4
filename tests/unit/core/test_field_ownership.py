"""Who wrote an object, and the fields of earlier tools taken over as if capyctl had applied them."""

from __future__ import annotations

from typing import Any

from capyctl.core.api_object import ApiObject
from capyctl.core.field_ownership import adoption_patch, is_installer, other_managers


def _entry(manager: str, fields: Any, operation: str = "Update", **more: str) -> dict[str, Any]:  # noqa: ANN401
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "v1",
        "time": "2026-11-22T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **more,
    }


def _object(*entries: Any, version: str = "7") -> ApiObject:  # noqa: ANN401
    return ApiObject({"metadata": {"resourceVersion": version, "managedFields": list(entries)}})


def test_what_clusterctl_and_kubectl_applied_becomes_ours_and_the_rest_stays() -> None:
    found = _object(
        _entry("clusterctl", {"f:data": {"f:a": {}, "f:c": {}}}),
        _entry("capyctl", {"f:data": {"f:a": {}, ".": {}}}, "Apply"),
        _entry("kubectl-client-side-apply", {"f:data": {"f:b": {}}}),
        _entry("kubectl-edit", {"f:data": {"f:d": {}}}),
        _entry("clusterctl", {"f:status": {}}, subresource="status"),
        _entry("clusterctl", {"f:old": {}}, apiVersion="v1beta1"),
    )
    patch: Any = adoption_patch(
        _object(*reversed(found.raw["metadata"]["managedFields"]))  # type: ignore[index]
    )
    metadata = patch["metadata"]
    assert metadata["resourceVersion"] == "7"
    own = metadata["managedFields"][-1]
    assert (own["manager"], own["operation"], own["apiVersion"]) == ("capyctl", "Apply", "v1")
    assert own["fieldsV1"] == {"f:data": {".": {}, "f:a": {}, "f:b": {}, "f:c": {}}}
    left = {
        (each["manager"], each.get("subresource", ""), each["apiVersion"])
        for each in metadata["managedFields"][:-1]
    }
    assert left == {("kubectl-edit", "", "v1"), ("clusterctl", "status", "v1"), ("clusterctl", "", "v1beta1")}


def test_nothing_is_taken_over_where_no_earlier_tool_wrote() -> None:
    assert adoption_patch(_object(_entry("capyctl", {}, "Apply"), _entry("manager", {}))) is None
    assert adoption_patch(_object(_entry("clusterctl", {}), version="")) is None
    assert adoption_patch(ApiObject({"metadata": {"managedFields": "odd"}})) is None


def test_entries_of_any_shape_are_survived() -> None:
    found = _object(
        None,
        3,
        _entry("clusterctl", "odd"),
        _entry("clusterctl", {"f:a": 3}),
        _entry("clusterctl", {"f:a": {}}),
    )
    patch: Any = adoption_patch(found)
    assert patch["metadata"]["managedFields"][-1]["fieldsV1"] == {"f:a": 3}


def test_others_are_who_is_no_installer() -> None:
    found = _object(
        _entry("clusterctl", {}),
        _entry("manager", {}),
        _entry("kubectl-edit", {}),
        _entry("kube-controller-manager", {}, subresource="status"),
        _entry("", {}),
    )
    assert other_managers(found) == ("kubectl-edit", "manager")
    assert is_installer("before-first-apply")
    assert not is_installer("clusterctl-like")
