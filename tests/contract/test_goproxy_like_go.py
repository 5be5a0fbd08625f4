"""The module proxy client beside the real go command: the same proxies, the same versions.

The go command reads one module path at a time, so the comparison is by path. It is run with a module cache
of its own and without a checksum database; nothing leaves loopback.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from capyctl.adapters.askers import SerialAsker
from capyctl.adapters.goproxy import GoProxySource
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.core.goproxy_list import MalformedGoProxyError, parse_goproxy
from capyctl.core.location import GitHubReleases
from capyctl.core.module_path import major_path
from capyctl.ports.fetch_errors import FetchError
from tests.contract.loopback_proxy import loopback_client

GO = shutil.which("go")
MODULE = "github.com/acme/provider"
pytestmark = pytest.mark.skipif(GO is None, reason="the go command is not installed")

LISTS = {
    "ordinary": "v1.0.0\nv1.1.0\nv0.9.0\n",
    "junk": "v1.0.0\n\n# note\nlatest\napi/v1.2.0\nvv1.0.1\nv1.1.0-rc.1\nv1.2.3-01\nv1.0.0\n",
    "without v": "1.0.0\nV1.0.1\nv1.0.2\n",
    "not canonical": "v1\nv1.2\nv1.02.3\nv1.2.3+meta\nv1.2.4\n",
    "incompatible": "v1.0.0\nv2.0.0+incompatible\nv3.1.0-rc.1+incompatible\n",
    "pseudo": "v1.0.0\nv0.0.0-20240101120000-0123456789ab\nv1.0.1-0.20240101120000-0123456789ab\n"
    "v1.1.0-rc.1.0.20240101120000-0123456789ab\n",
    "two fields": "v1.0.0 2020-01-02T03:04:05Z\nv1.1.0\t2021-01-02T03:04:05Z\n",
    "crlf and blanks": "v1.0.0\r\nv1.1.0  \r\n  v1.2.0\n",
    "capitals": "v1.0.0-RC1\nv1.0.0-rc1\n",
    "mixed majors": "v0.1.0\nv1.0.0\nv2.0.0\nv2.1.0\nv3.0.0\n",
}

STRICTER = {"not canonical": {"v1", "v1.2", "v1.2.3+meta"}, "mixed majors": {"v2.0.0", "v2.1.0", "v3.0.0"}}
"""What ``go list -versions`` prints and we leave out: no tag (B6-24), or another path's major (B6-26)."""


class _Handler(BaseHTTPRequestHandler):
    """The first folder of the path says what to do with the rest: a status, or ``list-NAME``."""

    def do_GET(self) -> None:
        _, mode, rest = self.path.split("/", 2)
        status, body = 404, "not found"
        if mode.isdecimal():
            status, body = int(mode), "refused"
        elif rest.endswith("/@v/list"):
            status, body = 200, LISTS[mode.removeprefix("list-").replace("-", " ")]
        elif rest.endswith(".mod"):
            status, body = 200, f"module {rest.partition('/@v/')[0]}\n"
        elif rest.endswith(".info"):
            version = rest.rpartition("/")[2].removesuffix(".info")
            status, body = 200, f'{{"Version":"{version.replace("!r!c", "RC")}"}}'
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Stay quiet."""


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def by_go(goproxy: str, major: int, home: Path, settings: Mapping[str, str] | None = None) -> set[str] | None:
    """What the go command lists, ``+incompatible`` removed; None where it reports an error."""
    environment = {
        "PATH": os.defpath + os.pathsep + str(Path(GO or "").parent),
        "HOME": str(home),
        "GOPATH": str(home / "go"),
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOVCS": "*:off",
        "GOPROXY": goproxy,
        **(settings or {}),
    }
    command = [GO or "go", "list", "-m", "-versions", major_path(MODULE, major)]
    run = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return None
    return {word.removesuffix("+incompatible") for word in run.stdout.split()[1:]}


def by_us(goproxy: str, major: int, private: str | None = None) -> set[str] | None:
    location = GitHubReleases(
        host="github.com",
        api_base="https://api.github.com",
        owner="acme",
        name="provider",
        channel="latest",
        components_file="c.yaml",
    )
    with loopback_client() as client:
        try:
            settings = GoProxySettings(proxies=parse_goproxy(goproxy), private_globs=(None, private))
            answer = GoProxySource(client, settings, SerialAsker()).major(location, major)
        except (FetchError, MalformedGoProxyError):
            return None
    return {version.tag for version in answer.value}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_means_what_it_means_to_go(proxy: str, tmp_path: Path, name: str) -> None:
    goproxy = f"{proxy}/list-{name.replace(' ', '-')}"
    ours, theirs = by_us(goproxy, 1), by_go(goproxy, 1, tmp_path)
    assert ours is not None
    assert theirs == ours | STRICTER.get(name, set())


@pytest.mark.parametrize("status", [404, 410, 403, 401, 429, 500, 503])
@pytest.mark.parametrize("separator", [",", "|"])
def test_a_status_leads_on_where_it_leads_go_on(
    proxy: str, tmp_path: Path, status: int, separator: str
) -> None:
    goproxy = f"{proxy}/{status}{separator}{proxy}/list-ordinary"
    assert by_us(goproxy, 1) == by_go(goproxy, 1, tmp_path)


@pytest.mark.parametrize(
    "goproxy",
    [
        "off,{p}/list-ordinary",
        "{p}/404,off,{p}/list-ordinary",
        "{p}/404,direct,{p}/list-ordinary",
        "{p}/list-ordinary,off",
        " ,,{p}/404 ,| {p}/list-ordinary,, ",
        "{p}/list-ordinary/",
        "/an/absolute/path,{p}/list-ordinary",
        "file://host/tree,{p}/list-ordinary",
        "word,{p}/list-ordinary",
        "ftp://127.0.0.1/,{p}/list-ordinary",
        "file:///no/such/tree,{p}/list-ordinary",
        "OFF,{p}/list-ordinary",
    ],
)
def test_the_grammar_is_go_s(proxy: str, tmp_path: Path, goproxy: str) -> None:
    value = goproxy.format(p=proxy)
    assert by_us(value, 1) == by_go(value, 1, tmp_path)


@pytest.mark.parametrize(
    "private",
    ["github.com/acme", "github.com/*/provider", "*.com", "github.com/acm", "github.com/acme/other"],
)
def test_a_private_module_is_private_to_both(proxy: str, tmp_path: Path, private: str) -> None:
    value = f"{proxy}/list-ordinary"
    assert by_us(value, 1, private) == by_go(value, 1, tmp_path, {"GOPRIVATE": private})
