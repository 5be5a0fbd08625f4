"""``cluster check`` on a real API server: each case beside its near miss (F24, F51, F60, F62, F63, F66, F74, F75)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import capyctl
from tests.meta.fix_rules import only_words
from tests.meta.test_schema import is_valid
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import each_kubernetes
from tests.plugins.installed_providers import (
    clusters_definition,
    definition,
    deployment,
    inventory_definition,
    operator_definitions,
    operator_provider,
    provider_entry,
)
from tests.plugins.kube_client import Object
from tests.plugins.kubelet import Kubelet, ready_condition, running_kubelet, system_pod
from tests.plugins.running_cluster import ControlPlane

pytestmark = each_kubernetes

_CONTROL_PLANE = {"node-role.kubernetes.io/control-plane": ""}
_NOT_SET = "Failed to get apiserver addresses from etcd: apiserver addresses not yet set"
_FREE = ("reachable", "ready", "kubernetes", "permissions", "clock")


class Checked:
    """The document of one run."""

    def __init__(self, document: dict[str, Any], stderr: str) -> None:
        assert is_valid(document)
        assert only_words(document) == []
        assert not stderr
        self.status: int = document["exit_status"]
        self.outcomes = {each["name"]: each["outcome"] for each in document["result"]["checks"]}
        self.details = {each["name"]: each["detail"] for each in document["result"]["checks"]}
        self.diagnostics: list[dict[str, Any]] = document["diagnostics"]
        self.codes = {each["name"]: each["severity"] for each in self.diagnostics}

    def detail(self, code: str) -> str:
        """The words of the first diagnostic of a code."""
        return next(str(each["detail"]) for each in self.diagnostics if each["name"] == code)


def command(kubeconfig: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "capyctl", "cluster", "check", "--kubeconfig", str(kubeconfig), *words]


def environment(home: Path, **variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), **variables}


def check(kubeconfig: Path, *words: str, **variables: str) -> Checked:
    ran = subprocess.run(
        command(kubeconfig, *words, "-o", "json"),
        env=environment(kubeconfig.parent, **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    found = Checked(json.loads(ran.stdout), ran.stderr)
    assert ran.returncode == found.status
    return found


@pytest.fixture
def kubeconfig(control_plane: ControlPlane, tmp_path: Path) -> Path:
    return control_plane.kubeconfig_of_users(tmp_path / "kubeconfig")


@pytest.fixture
def kubelet(control_plane: ControlPlane) -> Iterator[Kubelet]:
    """A control-plane node that joined just now, with a pod of the system on it."""
    client = control_plane.client
    with running_kubelet() as found:
        node = found.node("cp-1", control_plane.kubernetes_version, _CONTROL_PLANE)
        pod = system_pod("etcd-cp-1", "cp-1")
        client.apply(node, pod)
        yield found
        client.raw("DELETE", client.path(pod), params={"gracePeriodSeconds": "0"})
        client.delete(node)


def install(control_plane: ControlPlane, *objects: Object) -> Iterator[None]:
    client = control_plane.client
    definitions = [each for each in objects if each["kind"] == "CustomResourceDefinition"]
    others = [each for each in objects if each not in definitions]
    try:
        client.establish(*definitions)
        for namespace in {each["metadata"]["namespace"] for each in others}:
            client.namespace(namespace)
        client.apply(*others)
        yield
    finally:
        for each in (*others, *definitions):
            client.delete(each)
        client.wait_until(lambda: all(client.read(each) is None for each in definitions), "no definitions")


@pytest.fixture
def installed(control_plane: ControlPlane, request: pytest.FixtureRequest) -> Iterator[None]:
    yield from install(control_plane, *request.param)


def core(version: str, contract: str = "v1beta2", *more: Object) -> list[Object]:
    return [
        inventory_definition(),
        clusters_definition(contract),
        provider_entry("cluster-api", version, "capi-system"),
        *more,
    ]


def minor(plane: ControlPlane, step: int = 0) -> str:
    major, number, _ = plane.kubernetes_version.removeprefix("v").split(".")
    return f"v{major}.{int(number) + step}"


def test_an_empty_cluster_is_free_for_init_and_nothing_is_written(
    control_plane: ControlPlane, api_proxy: ApiProxy
) -> None:
    before = control_plane.settled()
    found = check(api_proxy.kubeconfig(), "--kubernetes-version", control_plane.kubernetes_version)
    assert {name for name, outcome in found.outcomes.items() if outcome == "ok"} == set(_FREE)
    assert {
        found.outcomes[name] for name in ("nodes", "core", "inventory", "cert-manager", "node-tunnels")
    } == {"skipped"}
    assert (found.status, found.codes) == (0, {"node-not-ready": "warning"})
    assert api_proxy.writes == ()
    assert {each.asked.method for each in api_proxy.seen} == {"GET", "POST"}
    assert len(api_proxy.seen) <= 10
    assert control_plane.written_since(before) == set()


def test_the_text_is_one_line_a_check_within_80_columns(kubeconfig: Path) -> None:
    ran = subprocess.run(
        command(kubeconfig),
        env=environment(kubeconfig.parent),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = ran.stdout.splitlines()
    assert lines[0].split() == ["CHECK", "OUTCOME", "DETAIL"]
    assert [line.split()[0] for line in lines[1:] if not line.startswith(" ")][:2] == ["reachable", "ready"]
    assert max(map(len, lines)) <= 80
    assert (ran.returncode, "warning[CAPY0713]" in ran.stderr) == (0, True)


def test_the_server_is_not_the_kubernetes_that_was_asked_for(
    control_plane: ControlPlane, kubeconfig: Path
) -> None:
    asked = minor(control_plane, -1)
    other = check(kubeconfig, KUBERNETES_VERSION=asked)
    assert (other.status, other.outcomes["kubernetes"]) == (1, "failed")
    assert other.codes["kubernetes-not-as-asked"] == "error"
    words = other.detail("kubernetes-not-as-asked")
    assert words.startswith(
        f"Asked for {asked} (KUBERNETES_VERSION); the server is {control_plane.kubernetes_version}, emulates "
    )
    assert "minimum compatible" in words
    near = check(kubeconfig, "--kubernetes-version", minor(control_plane), KUBERNETES_VERSION=asked)
    assert (near.status, near.outcomes["kubernetes"]) == (0, "ok")


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


@pytest.mark.parametrize(
    ("status", "text"),
    [(502, "bad gateway"), (503, "no tunnel"), (504, "late"), (500, _NOT_SET), (200, _NOT_SET)],
)
def test_a_young_control_plane_node_without_its_tunnel_is_waited_for(
    kubeconfig: Path, kubelet: Kubelet, status: int, text: str
) -> None:
    kubelet.answer(status, text)
    found = check(kubeconfig)
    assert (found.status, found.outcomes["node-tunnels"]) == (3, "waiting")
    assert found.codes["addresses-not-set"] == "warning"
    assert "Control-plane node cp-1 joined" in found.detail("addresses-not-set")
    assert any("/containerLogs/kube-system/etcd-cp-1/main?" in path for path in kubelet.asked)


def test_a_control_plane_node_that_answers_is_ok(kubeconfig: Path, kubelet: Kubelet) -> None:
    kubelet.answer(200, "leader elected, address not set by hand\n")
    found = check(kubeconfig)
    assert (found.status, found.outcomes["node-tunnels"], found.outcomes["nodes"]) == (0, "ok", "ok")
    assert "addresses-not-set" not in found.codes


def test_fewer_addresses_than_control_plane_nodes_are_waited_for(
    control_plane: ControlPlane, kubeconfig: Path, kubelet: Kubelet
) -> None:
    second = kubelet.node("cp-2", control_plane.kubernetes_version, _CONTROL_PLANE)
    control_plane.client.apply(second)
    try:
        found = check(kubeconfig)
    finally:
        control_plane.client.delete(second)
    assert (found.status, found.outcomes["ready"], found.outcomes["node-tunnels"]) == (3, "waiting", "ok")
    assert "only 1 of 2 control-plane nodes" in found.detail("addresses-not-set")


def test_kubelets_out_of_the_skew_policy_fail(
    control_plane: ControlPlane, kubeconfig: Path, kubelet: Kubelet
) -> None:
    newer = kubelet.node("w-1", f"{minor(control_plane, 1)}.0", {})
    control_plane.client.apply(newer)
    try:
        found = check(kubeconfig)
    finally:
        control_plane.client.delete(newer)
    assert (found.status, found.outcomes["nodes"], found.codes["node-version-skew"]) == (1, "failed", "error")


def test_waiting_ends_once_no_part_is_waiting_any_more(
    control_plane: ControlPlane, api_proxy: ApiProxy, kubelet: Kubelet
) -> None:
    """The node becomes ready only after it was seen not to be."""
    node = kubelet.node("cp-1", "", {})
    control_plane.client.set_status(node, {"conditions": [ready_condition("False")]})
    seen = threading.Event()
    api_proxy.rule = lambda asked: seen.set() if asked.path.endswith("/log") else None
    with subprocess.Popen(
        command(api_proxy.kubeconfig(), "--wait", "-o", "json"),
        env=environment(control_plane.folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert seen.wait(60)
        control_plane.client.set_status(node, {"conditions": [ready_condition("True")]})
        stdout, stderr = process.communicate(timeout=120)
    found = Checked(json.loads(stdout), stderr)
    assert (found.status, found.outcomes["nodes"], found.codes) == (0, "ok", {})


def test_waiting_that_passes_without_success_ends_with_3(kubeconfig: Path, kubelet: Kubelet) -> None:
    kubelet.answer(503, "no tunnel")
    found = check(kubeconfig, "--wait", "1s")
    assert (found.status, found.outcomes["node-tunnels"]) == (3, "waiting")


def test_who_may_not_install_is_told_everything_in_one_diagnosis(kubeconfig: Path) -> None:
    reader = check(kubeconfig, "--kubeconfig-context", "reader")
    assert (reader.status, reader.outcomes["permissions"], reader.outcomes["nodes"]) == (
        1,
        "failed",
        "skipped",
    )
    assert [each["name"] for each in reader.diagnostics].count("permissions-missing") == 1
    words = reader.detail("permissions-missing")
    assert "create, patch: configmaps, namespaces, " in words
    assert "create, patch, bind, escalate: clusterroles.rbac.authorization.k8s.io" in words
    stranger = check(kubeconfig, "--kubeconfig-context", "nobody")
    assert stranger.status == 1
    assert sorted(stranger.codes) == ["api-forbidden", "permissions-missing"]
    assert {stranger.outcomes[name] for name in ("nodes", "core", "inventory", "cert-manager")} == {"skipped"}


def test_a_proxy_that_covers_the_cluster_is_a_warning_with_what_to_add(kubeconfig: Path) -> None:
    proxy = "http://proxy.example.com:3128"
    found = check(kubeconfig, HTTPS_PROXY=proxy)
    assert found.codes["proxy-covers-cluster"] == "warning"
    assert f".svc through {proxy}; 10.0.0.1 through {proxy}" in found.detail("proxy-covers-cluster")
    (told,) = (each for each in found.diagnostics if each["name"] == "proxy-covers-cluster")
    assert "export NO_PROXY=.svc,.cluster.local,10.0.0.0/24" in told["fixes"][0]["title"]
    near = check(kubeconfig, HTTPS_PROXY=proxy, NO_PROXY="127.0.0.1,.svc,10.0.0.0/24")
    assert "proxy-covers-cluster" not in near.codes


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


def test_the_library_gives_the_same_parts(kubeconfig: Path) -> None:
    environ = environment(kubeconfig.parent)
    found = capyctl.check_cluster(kubeconfig=kubeconfig, kubernetes_version="v1.30", environ=environ)
    command_line = check(kubeconfig, "--kubernetes-version", "v1.30")
    assert {each.name.value: each.outcome.value for each in found.checks} == command_line.outcomes
    assert (found.exit_status, {each.code.name for each in found.diagnostics}) == (1, set(command_line.codes))
    missing = capyctl.check_cluster(kubeconfig=kubeconfig, kubeconfig_context="nowhere", environ=environ)
    assert (missing.checks, missing.exit_status) == ((), 1)


def test_a_server_that_is_not_there_leaves_the_verdict_open(api_proxy: ApiProxy) -> None:
    kubeconfig = api_proxy.kubeconfig()
    api_proxy.refuse()
    found = check(kubeconfig, "--api-timeout", "1s")
    assert (found.status, found.outcomes["reachable"]) == (3, "waiting")
    assert {outcome for name, outcome in found.outcomes.items() if name != "reachable"} == {"skipped"}
    assert found.codes == {"api-server-unreachable": "warning"}
