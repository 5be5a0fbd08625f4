"""Reading conditions of either style and of wrong types (clusterctl-cluster 9.1); ages and filters (7.4, 7.6)."""

from __future__ import annotations

import pytest

from capyctl.core.ages import age_between, compact_age
from capyctl.core.api_object import ApiObject
from capyctl.core.condition_filter import FilterError, Shown, filtered, parse_condition_filter
from capyctl.core.conditions import (
    Condition,
    condition_of,
    condition_states,
    conditions_fault,
    counted_condition,
    find_condition,
    is_good,
    stored_conditions,
)


def held(status: object, api_version: str = "infrastructure.cluster.x-k8s.io/v1beta2") -> ApiObject:
    """An object with that status."""
    return ApiObject({"kind": "TestCluster", "apiVersion": api_version, "status": status})


def test_newer_conditions_aside_go_before_those_in_the_old_place() -> None:
    """``status.v1beta2.conditions`` first; an old one without a reason gets a stand-in."""
    new = {"type": "Ready", "status": "True", "reason": "Yes"}
    both = held({"v1beta2": {"conditions": [new]}, "conditions": [{"type": "Old", "status": "True"}]})
    assert stored_conditions(both) == (Condition("Ready", "True", "Yes"),)
    old = held({"conditions": [{"type": "Old", "status": "True", "lastTransitionTime": "t"}]})
    assert stored_conditions(old) == (Condition("Old", "True", "NoReasonReported", "", "t"),)
    empty = held({"v1beta2": {"conditions": []}, "conditions": [new]})
    assert stored_conditions(empty) == ()


@pytest.mark.parametrize(
    "status",
    [None, 7, "x", [], {"conditions": "x"}, {"v1beta2": 3}, {"conditions": [3, None, {}, {"type": 4}]}],
)
def test_wrong_types_are_no_conditions(status: object) -> None:
    """Nothing raises, nothing is invented."""
    assert stored_conditions(held(status)) == ()
    assert condition_of(held(status), "Ready") is None


def test_parts_of_wrong_types_are_empty_and_the_first_of_a_type_counts() -> None:
    """A status that is no text is Unknown."""
    odd = held({"conditions": ["x", {"type": "A", "status": 3, "reason": [], "message": 5}, {"type": "A"}]})
    assert condition_of(odd, "A") == Condition("A", "Unknown", "NoReasonReported")
    assert find_condition(stored_conditions(odd), "A") == Condition("A", "Unknown", "NoReasonReported")
    assert find_condition((), "A") is None


def test_old_conditions_of_the_cores_own_objects_do_not_count() -> None:
    """Of API version v1beta1 only ``status.v1beta2`` does; of foreign objects either style does (9.1)."""
    old = {"conditions": [{"type": "Ready", "status": "True"}]}
    assert counted_condition(held(old, "cluster.x-k8s.io/v1beta1"), "Ready") is None
    assert counted_condition(held(old, "cluster.x-k8s.io/v1beta2"), "Ready") is not None
    assert counted_condition(held(old), "Ready") is not None
    aside = {"v1beta2": old}
    assert counted_condition(held(aside, "cluster.x-k8s.io/v1beta1"), "Ready") is not None


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        ({"status": "True"}, "type must be set for all conditions"),
        ({"type": "Ready"}, "status must be set for the Ready condition"),
        (
            {"type": "Ready", "status": "Perhaps"},
            "status for the Ready condition must be one of True, False, Unknown",
        ),
    ],
)
def test_one_broken_condition_spoils_all_of_a_foreign_object(raw: dict[str, str], cause: str) -> None:
    """As the core converts them; the field is named."""
    sound = {"type": "Available", "status": "True"}
    assert conditions_fault(held({"conditions": [sound, 3, raw]})) == (
        f"failed to convert status.conditions from TestCluster to []metav1.Condition: {cause}"
    )
    assert "status.v1beta2.conditions" in (conditions_fault(held({"v1beta2": {"conditions": [raw]}})) or "")
    assert conditions_fault(held({"conditions": [sound]})) is None


def test_false_is_good_where_the_type_is_negative() -> None:
    """7.6."""
    assert is_good(Condition("RollingOut", "False"))
    assert is_good(Condition("Ready", "True"))
    assert not is_good(Condition("Ready", "False"))
    assert not is_good(Condition("Paused", "True"))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (95, "95s"),
        (119, "119s"),
        (120, "2m"),
        (250, "4m10s"),
        (75 * 60, "75m"),
        (5 * 3600 + 20 * 60, "5h20m"),
        (4 * 3600, "4h"),
        (30 * 3600, "30h"),
        (76 * 3600, "3d4h"),
        (72 * 3600, "3d"),
        (120 * 86400, "120d"),
        ((3 * 365 + 20) * 86400, "3y20d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_ages_are_compact(seconds: int, text: str) -> None:
    """The steps of 7.6."""
    assert compact_age(seconds) == text


def test_an_age_needs_two_times() -> None:
    """Whatever stands there, nothing raises; the future is now."""
    assert age_between("2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z") == "60s"
    assert age_between("2026-01-01T00:01:00Z", "2026-01-01T00:00:00Z") == "0s"
    assert age_between("", "2026-01-01T00:01:00Z") == ""
    assert age_between("2026-01-01T00:01:00", "2026-01-01T00:00:00Z") == ""


def test_a_filter_names_kinds_and_objects_and_the_first_that_fits_decides() -> None:
    """7.4: letter case aside, ``+`` for what is not normal."""
    found = parse_condition_filter("machine/m1,Machine+,,ALL")
    assert found.shown("Machine", "M1") is Shown.ALL
    assert found.shown("Machine", "m2") is Shown.NON_ZERO
    assert found.shown("Cluster", "c") is Shown.ALL
    assert parse_condition_filter("").shown("Cluster", "c") is Shown.NONE
    assert parse_condition_filter("Machine/m1").shown("Machine", "m2") is Shown.NONE


@pytest.mark.parametrize("text", ["all, Machine", " ", "a\tb"])
def test_whitespace_in_a_filter_is_refused(text: str) -> None:
    """As clusterctl does."""
    with pytest.raises(FilterError) as raised:
        parse_condition_filter(text)
    assert raised.value.text == text


def test_non_zero_leaves_out_what_is_normal_and_says_nothing() -> None:
    """Available and Ready always stay."""
    ready, normal = Condition("Ready", "True"), Condition("RollingOut", "False")
    told, bad = Condition("Zebra", "True", "", "told"), Condition("Paused", "True")
    listed = (ready, normal, told, bad)
    assert filtered(listed, Shown.NON_ZERO) == (ready, told, bad)
    assert filtered(listed, Shown.ALL) == listed
    assert filtered(listed, Shown.NONE) == ()


def test_states_of_several_conditions_are_read_in_one_pass() -> None:
    """The first of a type counts, others are passed over, a missing one is None."""
    raw = [
        {"type": "Other"},
        7,
        {"type": "A", "status": "True", "reason": "One"},
        {"type": "A"},
        {"type": ["B"]},
    ]
    assert condition_states(held({"conditions": raw}), ("A", "B")) == (("True", "One"), None)
