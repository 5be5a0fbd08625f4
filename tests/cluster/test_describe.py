"""``describe cluster`` on a real API server: requests, faults, absurd clusters, watching (issue 4, 1.7, 2, 3)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import Struct

import capyctl
from tests.cluster.clusterctl_tree import our_tree
from tests.plugins.api_faults import Answer, Broken, Fault, Rule, at, since
from tests.plugins.api_proxy import ApiProxy, open_api_proxy
from tests.plugins.build_real_parts import CLUSTER_API_VERSIONS
from tests.plugins.cluster_api import definitions, group_of, open_definitions
from tests.plugins.kube_client import Object
from tests.plugins.real_parts import find_part
from tests.plugins.running_cluster import ControlPlane

_NEWEST = CLUSTER_API_VERSIONS[-1]
_LABEL = "cluster.x-k8s.io/cluster-name"
_SIDE_BY_SIDE = 6
"""Descriptions at once; most of their time is pauses."""

_RuleOf = Callable[[int], Rule]
_FAULTS: Mapping[str, Fault] = {
    "reset": Broken.RESET,
    "cut": Broken.CUT,
    "stall": Broken.STALL,
    "500": Answer(status=500),
    "429": Answer(status=429),
}


@pytest.fixture(scope="module")
def served(control_plane: ControlPlane) -> ControlPlane:
    """The real definitions of Cluster API, and open kinds for what providers bring; no controller."""
    find_part("cluster-api", _NEWEST)
    control_plane.client.establish(*definitions(_NEWEST, "core"), *open_definitions("v1beta2"))
    return control_plane


def _object(kind: str, name: str, namespace: str, **more: Object) -> Object:
    return {
        "apiVersion": f"{group_of(kind)}/v1beta2",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {_LABEL: "one"},
            **more.pop("metadata", {}),
        },
        "spec": {},
        **more,
    }


def _reference(kind: str, name: str) -> Object:
    return {"apiGroup": group_of(kind), "kind": kind, "name": name}


def _machine(name: str, namespace: str, **metadata: Object) -> Object:
    spec = {
        "clusterName": "one",
        "bootstrap": {"configRef": _reference("TestConfig", name)},
        "infrastructureRef": _reference("TestMachine", name),
    }
    return _object("Machine", name, namespace, spec=spec, metadata={"labels": {_LABEL: "one"}, **metadata})


def _make(plane: ControlPlane, namespace: str, machines: int) -> None:
    """A Cluster with so many Machines made by hand, each with what it refers to."""
    references = {
        "infrastructureRef": _reference("TestCluster", "one"),
        "controlPlaneRef": _reference("TestControlPlane", "one"),
    }
    plane.client.apply(
        _object("TestCluster", "one", namespace),
        _object("TestControlPlane", "one", namespace),
        _object("Cluster", "one", namespace, spec=references),
    )
    for number in range(machines):
        name = f"m{number}"
        plane.client.create(_machine(name, namespace))
        plane.client.create(_object("TestMachine", name, namespace))
        plane.client.create(_object("TestConfig", name, namespace))


def _describe(kubeconfig: Path, namespace: str, timeout: float = 60.0) -> capyctl.DescribeResult:
    return capyctl.describe_cluster(
        "one",
        namespace=namespace,
        kubeconfig=kubeconfig,
        api_timeout=timeout,
        environ={"HOME": str(kubeconfig.parent)},
    )


def test_requests_do_not_grow_with_machines_and_none_of_them_writes(
    served: ControlPlane, api_proxy: ApiProxy
) -> None:
    """Issue 4 section 2."""
    counts = []
    for machines in (10, 100):
        namespace = served.client.new_namespace()
        _make(served, namespace, machines)
        served.settled()
        before = served.snapshot()
        api_proxy.forget()
        found = _describe(api_proxy.kubeconfig(), namespace)
        assert found.exit_status == 0
        assert found.cluster is not None
        assert str(our_tree(found.cluster)).count("Machine/m") >= machines
        counts.append(len(api_proxy.seen))
        assert api_proxy.writes == ()
        assert served.written_since(before) == set()
    assert counts[0] == counts[1] <= 11


@pytest.fixture(scope="module")
def small(served: ControlPlane) -> str:
    """The namespace of a small Cluster that nobody changes."""
    namespace = served.client.new_namespace()
    _make(served, namespace, 2)
    return namespace


class _Broken(Struct, frozen=True, kw_only=True):
    """A Cluster behind a proxy of its own for each description, so that they wait side by side."""

    plane: ControlPlane
    namespace: str
    folder: Path

    def describe(self, numbers: Sequence[int], rule: _RuleOf, timeout: float) -> list[capyctl.DescribeResult]:
        """The description under the rule of each number."""

        def found(number: int) -> capyctl.DescribeResult:
            folder = self.folder / str(number)
            folder.mkdir()
            with open_api_proxy(self.plane, folder) as proxy:
                proxy.rule = rule(number)
                return _describe(proxy.kubeconfig(), self.namespace, timeout)

        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            return list(pool.map(found, numbers))


@pytest.fixture
def broken(small: str, served: ControlPlane, tmp_path: Path) -> _Broken:
    """The small Cluster."""
    return _Broken(plane=served, namespace=small, folder=tmp_path)


@pytest.mark.parametrize("fault", _FAULTS)
def test_one_fault_at_any_request_is_passed_over(
    small: str, served: ControlPlane, broken: _Broken, fault: str
) -> None:
    """The answer is the same as without it."""
    expected = _describe(served.kubeconfig(), small)
    stalls = fault == "stall"
    numbers = (1, 4) if stalls else range(1, len(expected.evidence) + 1)
    for found in broken.describe(numbers, lambda number: at(number, _FAULTS[fault]), 4.0 if stalls else 60.0):
        if stalls:
            assert found.exit_status in (0, 3)
        else:
            assert (found.cluster, found.exit_status) == (expected.cluster, 0)


@pytest.mark.parametrize("fault", ["reset", "500", "429", "cut"])
def test_a_server_that_fails_for_good_at_any_request_leaves_no_half_truth(
    small: str, served: ControlPlane, broken: _Broken, fault: str
) -> None:
    """Undetermined, and what was not read is a node that says so, or there is no tree."""
    asked = len(_describe(served.kubeconfig(), small).evidence)
    numbers = range(1, asked + 1, 3)
    for found in broken.describe(numbers, lambda number: since(number, _FAULTS[fault]), 0.3):
        assert found.exit_status == 3
        assert found.errors
        if found.cluster is not None:
            assert all(each.computed is None or each.type != "Available" for each in found.cluster.conditions)


def test_an_absurd_cluster_is_described_without_hiding_the_rest(served: ControlPlane) -> None:
    """Odd conditions, owner loops, references into nowhere, and objects of other Clusters beside it."""
    namespace = served.client.new_namespace()
    _make(served, namespace, 2)
    served.client.apply(_machine("loop-a", namespace), _machine("loop-b", namespace))
    for name, other in (("loop-a", "loop-b"), ("loop-b", "loop-a")):
        owner = served.client.read(_machine(other, namespace))
        assert owner is not None
        reference = {"apiVersion": owner["apiVersion"], "kind": "Machine", "name": other, "controller": True}
        loop = [{**reference, "uid": owner["metadata"]["uid"]}]
        served.client.patch(_machine(name, namespace), {"metadata": {"ownerReferences": loop}})
    for number in range(50):
        foreign = _machine(f"foreign-{number}", namespace)
        served.client.create({**foreign, "metadata": {"name": f"foreign-{number}", "namespace": namespace}})
    odd = [
        7,
        {"type": 3},
        {"type": "Ready"},
        {"type": "Odd", "status": {"a": 1}, "reason": 4},
        {"status": "True"},
    ]
    served.client.set_status(_object("TestCluster", "one", namespace), {"conditions": odd})
    served.client.set_status(
        _object("TestControlPlane", "one", namespace),
        {"conditions": "none", "replicas": "three", "v1beta2": [1]},
    )
    bell = [
        {"type": "Ready", "status": "False", "reason": "Red\u001b[31m", "message": "\u202ebidi\u0007\r\nnext"}
    ]
    served.client.set_status(_object("TestMachine", "m0", namespace), {"conditions": bell})
    found = _describe(served.kubeconfig(), namespace)
    assert found.exit_status == 0
    assert found.cluster is not None
    names = str(our_tree(found.cluster))
    assert all(f"Machine/{name}'" in names for name in ("m0", "m1", "loop-a", "loop-b"))
    assert "foreign" not in names
    ran = _capyctl(served, namespace, "--color", "always")
    assert ran.returncode == 0, ran.stderr
    assert not {"\u0007", "\u202e", "\r"} & set(ran.stdout)
    assert "Red\x1b[31m" not in ran.stdout


def test_permissions_that_are_missing_are_one_error(served: ControlPlane, small: str) -> None:
    """403 never passes: answered at once, status 1."""
    found = _describe(served.kubeconfig_of_users(served.folder / "users"), small)
    assert found.exit_status == 0
    nobody = capyctl.describe_cluster(
        "one",
        namespace=small,
        kubeconfig=served.kubeconfig_of_users(served.folder / "users"),
        kubeconfig_context="nobody",
        environ={"HOME": str(served.folder)},
    )
    assert nobody.exit_status == 1
    assert [each.code.name for each in nobody.errors] == ["api-forbidden"]


def _command(plane: ControlPlane, namespace: str, *words: str) -> list[str]:
    kubeconfig = str(plane.kubeconfig())
    return [
        *(sys.executable, "-m", "capyctl", "describe", "cluster", "one"),
        *("-n", namespace, "--kubeconfig", kubeconfig, *words),
    ]


def _environment(plane: ControlPlane) -> dict[str, str]:
    return {"HOME": str(plane.folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def _capyctl(plane: ControlPlane, namespace: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(plane, namespace, *words),
        env=_environment(plane),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_document_of_the_process_is_the_librarys(served: ControlPlane, small: str) -> None:
    """One JSON document on stdout, by the schema's shape."""
    ran = _capyctl(served, small, "-o", "json")
    document = json.loads(ran.stdout)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert document["command"] == "describe cluster"
    root = document["result"]["cluster"]
    assert (root["kind"], root["name"], root["namespace"]) == ("Cluster", "one", small)
    assert [each["kind"] for each in root["children"]] == ["TestCluster", "TestControlPlane", "Virtual"]


def test_json_and_watching_exclude_each_other(served: ControlPlane, small: str) -> None:
    """cli.md 3."""
    assert _capyctl(served, small, "-o", "json", "--watch").returncode == 2
    assert _capyctl(served, small, "--show-conditions", "all, Machine").returncode == 2


@pytest.fixture
def watching(served: ControlPlane) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that watches a Cluster of its own, its output in a pipe."""
    namespace = served.client.new_namespace()
    _make(served, namespace, 1)
    with subprocess.Popen(
        _command(served, namespace, "--watch"),
        env=_environment(served),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process, namespace
        finally:
            process.kill()


def test_a_watch_shows_what_changed_and_ends_with_130(
    served: ControlPlane, watching: tuple[subprocess.Popen[str], str]
) -> None:
    """Blocks below lines with their times; the server's own restart is survived."""
    process, namespace = watching
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    assert next(lines).startswith("--- 20")
    assert next(line for line in lines if "m0" in line)
    served.client.create(_machine("later", namespace))
    assert next(line for line in lines if "Machine" in line and "later" in line)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
