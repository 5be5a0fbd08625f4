"""``cluster check`` on a real API server where something is installed: each case beside its near miss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.test_check import check, core
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import each_kubernetes
from tests.plugins.installed_providers import (
    clusters_definition,
    definition,
    deployment,
    operator_definitions,
    operator_provider,
    provider_entry,
)
from tests.plugins.kube_client import Object
from tests.plugins.running_cluster import ControlPlane

pytestmark = each_kubernetes


@pytest.fixture
def kubeconfig(control_plane: ControlPlane, tmp_path: Path) -> Path:
    return control_plane.kubeconfig(tmp_path / "kubeconfig")


@pytest.fixture
def installed(control_plane: ControlPlane, request: pytest.FixtureRequest) -> Iterator[None]:
    """These objects; afterwards their definitions stay, for one made anew under its name may not come for minutes."""
    client = control_plane.client
    definitions = [each for each in request.param if each["kind"] == "CustomResourceDefinition"]
    others = [each for each in request.param if each not in definitions]
    client.establish(*definitions)
    for namespace in {each["metadata"]["namespace"] for each in others}:
        client.namespace(namespace)
    client.apply(*others)
    yield
    for each in others:
        client.delete(each)


@pytest.mark.parametrize("installed", [core("v1.9.4", "v1beta1")], indirect=True, ids=["v1.9.4"])
@pytest.mark.usefixtures("installed")
def test_a_core_that_does_not_know_this_kubernetes_and_speaks_an_older_contract(kubeconfig: Path) -> None:
    found = check(kubeconfig)
    assert found.codes["kubernetes-too-new"] == "warning"
    assert "core v1.9.4 supports 1.28 to 1.32" in found.detail("kubernetes-too-new")
    assert "cluster-contract-older" in found.codes
    assert found.details["core"] == "cluster-api v1.9.4 in capi-system, contract v1beta1"
    assert (found.status, found.codes["cert-manager-missing"]) == (1, "error")


@pytest.mark.parametrize(
    "installed",
    [
        core(
            "v1.14.0",
            "v1beta2",
            provider_entry("infrastructure-nobody", "v0.1.0", "capi-system"),
            definition(
                "infrastructure.cluster.x-k8s.io",
                "AWSCluster",
                "v1beta2",
                labels={"cluster.x-k8s.io/provider": "infrastructure-aws"},
            ),
        )
    ],
    indirect=True,
    ids=["v1.14.0"],
)
@pytest.mark.usefixtures("installed")
def test_a_core_that_fits_with_an_unknown_provider_and_one_that_was_never_recorded(kubeconfig: Path) -> None:
    found = check(kubeconfig)
    assert (found.outcomes["kubernetes"], found.outcomes["core"], found.outcomes["inventory"]) == (
        "ok",
        "ok",
        "ok",
    )
    assert {
        name: found.codes.get(name) for name in ("installed-provider-unknown", "installation-unfinished")
    } == {
        "installed-provider-unknown": "warning",
        "installation-unfinished": "warning",
    }
    assert not {"kubernetes-too-new", "kubernetes-too-old", "cluster-contract-older"} & set(found.codes)
    assert "infrastructure-aws" in found.detail("installation-unfinished")


@pytest.mark.parametrize(
    "installed",
    [core("v1.13.6", "v1beta2", provider_entry("cluster-api", "v1.12.0", "default"))],
    indirect=True,
    ids=["two"],
)
@pytest.mark.usefixtures("installed")
def test_two_core_providers_fail(kubeconfig: Path) -> None:
    found = check(kubeconfig)
    assert (found.status, found.outcomes["core"], found.codes["core-provider-count"]) == (
        1,
        "failed",
        "error",
    )


@pytest.mark.parametrize(
    "installed",
    [
        [
            *operator_definitions(),
            clusters_definition("v1beta1"),
            {**operator_provider("cluster-api", "v1.10.4", None), "status": {}},
        ]
    ],
    indirect=True,
    ids=["operator"],
)
@pytest.mark.usefixtures("installed")
def test_a_cluster_of_the_operator_is_not_taken_for_empty(kubeconfig: Path) -> None:
    found = check(kubeconfig)
    assert "managed by the operator" in found.details["core"]
    assert (found.outcomes["core"], found.codes["managed-by-operator"]) == ("ok", "note")


def certificates(**labels: str) -> list[Object]:
    roles = ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook")
    return [
        definition(
            "cert-manager.io", "Certificate", "v1", labels={"app.kubernetes.io/version": "v1.17.2", **labels}
        ),
        *(deployment(role, "cert-manager", {}, {}) for role in roles),
    ]


@pytest.mark.parametrize("installed", [certificates()], indirect=True, ids=["cert-manager"])
@pytest.mark.usefixtures("installed")
def test_cert_manager_is_judged_without_writing(api_proxy: ApiProxy) -> None:
    found = check(api_proxy.kubeconfig())
    assert found.details["cert-manager"].startswith("v1.17.2, installed by others in cert-manager")
    assert api_proxy.writes == ()
