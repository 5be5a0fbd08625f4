"""The proxy in front of the API server counts what passes, and breaks what it is told to break."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.plugins.api_faults import FAULTS, Answer, Broken, at, since, unready, until, where
from tests.plugins.api_proxy import ApiProxy, open_api_proxy
from tests.plugins.kube_client import KubeClient, KubeError, Object
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane, token_of

_REVIEW: Object = {
    "apiVersion": "authorization.k8s.io/v1",
    "kind": "SelfSubjectAccessReview",
    "spec": {"resourceAttributes": {"verb": "get", "resource": "secrets"}},
}
_READY = "/readyz"


@pytest.fixture
def through(api_proxy: ApiProxy) -> Iterator[KubeClient]:
    with KubeClient(api_proxy.url, api_proxy.ca_file, token_of("admin")) as client:
        yield client


def _named(namespace: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one", "namespace": namespace}}


def test_it_passes_and_lists_every_request(api_proxy: ApiProxy, through: KubeClient, namespace: str) -> None:
    through.apply({**_named(namespace), "data": {"a": "ü" * 100_000}})
    found = through.read(_named(namespace))
    assert found is not None
    assert found["data"] == {"a": "ü" * 100_000}
    path = f"/api/v1/namespaces/{namespace}/configmaps/one"
    asked = [(each.asked.method, each.asked.path, each.asked.query, each.status) for each in api_proxy.seen]
    assert asked == [
        ("GET", "/api/v1", "", 200),
        ("PATCH", path, "fieldManager=capyctl-tests&force=true", 201),
        ("GET", path, "", 200),
    ]
    assert [each.path for each in api_proxy.writes] == [path]


def test_a_connection_that_the_server_ends_with_its_answer_is_replaced_and_closed(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    """The server's way with a body far beyond its limit."""
    body = {**_named(namespace), "data": {"a": "a" * 4_000_000}}
    dialled: list[http.client.HTTPSConnection] = []
    with (
        pytest.MonkeyPatch.context() as patch,
        open_api_proxy(control_plane, tmp_path) as proxy,
        KubeClient(proxy.url, proxy.ca_file, token_of("admin")) as client,
    ):
        dial = proxy.dial

        def noted() -> http.client.HTTPSConnection:
            dialled.append(dial())
            return dialled[-1]

        patch.setattr(proxy, "dial", noted)
        assert client.raw("POST", f"/api/v1/namespaces/{namespace}/configmaps", body=body).status_code == 413
        assert client.get("/api")["kind"] == "APIVersions"
    assert len(dialled) == 2
    assert [each.sock for each in dialled if each.sock and each.sock.fileno() != -1] == []


def test_it_passes_on_a_refusal_as_it_is(api_proxy: ApiProxy) -> None:
    with KubeClient(api_proxy.url, api_proxy.ca_file, token_of("nobody")) as client:
        answer = client.raw("GET", "/api/v1/secrets")
    assert answer.status_code == 403
    assert 'User \\"nobody\\" cannot list resource \\"secrets\\"' in answer.text


def test_read_only_lets_reads_and_reviews_through(
    api_proxy: ApiProxy, through: KubeClient, namespace: str, control_plane: ControlPlane
) -> None:
    api_proxy.read_only = True
    assert through.create(_REVIEW)["status"]["allowed"] is True
    assert [*api_proxy.writes] == []
    with pytest.raises(KubeError, match="passes nothing but GET") as caught:
        through.apply(_named(namespace))
    assert caught.value.status == 403
    assert [each.method for each in api_proxy.writes] == ["PATCH"]
    assert control_plane.client.read(_named(namespace)) is None


@pytest.mark.parametrize("name", ["500", "429"])
def test_an_answer_in_the_servers_place(api_proxy: ApiProxy, through: KubeClient, name: str) -> None:
    fault = FAULTS[name]
    assert isinstance(fault, Answer)
    api_proxy.rule = at(2, fault)
    answers = [through.raw("GET", _READY) for _ in range(3)]
    statuses: list[int] = [one.status_code for one in answers]
    assert statuses == [200, int(name), 200]
    assert answers[1].json()["code"] == int(name)
    assert answers[1].headers.get("Retry-After") == ("1" if name == "429" else None)
    assert [each.fault for each in api_proxy.seen] == [None, fault, None]


@pytest.mark.parametrize("name", ["reset", "cut"])
def test_a_connection_that_breaks(api_proxy: ApiProxy, through: KubeClient, name: str) -> None:
    api_proxy.rule = at(2, FAULTS[name])
    assert through.get("/api")["kind"] == "APIVersions"
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        through.get("/api")
    assert through.get("/api")["kind"] == "APIVersions"


def test_a_cut_answer_has_its_first_half(api_proxy: ApiProxy, through: KubeClient) -> None:
    whole = through.raw("GET", "/api").content
    api_proxy.rule = since(1, Broken.CUT)
    parts = urlsplit(api_proxy.url)
    context = ssl.create_default_context(cafile=str(api_proxy.ca_file))
    with (
        socket.create_connection((parts.hostname, parts.port)) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as connection,
    ):
        connection.sendall(b"GET /api HTTP/1.1\r\nHost: one\r\nAuthorization: Bearer token-of-admin\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, body = received.split(b"\r\n\r\n", 1)
    assert f"Content-Length: {len(whole)}".encode() in head
    assert body == whole[: len(whole) // 2]


def test_a_stalled_request_answers_nothing(api_proxy: ApiProxy) -> None:
    api_proxy.rule = at(1, Broken.STALL)
    context = ssl.create_default_context(cafile=str(api_proxy.ca_file))
    with httpx.Client(verify=context, trust_env=False, timeout=httpx.Timeout(60, read=0.5)) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"{api_proxy.url}/readyz")
        assert client.get(f"{api_proxy.url}/readyz").status_code == 200


def test_faults_by_path_and_for_a_while(api_proxy: ApiProxy, through: KubeClient) -> None:
    api_proxy.rule = where("/secrets", FAULTS["500"])
    assert through.raw("GET", "/api/v1/secrets").status_code == 500
    assert through.raw("GET", "/api/v1/configmaps").status_code == 200
    api_proxy.forget()
    api_proxy.rule = until(3, FAULTS["500"])
    assert [through.raw("GET", _READY).status_code for _ in range(4)] == [500, 500, 200, 200]


def test_readyz_that_fails_in_parts(api_proxy: ApiProxy, through: KubeClient) -> None:
    api_proxy.rule = unready("etcd")
    answer = through.raw("GET", "/readyz", params={"verbose": ""})
    assert (answer.status_code, answer.text) == (503, "[-]etcd failed: reason withheld\nreadyz check failed")
    assert through.get("/version")["major"] == "1"


def test_it_refuses_connections_until_told(api_proxy: ApiProxy) -> None:
    context = ssl.create_default_context(cafile=str(api_proxy.ca_file))
    api_proxy.refuse()
    with pytest.raises(httpx.ConnectError, match="refused"):
        httpx.get(f"{api_proxy.url}/readyz", verify=context, trust_env=False)
    api_proxy.listen()
    assert httpx.get(f"{api_proxy.url}/readyz", verify=context, trust_env=False).status_code == 200


def test_a_watch_tells_events_as_they_come(
    api_proxy: ApiProxy, namespace: str, control_plane: ControlPlane
) -> None:
    told = threading.Event()
    kinds: list[str] = []
    headers = {"Authorization": f"Bearer {token_of('admin')}"}
    context = ssl.create_default_context(cafile=str(api_proxy.ca_file))

    def watch() -> None:
        url = f"{api_proxy.url}/api/v1/namespaces/{namespace}/configmaps?watch=true"
        with httpx.stream("GET", url, headers=headers, verify=context, trust_env=False, timeout=60) as answer:
            for line in answer.iter_lines():
                event = json.loads(line)
                kinds.append(event["type"])
                if event["object"]["metadata"]["name"] == "one":
                    told.set()
                    return

    thread = threading.Thread(target=watch)
    thread.start()
    control_plane.client.apply(_named(namespace))
    assert told.wait(60)
    thread.join(60)
    assert kinds[-1] == "ADDED"


def test_real_clusterctl_asks_through_it(api_proxy: ApiProxy) -> None:
    api_proxy.read_only = True
    program = find_clusterctl("v1.13.6")
    command = [str(program.path), "describe", "cluster", "none", "--kubeconfig", str(api_proxy.kubeconfig())]
    environment = {"HOME": str(api_proxy.ca_file.parent), "CLUSTERCTL_DISABLE_VERSIONCHECK": "true"}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 1
    assert api_proxy.seen
    assert {each.asked.agent.split("/")[0] for each in api_proxy.seen} == {"clusterctl"}
    assert [*api_proxy.writes] == []
