"""Deployments that run with an expression in place of a value (F57)."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.rules.unexpanded import unexpanded_arguments


def _deployment(**container: Any) -> ApiObject:  # noqa: ANN401
    metadata = {"name": "m", "namespace": "n", "labels": {"cluster.x-k8s.io/provider": "infrastructure-aws"}}
    return ApiObject(
        {
            "metadata": metadata,
            "spec": {"template": {"spec": {"containers": [{"name": "manager", **container}]}}},
        }
    )


@pytest.mark.parametrize(
    "container",
    [
        {"args": ["--feature-gates=MachinePool=${EXP_MACHINE_POOL:=false}"]},
        {"command": ["/manager", "-v=${LEVEL}"]},
        {"env": [{"name": "A", "value": "${A}"}]},
    ],
)
def test_an_expression_is_told_with_its_deployment(container: dict[str, Any]) -> None:
    (found,) = unexpanded_arguments([_deployment(**container)])
    assert found.subject.provider == "infrastructure-aws"
    assert found.code is codes.TEMPLATE_NOT_EXPANDED
    assert "n/m" in found.detail


@pytest.mark.parametrize(
    "container", [{}, {"args": ["--x=$(NAME)", 3]}, {"env": [{"name": "A", "value": "$A"}]}]
)
def test_what_kubernetes_expands_itself_is_none(container: dict[str, Any]) -> None:
    assert not list(unexpanded_arguments([_deployment(**container)]))
