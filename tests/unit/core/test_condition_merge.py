"""Derivations of conditions: the examples and the rules of clusterctl-cluster 9.2, 9.3 and 9.5."""

from __future__ import annotations

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.condition_merge import (
    Aggregation,
    Derived,
    Reasons,
    Source,
    Summary,
    aggregate,
    mirror,
    plural_of,
    same_message,
    sources_of,
    summarize,
    weight_of,
)
from capyctl.core.conditions import Condition

READY = Aggregation(
    source_type="Ready",
    reasons=Reasons("NotReady", "ReadyUnknown", "Ready"),
    nothing=Derived("True", "NoReplicas"),
)
ROLLING_OUT = Aggregation(
    source_type="RollingOut",
    negative=True,
    reasons=Reasons("RollingOut", "RollingOutUnknown", "NotRollingOut"),
    nothing=Derived("False", "NotRollingOut"),
)


def machine(name: str, status: str, message: str = "", *, leads: bool = False, since: str = "") -> Source:
    """A Machine's Ready condition."""
    return Source("Machine", name, Condition("Ready", status, "Some", message, since), leads)


def deployment(name: str, status: str, message: str = "") -> Source:
    """A MachineDeployment's RollingOut condition."""
    return Source("MachineDeployment", name, Condition("RollingOut", status, "Some", message))


def test_the_worked_example_of_the_reference() -> None:
    """Control plane first, then by number of objects; a missing condition is Unknown, a good one is not told."""
    found = aggregate(
        [
            machine("w4", "True"),
            machine("w3", "Unknown", "Condition Ready not yet reported"),
            machine("w1", "False", "kubelet down"),
            machine("w2", "False", "kubelet down"),
            machine("cp1", "False", "disk full", leads=True),
        ],
        READY,
    )
    assert found == Derived(
        "False",
        "NotReady",
        "* Machine cp1: disk full\n"
        "* Machines w1, w2: kubelet down\n"
        "* Machine w3: Condition Ready not yet reported",
    )


def test_a_negative_aggregate_is_true_where_one_source_is() -> None:
    """RollingOut of MachineDeployment a True, b False: True, and a is named (9.3)."""
    found = aggregate([deployment("a", "True", "Rolling out"), deployment("b", "False")], ROLLING_OUT)
    assert found == Derived("True", "RollingOut", "* MachineDeployment a: Rolling out")


@pytest.mark.parametrize("rule", [READY, ROLLING_OUT])
def test_the_aggregate_of_nothing_is_the_benign_state(rule: Aggregation) -> None:
    """Never Unknown, never an error (9.5)."""
    assert aggregate([], rule) == rule.nothing


def test_a_source_without_the_condition_is_rightly_unknown() -> None:
    """It is there and does not report: that is no empty set."""
    item = ApiObject({"kind": "MachineDeployment", "metadata": {"name": "md"}})
    found = aggregate(sources_of([item], "RollingOut"), ROLLING_OUT)
    assert found == Derived(
        "Unknown", "RollingOutUnknown", "* MachineDeployment md: Condition RollingOut not yet reported"
    )


def test_infos_are_told_only_where_nothing_weighs_more_and_only_with_a_message() -> None:
    """Point 7."""
    good = [machine("a", "True", "fine"), machine("b", "True")]
    assert aggregate(good, READY) == Derived("True", "Ready", "* Machine a: fine")
    assert aggregate([*good, machine("c", "Unknown", "?")], READY).message == "* Machine c: ?"


def test_at_most_three_messages_with_the_rest_counted_by_what_they_are() -> None:
    """Left-over objects are counted apart: issues, then unknown; singular and plural (point 7)."""
    issues = [machine(f"i{number}", "False", f"issue {number}") for number in range(5)]
    unknown = [machine("u", "Unknown", "lost")]
    assert aggregate([*issues, *unknown], READY).message.split("\n") == [
        "* Machine i0: issue 0",
        "* Machine i1: issue 1",
        "* Machine i2: issue 2",
        "And 2 Machines with other issues",
        "And 1 Machine with status unknown",
    ]
    infos = [machine(f"n{number}", "True", f"info {number}") for number in range(7)]
    assert aggregate(infos, READY).message.endswith("And 4 Machines with additional info")


def test_the_three_messages_are_counted_over_all_kinds() -> None:
    """Kinds alphabetical; a kind that gets no room is counted."""
    found = aggregate(
        [
            *(deployment(f"d{number}", "True", f"out {number}") for number in range(3)),
            Source("KubeadmControlPlane", "cp", Condition("RollingOut", "True", "Some", "up")),
            Source("MachineSet", "s", Condition("RollingOut", "True", "Some", "set")),
        ],
        ROLLING_OUT,
    )
    assert found.message.split("\n") == [
        "* KubeadmControlPlane cp: up",
        "* MachineDeployment d0: out 0",
        "* MachineDeployment d1: out 1",
        "And 1 MachineDeployment with other issues",
        "And 1 MachineSet with other issues",
    ]


def test_at_most_three_objects_are_named_in_a_message_those_of_the_control_plane_first() -> None:
    """Point 7: objects sorted by control plane, then by name."""
    five = [machine(name, "False", "down", leads=name == "z") for name in ("e", "d", "c", "b", "z")]
    assert aggregate(five, READY).message == "* Machines z, b, c, ... (2 more): down"


def test_equal_groups_stand_in_the_order_of_their_objects_by_age() -> None:
    """The names joined in order of the oldest transition decide (point 7)."""
    found = aggregate(
        [
            machine("a", "False", "one", since="2026-01-02T00:00:00Z"),
            machine("z", "False", "one", since="2026-01-01T00:00:00Z"),
            machine("b", "False", "two", since="2026-01-01T00:00:00Z"),
            machine("c", "False", "two", since="2026-01-02T00:00:00Z"),
        ],
        READY,
    )
    assert found.message == "* Machines b, c: two\n* Machines a, z: one"


def test_an_issue_goes_before_an_unknown_and_a_message_has_the_heavier_of_its_weights() -> None:
    """Point 7: the same message as an issue and as unknown counts as an issue."""
    found = aggregate(
        [
            machine("a", "Unknown", "lost"),
            machine("b", "Unknown", "lost"),
            machine("c", "False", "broken"),
            machine("d", "False", "both"),
            machine("e", "Unknown", "both"),
        ],
        READY,
    )
    assert found.message == "* Machines d, e: both\n* Machine c: broken\n* Machines a, b: lost"


def test_an_odd_status_is_unknown() -> None:
    """Point 3."""
    assert aggregate([machine("a", "Perhaps", "hm")], READY).status == "Unknown"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("", "* MachineDeployment md: "),
        ("plain", "* MachineDeployment md: plain"),
        ("* one", "* MachineDeployment md:\n  * one"),
        ("* one\n* two", "* MachineDeployment md:\n  * one\n  * two"),
        (
            "Rolling out 2 not up-to-date replicas\n* Version v1.31.0, v1.32.0 required",
            (
                "* MachineDeployment md:\n"
                "  * Rolling out 2 not up-to-date replicas\n"
                "    * Version v1.31.0, v1.32.0 required"
            ),
        ),
        ("one\ntwo", "* MachineDeployment md:\n  * one\n  * two"),
    ],
)
def test_lines_and_bullets_of_a_message_are_indented_below_its_heading(message: str, told: str) -> None:
    """Point 6, the run example among them."""
    assert aggregate([deployment("md", "True", message)], ROLLING_OUT).message == told


def _summary(*optional: str) -> Summary:
    return Summary(
        types=("Deleting", "A", "B"),
        reasons=Reasons("Bad", "Unclear", "Good"),
        weigh=lambda each: weight_of(each, negative=each.type == "Deleting"),
        optional=optional,
    )


def test_a_summary_tells_issues_and_unknowns_in_the_order_of_their_types() -> None:
    """Point 6; an issue without a message tells its reason, a missing type is Unknown."""
    found = summarize(
        [Condition("B", "False", "Broken"), Condition("Deleting", "True", "Going", "on its way")], _summary()
    )
    assert found == Derived(
        "False", "Bad", "* Deleting: on its way\n* A: Condition not yet reported\n* B: Broken"
    )


def test_a_summary_of_good_conditions_tells_their_messages() -> None:
    """Info lines only where the result is True, and only with a message."""
    good = [
        Condition("Deleting", "False", "No"),
        Condition("A", "True", "Yes", "all\nwell"),
        Condition("C", "False"),
    ]
    assert summarize(good, _summary("B")) == Derived("True", "Good", "* A:\n  * all\n  * well")


def test_a_summary_of_nothing_is_good() -> None:
    """Total: every type may be missing."""
    assert summarize([], _summary("Deleting", "A", "B")) == Derived("True", "Good")


def test_a_missing_optional_type_is_no_unknown_and_a_missing_other_is() -> None:
    """9.2."""
    assert summarize([], _summary("A", "B")) == Derived(
        "Unknown", "Unclear", "* Deleting: Condition not yet reported"
    )


def test_a_mirror_has_the_state_of_its_source_else_the_fallback_else_unknown() -> None:
    """9.2."""
    assert mirror(Condition("Ready", "False", "Why", "so"), "Ready") == Derived("False", "Why", "so")
    assert mirror(None, "Ready", Derived("True", "Flag")) == Derived("True", "Flag")
    assert mirror(None, "Ready") == Derived("Unknown", "NotYetReported", "Condition Ready not yet reported")


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("Machine", "Machines"),
        ("Proxy", "Proxies"),
        ("Gateway", "Gateways"),
        ("Class", "Classes"),
        ("Box", "Boxes"),
        ("Patch", "Patches"),
        ("Y", "Ys"),
        ("", "s"),
    ],
)
def test_kinds_have_an_english_plural(kind: str, plural: str) -> None:
    """Point 7."""
    assert plural_of(kind) == plural


def test_the_order_of_lines_counts_for_nothing() -> None:
    """Equal groups may flap (point 7)."""
    assert same_message("* a: 1\n* b: 1", "* b: 1\n* a: 1")
    assert not same_message("* a: 1", "* a: 2")
