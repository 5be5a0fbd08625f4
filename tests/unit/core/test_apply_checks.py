"""What is refused before the first write, and the near misses that are not."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.apply_checks import FindingKind, check_existing, check_rendered, is_to_be_left
from capyctl.core.apply_stages import Part, StagedObject
from capyctl.core.identity import split_manifest_label
from capyctl.core.object_key import key_of, kinds_with
from capyctl.core.provider_objects import inventory_entry
from tests.plugins.install_world import built_in_discovery, definition, simple

_MAP = simple("v1", "ConfigMap", "settings", "home", "cluster-api")


def _checked(*parts: Part) -> list[tuple[FindingKind, str]]:
    kinds = kinds_with(built_in_discovery(), [raw for part in parts for raw in part.objects])
    return [(each.kind, each.detail) for each in check_rendered(parts, kinds)]


def _map(size: int) -> dict[str, Any]:
    return simple("v1", "ConfigMap", "settings", "home", data={"a": "x" * size})


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (_MAP, None),
        (_map(1_400_000), None),
        (_map(1_500_000), FindingKind.TOO_LARGE),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, FindingKind.NAMELESS),
        ({"metadata": {"name": "a"}}, FindingKind.NAMELESS),
        (simple("v2", "ConfigMap", "a", "home"), FindingKind.NOT_SERVED),
        (simple("example.com/v1", "Thing", "a", "home"), FindingKind.NOT_SERVED),
    ],
)
def test_an_object_that_cannot_be_stored_is_told(raw: dict[str, Any], kind: FindingKind | None) -> None:
    assert [each for each, _ in _checked(Part(owner="cluster-api", objects=(raw,)))] == (
        [kind] if kind else []
    )


def test_a_kind_that_a_file_of_the_run_defines_will_be_served() -> None:
    objects = (definition("example.com", "Thing"), simple("example.com/v1", "Thing", "a", "home"))
    assert _checked(Part(owner="cluster-api", objects=objects)) == []


@pytest.mark.parametrize(
    ("second", "owner", "found"),
    [
        (simple("v1", "ConfigMap", "settings", "home", "addon-helm"), "addon-helm", []),
        (simple("v1", "ConfigMap", "settings", "other", "addon-helm", data={}), "addon-helm", []),
        (
            simple("v1", "ConfigMap", "settings", "home", "addon-helm", data={"a": "b"}),
            "addon-helm",
            [
                "ConfigMap home/settings stands in cluster-api and in addon-helm, so that one would overwrite the other"
            ],
        ),
        (
            _MAP,
            "cluster-api",
            ["ConfigMap home/settings stands twice in cluster-api, so that one would overwrite the other"],
        ),
    ],
)
def test_one_object_in_two_places_is_told(second: dict[str, Any], owner: str, found: list[str]) -> None:
    if owner == "cluster-api":
        parts: tuple[Part, ...] = (Part(owner=owner, objects=(_MAP, dict(second))),)
    else:
        parts = (Part(owner="cluster-api", objects=(_MAP,)), Part(owner=owner, objects=(second,)))
    assert [detail for _, detail in _checked(*parts)] == found


def test_a_namespace_is_shared() -> None:
    first = simple("v1", "Namespace", "home", label="cluster-api")
    second = simple("v1", "Namespace", "home", label="addon-helm", spec={"finalizers": []})
    assert (
        _checked(Part(owner="cluster-api", objects=(first,)), Part(owner="addon-helm", objects=(second,)))
        == []
    )


def _staged(raw: dict[str, Any], owner: str = "cluster-api") -> StagedObject:
    return StagedObject(key=key_of(raw), path="/x", body=raw, owner=owner)


_OURS = {"cluster.x-k8s.io/provider": "cluster-api"}
_OTHERS = {"cluster.x-k8s.io/provider": "addon-helm"}
_CERT = {"clusterctl.cluster.x-k8s.io": "", "clusterctl.cluster.x-k8s.io/core": "cert-manager"}


def _there(labels: dict[str, str]) -> ApiObject:
    fields = [{"manager": "helm", "operation": "Update"}, {"manager": "clusterctl", "operation": "Update"}]
    return ApiObject({"apiVersion": "v1", "metadata": {"labels": labels, "managedFields": fields}})


@pytest.mark.parametrize(
    ("labels", "owner", "kind", "others"),
    [
        (_OURS, "cluster-api", None, ()),
        (_OTHERS, "cluster-api", FindingKind.OTHER_PROVIDER, ("addon-helm",)),
        ({}, "cluster-api", FindingKind.FOREIGN, ("helm",)),
        (_CERT, "cert-manager", None, ()),
        ({}, "cert-manager", FindingKind.FOREIGN, ("helm",)),
        (
            {"clusterctl.cluster.x-k8s.io/core": "cert-manager"},
            "cert-manager",
            FindingKind.FOREIGN,
            ("helm",),
        ),
        (_CERT, "cluster-api", FindingKind.OTHER_PROVIDER, ("cert-manager",)),
        ({}, "inventory", None, ()),
    ],
)
def test_what_is_there_must_be_the_same_owners(
    labels: dict[str, str], owner: str, kind: FindingKind | None, others: tuple[str, ...]
) -> None:
    staged = _staged(_MAP, owner)
    found = check_existing([staged], {staged.key: _there(labels)})
    assert [(each.kind, each.others) for each in found] == ([(kind, others)] if kind else [])
    assert check_existing([staged], {}) == ()


def test_a_namespace_and_an_entry_of_anybody_are_no_reason_to_refuse() -> None:
    home = _staged(simple("v1", "Namespace", "home"))
    entry = _staged(dict(inventory_entry(split_manifest_label("cluster-api"), "home", "v1.0.0")))
    there = ApiObject({"apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3", "metadata": {}})
    assert check_existing([home, entry], {home.key: _there({}), entry.key: there}) == ()
    odd = _staged(simple("example.com/v1", "Provider", "a"))
    assert len(check_existing([odd], {odd.key: _there({})})) == 1


def test_without_a_foreign_manager_nobody_is_named() -> None:
    staged = _staged(_MAP)
    (finding,) = check_existing([staged], {staged.key: ApiObject({"metadata": {}})})
    assert finding.detail == "ConfigMap home/settings is there already and does not belong to cluster-api"


@pytest.mark.parametrize(
    ("raw", "owner", "labels", "left"),
    [
        (simple("v1", "Namespace", "home"), "cluster-api", _OTHERS, True),
        (simple("v1", "Namespace", "home"), "cluster-api", _OURS, False),
        (simple("v1", "Namespace", "home"), "cluster-api", {}, False),
        (_MAP, "cluster-api", _OTHERS, False),
        (_MAP, "inventory", {}, True),
    ],
)
def test_what_is_left_as_it_is(raw: dict[str, Any], owner: str, labels: dict[str, str], left: bool) -> None:
    staged = _staged(raw, owner)
    assert is_to_be_left(staged, {staged.key: _there(labels)}) is left
    assert not is_to_be_left(staged, {})


def test_what_is_of_a_kept_kind_is_left_where_it_is_there() -> None:
    staged, other = _staged(simple("v1", "Secret", "credentials", "home")), _staged(_MAP)
    there = {staged.key: _there(_OURS), other.key: _there(_OURS)}
    kept = frozenset({"Secret"})
    assert is_to_be_left(staged, there, kept)
    assert not is_to_be_left(staged, {}, kept)
    assert not is_to_be_left(staged, there)
    assert not is_to_be_left(other, there, kept)
