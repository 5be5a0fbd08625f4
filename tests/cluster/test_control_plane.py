"""The control plane of the tests is a real one: of the version it says, with controllers that work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugins.build_real_parts import ETCD_VERSION, KUBERNETES_VERSIONS, MODULES
from tests.plugins.cluster_fixture import Shape, each_kubernetes
from tests.plugins.kube_client import KubeError, Object, condition
from tests.plugins.running_cluster import USERS, ControlPlane

_CONFIGMAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}, "data": {"a": "1"}}


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_the_module_asks_for_the_version_that_the_build_names(version: str) -> None:
    module = (MODULES / f"kubernetes-{version[1:5]}" / "go.mod").read_text(encoding="utf-8")
    assert re.findall(r"^\s*k8s\.io/kubernetes (\S+)$", module, re.MULTILINE) == [version]
    replaced = set(re.findall(r"=> k8s\.io/\S+ (\S+)$", module, re.MULTILINE))
    assert replaced == {"v0." + version.removeprefix("v1.")}


def test_the_module_asks_for_the_etcd_that_the_build_names() -> None:
    module = (MODULES / "kubernetes-1.34" / "go.mod").read_text(encoding="utf-8")
    assert re.findall(r"^\s*go\.etcd\.io/etcd/server/v3 (\S+)$", module, re.MULTILINE) == [ETCD_VERSION]


@each_kubernetes
def test_the_server_is_of_the_version_it_was_built_from(control_plane: ControlPlane) -> None:
    told = control_plane.client.get("/version")
    assert told["gitVersion"] == control_plane.kubernetes_version
    assert f"v{told['emulationMajor']}.{told['emulationMinor']}" == control_plane.kubernetes_version[:5]


@each_kubernetes
def test_namespaces_end(control_plane: ControlPlane, namespace: str) -> None:
    inside: Object = {**_CONFIGMAP, "metadata": {"name": "one", "namespace": namespace}}
    control_plane.client.apply(inside)
    around: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    control_plane.client.delete(around)
    control_plane.client.wait_until(lambda: control_plane.client.read(around) is None, "the namespace's end")
    assert control_plane.client.read(inside) is None


def _may(control_plane: ControlPlane, user: str, verb: str) -> bool:
    asked: Object = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {"verb": verb, "resource": "secrets", "namespace": "default"}},
    }
    with control_plane.client_of(user) as client:
        answer: bool = client.create(asked)["status"]["allowed"]
    return answer


def test_each_user_may_do_what_its_name_says(control_plane: ControlPlane) -> None:
    allowed = {
        user: {verb for verb in ("get", "create") if _may(control_plane, user, verb)} for user in USERS
    }
    assert allowed == {"admin": {"get", "create"}, "reader": {"get"}, "nobody": set()}


def test_a_write_shows_in_etcd_and_silence_does_not(control_plane: ControlPlane, namespace: str) -> None:
    before = control_plane.settled()
    assert control_plane.written_since(before) == set()
    wanted: Object = {**_CONFIGMAP, "metadata": {"name": "one", "namespace": namespace}}
    control_plane.client.apply(wanted)
    assert control_plane.written_since(before) == {f"/registry/configmaps/{namespace}/one"}
    between = control_plane.snapshot()
    control_plane.client.delete(wanted)
    assert control_plane.written_since(between) == {f"/registry/configmaps/{namespace}/one"}


def test_creating_what_is_there_is_refused(control_plane: ControlPlane, namespace: str) -> None:
    wanted: Object = {**_CONFIGMAP, "metadata": {"name": "one", "namespace": namespace}}
    control_plane.client.create(wanted)
    with pytest.raises(KubeError, match="already exists") as caught:
        control_plane.client.create(wanted)
    assert caught.value.status == 409


def test_the_server_can_be_away_and_come_back(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.processes.kill("kube-apiserver")
    assert not control_plane.processes.running("kube-apiserver")
    control_plane.start_server()
    control_plane.wait_ready()
    assert control_plane.client.get(f"/api/v1/namespaces/{namespace}")["status"] == {"phase": "Active"}


@pytest.mark.parametrize("control_plane", [Shape(nodes=2)], indirect=True, ids=str, scope="module")
def test_deployments_become_available_on_its_nodes(control_plane: ControlPlane, namespace: str) -> None:
    versions = {
        each["status"]["nodeInfo"]["kubeletVersion"]
        for each in control_plane.client.get("/api/v1/nodes")["items"]
    }
    assert versions == {control_plane.kubernetes_version}
    labels = {"app": "one"}
    wanted: Object = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "one", "namespace": namespace},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "one", "image": "registry.invalid/one:1"}]},
            },
        },
    }
    control_plane.client.apply(wanted)

    def available() -> bool:
        return condition(control_plane.client.read(wanted), "Available").get("status") == "True"

    control_plane.client.wait_until(available, "the deployment")
    found = control_plane.client.read(wanted)
    assert found is not None
    assert found["status"]["readyReplicas"] == 3


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.plugins.processes import Processes
processes = Processes(Path(sys.argv[1]))
processes.start("one", [sys.executable, "-c", "import time; time.sleep(600)"])
print(processes.pid("one"), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_outlives_a_test_run_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(tmp_path)]
    ran = subprocess.run(
        command, cwd=MODULES.parents[1], stdout=subprocess.PIPE, text=True, check=False, timeout=120
    )
    number = int(ran.stdout)
    assert ran.returncode == -9
    proc = Path("/proc") / str(number)
    for _ in range(10_000):
        if not proc.exists():
            break
        subprocess.run(["sleep", "0.01"], check=True)
    assert not proc.exists()
