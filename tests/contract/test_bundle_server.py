"""``bundle serve`` as a process and over real sockets: one line, read-only, on loopback, ended by a signal."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from oras.client import OrasClient  # type: ignore[import-untyped]

from capyctl.adapters.bundle_callers import PLACES
from capyctl.adapters.bundle_server import THREADS, ListenAddressError, parse_listen
from tests.plugins.bundle_world import small_world, unpacked

_ROOT = Path(__file__).resolve().parents[2]
_ARCHIVE = small_world().archive()
_MEMBERS = unpacked(_ARCHIVE)
_PATH = "/clusterctl/repository/infrastructure-aws/v2.9.1/infrastructure-components.yaml"

_OUTSIDE = ["/../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/bundle.json/..", "//etc/passwd"]
_REFUSED = [
    "",
    ":80",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:x",
    "127.0.0.1:65536",
    "0.0.0.0:0",
    "[::]:0",
    "10.0.0.1:1",
]


class Served:
    """A running ``bundle serve``."""

    def __init__(self, process: subprocess.Popen[str], line: str) -> None:
        self.process = process
        self.line = line
        self.document: dict[str, Any] = json.loads(line)
        self.addresses: dict[str, str] = self.document["result"]["addresses"]
        self.host, _, port = self.addresses["registry"].rpartition(":")
        self.port = int(port)

    def ask(
        self, method: str, path: str, body: bytes | None = None
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection(self.host.strip("[]"), self.port, timeout=20)
        try:
            connection.request(method, path, body=body)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """The status after a signal, and what was written besides the line."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def serving(path: Path, *more: str) -> Iterator[Served]:
    command = [sys.executable, "-m", "capyctl", "bundle", "serve", str(path), "-o", "json", *more]
    environment = {"PATH": os.environ["PATH"], "HOME": str(path.parent), "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield Served(process, process.stdout.readline())
        finally:
            process.kill()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "site.tar"
    path.write_bytes(_ARCHIVE)
    return path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_document_is_one_line_and_a_signal_ends_it_cleanly(bundle: Path, number: int) -> None:
    with serving(bundle) as served:
        assert served.document["exit_status"] == 0
        assert set(served.addresses) == {"goproxy", "repository", "operator", "registry"}
        assert served.ask("GET", "/v2/")[0] == 200
        assert served.end(number) == (0, "", "")


def test_every_part_is_where_the_addresses_say(bundle: Path) -> None:
    with serving(bundle) as served:
        base = f"http://{served.addresses['registry']}"
        folders = {"goproxy": "goproxy", "repository": "clusterctl/repository", "operator": "operator"}
        names = {
            "goproxy": "github.com/kubernetes-sigs/cluster-api/@v/list",
            "repository": "cluster-api/v1.10.4/metadata.yaml",
            "operator": "cluster-api-v1.10.4.yaml",
        }
        for part, name in names.items():
            address = served.addresses[part]
            assert address.startswith(f"{base}/")
            status, body, _ = served.ask("GET", f"{address.removeprefix(base)}/{name}")
            assert (status, body) == (200, _MEMBERS[f"{folders[part]}/{name}"])


def test_the_same_over_ipv6_and_compressed(tmp_path: Path) -> None:
    if not socket.has_ipv6 or not Path("/proc/net/if_inet6").is_file():
        pytest.skip("this machine has no IPv6")
    made = tmp_path / "site.tar"
    made.write_bytes(_ARCHIVE)
    with serving(made, "--listen", "[::1]:0") as served:
        assert served.addresses["registry"].startswith("[::1]:")
        assert served.ask("GET", _PATH)[1] == _MEMBERS[_PATH[1:]]


def test_head_tells_what_get_would(bundle: Path) -> None:
    with serving(bundle) as served:
        for path in (_PATH, "/v2/cluster-api/manifests/v1.10.4", "/v2/cluster-api/tags/list", "/missing"):
            got, body, headers = served.ask("GET", path)
            told, nothing, same = served.ask("HEAD", path)
            assert (told, nothing) == (got, b"")
            assert same["Content-Length"] == headers["Content-Length"] == str(len(body))
            assert same["Content-Type"] == headers["Content-Type"]
            assert same["Docker-Content-Digest"] == headers["Docker-Content-Digest"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_can_be_written(bundle: Path, method: str) -> None:
    """RFC 9110 15.5.6: the answer says what is allowed."""
    with serving(bundle) as served:
        status, body, headers = served.ask(method, "/v2/cluster-api/blobs/uploads/", b"x")
        assert (status, b"only be read" in body, headers["Allow"]) == (405, True, "GET, HEAD")
        assert served.end() == (0, "", "")


@pytest.mark.parametrize(("said", "status"), [(b"BREW /tea HTTP/1.1", 501), (b"GET /a b c HTTP/1.1", 400)])
def test_what_is_no_request_is_told_in_plain_text(bundle: Path, said: bytes, status: int) -> None:
    with serving(bundle) as served:
        head, _, body = _told(served, said + b"\r\n\r\n").partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"Content-Type: text/plain" in head
        assert body
        assert b"<" not in body


def test_a_client_that_wants_tls_is_told_that_there_is_none(bundle: Path) -> None:
    """Go's clients know this answer by its first bytes, and say that the server speaks plain HTTP."""
    with serving(bundle) as served:
        assert _told(served, b"\x16\x03\x01\x02\x00\x01\x00").startswith(b"HTTP/1.1 400 ")
        context = ssl.create_default_context()
        with (
            socket.create_connection((served.host, served.port), timeout=20) as connection,
            pytest.raises(ssl.SSLError),
        ):
            context.wrap_socket(connection, server_hostname="localhost")
        assert served.ask("GET", "/v2/")[0] == 200
        assert served.end() == (0, "", "")


def _told(served: Served, said: bytes) -> bytes:
    with socket.create_connection((served.host, served.port), timeout=20) as connection:
        connection.sendall(said)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("path", _OUTSIDE)
def test_nothing_outside_the_bundle_is_there(bundle: Path, path: str) -> None:
    with serving(bundle) as served:
        status, body, _ = served.ask("GET", path)
        assert (status, b"root:" in body) == (404, False)


def test_oras_pulls_a_provider(bundle: Path, tmp_path: Path) -> None:
    with serving(bundle) as served:
        client = OrasClient(insecure=True)
        target = f"{served.addresses['registry']}/infrastructure-aws:v2.9.1"
        client.pull(target=target, outdir=str(tmp_path / "out"))
        found = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
        folder = "clusterctl/repository/infrastructure-aws/v2.9.1"
        components = _MEMBERS[f"{folder}/infrastructure-components.yaml"]
        assert found == {
            "metadata.yaml": _MEMBERS[f"{folder}/metadata.yaml"],
            "components.yaml": components,
            "infrastructure-components.yaml": components,
        }
        assert client.get_tags(f"{served.addresses['registry']}/infrastructure-aws") == ["v2.9.1"]


def test_bytes_that_changed_since_they_were_judged_are_not_served(bundle: Path) -> None:
    with serving(bundle) as served:
        at = _ARCHIVE.index(_MEMBERS["images.txt"])
        with bundle.open("r+b") as file:
            file.seek(at)
            file.write(b"X")
        status, body, _ = served.ask("GET", "/images.txt")
        assert (status, b"changed" in body) == (500, True)
        assert served.ask("GET", _PATH)[0] == 200


def test_silent_clients_take_nothing_from_one_that_asks(bundle: Path) -> None:
    """More of them than there are threads and places, each still connected: the next one is answered."""
    with serving(bundle) as served, ExitStack() as stack:
        for number in range(THREADS + 2 * PLACES):
            silent = stack.enter_context(socket.create_connection((served.host, served.port), timeout=20))
            silent.sendall(b"GET / HTTP/1.1\r\nHost:" if number % 2 else b"")
            if number % 32 == 0:
                assert served.ask("GET", _PATH)[0] == 200
        assert served.ask("GET", _PATH)[0] == 200
        assert served.end() == (0, "", "")


def test_a_request_in_two_pieces_is_answered(bundle: Path) -> None:
    with serving(bundle) as served:
        with socket.create_connection((served.host, served.port), timeout=20) as connection:
            connection.sendall(b"GET /images.txt HT")
            assert served.ask("GET", _PATH)[0] == 200
            connection.sendall(b"TP/1.1\r\nHost: x\r\n\r\n")
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert (answer.status, answer.read()) == (200, _MEMBERS["images.txt"])
        assert served.end() == (0, "", "")


@pytest.mark.parametrize("said", [b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET " + b"/" * 70_000])
def test_what_is_no_request_ends_nothing(bundle: Path, said: bytes) -> None:
    with serving(bundle) as served:
        with socket.create_connection((served.host, served.port), timeout=20) as connection:
            connection.sendall(said)
            connection.recv(65536)
        assert served.ask("GET", _PATH)[0] == 200
        assert served.end() == (0, "", "")


def test_the_list_of_the_files_is_served_too(bundle: Path) -> None:
    with serving(bundle) as served:
        status, body, headers = served.ask("GET", "/bundle.json")
        assert (status, body, headers["Content-Type"]) == (200, _MEMBERS["bundle.json"], "application/json")
        assert b'href="bundle.json"' in served.ask("GET", "/")[1]


def test_more_clients_than_threads_are_all_answered(bundle: Path) -> None:
    """Some of them say nothing for a while; the threads are bounded, and the queue is waited in."""
    with serving(bundle) as served:
        silent = [
            socket.create_connection((served.host, served.port), timeout=20) for _ in range(THREADS // 2)
        ]
        answers: list[int] = []

        def ask() -> None:
            answers.append(served.ask("GET", _PATH)[0])

        threads = [threading.Thread(target=ask) for _ in range(3 * THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert answers == [200] * len(threads)
        for connection in silent:
            connection.close()
        assert served.end()[0] == 0


def test_a_bundle_that_is_not_whole_is_not_served(tmp_path: Path) -> None:
    path = tmp_path / "site.tar"
    path.write_bytes(_ARCHIVE[:-512])
    command = [sys.executable, "-m", "capyctl", "bundle", "serve", str(path), "-o", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(_ROOT)}
    ran = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    assert ran.returncode == 1
    assert [each["code"] for each in json.loads(ran.stdout)["diagnostics"]] == ["CAPY0810"]


def test_a_port_that_is_taken_is_one_error(bundle: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        command = [
            sys.executable,
            "-m",
            "capyctl",
            "bundle",
            "serve",
            str(bundle),
            "-o",
            "json",
            "--listen",
            address,
        ]
        environment = {"PATH": os.environ["PATH"], "HOME": str(bundle.parent), "PYTHONPATH": str(_ROOT)}
        ran = subprocess.run(command, env=environment, capture_output=True, check=False, timeout=60)
    assert ran.returncode == 1
    assert [each["code"] for each in json.loads(ran.stdout)["diagnostics"]] == ["CAPY0822"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("127.1.2.3:65535", ("127.1.2.3", 65535)),
        ("localhost:80", ("127.0.0.1", 80)),
        ("[::1]:8080", ("::1", 8080)),
    ],
)
def test_addresses_of_loopback_are_taken(text: str, found: tuple[str, int]) -> None:
    assert parse_listen(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:65536",
        "0.0.0.0:0",
        "[::]:0",
        "10.0.0.1:1",
        "host:1",
    ],
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(ListenAddressError):
        parse_listen(text)
