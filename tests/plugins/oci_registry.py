"""A real OCI registry behind TLS and a token service, with the bad days that a registry has.

``oci_registry`` starts go-containerregistry's registry on loopback and puts a front of our own before it: it
speaks TLS, hands out tokens by the protocol of the distribution specification, checks them, and misbehaves on
request. ``OciRegistry.put_artifact`` fills the registry past the front, as somebody else's push would.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import re
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from msgspec import Struct, field

from capyctl.core.repr_without import repr_without
from tests.plugins.build_real_parts import REGISTRY_VERSION
from tests.plugins.processes import Processes
from tests.plugins.real_parts import find_part

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
TITLE = "org.opencontainers.image.title"
VERSION = "org.opencontainers.image.version"
EMPTY = b"{}"
NAMED = "registry.example.com"
"""A name that the front's certificate has too, for clients that come through a proxy."""

_SERVING = re.compile(r"serving on port (\d+)")
_HANG_SECONDS = 60
_BODYLESS = frozenset({204, 304})


class Asked(Struct, frozen=True, kw_only=True):
    """One request as it arrived. ``authorization`` is the header as sent, or None."""

    method: str
    path: str
    authorization: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


class Fault(Struct, frozen=True, kw_only=True):
    """What the front answers in the registry's place.

    Attributes:
        status: with ``headers`` and ``body``. silent: no answer until the test ends. cut: fewer bytes than said.
        body: in place of the registry's; where ``status`` is None the registry's own head goes before it.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    silent: bool = False
    cut: bool = False


class _Reply(Struct, frozen=True, kw_only=True):
    status: int
    headers: Mapping[str, str]
    body: bytes


Misbehaviour = Callable[[Asked], "Fault | None"]


def _nothing(_asked: Asked) -> Fault | None:
    return None


class Tokens(Struct, kw_only=True):
    """The token service: who may have which scope.

    Attributes:
        accounts: passwords by user; an account may pull and push. identities: refresh tokens that stand for one.
        anonymous: whether nobody in particular may pull. basic: the registry asks for a password itself.
        required: whether the registry asks for anything at all.
    """

    accounts: dict[str, str] = field(default_factory=dict)
    identities: set[str] = field(default_factory=set)
    anonymous: bool = True
    basic: bool = False
    required: bool = True
    granted: dict[str, frozenset[str]] = field(default_factory=dict)

    def __repr__(self) -> str:
        return repr_without(self, "granted")

    def known(self, authorization: str | None) -> bool:
        """Whether a Basic header names an account and its password."""
        kind, _, value = (authorization or "").partition(" ")
        if kind != "Basic":
            return False
        user, _, password = base64.b64decode(value).decode().partition(":")
        return self.accounts.get(user) == password

    def grant(self, scopes: list[str], *, known: bool) -> str:
        """A token for what of these scopes may be had."""
        allowed = {scope for each in scopes for scope in _single(each)}
        if not known:
            allowed = {scope for scope in allowed if scope.endswith(":pull")} if self.anonymous else set()
        token = secrets.token_urlsafe(24)
        self.granted[token] = frozenset(allowed)
        return token

    def permits(self, asked: Asked, scope: str) -> bool:
        """Whether a request may pass."""
        if not self.required:
            return True
        if self.basic:
            return self.known(asked.authorization)
        kind, _, token = (asked.authorization or "").partition(" ")
        return kind == "Bearer" and set(_single(scope)) <= self.granted.get(token, frozenset())


def _single(scope: str) -> list[str]:
    """``repository:a/b:pull,push`` as one scope for each action."""
    resource, _, actions = scope.rpartition(":")
    return [f"{resource}:{action}" for action in actions.split(",")]


class _Front(ThreadingHTTPServer):
    """TLS, tokens and faults before the registry; with ``open_blobs`` it hands out blobs to anybody."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: int, context: ssl.SSLContext, *, open_blobs: bool = False) -> None:
        self.upstream = upstream
        self.open_blobs = open_blobs
        self.tokens = Tokens()
        self.misbehave: Misbehaviour = _nothing
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._context = context
        self.host = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def finish_request(self, request: object, client_address: object) -> None:
        """Speak TLS in the request's own thread, so that a slow handshake holds up nobody."""
        assert isinstance(request, socket.socket)
        try:
            with self._context.wrap_socket(request, server_side=True) as secure:
                _Handler(secure, client_address, self)
        except OSError:
            return

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Front

    def log_message(self, *_: object) -> None:
        """Nothing: the test looks at ``asked``."""

    def do_GET(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(
            method=self.command,
            path=self.path,
            authorization=self.headers.get("Authorization"),
            headers=dict(self.headers.items()),
        )
        self.server.asked.append(asked)
        fault = self.server.misbehave(asked)
        if fault is not None and fault.silent:
            self.close_connection = True
            self.server.closing.wait(_HANG_SECONDS)
            return
        if fault is not None and fault.status is not None:
            self._send(_Reply(status=fault.status, headers=fault.headers, body=fault.body or b""))
            return
        reply = self._reply(asked, body)
        if fault is not None and fault.body is not None:
            reply = _Reply(status=reply.status, headers=reply.headers, body=fault.body)
        self._send(reply, cut=fault is not None and fault.cut)

    def _reply(self, asked: Asked, body: bytes) -> _Reply:
        front = self.server
        if asked.path.partition("?")[0] == "/token":
            return self._token(asked, body)
        scope = _scope_of(asked)
        if front.open_blobs or front.tokens.permits(asked, scope):
            return self._forwarded(asked, body)
        challenge = f'Bearer realm="https://{front.host}/token",service="tests",scope="{scope}"'
        if front.tokens.basic:
            challenge = 'Basic realm="tests"'
        denied = {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
        return _json(401, denied, {"WWW-Authenticate": challenge})

    def _token(self, asked: Asked, body: bytes) -> _Reply:
        tokens = self.server.tokens
        given = parse_qs(body.decode() if asked.method == "POST" else urlsplit(asked.path).query)
        known = tokens.known(asked.authorization)
        if asked.method == "POST":
            known = given.get("refresh_token", [""])[0] in tokens.identities
        if not known and (asked.authorization or asked.method == "POST"):
            return _json(401, {"details": "incorrect username or password"})
        return _json(200, {"token": tokens.grant(given.get("scope", []), known=known), "expires_in": 300})

    def _forwarded(self, asked: Asked, body: bytes) -> _Reply:
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=_HANG_SECONDS)
        passed = {
            name: value for name, value in asked.headers.items() if name.lower() in {"accept", "content-type"}
        }
        try:
            upstream.request(asked.method, asked.path, body=body or None, headers=passed)
            answer = upstream.getresponse()
            return _Reply(status=answer.status, headers=dict(answer.getheaders()), body=answer.read())
        finally:
            upstream.close()

    def _send(self, reply: _Reply, *, cut: bool = False) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "date", "connection"}:
                self.send_header(name, value)
        length = len(reply.body)
        if self.command == "HEAD":
            length = int(reply.headers.get("Content-Length", length))
        if reply.status not in _BODYLESS:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[: len(reply.body) // 2] if cut else reply.body)
        self.close_connection = self.close_connection or cut


def _json(status: int, value: object, headers: Mapping[str, str] | None = None) -> _Reply:
    body = json.dumps(value).encode()
    return _Reply(status=status, headers={"Content-Type": "application/json", **(headers or {})}, body=body)


def _scope_of(asked: Asked) -> str:
    path = urlsplit(asked.path).path
    match = re.fullmatch(r"/v2/(?P<name>.+)/(?:manifests|blobs|tags)/.*", path)
    actions = "pull" if asked.method in {"GET", "HEAD"} else "pull,push"
    return f"repository:{match['name'] if match else ''}:{actions}"


def digest_of(data: bytes) -> str:
    """``sha256:…`` of some bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class OciRegistry(Struct, frozen=True, kw_only=True):
    """The registry and its front.

    Attributes:
        host: ``127.0.0.1:PORT`` of the front. elsewhere: a second front, to which blobs may be redirected; it
            asks for nothing. ca_file: the authority of both. port: of the registry itself, plain HTTP.
    """

    front: _Front
    second: _Front
    ca_file: Path
    port: int

    @property
    def host(self) -> str:
        return self.front.host

    @property
    def elsewhere(self) -> str:
        return self.second.host

    @property
    def tokens(self) -> Tokens:
        return self.front.tokens

    @property
    def asked(self) -> list[Asked]:
        """Every request to the front so far."""
        return self.front.asked

    def misbehave(self, how: Misbehaviour) -> None:
        """From now on the front answers so where ``how`` gives a fault."""
        self.front.misbehave = how

    def put_blob(self, repository: str, data: bytes) -> str:
        """Store a blob past the front; its digest."""
        digest = digest_of(data)
        _, headers, _ = self._plain("POST", f"/v2/{repository}/blobs/uploads/")
        where = urlsplit(headers["Location"]).path
        self._plain("PUT", f"{where}?digest={digest}", data)
        return digest

    def put_manifest(self, repository: str, tag: str, data: bytes, media_type: str = MANIFEST) -> str:
        """Store a manifest past the front; its digest."""
        self._plain("PUT", f"/v2/{repository}/manifests/{tag}", data, {"Content-Type": media_type})
        return digest_of(data)

    def put_artifact(
        self,
        repository: str,
        tag: str,
        files: Mapping[str, bytes],
        annotations: Mapping[str, str] | None = None,
    ) -> str:
        """Store files as layers with their names as titles, as ``oras push`` does; the manifest's digest."""
        layers = [
            {
                "mediaType": "application/vnd.test.file",
                "digest": self.put_blob(repository, data),
                "size": len(data),
                "annotations": {TITLE: name},
            }
            for name, data in files.items()
        ]
        config = {
            "mediaType": "application/vnd.oci.empty.v1+json",
            "digest": self.put_blob(repository, EMPTY),
            "size": 2,
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": "application/vnd.acme.config",
            "config": config,
            "layers": layers,
            "annotations": dict(annotations or {}),
        }
        return self.put_manifest(repository, tag, json.dumps(manifest).encode())

    def stored(self, repository: str, reference: str) -> bytes:
        """A manifest as the registry has it."""
        status, _, body = self._plain("GET", f"/v2/{repository}/manifests/{reference}")
        assert status == 200, (status, body)
        return body

    def stored_blob(self, repository: str, digest: str) -> bytes:
        """A blob as the registry has it."""
        status, _, body = self._plain("GET", f"/v2/{repository}/blobs/{digest}")
        assert status == 200, (status, body)
        return body

    def _plain(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_HANG_SECONDS)
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            answer = connection.getresponse()
            data = answer.read()
            assert answer.status < 400 or method == "GET", (answer.status, data)
            return answer.status, dict(answer.getheaders()), data
        finally:
            connection.close()


@contextmanager
def open_oci_registry(folder: Path) -> Iterator[OciRegistry]:
    """Start the registry and its fronts; skips the test, or fails it under CI, where it is not built."""
    program = find_part("registry", REGISTRY_VERSION).path
    authority = trustme.CA(organization_name="capyctl tests")
    ca_file = folder / "registry-ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", "registry-1.docker.io", NAMED).configure_cert(context)
    with ExitStack() as stack:
        processes = stack.enter_context(Processes(folder))
        processes.start("registry", [str(program), "-port", "0"])
        log = processes.logs["registry"]
        processes.wait_for(
            "the registry listens", lambda: bool(_SERVING.search(log.read_text())), needs=("registry",)
        )
        found = _SERVING.search(log.read_text())
        assert found is not None
        port = int(found[1])
        front, second = _Front(port, context), _Front(port, context, open_blobs=True)
        stack.callback(front.close)
        stack.callback(second.close)
        yield OciRegistry(front=front, second=second, ca_file=ca_file, port=port)


@pytest.fixture
def oci_registry(tmp_path: Path) -> Iterator[OciRegistry]:
    """A registry of this test's own, empty."""
    with open_oci_registry(tmp_path) as opened:
        yield opened
