"""Whether the API servers reach the kubelets of the control plane, and these reach the API servers (F74).

One log line is asked of one system pod of each control-plane node; what fails is told apart by the node's age.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.api_object import ApiObject, items_at, text_at
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.checks.nodes import NodeFacts
from capyctl.core.checks.result import (
    CheckedPart,
    CheckName,
    CheckOutcome,
    counted,
    format_age,
    some,
    wait_fix,
)
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.kubernetes_version import KubernetesMinor, KubernetesVersion

MOST_NODES = 20
"""Control-plane nodes that are asked; no cluster needs more, and each costs two requests."""
NOT_YET_SET = "not yet set"
_LINE = 300
_RKE2_MENDED = (KubernetesMinor(1, 32), 3)


class SystemPod(Struct, frozen=True, kw_only=True):
    """A pod of ``kube-system`` that runs on a node, and a container of it that has a log."""

    name: str
    container: str


class TunnelFacts(Struct, frozen=True, kw_only=True):
    """What came of asking one node: the pod asked, None where there is none; the failure, None for a log line.

    Attributes:
        line: the log line, or what stood in its place; None where the pod was no longer there.
    """

    node: NodeFacts
    pod: SystemPod | None
    failure: ApiFailure | None = None
    line: str | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the credentials do not allow to ask."""
        return self.failure is not None and self.failure.trouble is ApiTrouble.FORBIDDEN

    @property
    def asked(self) -> bool:
        """Whether the question says anything about the node."""
        return self.line is not None or self.broken

    @property
    def broken(self) -> bool:
        """Whether the node cannot be reached, or says so in place of a log line."""
        return bool(self.reason)

    @property
    def reason(self) -> str:
        """What came in place of a log line; empty where nothing is wrong, or it is not the node's doing."""
        failure = self.failure
        if self.pod is None:
            return ""
        if failure is not None:
            return said_line(failure.reason) if failure.trouble.passes or (failure.status or 0) >= 500 else ""
        said = NOT_YET_SET if self.node.young else f"addresses {NOT_YET_SET}"
        return f'"{self.line}"' if self.line is not None and said in self.line else ""


def said_line(text: str) -> str:
    """The one line that matters of an answer in place of a log: a Status object's message, else the first line."""
    try:
        said = text_at(json.loads(text), "message")
    except (ValueError, RecursionError):
        said = ""
    lines = (said or text).strip().splitlines()
    return lines[0][:_LINE] if lines else ""


def choose_pod(pods: Iterable[ApiObject], node: str) -> SystemPod | None:
    """A running pod on the node, the first by name; one whose name ends with the node's is a static one: first."""
    running = [
        pod
        for pod in pods
        if text_at(pod.raw, "spec", "nodeName") == node
        and text_at(pod.raw, "status", "phase") == "Running"
        and not pod.is_being_deleted
    ]
    running.sort(key=lambda pod: (not pod.name.endswith(f"-{node}"), pod.name))
    named = ((pod.name, _container(pod)) for pod in running)
    return next((SystemPod(name=name, container=container) for name, container in named if container), None)


def _container(pod: ApiObject) -> str:
    names = (text_at(each, "name") for each in items_at(pod.raw, "spec", "containers"))
    return next((name for name in names if name), "")


def judge_node_tunnels(
    tunnels: Sequence[TunnelFacts], server: KubernetesVersion | None, wait_command: str | None = None
) -> CheckedPart:
    """Waiting where only nodes that joined lately cannot be reached; failed where an older one cannot."""
    evidence = tuple(piece for each in tunnels for piece in each.evidence)
    asked = [each for each in tunnels if each.asked]
    if not asked:
        return CheckedPart(
            name=CheckName.NODE_TUNNELS,
            outcome=CheckOutcome.SKIPPED,
            detail=_why_skipped(tunnels),
            evidence=evidence,
        )
    broken = [each for each in asked if each.broken]
    young = [each for each in broken if each.node.young]
    old = [each for each in broken if not each.node.young]
    outcome = CheckOutcome.FAILED if old else CheckOutcome.WAITING if young else CheckOutcome.OK
    said = [_diagnosis(each, server, wait_command) for each in broken]
    return CheckedPart(
        name=CheckName.NODE_TUNNELS,
        outcome=outcome,
        detail=_detail(asked, broken),
        evidence=evidence,
        diagnostics=tuple(said),
    )


def _why_skipped(tunnels: Sequence[TunnelFacts]) -> str:
    if not tunnels:
        return "the cluster shows no control-plane nodes"
    if any(each.refused for each in tunnels):
        return "logs may not be read with these credentials"
    return "no system pod runs on a control-plane node"


def _detail(asked: Sequence[TunnelFacts], broken: Sequence[TunnelFacts]) -> str:
    if not broken:
        return f"a log line came from {counted(len(asked), 'control-plane node')}"
    return f"no log line from {some(each.node.name for each in broken)}"


def _diagnosis(found: TunnelFacts, server: KubernetesVersion | None, wait_command: str | None) -> Diagnostic:
    node = found.node
    joined = f" joined {format_age(node.age)} ago and" if node.age is not None else ""
    yet, end = (" yet", "This passes.") if node.young else ("", "After so long it does not pass by itself.")
    pod = found.pod.name if found.pod is not None else ""
    return Diagnostic(
        code=codes.ADDRESSES_NOT_SET,
        severity=Severity.WARNING if node.young else Severity.ERROR,
        detail=(
            f"Control-plane node {node.name}{joined} cannot be reached through its kubelet{yet}: a log line of the pod "
            f"{pod} was answered with {found.reason}. {end}{_of_rke2(server)}"
        ),
        evidence=found.evidence,
        fixes=tuple(_fixes(node, server, wait_command)),
    )


def _is_early_rke2(server: KubernetesVersion | None) -> bool:
    if server is None or "rke2" not in (server.build or ""):
        return False
    return (server.minor, server.patch) < _RKE2_MENDED


def _of_rke2(server: KubernetesVersion | None) -> str:
    if not _is_early_rke2(server):
        return ""
    return (
        f" The server is {server}: RKE2 before v1.32.3 looks up the API servers' addresses before the first of them "
        'has registered ("apiserver addresses not yet set").'
    )


def _fixes(node: NodeFacts, server: KubernetesVersion | None, wait_command: str | None) -> Iterable[Fix]:
    if node.young:
        yield wait_fix(wait_command)
        yield Fix(
            applicability=Applicability.REVIEW,
            title="let control-plane nodes join one by one, each once the one before it is ready",
        )
    else:
        yield Fix(
            applicability=Applicability.REVIEW,
            title=f"look at the kubelet's log on {node.name}, and at what stands between it and the API servers",
        )
    if _is_early_rke2(server):
        yield Fix(
            applicability=Applicability.REVIEW, title="upgrade RKE2 to v1.32.3 or later, where this is mended"
        )
