"""cert-manager, judged by what is there and never by writing (weakness 12)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.checks.cert_manager import (
    CertManagerFacts,
    WebhookTarget,
    judge_cert_manager,
    webhook_service,
)
from capyctl.core.checks.result import CheckedPart, CheckOutcome

_NOW = "2026-11-22T10:00:00Z"
_OLD, _YOUNG = "2026-11-01T10:00:00Z", "2026-11-22T09:59:00Z"
_OURS = {"clusterctl.cluster.x-k8s.io/core": "cert-manager"}


def crd(labels: Mapping[str, str] | None = None, annotations: Mapping[str, str] | None = None) -> ApiObject:
    return ApiObject(
        {
            "metadata": {
                "name": "certificates.cert-manager.io",
                "labels": {"app.kubernetes.io/version": "v1.16.1", **(labels or {})},
                "annotations": dict(annotations or {}),
            }
        }
    )


def deployment(
    name: str,
    *,
    available: str = "True",
    created: str = _OLD,
    labels: Mapping[str, str] | None = None,
    status: Mapping[str, object] | None = None,
    replicas: int = 1,
) -> ApiObject:
    conditions = [{"type": "Available", "status": available}]
    return ApiObject(
        {
            "metadata": {
                "name": name,
                "generation": 1,
                "creationTimestamp": created,
                "labels": dict(labels or {}),
            },
            "spec": {"replicas": replicas},
            "status": {"observedGeneration": 1, "conditions": conditions, **(status or {})},
        }
    )


_ALL = tuple(deployment(name) for name in ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook"))


def judged(
    *deployments: ApiObject,
    definition: ApiObject | None = None,
    addresses: int | None = 1,
    needed: bool = True,
    absent: bool = False,
) -> CheckedPart:
    return judge_cert_manager(
        CertManagerFacts(
            crd=None if absent else definition or crd(),
            namespace="cert-manager",
            deployments=deployments,
            webhook=WebhookTarget(namespace="cert-manager", name="cert-manager-webhook"),
            addresses=addresses,
            needed=needed,
            now=_NOW,
        )
    )


def test_absent_is_skipped_unless_a_core_needs_it() -> None:
    assert judged(absent=True, needed=False).outcome is CheckOutcome.SKIPPED
    found = judged(absent=True)
    assert (found.outcome, [each.code.name for each in found.diagnostics]) == (
        CheckOutcome.FAILED,
        ["cert-manager-missing"],
    )


def test_a_ready_one_says_whose_it_is_and_which_version() -> None:
    others = judged(*_ALL)
    assert (others.outcome, others.detail, others.diagnostics) == (
        CheckOutcome.OK,
        "v1.16.1, installed by others in cert-manager; ready",
        (),
    )
    ours = judged(
        *_ALL, definition=crd(_OURS, {"cert-manager.clusterctl.cluster.x-k8s.io/version": "v1.17.2"})
    )
    assert ours.detail == "v1.17.2, installed with the providers in cert-manager; ready"
    unlabelled = judged(*_ALL, definition=ApiObject({"metadata": {"name": "certificates.cert-manager.io"}}))
    assert unlabelled.detail.startswith("of no stated version")


@pytest.mark.parametrize(
    ("webhook", "outcome"),
    [
        (deployment("cert-manager-webhook", available="False", created=_YOUNG), CheckOutcome.WAITING),
        (deployment("cert-manager-webhook", available="False"), CheckOutcome.FAILED),
        (deployment("cert-manager-webhook", available="False", created=""), CheckOutcome.FAILED),
        (
            deployment("cert-manager-webhook", available="False", created=_YOUNG, replicas=0),
            CheckOutcome.FAILED,
        ),
        (
            deployment("cert-manager-webhook", created=_YOUNG, status={"observedGeneration": 0}),
            CheckOutcome.WAITING,
        ),
        (
            deployment(
                "cert-manager-webhook",
                created=_YOUNG,
                status={"conditions": [{"type": "Progressing", "status": "False"}]},
            ),
            CheckOutcome.FAILED,
        ),
    ],
)
def test_what_is_not_available_waits_while_it_is_young(webhook: ApiObject, outcome: CheckOutcome) -> None:
    found = judged(*_ALL[:2], webhook)
    assert found.outcome is outcome
    assert [each.code.name for each in found.diagnostics] == ["cert-manager-not-ready"]
    assert "not available: cert-manager-webhook" in found.detail


def test_a_missing_deployment_fails_and_a_webhook_without_endpoints_is_waited_for() -> None:
    missing = judged(*_ALL[:1])
    assert (missing.outcome, "no Deployment of cainjector, webhook" in missing.detail) == (
        CheckOutcome.FAILED,
        True,
    )
    headless = judged(*_ALL, addresses=0)
    assert (headless.outcome, headless.diagnostics[0].severity.value) == (CheckOutcome.WAITING, "warning")
    assert judged(*_ALL, addresses=None).outcome is CheckOutcome.OK


def test_deployments_are_known_by_labels_before_names() -> None:
    labelled = [
        deployment(f"release-{number}", labels={"app.kubernetes.io/component": role})
        for number, role in enumerate(("controller", "cainjector", "webhook"))
    ]
    assert (
        judged(*labelled, deployment("other"), deployment("release-cert-manager")).outcome is CheckOutcome.OK
    )


def test_the_service_behind_the_webhook() -> None:
    def configuration(group: str, service: object) -> ApiObject:
        hook = {"rules": [{"apiGroups": [group]}], "clientConfig": {"service": service}}
        return ApiObject({"webhooks": ["odd", hook]})

    ours = {"namespace": "pki", "name": "hook"}
    assert webhook_service([configuration("apps", ours), configuration("cert-manager.io", ours)]) == (
        WebhookTarget(namespace="pki", name="hook")
    )
    assert webhook_service([configuration("cert-manager.io", None), ApiObject({})]) is None
