"""Which cluster is named (clusterctl-cluster 8.1, weakness 25 mended): files, contexts, the pod; nothing is asked."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from capyctl.adapters.http_settings import Trust
from capyctl.adapters.kubernetes_config import ConnectorSettings, KubernetesConnector, PodFiles
from capyctl.adapters.system_clock import SystemClock
from capyctl.ports.cluster import ClusterChoice, ClusterConnection, KubeconfigError, KubeconfigTrouble
from capyctl.report.progress import NoProgress

_NO_POD = PodFiles(token="/nowhere/token", authorities="/nowhere/ca", namespace="/nowhere/ns")  # noqa: S106 - a path


def kubeconfig(path: Path, server: str, **more: object) -> Path:
    """A kubeconfig whose one context has the file's name."""
    name = path.name
    held = {
        "current-context": name,
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": f"ns-{name}"}}],
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": {"token": f"t-{name}"}}],
        **more,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(held))
    return path


def connect(
    variables: Mapping[str, str] | None = None,
    home: Path | None = None,
    pod: PodFiles = _NO_POD,
    kubeconfig: Path | str | None = None,
    context: str | None = None,
) -> ClusterConnection:
    settings = ConnectorSettings(
        variables=variables or {},
        home=str(home) if home is not None else None,
        trust=Trust(),
        proxy_for=lambda _: None,
        clock=SystemClock(),
        left=lambda: 1.0,
        progress=NoProgress(),
        record=lambda _: None,
        at_end=lambda _: None,
        pod=pod,
    )
    named = str(kubeconfig) if kubeconfig is not None else None
    return KubernetesConnector(settings=settings).connect(ClusterChoice(kubeconfig=named, context=context))


def trouble(**named: object) -> KubeconfigError:
    with pytest.raises(KubeconfigError) as caught:
        connect(**named)  # type: ignore[arg-type]
    return caught.value


@pytest.fixture
def pod(tmp_path: Path) -> PodFiles:
    folder = tmp_path / "pod"
    folder.mkdir()
    for name, text in (("token", "t"), ("ca", "-----BEGIN CERTIFICATE-----\n"), ("ns", "pod-ns\n")):
        (folder / name).write_text(text)
    return PodFiles(token=str(folder / "token"), authorities=str(folder / "ca"), namespace=str(folder / "ns"))


_IN_A_POD = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def test_the_flag_names_one_file_and_no_other_is_read(tmp_path: Path) -> None:
    one = kubeconfig(tmp_path / "one", "https://one:6443")
    other = kubeconfig(tmp_path / "other", "https://other:6443")
    found = connect({"KUBECONFIG": str(other)}, kubeconfig=one)
    assert (found.api.address, found.context, found.namespace) == ("https://one:6443", "one", "ns-one")
    assert found.source == str(one)


def test_the_variable_wins_over_the_file_at_home(tmp_path: Path) -> None:
    kubeconfig(tmp_path / ".kube" / "config", "https://home:6443")
    named = kubeconfig(tmp_path / "named", "https://named:6443")
    assert connect(home=tmp_path).api.address == "https://home:6443"
    assert connect({"KUBECONFIG": str(named)}, home=tmp_path).api.address == "https://named:6443"


def test_several_files_are_one_in_which_the_first_counts(tmp_path: Path) -> None:
    first = kubeconfig(tmp_path / "first", "https://first:6443")
    second = kubeconfig(tmp_path / "second", "https://second:6443")
    again = kubeconfig(tmp_path / "again" / "first", "https://again:6443")
    missing = tmp_path / "missing"
    variables = {"KUBECONFIG": os.pathsep.join(map(str, (missing, first, second, again)))}
    assert connect(variables).api.address == "https://first:6443"
    assert connect(variables, context="second").api.address == "https://second:6443"
    assert connect(variables).source == os.pathsep.join(map(str, (first, second, again)))


def test_a_context_may_take_its_cluster_from_another_file(tmp_path: Path) -> None:
    first = tmp_path / "first"
    context = {"name": "x", "context": {"cluster": "second", "user": "second"}}
    first.write_text(yaml.safe_dump({"current-context": "x", "contexts": [context]}))
    second = kubeconfig(tmp_path / "second", "https://second:6443")
    found = connect({"KUBECONFIG": f"{first}{os.pathsep}{second}"})
    assert (found.api.address, found.context, found.namespace) == ("https://second:6443", "x", "default")


def test_relative_paths_start_from_their_own_file(tmp_path: Path) -> None:
    pem = tmp_path / "deep" / "ca.pem"
    pem.parent.mkdir()
    pem.write_text("-----BEGIN CERTIFICATE-----\n")
    cluster = {"server": "https://x:6443", "certificate-authority": "ca.pem"}
    there = kubeconfig(tmp_path / "deep" / "there", "", clusters=[{"name": "there", "cluster": cluster}])
    assert connect(kubeconfig=there).api.address == "https://x:6443"
    near = kubeconfig(tmp_path / "near", "", clusters=[{"name": "near", "cluster": cluster}])
    assert trouble(kubeconfig=near).trouble is KubeconfigTrouble.FILE_MALFORMED


@pytest.mark.parametrize("inside", [{}, _IN_A_POD], ids=["outside", "in a pod"])
def test_a_named_file_that_is_missing_never_falls_back(
    tmp_path: Path, pod: PodFiles, inside: Mapping[str, str]
) -> None:
    kubeconfig(tmp_path / ".kube" / "config", "https://home:6443")
    missing = str(tmp_path / "missing")
    by_flag = trouble(kubeconfig=missing, variables=inside, home=tmp_path, pod=pod)
    by_variable = trouble(variables={**inside, "KUBECONFIG": missing}, home=tmp_path, pod=pod)
    for found in (by_flag, by_variable):
        assert (found.trouble, found.file) == (KubeconfigTrouble.FILE_MISSING, missing)


def test_a_file_that_cannot_be_looked_at_is_not_said_to_be_missing(tmp_path: Path, pod: PodFiles) -> None:
    closed = str(tmp_path / ("x" * 300))
    (tmp_path / ".kube").symlink_to("x" * 300)
    default = str(tmp_path / ".kube" / "config")
    assert trouble(kubeconfig=closed).trouble is KubeconfigTrouble.FILE_UNREADABLE
    assert trouble(variables={"KUBECONFIG": closed}).trouble is KubeconfigTrouble.FILE_UNREADABLE
    found = trouble(variables=_IN_A_POD, home=tmp_path, pod=pod)
    assert (found.trouble, found.file) == (KubeconfigTrouble.FILE_UNREADABLE, default)


def test_a_context_that_is_not_there_never_falls_back(tmp_path: Path, pod: PodFiles) -> None:
    named = kubeconfig(tmp_path / "named", "https://named:6443")
    found = trouble(kubeconfig=named, context="nmaed", variables=_IN_A_POD, pod=pod)
    assert (found.trouble, found.contexts) == (KubeconfigTrouble.CONTEXT_UNKNOWN, ("named",))
    without_a_file = trouble(context="x", variables=_IN_A_POD, pod=pod)
    assert without_a_file.trouble is KubeconfigTrouble.CONTEXT_UNKNOWN


def test_a_current_context_that_is_missing_or_unset_is_told_with_those_that_exist(tmp_path: Path) -> None:
    stale = kubeconfig(tmp_path / "stale", "https://x:6443", **{"current-context": "gone"})
    unset = kubeconfig(tmp_path / "unset", "https://x:6443", **{"current-context": ""})
    for path in (stale, unset):
        found = trouble(kubeconfig=path)
        assert (found.trouble, found.contexts) == (KubeconfigTrouble.CONTEXT_UNKNOWN, (path.name,))
    assert connect(kubeconfig=unset, context="unset").context == "unset"


def test_the_pod_is_taken_where_nothing_is_named_and_no_file_is_there(tmp_path: Path, pod: PodFiles) -> None:
    found = connect(_IN_A_POD, home=tmp_path, pod=pod)
    assert (found.api.address, found.context, found.namespace) == ("https://10.0.0.1:443", None, "pod-ns")
    assert found.source == "in-cluster"
    kubeconfig(tmp_path / ".kube" / "config", "https://home:6443")
    assert connect(_IN_A_POD, home=tmp_path, pod=pod).api.address == "https://home:6443"


def test_a_pod_whose_namespace_cannot_be_read_has_none(pod: PodFiles) -> None:
    nameless = PodFiles(token=pod.token, authorities=pod.authorities, namespace="/nowhere/ns")
    assert connect(_IN_A_POD, pod=nameless).namespace is None


def test_what_is_empty_names_nothing(tmp_path: Path) -> None:
    kubeconfig(tmp_path / ".kube" / "config", "https://home:6443")
    found = connect({"KUBECONFIG": ""}, home=tmp_path, kubeconfig="", context="")
    assert found.api.address == "https://home:6443"


def test_nothing_named_and_nothing_there(tmp_path: Path) -> None:
    assert trouble(home=tmp_path).trouble is KubeconfigTrouble.NOTHING_FOUND
    assert trouble().trouble is KubeconfigTrouble.NOTHING_FOUND


@pytest.mark.parametrize("text", ["", "\n", "{}", "apiVersion: v1\nkind: Config\n", "contexts: []\n"])
def test_a_file_that_names_nothing_is_no_other_cluster(tmp_path: Path, pod: PodFiles, text: str) -> None:
    empty = tmp_path / "empty"
    empty.write_text(text)
    found = trouble(variables={**_IN_A_POD, "KUBECONFIG": str(empty)}, pod=pod)
    assert (found.trouble, found.file) == (KubeconfigTrouble.NOTHING_FOUND, str(empty))


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "- a\n- b\n",
        "just text",
        "contexts: {}\ncurrent-context: x\n",
        "contexts: [1]\n",
        "contexts: [{}]\n",
        "clusters: 7\n",
        "contexts: [{name: x, context: [1]}]\ncurrent-context: x\n",
        "contexts: [{name: x}]\ncurrent-context: x\n",
        "contexts: [{name: x, context: {cluster: 1, user: {}}}]\ncurrent-context: x\n",
        "users: [{name: [1], user: 3}]\n",
        "[" * 3000,
    ],
)
def test_a_file_of_any_shape_is_told_and_not_a_fault(tmp_path: Path, text: str) -> None:
    strange = tmp_path / "strange"
    strange.write_text(text)
    assert trouble(kubeconfig=strange).trouble in (
        KubeconfigTrouble.FILE_MALFORMED,
        KubeconfigTrouble.CONTEXT_UNKNOWN,
        KubeconfigTrouble.CONTEXT_INCOMPLETE,
        KubeconfigTrouble.NOTHING_FOUND,
    )


def test_a_fault_in_a_file_quotes_nothing_of_it(tmp_path: Path) -> None:
    nameless = tmp_path / "nameless"
    nameless.write_text("users: [{user: {token: hidden-1}}, {user: {token: hidden-2}}]\n")
    broken = tmp_path / "broken"
    broken.write_text("users:\n- token: hidden-3\n  x: [\n")
    for path, words in ((nameless, "lists of named entries"), (broken, "no YAML (line 4, column 1)")):
        found = trouble(kubeconfig=path)
        assert words in found.reason
        assert "hidden" not in found.reason


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert trouble(kubeconfig=tmp_path).trouble is KubeconfigTrouble.FILE_UNREADABLE
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    assert trouble(kubeconfig=binary).trouble is KubeconfigTrouble.FILE_MALFORMED


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"clusters": []}, "a cluster with a server"),
        ({"clusters": [{"name": "c", "cluster": {}}]}, "a cluster with a server"),
        ({"users": []}, "its user 'c'"),
    ],
)
def test_a_context_that_lacks_a_part_is_incomplete(
    tmp_path: Path, more: Mapping[str, object], words: str
) -> None:
    found = trouble(kubeconfig=kubeconfig(tmp_path / "c", "https://x:6443", **more))
    assert found.trouble is KubeconfigTrouble.CONTEXT_INCOMPLETE
    assert words in found.reason


@pytest.mark.parametrize(
    "cluster",
    [
        {"server": "x:6443"},
        {"server": "ftp://x"},
        {"server": "https://x:99999"},
        {"server": "https://[::1"},
        {"server": "https://x", "proxy-url": "nonsense"},
        {"server": "https://x", "certificate-authority-data": "***"},
        {"server": "https://x", "certificate-authority": "/nowhere/ca.pem"},
    ],
)
def test_a_cluster_that_cannot_be_used_is_told_before_anything_is_asked(
    tmp_path: Path, cluster: Mapping[str, object]
) -> None:
    path = kubeconfig(tmp_path / "c", "", clusters=[{"name": "c", "cluster": cluster}])
    assert trouble(kubeconfig=path).trouble is KubeconfigTrouble.FILE_MALFORMED


def test_an_address_is_shown_without_what_is_secret_in_it(tmp_path: Path) -> None:
    data = base64.b64encode(b"pem").decode()
    cluster = {"server": "https://me:hidden@x:6443/k8s/", "certificate-authority-data": data}
    path = kubeconfig(tmp_path / "c", "", clusters=[{"name": "c", "cluster": cluster}])
    found = connect(kubeconfig=path)
    assert found.api.address == "https://x:6443/k8s"
    assert "hidden" not in repr(found)
    assert "t-c" not in repr(found)
