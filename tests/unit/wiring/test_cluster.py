"""How a run's cluster is opened: its proxy, its authorities, its limit, and what is told meanwhile (cli.md 2, 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

import capyctl
from capyctl.adapters.kubernetes_api import KubernetesApi
from capyctl.adapters.kubernetes_pool import ServerPool
from capyctl.config.environment import read_environment
from capyctl.core.api_reading import ApiRequest
from capyctl.core.invocation import Invocation
from capyctl.fetching.transcript import Transcript
from capyctl.ports.cluster import ClusterChoice, KubeconfigTrouble
from capyctl.wiring.cluster import Cluster, ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.request import WorldRequest
from capyctl.wiring.world import open_world
from tests.scenario.playing import run_words

_KUBECONFIG = (
    "current-context: here\n"
    "contexts: [{{name: here, context: {{cluster: c, user: u}}}}]\n"
    "clusters: [{{name: c, cluster: {{server: '{server}', {more}}}}}]\n"
    "users: [{{name: u, user: {{token: hush}}}}]\n"
)


def kubeconfig(folder: Path, server: str = "https://10.1.2.3:6443", more: str = "") -> Path:
    path = folder / "kubeconfig"
    path.write_text(_KUBECONFIG.format(server=server, more=more))
    return path


def opened(
    path: Path | None, variables: Mapping[str, str] | None = None, api_timeout: float = 60.0
) -> Cluster:
    with ExitStack() as stack:
        request = WorldRequest(
            environment=read_environment({"HOME": "/nowhere", **(variables or {})}),
            invocation=Invocation(words=("cluster", "check")),
            transcript=Transcript(),
            at_end=stack.callback,
        )
        choice = ClusterChoice(kubeconfig=str(path) if path is not None else None)
        return open_cluster(open_world(request), ClusterSettings(choice=choice, api_timeout=api_timeout))


def pool(cluster: Cluster) -> ServerPool:
    api = cluster.connection.api
    assert isinstance(api, KubernetesApi)
    return api.exchange.pool


_PROXY = {"HTTPS_PROXY": "http://me:pass@proxy.example.org:3128"}


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, None),
        (_PROXY, "http://me:pass@proxy.example.org:3128"),
        ({"HTTP_PROXY": "http://proxy.example.org:3128"}, None),
        ({**_PROXY, "NO_PROXY": "10.0.0.0/8"}, None),
        ({**_PROXY, "NO_PROXY": "10.1.2.3:6443"}, None),
        ({**_PROXY, "NO_PROXY": "10.1.2.3:443,10.2.0.0/16"}, "http://me:pass@proxy.example.org:3128"),
        ({**_PROXY, "NO_PROXY": "*"}, None),
    ],
    ids=str,
)
def test_the_proxy_is_the_one_that_go_takes(
    tmp_path: Path, variables: Mapping[str, str], expected: str | None
) -> None:
    assert pool(opened(kubeconfig(tmp_path), variables)).proxy == expected


def test_the_proxy_of_the_kubeconfig_wins(tmp_path: Path) -> None:
    path = kubeconfig(tmp_path, more="proxy-url: 'http://mine:1'")
    assert pool(opened(path, {**_PROXY, "NO_PROXY": "*"})).proxy == "http://mine:1"


def test_our_authorities_go_along(tmp_path: Path) -> None:
    trust = pool(opened(kubeconfig(tmp_path), {"SSL_CERT_FILE": "/some/ca.pem"})).trust
    assert trust.cert_file == "/some/ca.pem"


def test_the_limit_counts_from_the_opening(tmp_path: Path) -> None:
    cluster = opened(kubeconfig(tmp_path), api_timeout=5.0)
    left = cluster.reader.until - cluster.reader.clock.monotonic()
    assert 0 < left <= 5.0


def test_every_command_warns_of_a_certificate_that_is_not_checked(tmp_path: Path) -> None:
    assert opened(kubeconfig(tmp_path)).notes == ()
    (note,) = opened(kubeconfig(tmp_path, more="insecure-skip-tls-verify: true")).notes
    assert note.code.name == "api-unverified"


@pytest.mark.parametrize(
    "words", ["get kubeconfig x", "describe cluster x", "cluster check", "upgrade plan --offline"]
)
def test_a_command_says_it_once(tmp_path: Path, words: str) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1", more="insecure-skip-tls-verify: true")
    line = [*words.split(), "--kubeconfig", str(path), "--api-timeout", "0", "-o", "json"]
    played = run_words(line, {"HOME": str(tmp_path)})
    names = [item["name"] for item in played.document["diagnostics"]]
    assert names.count("api-unverified") == 1
    assert played.status == 3


@pytest.mark.parametrize(
    "words",
    [
        "cluster check",
        "upgrade plan --offline",
        "upgrade apply --offline --contract v1beta2",
        "delete --all",
        "init --offline --infrastructure aws",
    ],
)
def test_where_no_time_is_given_a_server_that_is_not_there_is_asked_once(tmp_path: Path, words: str) -> None:
    path = kubeconfig(tmp_path, "https://127.0.0.1:1")
    line = [*words.split(), "--kubeconfig", str(path), "--api-timeout", "0", "-o", "json"]
    played = run_words(line, {"HOME": str(tmp_path)})
    asked = Counter(item["url"] for item in played.document["evidence"] if item["route"] == "cluster")
    assert (played.status, set(asked.values())) == (3, {1})


def test_nothing_named_is_told_with_its_trouble() -> None:
    with pytest.raises(ClusterNotNamedError) as caught:
        opened(None)
    assert caught.value.trouble is KubeconfigTrouble.NOTHING_FOUND
    assert [each.code.name for each in caught.value.diagnostics] == ["no-cluster-named"]


def test_no_credential_is_in_what_a_cluster_looks_like(tmp_path: Path) -> None:
    cluster = opened(kubeconfig(tmp_path, "https://127.0.0.1:1"), api_timeout=0.0)
    reading = cluster.reader.read(ApiRequest(path="/version"))
    assert reading.failure is not None
    assert "hush" not in repr(cluster)


def test_the_library_reads_a_kubeconfig_or_says_why_not(tmp_path: Path) -> None:
    named = kubeconfig(tmp_path, "https://127.0.0.1:1", more="insecure-skip-tls-verify: true")
    found = capyctl.get_kubeconfig("one", kubeconfig=named, api_timeout=0.0, environ={"HOME": str(tmp_path)})
    assert (found.kubeconfig, int(found.exit_status)) == (None, 3)
    assert [each.code.name for each in found.diagnostics] == ["api-server-unreachable", "api-unverified"]
    assert [each.route for each in found.evidence] == ["cluster"]
    missing = capyctl.get_kubeconfig("one", kubeconfig=tmp_path / "missing", environ={"HOME": str(tmp_path)})
    assert int(missing.exit_status) == 1
    assert [each.code.name for each in missing.errors] == ["kubeconfig-missing"]
    assert "kubeconfig=" not in repr(found)
