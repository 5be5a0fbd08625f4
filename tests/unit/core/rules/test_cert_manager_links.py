"""The chain to cert-manager's webhook: each link broken once, and whole (F61)."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.rules.cert_manager_links import CertManagerLinks, first_broken_link

_EVIDENCE = Evidence(route="cluster", question=Question.OBJECT, outcome=Outcome.UNAVAILABLE)


def _object(name: str, **rest: Any) -> ApiObject:  # noqa: ANN401
    return ApiObject({"metadata": {"name": name, "namespace": "cert-manager"}, **rest})


def _conditions(**stated: str) -> dict[str, Any]:
    return {
        "conditions": [
            {"type": name, "status": status, "reason": "Because", "message": "of this."}
            for name, status in stated.items()
        ]
    }


_NODE = _object("n", status=_conditions(Ready="True"))
_POD = _object("webhook-1", status=_conditions(PodScheduled="True"))
_WEBHOOKS = (
    ApiObject(
        {
            "webhooks": [
                {
                    "rules": [{"apiGroups": ["cert-manager.io"]}],
                    "clientConfig": {
                        "service": {"name": "cert-manager-webhook", "namespace": "cert-manager"}
                    },
                }
            ]
        }
    ),
)


def _slice(*, ready: bool) -> ApiObject:
    return ApiObject(
        {
            "metadata": {"name": "s", "labels": {"kubernetes.io/service-name": "cert-manager-webhook"}},
            "endpoints": [{"conditions": {"ready": ready}}],
        }
    )


def _waiting(reason: str) -> ApiObject:
    state = {"state": {"waiting": {"reason": reason, "message": "words"}}}
    return _object("webhook-1", status={**_conditions(PodScheduled="True"), "containerStatuses": [state]})


def _failure(trouble: ApiTrouble) -> ApiFailure:
    return ApiFailure(trouble=trouble, reason="context deadline exceeded", evidence=_EVIDENCE)


def _links(**changes: Any) -> CertManagerLinks:  # noqa: ANN401
    whole: dict[str, Any] = {
        "nodes": (_NODE,),
        "pods": (_POD,),
        "slices": (_slice(ready=True),),
        "webhooks": _WEBHOOKS,
    }
    return CertManagerLinks(**{**whole, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"nodes": ()}, "has no nodes"),
        ({"nodes": (_object("n", status=_conditions(Ready="False")),)}, "n: Because: of this"),
        ({"nodes": (_object("n"),)}, "it says nothing"),
        ({"pods": (_object("p", status=_conditions(PodScheduled="False")),)}, "cannot be scheduled"),
        ({"pods": (_waiting("ImagePullBackOff"),)}, "cannot be pulled: ImagePullBackOff: words"),
        ({"pods": (_waiting("CrashLoopBackOff"),)}, "does not run: CrashLoopBackOff"),
        ({"slices": (_slice(ready=False),)}, "Nothing stands behind"),
        ({"probe": _failure(ApiTrouble.WEBHOOK_UNAVAILABLE)}, "the API server cannot reach it"),
        ({"probe": _failure(ApiTrouble.DENIED)}, "does not take an Issuer"),
    ],
)
def test_the_first_broken_link_is_named(changes: dict[str, Any], words: str) -> None:
    found = first_broken_link(_links(**changes))
    assert found is not None
    assert words in found.detail
    assert found.fixes


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pods": (_waiting("ContainerCreating"),)},
        {"nodes": None, "pods": None, "slices": None, "webhooks": None},
        {"webhooks": ()},
    ],
)
def test_a_whole_chain_and_what_could_not_be_read_break_nothing(changes: dict[str, Any]) -> None:
    assert first_broken_link(_links(**changes)) is None


def test_the_links_are_judged_from_the_nodes_on() -> None:
    both = _links(nodes=(), probe=_failure(ApiTrouble.WEBHOOK_UNAVAILABLE))
    found = first_broken_link(both)
    assert found is not None
    assert "no nodes" in found.detail
