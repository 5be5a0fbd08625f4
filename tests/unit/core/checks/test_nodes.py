"""Nodes: readiness by age, and the skew policy of Kubernetes for kubelets."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.checks.nodes import NodeFacts, judge_nodes, read_nodes
from capyctl.core.checks.result import CheckOutcome
from capyctl.core.kubernetes_version import KubernetesVersion, parse_kubernetes_version

_NOW = "2026-11-22T10:00:00Z"
_OLD, _YOUNG = "2026-11-01T10:00:00Z", "2026-11-22T09:59:20Z"


def node(
    name: str, *, ready: str = "True", kubelet: str = "v1.34.3", joined: str = _OLD, role: str = ""
) -> NodeFacts:
    labels = {f"node-role.kubernetes.io/{role}": ""} if role else {}
    raw: Mapping[str, object] = {
        "metadata": {"name": name, "creationTimestamp": joined, "labels": labels},
        "status": {
            "nodeInfo": {"kubeletVersion": kubelet},
            "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": ready}],
        },
    }
    (found,) = read_nodes([ApiObject(raw)], _NOW)
    return found


def server(text: str = "v1.34.3") -> KubernetesVersion:
    parsed = parse_kubernetes_version(text)
    assert parsed is not None
    return parsed


def test_ready_nodes_of_the_servers_version_are_ok() -> None:
    found = judge_nodes((node("a"), node("b")), server())
    assert (found.outcome, found.detail, found.diagnostics) == (
        CheckOutcome.OK,
        "2 nodes, ready; kubelet v1.34.3",
        (),
    )


@pytest.mark.parametrize(
    ("nodes", "outcome", "severity"),
    [
        ((node("a"), node("b", ready="False", joined=_YOUNG)), CheckOutcome.WAITING, "warning"),
        ((node("a", ready="Unknown", joined=_YOUNG),), CheckOutcome.WAITING, "warning"),
        ((node("a"), node("b", ready="False")), CheckOutcome.OK, "warning"),
        ((node("a"), node("b", ready="False", role="control-plane")), CheckOutcome.FAILED, "error"),
        ((node("a"), node("b", ready="False", role="master")), CheckOutcome.FAILED, "error"),
        ((node("a", ready="False"),), CheckOutcome.FAILED, "error"),
        (
            (node("a", ready="False"), node("b", ready="False", joined=_YOUNG)),
            CheckOutcome.WAITING,
            "warning",
        ),
        ((node("a", ready="False", joined=""),), CheckOutcome.FAILED, "error"),
    ],
)
def test_what_is_not_ready_waits_while_it_is_young(
    nodes: tuple[NodeFacts, ...], outcome: CheckOutcome, severity: str
) -> None:
    found = judge_nodes(nodes, server())
    assert found.outcome is outcome
    assert [(each.code.name, each.severity.value) for each in found.diagnostics] == [
        ("node-not-ready", severity)
    ]


def test_the_words_name_what_is_not_ready_and_when_it_joined() -> None:
    found = judge_nodes((node("b", ready="False", joined=_YOUNG), node("c", ready="", joined="")), server())
    assert "b (joined 40s ago), c (joined at an unknown time)" in found.diagnostics[0].detail
    assert "2 not ready" in found.detail


def test_a_cluster_without_nodes_is_skipped_with_a_warning() -> None:
    found = judge_nodes((), server())
    assert found.outcome is CheckOutcome.SKIPPED
    assert [each.severity.value for each in found.diagnostics] == ["warning"]


@pytest.mark.parametrize(
    ("kubelet", "skewed"),
    [
        ("v1.35.0", True),
        ("v1.34.9", False),
        ("v1.31.0", False),
        ("v1.30.9", True),
        ("v0.99.0", True),
        ("kwok-v0.7.0", False),
        ("", False),
    ],
)
def test_a_kubelet_is_never_newer_and_at_most_three_minors_older(kubelet: str, skewed: bool) -> None:
    found = judge_nodes((node("a", kubelet=kubelet),), server())
    assert [each.code.name for each in found.diagnostics] == (["node-version-skew"] if skewed else [])
    assert found.outcome is (CheckOutcome.FAILED if skewed else CheckOutcome.OK)


def test_newer_and_older_kubelets_are_one_diagnosis() -> None:
    found = judge_nodes((node("a", kubelet="v1.35.1"), node("b", kubelet="v1.30.0")), server())
    assert [
        "newer than the server: a (v1.35.1); more than 3 minor releases older: b (v1.30.0)" in each.detail
        for each in found.diagnostics
    ] == [True]


def test_without_a_readable_server_version_no_skew_is_judged() -> None:
    assert judge_nodes((node("a", kubelet="v1.35.0"),), None).diagnostics == ()


def test_objects_of_any_shape_are_read() -> None:
    (found,) = read_nodes([ApiObject({"status": {"conditions": "none"}, "metadata": {"labels": 3}})], "never")
    assert (found.name, found.kubelet, found.ready, found.control_plane, found.age) == (
        "",
        "",
        False,
        False,
        None,
    )
    assert "no stated version" in judge_nodes((found,), None).detail
