"""What would change, path by path; no value of a Secret is ever shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from capyctl.core.object_diff import ChangeKind, diff_objects


def _shown(live: Mapping[str, object] | None, after: Mapping[str, object]) -> list[str]:
    return [str(each) for each in diff_objects(live, after)]


def test_the_same_but_for_the_servers_own_fields_is_no_change() -> None:
    live = {
        "metadata": {
            "name": "a",
            "uid": "1",
            "generation": 1,
            "resourceVersion": "4",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        },
        "status": {"a": 1},
        "empty": None,
    }
    assert _shown(live, {"metadata": {"name": "a", "resourceVersion": "5", "managedFields": [1]}}) == []


def test_added_removed_and_changed_fields_are_told_by_their_path() -> None:
    live = {"metadata": {"labels": {"a.b/c": "1"}}, "spec": {"replicas": 1, "paused": True}}
    after = {
        "metadata": {"labels": {"a.b/c": "2"}},
        "spec": {"replicas": 1, "strategy": {"type": "Recreate"}},
    }
    assert _shown(live, after) == [
        '~ metadata.labels[a.b/c]: "1" -> "2"',
        "- spec.paused: true",
        '+ spec.strategy.type: "Recreate"',
    ]


def test_entries_of_a_list_are_told_apart_by_their_names() -> None:
    live = {"containers": [{"name": "manager", "image": "a:1", "args": ["x", "y"]}]}
    after = {
        "containers": [
            {"name": "proxy", "image": "p"},
            {"name": "manager", "image": "a:2", "args": ["x", "z"]},
        ]
    }
    assert _shown(live, after) == [
        '~ containers[manager].args[1]: "y" -> "z"',
        '~ containers[manager].image: "a:1" -> "a:2"',
        '+ containers[proxy].image: "p"',
        '+ containers[proxy].name: "proxy"',
    ]


def test_entries_without_names_of_their_own_are_told_by_place() -> None:
    assert _shown({"a": [1, 2]}, {"a": [1, 3]}) == ["~ a[1]: 2 -> 3"]
    same = [{"name": "x", "v": 1}, {"name": "x", "v": 2}]
    assert _shown({"a": same}, {"a": [same[0], {"name": "x", "v": 3}]}) == ["~ a[1].v: 2 -> 3"]


def test_a_new_object_is_all_added_and_empty_values_count() -> None:
    changes = diff_objects(None, {"kind": "ConfigMap", "data": {}, "list": []})
    assert [(each.kind, each.path, each.after) for each in changes] == [
        (ChangeKind.ADDED, "data", "{}"),
        (ChangeKind.ADDED, "kind", '"ConfigMap"'),
        (ChangeKind.ADDED, "list", "[]"),
    ]


def test_values_of_a_secret_are_digests() -> None:
    old, new = {"a": "aHVudGVyMg=="}, {"a": {"odd": "aHVudGVyMw=="}}
    shown = _shown({"kind": "Secret", "data": old}, {"kind": "Secret", "data": new, "type": "Opaque"})
    digest = hashlib.sha256(b'"aHVudGVyMg=="').hexdigest()
    assert shown[0].startswith(f'~ data.a: "sha256:{digest}'.replace('"', ""))
    assert "aHVud" not in "".join(shown)
    assert shown[1] == '+ type: "Opaque"'


def test_a_long_value_is_cut() -> None:
    (change,) = diff_objects(None, {"a": "x" * 1000})
    assert change.after is not None
    assert len(change.after) == 200
