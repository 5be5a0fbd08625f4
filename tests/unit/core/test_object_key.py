"""Keys, paths and places of objects, by what the server serves and what a manifest defines."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.discovery import Discovery, ServedKind
from capyctl.core.object_key import (
    Kinds,
    ObjectKey,
    defined_kind,
    key_of,
    key_of_object,
    kinds_with,
    namespace_path,
)
from tests.plugins.install_world import definition, simple

_ROLE = ServedKind(
    group="rbac.authorization.k8s.io",
    kind="ClusterRole",
    plural="clusterroles",
    namespaced=False,
    versions=("v1", "v1beta1"),
)
_KINDS = kinds_with(
    Discovery(kinds={(_ROLE.group, _ROLE.kind): _ROLE}),
    [definition("example.com", "Thing"), {"kind": "Other"}],
)


def test_a_path_is_of_the_objects_own_version_and_escaped() -> None:
    raw = simple("rbac.authorization.k8s.io/v1beta1", "ClusterRole", "a/b")
    assert _KINDS.path(raw) == "/apis/rbac.authorization.k8s.io/v1beta1/clusterroles/a%2Fb"
    assert key_of_object(ApiObject(raw)) == key_of(raw)
    assert _KINDS.path_of(key_of(raw)) == "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%2Fb"
    thing = simple("example.com/v1", "Thing", "a", "home")
    assert _KINDS.path(thing) == "/apis/example.com/v1/namespaces/home/things/a"
    assert _KINDS.path_of(ObjectKey(group="", kind="Thing", name="a")) is None
    assert _KINDS.path(simple("v1", "Thing", "a")) is None
    assert namespace_path("a/b") == "/api/v1/namespaces/a%2Fb"


@pytest.mark.parametrize(
    ("raw", "served"),
    [
        (simple("rbac.authorization.k8s.io/v1", "ClusterRole", "a"), True),
        (simple("rbac.authorization.k8s.io/v2", "ClusterRole", "a"), False),
        (simple("example.com/v1", "Thing", "a"), False),
    ],
)
def test_a_kind_is_served_now_or_not(raw: dict[str, Any], served: bool) -> None:
    assert _KINDS.is_served(raw) is served


def test_what_a_definition_lacks_makes_it_define_nothing() -> None:
    whole = definition("example.com", "Thing")
    assert defined_kind(whole) == ServedKind(
        group="example.com", kind="Thing", plural="things", namespaced=True, versions=("v1",)
    )
    changes: list[dict[str, Any]] = [
        {"versions": []},
        {"versions": [{"name": "v1"}, None]},
        {"names": {}},
        {"names": {"kind": "A"}},
    ]
    for change in changes:
        assert defined_kind({**whole, "spec": {**whole["spec"], **change}}) is None
    wide = defined_kind({**whole, "spec": {**whole["spec"], "scope": "Cluster"}})
    assert wide is not None
    assert not wide.namespaced


def test_an_object_of_an_unknown_kind_stays_where_it_is() -> None:
    raw = simple("v1", "Odd", "a")
    assert Kinds(served=Discovery()).placed(raw) is raw
