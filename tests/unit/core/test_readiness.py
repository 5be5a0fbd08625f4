"""Readiness on objects as Kubernetes writes them, and on objects of any shape."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.readiness import JUDGES, Awaited, judge_endpoints


def _condition(name: str, status: str, **words: str) -> dict[str, Any]:
    return {"conditions": [{"type": name, "status": status, **words}]}


def _deployment(generation: int = 2, wanted: int | None = 1, **status: object) -> dict[str, Any]:
    spec = {} if wanted is None else {"replicas": wanted}
    full = {"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, **status}
    full.setdefault("conditions", [{"type": "Available", "status": "True"}])
    return {"metadata": {"generation": generation}, "spec": spec, "status": full}


_STUCK = [{"type": "Progressing", "status": "False", "message": "ReplicaSet has timed out progressing."}]
_REFUSED = [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]
_MOVING = [{"type": "Progressing", "status": "True", "message": "is progressing"}]


@pytest.mark.parametrize(
    ("awaited", "raw", "reason"),
    [
        (Awaited.ESTABLISHED, {"status": _condition("Established", "True")}, ""),
        (Awaited.ESTABLISHED, None, "it is not there"),
        (Awaited.ESTABLISHED, {"status": {}}, "it is not established"),
        (
            Awaited.ESTABLISHED,
            {"status": _condition("Established", "False", reason="Installing")},
            "it is not established: Installing",
        ),
        (
            Awaited.ESTABLISHED,
            {"status": _condition("NamesAccepted", "False", message='"x" is already in use')},
            'its names are refused: "x" is already in use',
        ),
        (Awaited.AVAILABLE, _deployment(), ""),
        (Awaited.AVAILABLE, {}, "updatedReplicas is 0 of 1"),
        (Awaited.AVAILABLE, None, "it is not there"),
        (Awaited.AVAILABLE, _deployment(generation=3), "its controller has not seen its latest change"),
        (Awaited.AVAILABLE, _deployment(wanted=None), ""),
        (Awaited.AVAILABLE, _deployment(wanted=0, conditions=[], replicas=0, updatedReplicas=0), ""),
        (Awaited.AVAILABLE, _deployment(wanted=2), "updatedReplicas is 1 of 2"),
        (Awaited.AVAILABLE, _deployment(availableReplicas=0), "availableReplicas is 0 of 1"),
        (
            Awaited.AVAILABLE,
            _deployment(availableReplicas=0, conditions=_STUCK),
            "availableReplicas is 0 of 1: ReplicaSet has timed out progressing.",
        ),
        (
            Awaited.AVAILABLE,
            _deployment(availableReplicas=0, conditions=_MOVING),
            "availableReplicas is 0 of 1",
        ),
        (
            Awaited.AVAILABLE,
            _deployment(updatedReplicas=0, conditions=[*_STUCK, *_REFUSED]),
            "updatedReplicas is 0 of 1: exceeded quota",
        ),
        (Awaited.AVAILABLE, _deployment(replicas=2), "1 replica of the version before is still there"),
        (
            Awaited.AVAILABLE,
            _deployment(conditions=[{"type": "Available", "status": "False", "reason": "Minimum"}]),
            "it is not available: Minimum",
        ),
        (Awaited.ACTIVE, {"status": {"phase": "Active"}}, ""),
        (Awaited.ACTIVE, None, "it is not there"),
        (Awaited.ACTIVE, {"status": {"phase": "Terminating"}}, "it is still being deleted"),
        (Awaited.ACTIVE, {"metadata": {"deletionTimestamp": "2026"}}, "it is still being deleted"),
        (Awaited.SERVING, {"status": _condition("Available", "True")}, ""),
        (Awaited.SERVING, None, "it is not there"),
        (
            Awaited.SERVING,
            {"status": _condition("Available", "False", reason="MissingEndpoints")},
            "it is not available: MissingEndpoints",
        ),
    ],
)
def test_an_object_is_ready_or_lacks_something(
    awaited: Awaited, raw: dict[str, Any] | None, reason: str
) -> None:
    judged = JUDGES[awaited](None if raw is None else ApiObject(raw))
    assert (judged.ready, judged.reason) == (not reason, reason)
    assert judged.hopeless == reason.startswith("its names")


@pytest.mark.parametrize(
    ("endpoints", "ready"),
    [
        ([{"addresses": ["10.0.0.1"], "conditions": {"ready": True}}], True),
        ([{"addresses": ["10.0.0.1"]}], True),
        ([{"addresses": ["10.0.0.1"], "conditions": {"ready": False}}], False),
        ([{"addresses": [], "conditions": {"ready": True}}], False),
        ([], False),
        ("nonsense", False),
    ],
)
def test_a_service_needs_an_endpoint_that_is_ready(endpoints: object, ready: bool) -> None:
    assert judge_endpoints([ApiObject({}), ApiObject({"endpoints": endpoints})]).ready is ready


@pytest.mark.parametrize("awaited", list(JUDGES))
@pytest.mark.parametrize("status", [None, [], "text", {"conditions": [None, 3, {"type": []}]}])
def test_no_shape_of_an_object_breaks_a_judgement(awaited: Awaited, status: object) -> None:
    JUDGES[awaited](ApiObject({"metadata": status, "spec": status, "status": status}))
