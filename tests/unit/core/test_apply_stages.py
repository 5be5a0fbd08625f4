"""Which object is written in which stage, what is awaited, and what cert-manager injects is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.config.inventory_file import read_inventory_definition
from capyctl.core.api_object import text_at
from capyctl.core.apply_stages import Limits, Part, Stage, install_stages, staged_objects
from capyctl.core.object_key import ObjectKey, kinds_with
from capyctl.core.readiness import Awaited
from capyctl.core.transaction import Phase
from tests.plugins.install_world import (
    built_in_discovery,
    cert_manager,
    definition,
    deployment,
    provider,
    simple,
)

_SERVED = built_in_discovery()


def _staged(*parts: Part, before: Part | None = None, **limits: float) -> tuple[Stage, ...]:
    every = (*([before] if before else []), *parts)
    rendered = [read_inventory_definition(), *(raw for part in every for raw in part.objects)]
    return install_stages(
        before,
        parts,
        kinds_with(_SERVED, rendered),
        inventory=(read_inventory_definition(),),
        limits=Limits(**limits) if limits else None,
    )


def _names(stages: tuple[Stage, ...]) -> dict[str, list[str]]:
    return {stage.name: [f"{each.key.kind} {each.key.name}" for each in stage.objects] for stage in stages}


def test_the_stages_of_a_first_installation() -> None:
    stages = _staged(provider("cluster-api"), before=cert_manager(), providers=300)
    assert _names(stages) == {
        "cert-manager-namespaces": [
            "CustomResourceDefinition providers.clusterctl.cluster.x-k8s.io",
            "Namespace cert-manager",
        ],
        "cert-manager-base": [
            "CustomResourceDefinition certificates.cert-manager.io",
            "CustomResourceDefinition issuers.cert-manager.io",
            "Role cert-manager:leaderelection",
        ],
        "cert-manager-workloads": ["Deployment cert-manager"],
        "cert-manager-gates": [],
        "providers-namespaces": ["Namespace cluster-api-system"],
        "providers-certificates": ["Issuer selfsigned"],
        "providers-base": [
            "CustomResourceDefinition clusterapis.cluster-api.example.com",
            "ServiceAccount manager",
            "Secret credentials",
            "ClusterRole cluster-api-manager",
        ],
        "providers-workloads": ["Deployment controller-manager"],
        "inventory": ["Provider cluster-api"],
        "readiness": [],
    }
    goals = [(stage.name, goal.awaited, goal.limit) for stage in stages for goal in stage.goals]
    assert goals == [
        ("cert-manager-base", Awaited.ESTABLISHED, 60.0),
        ("cert-manager-gates", Awaited.AVAILABLE, 600.0),
        ("providers-base", Awaited.ESTABLISHED, 60.0),
        ("readiness", Awaited.AVAILABLE, 300.0),
    ]
    assert [stage.phase for stage in stages if not stage.name.startswith(("cert", "prov"))] == [
        Phase.INVENTORY,
        Phase.READINESS,
    ]


def test_without_waiting_there_is_no_readiness_and_without_cert_manager_none_of_its_stages() -> None:
    names = list(_names(_staged(provider("cluster-api"))))
    assert "readiness" not in names
    assert names[0] == "cert-manager-namespaces"
    kinds = kinds_with(_SERVED, ())
    assert install_stages(None, (), kinds) == ()


def test_objects_of_own_kinds_come_after_the_definitions_and_gates_after_the_workloads() -> None:
    hook = simple(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "hook",
        webhooks=[
            {"clientConfig": {"service": {"name": "webhook", "namespace": "home"}}},
            {"clientConfig": {"url": "https://example.com"}},
        ],
    )
    thing = simple("cluster-api.example.com/v1", "Clusterapi", "thing", "home")
    kind = simple("cluster-api.example.com/v1", "ClusterApi", "thing", "home")
    part = provider("cluster-api", extra=(hook, thing, kind))
    stages = _names(_staged(part))
    order = list(stages)
    assert (
        order.index("providers-base") < order.index("providers-custom") < order.index("providers-workloads")
    )
    assert order.index("providers-workloads") < order.index("providers-gates")
    assert stages["providers-custom"] == ["ClusterApi thing"]
    before = Part(owner="cert-manager", objects=(hook, deployment("a", "b")))
    (goals,) = [stage.goals for stage in _staged(before=before) if stage.name == "cert-manager-gates"]
    assert [(goal.awaited, [str(key) for key in goal.keys]) for goal in goals] == [
        (Awaited.AVAILABLE, ["Deployment b/a"]),
        (Awaited.ENDPOINTS, ["Service home/webhook"]),
    ]


def test_an_object_of_two_parts_is_written_once_and_namespaces_follow_the_scope() -> None:
    shared = simple("v1", "Namespace", "shared", "wrong", "cluster-api")
    role = simple("rbac.authorization.k8s.io/v1", "Role", "role")
    first, second = Part(owner="a", objects=(shared, role)), Part(owner="b", objects=(shared,))
    found = {str(each.key): each for each in staged_objects(_staged(first, second))}
    assert found["Namespace shared"].owner == "a"
    assert found["Namespace shared"].path == "/api/v1/namespaces/shared"
    assert found["Role default/role"].path.endswith("/namespaces/default/roles/role")


_INJECT = {"cert-manager.io/inject-ca-from": "home/serving"}


@pytest.mark.parametrize("annotations", [_INJECT, {}])
def test_a_placeholder_of_an_authority_is_left_out_where_cert_manager_fills_it(
    annotations: dict[str, str],
) -> None:
    crd: Any = definition("example.com", "Thing")
    crd["metadata"]["annotations"] = annotations
    crd["spec"]["conversion"] = {
        "strategy": "Webhook",
        "webhook": {"clientConfig": {"caBundle": "Cg==", "url": "x"}},
    }
    hook = simple(
        "admissionregistration.k8s.io/v1",
        "ValidatingWebhookConfiguration",
        "hook",
        webhooks=[{"name": "a", "clientConfig": {"caBundle": "Cg==", "url": "x"}}, "odd", {"name": "b"}],
    )
    hook["metadata"]["annotations"] = annotations
    bodies = {
        text_at(each.body, "kind"): each.body
        for each in staged_objects(_staged(Part(owner="a", objects=(crd, hook))))
        if each.owner == "a"
    }
    assert ("Cg==" in str(bodies)) == (not annotations)
    assert str(bodies).count("'url': 'x'") == 2
    assert crd["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"] == "Cg=="


def test_an_object_of_a_kind_that_nobody_knows_is_left_out() -> None:
    odd = simple("example.com/v1", "Odd", "odd")
    assert staged_objects(_staged(Part(owner="a", objects=(odd,), entry=odd))) == staged_objects(_staged())


def test_a_key_is_written_as_people_name_objects() -> None:
    assert str(ObjectKey(group="apps", kind="Deployment", namespace="a", name="b")) == "Deployment a/b"
