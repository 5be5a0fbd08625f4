"""The chain from the nodes to cert-manager's webhook: nodes, scheduling, images, containers, endpoints, calls (F61)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.api_object import ApiObject, items_at, text_at, value_at
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.checks.cert_manager import webhook_service
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject

_PULLS = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "RegistryUnavailable"})
_SHOWN = 3


class CertManagerLinks(Struct, frozen=True, kw_only=True):
    """What was read; None where it could not be.

    Attributes:
        pods, slices: of cert-manager's namespace. probe: what an Issuer, created as a dry run, met; None where it was
            accepted.
    """

    nodes: Sequence[ApiObject] | None
    pods: Sequence[ApiObject] | None
    slices: Sequence[ApiObject] | None
    webhooks: Sequence[ApiObject] | None = None
    probe: ApiFailure | None = None


def first_broken_link(links: CertManagerLinks) -> Diagnostic | None:
    """The first link that does not hold; what could not be read is passed over."""
    for link in (_nodes, _scheduled, _pulled, _running, _endpoints, _reached):
        found = link(links)
        if found is not None:
            what, title = found
            return Diagnostic(
                code=codes.CERT_MANAGER_NOT_READY,
                severity=Severity.ERROR,
                detail=what,
                subject=Subject(provider="cert-manager"),
                evidence=(links.probe.evidence,) if link is _reached and links.probe is not None else (),
                fixes=(Fix(applicability=Applicability.REVIEW, title=title),),
            )
    return None


_Link = tuple[str, str] | None


def _nodes(links: CertManagerLinks) -> _Link:
    if links.nodes is None:
        return None
    title = "bring a node up: kubectl describe nodes tells why none is ready"
    if not links.nodes:
        return "The cluster has no nodes, so that no pod of cert-manager can run.", title
    if any(_condition(each, "Ready") == "True" for each in links.nodes):
        return None
    reason = _words(links.nodes[0], "Ready")
    return (
        f"No node is ready ({links.nodes[0].name}: {reason}), so that no pod of cert-manager can run.",
        title,
    )


def _scheduled(links: CertManagerLinks) -> _Link:
    for pod in links.pods or ():
        if _condition(pod, "PodScheduled") == "False":
            what = f"Pod {pod.name} of cert-manager cannot be scheduled: {_words(pod, 'PodScheduled')}."
            return (
                what,
                "give the pod a node that takes it: taints, room and selectors are in the words above",
            )
    return None


def _pulled(links: CertManagerLinks) -> _Link:
    for pod in links.pods or ():
        for state in _waiting(pod):
            if text_at(state, "reason") in _PULLS:
                what = f"The image of pod {pod.name} of cert-manager cannot be pulled: {_said(state)}."
                return what, "let the nodes reach the registry, or name a mirror under images: cert-manager"
    return None


def _running(links: CertManagerLinks) -> _Link:
    for pod in links.pods or ():
        for state in _waiting(pod):
            what = f"A container of pod {pod.name} of cert-manager does not run: {_said(state)}."
            return what, f"see why: kubectl -n cert-manager logs {pod.name} --previous"
    return None


def _endpoints(links: CertManagerLinks) -> _Link:
    target = webhook_service(links.webhooks or ())
    if target is None or links.slices is None or target.namespace != "cert-manager":
        return None
    ready = [
        each
        for found in links.slices
        if found.labels.get("kubernetes.io/service-name") == target.name
        for each in items_at(found.raw, "endpoints")
        if value_at(each, "conditions", "ready") is not False
    ]
    if ready:
        return None
    what = f"Nothing stands behind the service {target.namespace}/{target.name} of cert-manager's webhook."
    return what, "see why: kubectl -n cert-manager describe deployment cert-manager-webhook"


def _reached(links: CertManagerLinks) -> _Link:
    probe = links.probe
    if probe is None:
        return None
    if probe.trouble is ApiTrouble.WEBHOOK_UNAVAILABLE:
        what = (
            "cert-manager's webhook runs, and the API server cannot reach it:"
            f" {probe.reason.strip().rstrip('.')}."
        )
        title = "mend the way from the control plane to the pods: network plug-in, MTU, firewall, the webhook's port"
        return what, title
    what = f"cert-manager does not take an Issuer: {probe.reason.strip().rstrip('.')}."
    return what, "see why: kubectl -n cert-manager logs deployment/cert-manager-webhook"


def _condition(found: ApiObject, name: str) -> str:
    return text_at(_named(found, name), "status")


def _words(found: ApiObject, name: str) -> str:
    condition = _named(found, name)
    parts = [text_at(condition, "reason"), text_at(condition, "message")]
    return ": ".join(part for part in parts if part).rstrip(".") or "it says nothing"


def _named(found: ApiObject, name: str) -> object:
    conditions = items_at(found.raw, "status", "conditions")
    return next((each for each in conditions if text_at(each, "type") == name), None)


def _waiting(pod: ApiObject) -> list[object]:
    """The states of containers that wait for something that went wrong; one that is being made is none."""
    statuses = [
        *items_at(pod.raw, "status", "initContainerStatuses"),
        *items_at(pod.raw, "status", "containerStatuses"),
    ]
    states = [value_at(each, "state", "waiting") for each in statuses]
    usual = ("", "ContainerCreating", "PodInitializing")
    return [state for state in states if state is not None and text_at(state, "reason") not in usual][:_SHOWN]


def _said(state: object) -> str:
    parts = [text_at(state, "reason"), text_at(state, "message")]
    return ": ".join(part for part in parts if part).rstrip(".")
