"""Whether what was applied works: judgements about definitions, Deployments, endpoints, namespaces, API services."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct

from capyctl.core.api_object import ApiObject, items_at, number_at, text_at, value_at


class Awaited(enum.Enum):
    """What an object is awaited to be."""

    ESTABLISHED = "established"
    AVAILABLE = "available"
    ENDPOINTS = "endpoints"
    ACTIVE = "active"
    SERVING = "serving"


class Judgement(Struct, frozen=True, kw_only=True):
    """How an object stands.

    Attributes:
        reason: what is missing, one line with the object's own words; empty where it is ready.
        hopeless: whether waiting cannot help.
    """

    ready: bool
    reason: str = ""
    hopeless: bool = False


READY: Final = Judgement(ready=True)


def judge_definition(found: ApiObject | None) -> Judgement:
    """A CustomResourceDefinition: served once it is Established; a name that another one holds never is."""
    if found is None:
        return _waiting("it is not there")
    names = _condition(found, "NamesAccepted")
    if text_at(names, "status") == "False":
        return Judgement(ready=False, reason=f"its names are refused: {_words(names)}", hopeless=True)
    established = _condition(found, "Established")
    if text_at(established, "status") == "True":
        return READY
    return _waiting(f"it is not established{_said(established)}")


def judge_deployment(found: ApiObject | None) -> Judgement:
    """A Deployment: its controller has seen this generation, and as many replicas of it as wanted are available.

    An old ``Available=True`` counts for nothing while a new generation rolls out (clusterctl-cluster 1.6, W-11).
    """
    if found is None:
        return _waiting("it is not there")
    generation, seen = number_at(found.raw, "metadata", "generation"), _count(found, "observedGeneration")
    if generation is not None and seen < generation:
        return _waiting("its controller has not seen its latest change")
    replicas = number_at(found.raw, "spec", "replicas")
    wanted = 1 if replicas is None else replicas
    for name in ("updatedReplicas", "availableReplicas"):
        held = _count(found, name)
        if held < wanted:
            return _waiting(f"{name} is {held} of {wanted}{_why_not(found)}")
    old = _count(found, "replicas") - _count(found, "updatedReplicas")
    if old > 0:
        return _waiting(f"{old} replica of the version before is still there")
    available = _condition(found, "Available")
    if wanted and text_at(available, "status") != "True":
        return _waiting(f"it is not available{_said(available)}")
    return READY


def judge_endpoints(slices: Iterable[ApiObject]) -> Judgement:
    """The EndpointSlices of a Service: at least one endpoint is ready to take a call."""
    for each in slices:
        for endpoint in items_at(each.raw, "endpoints"):
            if value_at(endpoint, "conditions", "ready") is not False and items_at(endpoint, "addresses"):
                return READY
    return _waiting("it has no endpoint that is ready")


def judge_namespace(found: ApiObject | None) -> Judgement:
    """A Namespace: one that is being deleted takes no new object."""
    if found is None:
        return _waiting("it is not there")
    if found.is_being_deleted or text_at(found.raw, "status", "phase") == "Terminating":
        return _waiting("it is still being deleted")
    return READY


def judge_api_service(found: ApiObject | None) -> Judgement:
    """An APIService: the server behind it answers."""
    if found is None:
        return _waiting("it is not there")
    available = _condition(found, "Available")
    if text_at(available, "status") == "True":
        return READY
    return _waiting(f"it is not available{_said(available)}")


JUDGES: Final[Mapping[Awaited, Callable[[ApiObject | None], Judgement]]] = {
    Awaited.ESTABLISHED: judge_definition,
    Awaited.AVAILABLE: judge_deployment,
    Awaited.ACTIVE: judge_namespace,
    Awaited.SERVING: judge_api_service,
}
"""The judgements that look at one object; endpoints are judged by their slices."""


def _waiting(reason: str) -> Judgement:
    return Judgement(ready=False, reason=reason)


def _condition(found: ApiObject, name: str) -> object:
    listed = items_at(found.raw, "status", "conditions")
    return next((each for each in listed if text_at(each, "type") == name), None)


def _count(found: ApiObject, name: str) -> int:
    return number_at(found.raw, "status", name) or 0


def _why_not(found: ApiObject) -> str:
    """What the Deployment's own conditions say of the trouble: replicas refused first, then a stuck rollout."""
    failing = _condition(found, "ReplicaFailure")
    if text_at(failing, "status") == "True":
        return _said(failing)
    progressing = _condition(found, "Progressing")
    return _said(progressing) if text_at(progressing, "status") == "False" else ""


def _said(condition: object) -> str:
    words = _words(condition)
    return f": {words}" if words else ""


def _words(condition: object) -> str:
    return text_at(condition, "message") or text_at(condition, "reason")
