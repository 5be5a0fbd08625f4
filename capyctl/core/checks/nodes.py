"""The nodes: ready or not, and their kubelets against the server (the version skew policy of Kubernetes)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.api_object import ApiObject, items_at, text_at
from capyctl.core.checks.result import YOUNG, CheckedPart, CheckName, CheckOutcome, counted, format_age, some
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.kubernetes_version import KubernetesMinor, KubernetesVersion, parse_kubernetes_version
from capyctl.core.moments import seconds_between

_CONTROL_PLANE = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
MOST_MINORS_OLDER = 3


class NodeFacts(Struct, frozen=True, kw_only=True):
    """A node.

    Attributes:
        kubelet: its version as stated; empty where it states none.
        age: seconds since it joined, by the server's clock; None where unknown.
    """

    name: str
    kubelet: str
    ready: bool
    control_plane: bool
    age: float | None

    @property
    def young(self) -> bool:
        """Whether it joined so lately that it may still be coming up."""
        return self.age is not None and self.age < YOUNG

    @property
    def version(self) -> KubernetesVersion | None:
        """The kubelet's version; None where it cannot be read (a simulated kubelet)."""
        return parse_kubernetes_version(self.kubelet)


def read_nodes(objects: Iterable[ApiObject], now: str) -> tuple[NodeFacts, ...]:
    """The nodes behind these objects, by name; ``now`` is RFC 3339."""
    return tuple(sorted((_node(each, now) for each in objects), key=lambda each: each.name))


def _node(found: ApiObject, now: str) -> NodeFacts:
    conditions = items_at(found.raw, "status", "conditions")
    ready = (text_at(each, "status") for each in conditions if text_at(each, "type") == "Ready")
    return NodeFacts(
        name=found.name,
        kubelet=text_at(found.raw, "status", "nodeInfo", "kubeletVersion"),
        ready=next(ready, "") == "True",
        control_plane=any(label in found.labels for label in _CONTROL_PLANE),
        age=seconds_between(found.created_at, now),
    )


def judge_nodes(
    nodes: tuple[NodeFacts, ...], server: KubernetesVersion | None, evidence: tuple[Evidence, ...] = ()
) -> CheckedPart:
    """Readiness and version skew of all nodes; emulation counts for nothing here, kubelets meet the binary."""
    if not nodes:
        return _without_nodes(evidence)
    skewed = _skewed(nodes, server.minor, evidence) if server is not None else None
    unready = tuple(node for node in nodes if not node.ready)
    failed = skewed is not None or _is_grave(nodes, unready)
    waiting = any(node.young for node in unready)
    outcome = CheckOutcome.FAILED if failed else CheckOutcome.WAITING if waiting else CheckOutcome.OK
    said = [skewed] if skewed is not None else []
    if unready:
        said.append(_not_ready(unready, evidence, grave=_is_grave(nodes, unready)))
    return CheckedPart(
        name=CheckName.NODES,
        outcome=outcome,
        detail=_detail(nodes, unready),
        evidence=evidence,
        diagnostics=tuple(said),
    )


def _without_nodes(evidence: tuple[Evidence, ...]) -> CheckedPart:
    diagnostic = Diagnostic(
        code=codes.NODE_NOT_READY,
        severity=Severity.WARNING,
        detail="The cluster has no nodes, so nothing that is installed here can run until one joins.",
        evidence=evidence,
    )
    return CheckedPart(
        name=CheckName.NODES,
        outcome=CheckOutcome.SKIPPED,
        detail="the cluster has no nodes",
        evidence=evidence,
        diagnostics=(diagnostic,),
    )


def _is_grave(nodes: tuple[NodeFacts, ...], unready: tuple[NodeFacts, ...]) -> bool:
    """Whether what is not ready, and not young, stops the work here: all of it, or a part of the control plane."""
    old = [node for node in unready if not node.young]
    return len(old) == len(nodes) or any(node.control_plane for node in old)


def _not_ready(unready: tuple[NodeFacts, ...], evidence: tuple[Evidence, ...], *, grave: bool) -> Diagnostic:
    named = (f"{node.name} ({_joined(node)})" for node in unready)
    are = "is" if len(unready) == 1 else "are"
    end = " What joined lately may still be coming up." if any(node.young for node in unready) else ""
    return Diagnostic(
        code=codes.NODE_NOT_READY,
        severity=Severity.ERROR if grave else Severity.WARNING,
        detail=f"{counted(len(unready), 'node')} {are} not ready: {some(named)}.{end}",
        evidence=evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"see why: kubectl describe node {unready[0].name}",
            ),
        ),
    )


def _joined(node: NodeFacts) -> str:
    return "joined at an unknown time" if node.age is None else f"joined {format_age(node.age)} ago"


def _skewed(
    nodes: tuple[NodeFacts, ...], server: KubernetesMinor, evidence: tuple[Evidence, ...]
) -> Diagnostic | None:
    """A kubelet is never newer than the server, and at most three minor releases older."""
    read = [(node.name, node.version) for node in nodes]
    newer = [f"{name} ({version})" for name, version in read if version and version.minor > server]
    older = [
        f"{name} ({version})" for name, version in read if version and _is_too_old(version.minor, server)
    ]
    if not newer and not older:
        return None
    parts = [f"newer than the server: {some(newer)}"] if newer else []
    parts += [f"more than {MOST_MINORS_OLDER} minor releases older: {some(older)}"] if older else []
    return Diagnostic(
        code=codes.NODE_VERSION_SKEW,
        severity=Severity.ERROR,
        detail=(
            f"The server is {server}, and kubelets are {'; '.join(parts)}. Kubernetes supports kubelets of the "
            f"server's release and of {MOST_MINORS_OLDER} minor releases before it."
        ),
        evidence=evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="upgrade the API server before its nodes, and every node within three minor releases of it",
            ),
        ),
    )


def _is_too_old(kubelet: KubernetesMinor, server: KubernetesMinor) -> bool:
    return kubelet.major < server.major or server.minor - kubelet.minor > MOST_MINORS_OLDER


def _detail(nodes: tuple[NodeFacts, ...], unready: tuple[NodeFacts, ...]) -> str:
    versions = sorted({node.kubelet or "no stated version" for node in nodes})
    state = f"{len(unready)} not ready" if unready else "ready"
    return f"{counted(len(nodes), 'node')}, {state}; kubelet {some(versions)}"
