"""One log line of each control-plane node (F74)."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.checks.node_tunnels import (
    SystemPod,
    TunnelFacts,
    choose_pod,
    judge_node_tunnels,
    said_line,
)
from capyctl.core.checks.nodes import NodeFacts
from capyctl.core.checks.result import CheckOutcome
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.kubernetes_version import parse_kubernetes_version

_EVIDENCE = Evidence(route="cluster", question=Question.OBJECT, outcome=Outcome.UNAVAILABLE)
_NOT_SET = "Failed to get apiserver addresses from etcd: apiserver addresses not yet set"


def tunnel(
    age: float | None = 40.0,
    *,
    status: int | None = None,
    trouble: ApiTrouble = ApiTrouble.STARTING,
    line: str | None = None,
    name: str = "cp-2",
    pod: bool = True,
) -> TunnelFacts:
    said = f"status {status}: no tunnel"
    failure = ApiFailure(trouble=trouble, reason=said, evidence=_EVIDENCE, status=status) if status else None
    return TunnelFacts(
        node=NodeFacts(name=name, kubelet="v1.34.3", ready=True, control_plane=True, age=age),
        pod=SystemPod(name="etcd-cp-2", container="etcd") if pod else None,
        failure=failure,
        line=line,
        evidence=(_EVIDENCE,),
    )


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_young_node_that_cannot_be_reached_is_waited_for_and_an_older_one_fails(status: int) -> None:
    young = judge_node_tunnels([tunnel(40.0, status=status)], None, "capyctl cluster check --wait")
    old = judge_node_tunnels([tunnel(9_000.0, status=status)], None)
    unknown = judge_node_tunnels([tunnel(None, status=status)], None)
    assert (young.outcome, old.outcome, unknown.outcome) == (
        CheckOutcome.WAITING,
        CheckOutcome.FAILED,
        CheckOutcome.FAILED,
    )
    assert [(each.code.name, each.severity.value) for each in (*young.diagnostics, *old.diagnostics)] == [
        ("addresses-not-set", "warning"),
        ("addresses-not-set", "error"),
    ]
    assert (
        f"cp-2 joined 40s ago and cannot be reached through its kubelet yet: a log line of the pod etcd-cp-2 was \
answered with status {status}: no tunnel. This passes."
        in young.diagnostics[0].detail
    )
    assert young.diagnostics[0].fixes[0].command == "capyctl cluster check --wait"
    assert "does not pass by itself" in old.diagnostics[0].detail


def test_a_kubelet_that_says_not_yet_set_in_place_of_a_line() -> None:
    young = judge_node_tunnels([tunnel(line=_NOT_SET)], None)
    assert (young.outcome, young.detail) == (CheckOutcome.WAITING, "no log line from cp-2")
    assert judge_node_tunnels([tunnel(9_000.0, line=_NOT_SET)], None).outcome is CheckOutcome.FAILED


def test_a_log_line_that_merely_resembles_it_is_a_log_line() -> None:
    found = judge_node_tunnels([tunnel(9_000.0, line="leader not yet set"), tunnel(line="")], None)
    assert (found.outcome, found.detail) == (CheckOutcome.OK, "a log line came from 2 control-plane nodes")


def test_an_internal_error_counts_and_an_answer_about_the_pod_does_not() -> None:
    assert (
        judge_node_tunnels([tunnel(status=500, trouble=ApiTrouble.FAILED)], None).outcome
        is CheckOutcome.WAITING
    )
    odd = judge_node_tunnels([tunnel(status=503, trouble=ApiTrouble.MALFORMED)], None)
    assert odd.outcome is CheckOutcome.WAITING
    waits = judge_node_tunnels([tunnel(status=400, trouble=ApiTrouble.REJECTED)], None)
    assert (waits.outcome, waits.detail) == (
        CheckOutcome.SKIPPED,
        "no system pod runs on a control-plane node",
    )


def test_rke2_before_its_mending_is_named_with_its_fix() -> None:
    early, mended = (parse_kubernetes_version(text) for text in ("v1.32.2+rke2r1", "v1.32.3+rke2r1"))
    found = judge_node_tunnels([tunnel(status=503)], early).diagnostics[0]
    assert "v1.32.2+rke2r1" in found.detail
    assert [fix.title for fix in found.fixes if "RKE2 to v1.32.3" in fix.title]
    later = judge_node_tunnels([tunnel(status=503)], mended).diagnostics[0]
    other = judge_node_tunnels([tunnel(status=503)], parse_kubernetes_version("v1.32.2")).diagnostics[0]
    assert not [fix for each in (later, other) for fix in each.fixes if "RKE2" in fix.title]


def test_what_makes_the_part_skipped() -> None:
    refused = tunnel(status=403, trouble=ApiTrouble.FORBIDDEN)
    listing = tunnel(status=503, pod=False)
    assert judge_node_tunnels([], None).detail == "the cluster shows no control-plane nodes"
    assert judge_node_tunnels([refused], None).detail == "logs may not be read with these credentials"
    assert judge_node_tunnels([listing], None).outcome is CheckOutcome.SKIPPED
    assert judge_node_tunnels([tunnel(pod=False)], None).outcome is CheckOutcome.SKIPPED


def pod(name: str, *, node: str = "cp-1", phase: str = "Running", containers: object = None) -> ApiObject:
    metadata: Mapping[str, object] = {"name": name}
    held = [{"name": "main"}, {"name": "side"}] if containers is None else containers
    return ApiObject(
        {"metadata": metadata, "spec": {"nodeName": node, "containers": held}, "status": {"phase": phase}}
    )


def test_a_running_pod_of_the_node_is_chosen_a_static_one_first() -> None:
    pods = [pod("aaa"), pod("etcd-cp-1"), pod("etcd-cp-2", node="cp-2"), pod("aa", phase="Pending")]
    assert choose_pod(pods, "cp-1") == SystemPod(name="etcd-cp-1", container="main")
    assert choose_pod(pods[:1], "cp-1") == SystemPod(name="aaa", container="main")
    assert choose_pod([pod("a", containers=[7]), pod("b", containers="odd")], "cp-1") is None
    assert choose_pod([], "cp-1") is None


def test_the_line_that_matters_of_any_answer() -> None:
    assert said_line(json.dumps({"message": "no tunnel\nmore"})) == "no tunnel"
    assert said_line("first\nsecond") == "first"
    assert said_line('{"message": 7}') == '{"message": 7}'
    assert (said_line(""), said_line("[" * 100_000)[:3]) == ("", "[[[")
