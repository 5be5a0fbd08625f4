"""/readyz part by part, and the addresses of the API servers (F74)."""

from __future__ import annotations

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.checks.nodes import NodeFacts
from capyctl.core.checks.ready import ReadyFacts, count_addresses, failing_parts, judge_ready
from capyctl.core.checks.result import CheckedPart, CheckOutcome

_READY = "[+]ping ok\n[+]log ok\n[+]poststarthook/rbac/bootstrap-roles ok\nreadyz check passed\n"
_COMING = (
    "[+]ping ok\n[-]etcd failed: reason withheld\n"
    "[-]poststarthook/rbac/bootstrap-roles failed: not finished\nreadyz check failed\n"
)


def control_plane(name: str, age: float | None) -> NodeFacts:
    return NodeFacts(name=name, kubelet="v1.34.3", ready=True, control_plane=True, age=age)


def judged(
    text: str | None = _READY,
    *,
    ready: bool = True,
    addresses: int | None = 1,
    nodes: tuple[NodeFacts, ...] = (),
) -> CheckedPart:
    return judge_ready(
        ReadyFacts(
            text=text, is_ready=ready, addresses=addresses, nodes=nodes, wait_command="capyctl x --wait"
        )
    )


def names(found: CheckedPart) -> list[str]:
    return [each.code.name for each in found.diagnostics]


def test_a_server_whose_parts_are_all_ready() -> None:
    found = judged()
    assert (found.outcome, names(found)) == (CheckOutcome.OK, [])
    assert found.detail == "all of 3 parts are ready; 1 address of API servers"


def test_parts_that_are_not_ready_are_waited_for_and_named() -> None:
    found = judged(_COMING, ready=False)
    assert (found.outcome, names(found)) == (CheckOutcome.WAITING, ["server-part-not-ready"])
    assert found.detail.startswith("not ready: etcd, poststarthook/rbac/bootstrap-roles")
    assert found.diagnostics[0].fixes[0].command == "capyctl x --wait"


def test_a_server_that_is_not_ready_and_names_no_part() -> None:
    found = judged("not today", ready=False, addresses=None)
    assert found.detail == "the server says that it is not ready"
    assert "a part that it does not name" in found.diagnostics[0].detail
    assert judged("ok", addresses=None).detail == "the server says that it is ready"


def test_what_may_not_be_read_is_skipped_unless_the_addresses_say_more() -> None:
    assert judged(None, ready=False).outcome is CheckOutcome.SKIPPED
    assert judged(None, ready=False, addresses=0).outcome is CheckOutcome.WAITING


@pytest.mark.parametrize(
    ("addresses", "ages", "waits"),
    [
        (0, (), True),
        (0, (9_000.0,), True),
        (1, (40.0, 9_000.0), True),
        (2, (40.0, 9_000.0), False),
        (1, (9_000.0, 9_000.0, 9_000.0), False),
        (None, (40.0, 40.0), False),
        (1, (None, 9_000.0), False),
    ],
)
def test_addresses_count_against_control_plane_nodes_while_one_is_young(
    addresses: int | None, ages: tuple[float | None, ...], waits: bool
) -> None:
    nodes = tuple(control_plane(f"cp-{number}", age) for number, age in enumerate(ages, 1))
    found = judged(addresses=addresses, nodes=nodes)
    assert names(found) == (["addresses-not-set"] if waits else [])
    assert found.outcome is (CheckOutcome.WAITING if waits else CheckOutcome.OK)


def test_the_young_node_is_named() -> None:
    nodes = (control_plane("cp-1", 9_000.0), control_plane("cp-2", 40.0))
    detail = judged(addresses=1, nodes=nodes).diagnostics[0].detail
    assert "only 1 of 2 control-plane nodes" in detail
    assert "cp-2 joined lately" in detail


def test_failing_parts_of_any_text() -> None:
    assert failing_parts(_COMING) == ("etcd", "poststarthook/rbac/bootstrap-roles")
    assert failing_parts("") == ()


def test_addresses_are_counted_by_family_and_without_those_that_are_not_ready() -> None:
    slices = [
        ApiObject(
            {
                "addressType": "IPv4",
                "endpoints": [
                    {"addresses": ["10.0.0.1"], "conditions": {"ready": True}},
                    {"addresses": ["10.0.0.2"], "conditions": {"ready": False}},
                    {"addresses": ["10.0.0.3", 7], "conditions": {}},
                    "odd",
                ],
            }
        ),
        ApiObject({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}]}),
        ApiObject({"addressType": "IPv6", "endpoints": [{"addresses": ["fd00::1"]}]}),
        ApiObject({"endpoints": None}),
    ]
    assert count_addresses(slices) == 2
    assert count_addresses([]) == 0
