"""The registry adapter over real sockets and TLS, before a real registry and a token service of ours."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.docker_credentials import DockerCredentials
from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.http_settings import HttpLimits, HttpSettings, Trust
from capyctl.adapters.oci_registry import OciRegistry
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.evidence import Outcome, Question
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    OfflineError,
    RateLimitedError,
    ServerFailedError,
    TimedOutError,
    UnauthorizedError,
    UnreachableError,
)
from capyctl.ports.registry import ArtifactReference
from capyctl.report.progress import NoProgress
from tests.plugins.oci_registry import MANIFEST, Asked, Fault, digest_of
from tests.plugins.oci_registry import OciRegistry as RealRegistry

FILES = {"metadata.yaml": b"kind: Metadata\n", "components.yaml": b"kind: List\n" * 1000}
PATIENT = HttpLimits(connect=120.0, silence=600.0, retry_pause=0.0)


class Client(Struct, kw_only=True):
    """The adapter, and what it is made of."""

    registry: OciRegistry
    transcript: Transcript
    repository: str = "capi/provider"
    real: RealRegistry

    def reference(self, reference: str = "v1.0.0") -> ArtifactReference:
        return ArtifactReference(host=self.real.host, repository=self.repository, reference=reference)

    def urls(self) -> list[str]:
        return [str(each.url) for each in self.transcript.snapshot()]


class Opener(Struct, kw_only=True):
    """Makes clients, and closes them with the test."""

    real: RealRegistry
    folder: Path
    opened: list[HttpxClient] = field(default_factory=list)

    def __call__(
        self,
        *,
        config: Mapping[str, object] | None = None,
        limits: HttpLimits = PATIENT,
        settings: HttpSettings | None = None,
        offline: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> Client:
        clock, transcript = SystemClock(), Transcript()
        path = None
        if config is not None:
            path = self.folder / "config.json"
            path.write_text(json.dumps(config))
        given = settings or HttpSettings(deadline=600.0)
        trusted = replace(given, trust=Trust(ca_file=str(self.real.ca_file)), limits=limits)
        client = HttpxClient(trusted, clock, transcript, NoProgress())
        self.opened.append(client)
        registry = OciRegistry(
            client=lambda: client,
            log=transcript,
            clock=clock,
            credentials=DockerCredentials(path=path, environment=environment or {}),
            offline=offline,
        )
        return Client(registry=registry, transcript=transcript, real=self.real)


@pytest.fixture
def client(oci_registry: RealRegistry, tmp_path: Path) -> Iterator[Opener]:
    opener = Opener(real=oci_registry, folder=tmp_path)
    yield opener
    for each in opener.opened:
        each.close()


@pytest.fixture
def artifact(oci_registry: RealRegistry) -> str:
    """An artifact ``capi/provider:v1.0.0``; its digest."""
    return oci_registry.put_artifact("capi/provider", "v1.0.0", FILES)


def login(host: str, user: str = "anna", password: str = "geheim-wort") -> dict[str, object]:  # noqa: S107
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"auths": {host: {"auth": auth}}}


class TestAnswers:
    def test_digest_is_asked_with_head(self, client: Opener, artifact: str) -> None:
        asking = client()
        answer = asking.registry.digest(asking.reference())
        assert answer.value == artifact
        methods = [each.method for each in asking.real.asked if "/manifests/" in each.path]
        assert methods == ["HEAD", "HEAD"]  # the challenge, and the question with the token
        assert [(each.outcome, each.route, each.question) for each in answer.evidence] == [
            (Outcome.FOUND, "oci", Question.IMAGE)
        ]

    def test_digest_without_the_header_is_that_of_the_bytes(self, client: Opener, artifact: str) -> None:
        asking = client()
        body = asking.real.stored(asking.repository, "v1.0.0")
        asking.real.tokens.required = False
        kind = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
        asking.real.misbehave(lambda _: Fault(status=200, headers=kind, body=body))
        assert asking.registry.digest(asking.reference()).value == artifact

    def test_manifest_is_the_bytes_themselves(self, client: Opener, artifact: str) -> None:
        asking = client()
        for reference in ("v1.0.0", artifact):
            found = asking.registry.manifest(asking.reference(reference)).value
            assert found.data == asking.real.stored(asking.repository, "v1.0.0")
            assert (found.digest, found.media_type) == (
                artifact,
                "application/vnd.oci.image.manifest.v1+json",
            )

    @pytest.mark.usefixtures("artifact")
    def test_blob_and_stream(self, client: Opener) -> None:
        asking = client()
        data = FILES["components.yaml"]
        reference = asking.reference(digest_of(data))
        assert asking.registry.blob(reference, len(data)).value == data
        with asking.registry.stream(reference) as pieces:
            assert b"".join(pieces) == data

    @pytest.mark.usefixtures("artifact")
    def test_a_reader_of_a_stream_may_stop(self, client: Opener) -> None:
        asking = client()
        with asking.registry.stream(asking.reference(digest_of(FILES["components.yaml"]))) as pieces:
            assert next(pieces)
        assert asking.registry.digest(asking.reference()).value

    def test_one_token_for_all_questions_about_a_repository(self, client: Opener, artifact: str) -> None:
        asking = client()
        for _ in range(3):
            asking.registry.manifest(asking.reference(artifact))
        tokens = [each for each in asking.real.asked if each.path.startswith("/token")]
        assert len(tokens) == 1

    @pytest.mark.usefixtures("artifact")
    def test_a_token_that_was_revoked_is_asked_for_again(self, client: Opener) -> None:
        asking = client()
        asking.registry.digest(asking.reference())
        asking.real.tokens.granted.clear()
        assert asking.registry.digest(asking.reference()).value

    def test_tags_of_all_pages(self, client: Opener) -> None:
        asking = client()
        for number in range(5):
            asking.real.put_artifact(asking.repository, f"v1.{number}.0", {})

        def paged(asked: Asked) -> Fault | None:
            if not asked.path.endswith("/tags/list"):
                return None
            link = f'</v2/{asking.repository}/tags/list?n=100&last=v1.1.0>; rel="next"'
            body = json.dumps({"name": asking.repository, "tags": ["v1.0.0", "v1.1.0"]}).encode()
            return Fault(status=200, headers={"Link": link, "Content-Type": "application/json"}, body=body)

        asking.real.misbehave(paged)
        tags = asking.registry.tags(asking.real.host, asking.repository)
        assert tags.value == ("v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0")
        assert tags.partial is None

    @pytest.mark.parametrize("target", ["https://{elsewhere}/v2/x/tags/list", "https://[x/tags/list"])
    def test_a_page_on_another_host_is_not_asked_for(
        self, client: Opener, artifact: str, target: str
    ) -> None:
        asking = client()
        link = f'<{target.format(elsewhere=asking.real.elsewhere)}>; rel="next"'
        body = json.dumps({"tags": ["v1.0.0"]}).encode()
        asking.real.misbehave(
            lambda asked: (
                Fault(status=200, headers={"Link": link}, body=body) if "/tags/" in asked.path else None
            )
        )
        assert asking.registry.tags(asking.real.host, asking.repository).value == ("v1.0.0",)
        assert asking.real.second.asked == []
        assert artifact


class TestCredentials:
    def test_a_login_goes_to_the_token_service_only(self, client: Opener, artifact: str) -> None:
        real = client.real
        real.tokens.accounts["anna"] = "geheim-wort"
        real.tokens.anonymous = False
        asking = client(config=login(real.host))
        assert asking.registry.digest(asking.reference()).value == artifact
        shown = {each.path.partition("?")[0]: each.authorization for each in real.asked if each.authorization}
        assert str(shown["/token"]).startswith("Basic ")
        assert all(str(value).startswith("Bearer ") for path, value in shown.items() if path != "/token")
        assert [each.credential_sent for each in asking.transcript.snapshot()] == [False, True, True]

    def test_a_login_for_another_host_is_not_shown(self, client: Opener, artifact: str) -> None:
        asking = client(config=login("registry.example.com"))
        assert asking.registry.digest(asking.reference()).value == artifact
        assert all("Basic" not in str(each.authorization) for each in asking.real.asked)
        assert not any(each.credential_sent for each in asking.transcript.snapshot())

    def test_a_refresh_token_is_posted(self, client: Opener, artifact: str) -> None:
        real = client.real
        real.tokens.identities.add("refresh-me-please")
        real.tokens.anonymous = False
        asking = client(config={"auths": {real.host: {"auth": "", "identitytoken": "refresh-me-please"}}})
        assert asking.registry.digest(asking.reference()).value == artifact
        assert [each.method for each in real.asked if each.path == "/token"] == ["POST"]
        assert [each.credential_sent for each in asking.transcript.snapshot()] == [False, True, True]

    def test_a_registry_that_asks_for_a_password_itself(self, client: Opener, artifact: str) -> None:
        real = client.real
        real.tokens.accounts["anna"] = "geheim-wort"
        real.tokens.basic = True
        asking = client(config=login(f"https://{real.host}/v2/"))
        assert asking.registry.manifest(asking.reference()).value.digest == artifact

    def test_a_rejected_login_is_left_out_for_public_data(self, client: Opener, artifact: str) -> None:
        asking = client(config=login(client.real.host))
        assert asking.registry.digest(asking.reference()).value == artifact
        rejected = [each for each in asking.transcript.snapshot() if each.failure == "credential-rejected"]
        assert len(rejected) == 1

    def test_private_data_and_no_login(self, client: Opener, artifact: str) -> None:
        client.real.tokens.anonymous = False
        asking = client()
        with pytest.raises(UnauthorizedError, match="does not exist there, or wants a login") as caught:
            asking.registry.digest(asking.reference())
        assert caught.value.evidence.failure == "http-401"
        assert artifact

    def test_a_helper_is_run_as_docker_does(self, client: Opener, artifact: str, tmp_path: Path) -> None:
        real = client.real
        real.tokens.accounts["anna"] = "from-the-helper"
        real.tokens.anonymous = False
        helper = tmp_path / "docker-credential-tests"
        helper.write_text(
            "#!/bin/sh\n"
            'test "$1" = get || exit 9\n'
            f"cat > {tmp_path}/asked\n"
            'printf \'{"ServerURL":"x","Username":"anna","Secret":"from-the-helper"}\'\n'
        )
        helper.chmod(helper.stat().st_mode | stat.S_IXUSR)
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        asking = client(config={"credHelpers": {real.host: "tests"}}, environment={"PATH": path})
        assert asking.registry.digest(asking.reference()).value == artifact
        assert (tmp_path / "asked").read_text() == real.host

    def test_a_missing_helper_is_named_where_the_registry_refuses(
        self, client: Opener, artifact: str
    ) -> None:
        client.real.tokens.anonymous = False
        asking = client(config={"credsStore": "nowhere"}, environment={"PATH": "/nonexistent"})
        with pytest.raises(UnauthorizedError, match="docker-credential-nowhere is not installed"):
            asking.registry.digest(asking.reference())
        assert artifact

    def test_nothing_that_was_shown_is_in_a_message(self, client: Opener, artifact: str) -> None:
        real = client.real
        real.tokens.accounts["anna"] = "geheim-wort"
        asking = client(config=login(real.host))
        asking.registry.digest(asking.reference())
        token = next(iter(real.tokens.granted))

        def repeat(asked: Asked) -> Fault:
            words = f"you sent {asked.authorization}, and your password is geheim-wort"
            body = json.dumps({"errors": [{"code": "X", "message": words}]}).encode()
            return Fault(status=503, headers={"Content-Type": "application/json"}, body=body)

        real.misbehave(repeat)
        with pytest.raises(ServerFailedError, match="you sent") as caught:
            asking.registry.manifest(asking.reference())
        for said in (caught.value.reason, str(caught.value)):
            assert token not in said
            assert "geheim-wort" not in said
        assert "geheim-wort" not in repr(asking.registry)
        assert artifact


def _elsewhere(real: RealRegistry) -> Callable[[Asked], Fault | None]:
    def redirect(asked: Asked) -> Fault | None:
        if "/blobs/" not in asked.path or not asked.authorization:
            return None
        target = f"https://{real.elsewhere}{asked.path}?X-Signature=secret-signature"
        return Fault(status=307, headers={"Location": target})

    return redirect


class TestRedirects:
    @pytest.mark.usefixtures("artifact")
    def test_a_blob_elsewhere_is_fetched_without_the_token(self, client: Opener) -> None:
        asking = client()
        asking.real.misbehave(_elsewhere(asking.real))
        data = FILES["components.yaml"]
        answer = asking.registry.blob(asking.reference(digest_of(data)), len(data))
        assert answer.value == data
        assert [each.authorization for each in asking.real.second.asked] == [None]
        evidence = answer.evidence[0]
        assert [hop.status for hop in evidence.hops] == [307]
        assert "secret-signature" not in f"{evidence.final_url}{evidence.url}{evidence.hops}"

    @pytest.mark.usefixtures("artifact")
    def test_elsewhere_may_not_name_a_token_service(self, client: Opener) -> None:
        """A login is for its registry: who is only redirected to gets no say in where it is shown."""
        real = client.real
        real.tokens.accounts["anna"] = "geheim-wort"
        challenge = f'Bearer realm="https://{real.elsewhere}/token",service="x",scope="y"'
        real.second.misbehave = lambda _: Fault(status=401, headers={"WWW-Authenticate": challenge})
        asking = client(config=login(real.host))
        real.misbehave(_elsewhere(real))
        with pytest.raises(UnauthorizedError):
            asking.registry.blob(asking.reference(digest_of(FILES["metadata.yaml"])), 100)
        assert [(each.path.partition("?")[0], each.authorization) for each in real.second.asked] == [
            (f"/v2/capi/provider/blobs/{digest_of(FILES['metadata.yaml'])}", None)
        ]

    @pytest.mark.usefixtures("artifact")
    def test_a_token_service_that_moved_gets_no_password(self, client: Opener) -> None:
        real = client.real
        real.tokens.accounts["anna"] = "geheim-wort"
        target = f"https://{real.elsewhere}/token?scope=repository:capi/provider:pull"
        moved = Fault(status=307, headers={"Location": target})
        real.misbehave(lambda asked: moved if asked.path.startswith("/token") else None)
        asking = client(config=login(real.host))
        with pytest.raises(UnauthorizedError):
            asking.registry.digest(asking.reference())
        assert {each.authorization for each in real.second.asked} == {None}

    @pytest.mark.usefixtures("artifact")
    def test_no_redirect_to_plain_http(self, client: Opener) -> None:
        asking = client()
        target = f"http://127.0.0.1:{asking.real.port}/"
        asking.real.misbehave(lambda _: Fault(status=307, headers={"Location": target}))
        with pytest.raises(BadAnswerError) as caught:
            asking.registry.manifest(asking.reference())
        assert caught.value.evidence.failure == "redirect-refused"

    @pytest.mark.usefixtures("artifact")
    @pytest.mark.parametrize(
        "realm", ["http://127.0.0.1:{port}/token", "https://[::1", "https://h:99999/token"]
    )
    def test_no_token_service_without_tls(self, client: Opener, realm: str) -> None:
        asking = client()
        challenge = f'Bearer realm="{realm.format(port=asking.real.port)}",service="x"'
        asking.real.misbehave(lambda _: Fault(status=401, headers={"WWW-Authenticate": challenge}))
        with pytest.raises(BadAnswerError, match="names no token service behind TLS"):
            asking.registry.manifest(asking.reference())

    @pytest.mark.usefixtures("artifact")
    @pytest.mark.parametrize("userinfo", ["eve:other-word", "eve", ":other-word"])
    def test_a_token_service_gets_no_login_that_the_registry_names(
        self, client: Opener, userinfo: str
    ) -> None:
        """A login in the address would be sent in the place of the user's own (requests does so)."""
        real = client.real
        real.tokens.accounts["anna"] = "geheim-wort"
        challenge = f'Bearer realm="https://{userinfo}@{real.host}/token",service="x",scope="y"'
        real.misbehave(lambda _: Fault(status=401, headers={"WWW-Authenticate": challenge}))
        asking = client(config=login(real.host))
        with pytest.raises(
            BadAnswerError, match="names a token service with a login in its address"
        ) as caught:
            asking.registry.manifest(asking.reference())
        assert [each.path for each in real.asked if each.path.startswith("/token")] == []
        assert userinfo not in f"{caught.value.reason}{caught.value.evidence}"


def _status(status: int, **headers: str) -> Fault:
    return Fault(status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.usefixtures("artifact")
class TestFailures:
    @pytest.mark.parametrize(
        ("fault", "kind", "failure"),
        [
            (_status(404), AbsentError, "http-404"),
            (_status(410), AbsentError, "http-410"),
            (_status(401), UnauthorizedError, "http-401"),
            (_status(403), UnauthorizedError, "http-403"),
            (_status(429, Retry_After="900"), RateLimitedError, "rate-limit"),
            (_status(500), ServerFailedError, "http-500"),
            (_status(503), ServerFailedError, "http-503"),
            (_status(301), BadAnswerError, "malformed"),
            (_status(302, Location="ftp://x/"), BadAnswerError, "redirect-refused"),
        ],
    )
    def test_a_status(self, client: Opener, fault: Fault, kind: type[FetchError], failure: str) -> None:
        asking = client()
        asking.real.misbehave(lambda _: fault)
        for ask in (asking.registry.digest, asking.registry.manifest):
            with pytest.raises(kind) as caught:
                ask(asking.reference())
            assert caught.value.evidence.failure == failure
            assert caught.value.evidence.route == "oci"

    def test_a_quick_failure_is_asked_once_more(self, client: Opener) -> None:
        asking = client()
        asking.real.tokens.required = False
        faults = [_status(503)]
        asking.real.misbehave(lambda _: faults.pop() if faults else None)
        assert asking.registry.manifest(asking.reference()).value.data
        assert [each.status for each in asking.transcript.snapshot()] == [503, 200]

    def test_a_registry_that_never_takes_a_token(self, client: Opener) -> None:
        asking = client()
        challenge = f'Bearer realm="https://{asking.real.host}/token",service="x",scope="repository:a:pull"'
        asking.real.misbehave(
            lambda asked: (
                None
                if asked.path.startswith("/token")
                else Fault(status=401, headers={"WWW-Authenticate": challenge})
            )
        )
        with pytest.raises(UnauthorizedError):
            asking.registry.digest(asking.reference())
        assert len(asking.real.asked) == 3

    @pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"token": 5}', b'{"token": "a\\nb"}', b"<html>"])
    def test_a_token_service_that_gives_no_token(self, client: Opener, body: bytes) -> None:
        asking = client()
        asking.real.misbehave(
            lambda asked: Fault(status=200, body=body) if asked.path.startswith("/token") else None
        )
        with pytest.raises(BadAnswerError, match="gave no token"):
            asking.registry.digest(asking.reference())

    def test_a_token_service_that_refuses(self, client: Opener) -> None:
        asking = client()
        asking.real.misbehave(lambda asked: _status(403) if asked.path.startswith("/token") else None)
        with pytest.raises(UnauthorizedError):
            asking.registry.digest(asking.reference())

    def test_other_bytes_than_the_digest_asked_for(self, client: Opener, artifact: str) -> None:
        asking = client()
        other = Fault(body=b'{"schemaVersion": 2}')
        asking.real.misbehave(lambda asked: other if "/manifests/" in asked.path else None)
        with pytest.raises(BadAnswerError, match=artifact) as caught:
            asking.registry.manifest(asking.reference(artifact))
        assert caught.value.evidence.failure == "digest-differs"

    def test_other_bytes_than_the_digest_stated(self, client: Opener, artifact: str) -> None:
        asking = client()
        other = Fault(body=b'{"schemaVersion": 2}')
        asking.real.misbehave(lambda asked: other if "/manifests/" in asked.path else None)
        with pytest.raises(BadAnswerError, match=artifact):
            asking.registry.manifest(asking.reference())

    @pytest.mark.parametrize(
        ("media_type", "body", "failure"),
        [
            ("text/html; charset=utf-8", b"<html><body>Sign in</body></html>", "html"),
            ("application/json", b"<!DOCTYPE html><title>Sign in</title>", "html"),
            (MANIFEST, b"", "empty"),
            (MANIFEST, b"Please sign in", "malformed"),
            (MANIFEST, b"[]", "malformed"),
            (MANIFEST, b"[" * 100_000, "malformed"),
            ("application/json", b'{"error": "sign in"}', "malformed"),
            (MANIFEST, b'{"schemaVersion": 1}', "malformed"),
            (MANIFEST, b'{"schemaVersion": 2, "mediaType": "application/x-of-ours"}', "malformed"),
            ("application/x-of-ours", b'{"schemaVersion": 2, "layers": []}', "malformed"),
            ("text/html", b'{"schemaVersion": 2, "layers": []}', "malformed"),
        ],
    )
    def test_what_is_no_manifest_has_no_digest(
        self, client: Opener, media_type: str, body: bytes, failure: str
    ) -> None:
        """A page of a network has bytes, and bytes have a digest."""
        asking = client()
        page = Fault(status=200, headers={"Content-Type": media_type}, body=body)
        asking.real.misbehave(lambda _: page)
        for ask in (asking.registry.digest, asking.registry.manifest):
            with pytest.raises(BadAnswerError, match=r"v1\.0\.0") as caught:
                ask(asking.reference())
            assert (caught.value.evidence.outcome, caught.value.evidence.failure) == (Outcome.BAD, failure)
            assert caught.value.evidence in asking.transcript.snapshot()

    def test_a_page_that_states_a_digest_is_a_page(self, client: Opener, artifact: str) -> None:
        asking = client()
        headers = {"Content-Type": "text/html", "Docker-Content-Digest": artifact}
        page = Fault(status=200, headers=headers, body=b"<html>Sign in</html>")
        asking.real.misbehave(lambda _: page)
        for reference in ("v1.0.0", artifact):
            with pytest.raises(BadAnswerError, match=reference) as caught:
                asking.registry.digest(asking.reference(reference))
            assert caught.value.evidence.failure == "html"
        assert {each.outcome for each in asking.transcript.snapshot()} == {Outcome.BAD}

    @pytest.mark.parametrize("media_type", ["", "application/json", "application/octet-stream", "text/plain"])
    def test_a_manifest_says_itself_what_it_is(self, client: Opener, artifact: str, media_type: str) -> None:
        asking = client()
        body = asking.real.stored(asking.repository, "v1.0.0")
        asking.real.tokens.required = False
        asking.real.misbehave(lambda _: Fault(status=200, headers={"Content-Type": media_type}, body=body))
        assert asking.registry.digest(asking.reference()).value == artifact

    def test_a_page_in_place_of_tags(self, client: Opener) -> None:
        asking = client()
        page = Fault(status=200, headers={"Content-Type": "text/html"}, body=b"<html>Sign in</html>")
        asking.real.misbehave(lambda _: page)
        with pytest.raises(BadAnswerError) as caught:
            asking.registry.tags(asking.real.host, asking.repository)
        assert caught.value.evidence.failure == "html"

    def test_another_digest_stated_than_asked_for(self, client: Opener, artifact: str) -> None:
        asking = client()
        stated = {"Content-Type": MANIFEST, "Docker-Content-Digest": digest_of(b"another")}
        asking.real.misbehave(lambda _: Fault(status=200, headers=stated))
        with pytest.raises(BadAnswerError, match=artifact):
            asking.registry.digest(asking.reference(artifact))

    def test_a_blob_of_other_bytes(self, client: Opener) -> None:
        asking = client()
        wanted = digest_of(FILES["metadata.yaml"])
        asking.real.misbehave(lambda asked: Fault(body=b"other") if "/blobs/" in asked.path else None)
        with pytest.raises(BadAnswerError, match=wanted):
            asking.registry.blob(asking.reference(wanted), 1000)

    def test_a_blob_larger_than_accepted(self, client: Opener) -> None:
        asking = client()
        data = FILES["components.yaml"]
        with pytest.raises(BadAnswerError) as caught:
            asking.registry.blob(asking.reference(digest_of(data)), len(data) - 1)
        assert caught.value.evidence.failure == "too-large"

    def test_a_transfer_that_breaks_off(self, client: Opener) -> None:
        asking = client()
        data = FILES["components.yaml"]
        asking.real.misbehave(lambda asked: Fault(cut=True) if "/blobs/" in asked.path else None)
        with pytest.raises(BadAnswerError) as caught:
            asking.registry.blob(asking.reference(digest_of(data)), len(data))
        assert caught.value.evidence.failure == "truncated"
        asking.real.asked.clear()
        with (
            pytest.raises(BadAnswerError) as caught,
            asking.registry.stream(asking.reference(digest_of(data))) as pieces,
        ):
            list(pieces)
        assert caught.value.evidence.failure == "truncated"

    @pytest.mark.parametrize("where", ["/v2/", "/token"])
    def test_silence(self, client: Opener, where: str) -> None:
        asking = client(limits=HttpLimits(connect=120.0, silence=0.3))
        asking.real.misbehave(lambda asked: Fault(silent=True) if asked.path.startswith(where) else None)
        with pytest.raises(TimedOutError) as caught:
            asking.registry.digest(asking.reference())
        assert caught.value.evidence.failure == "silence"

    def test_the_deadline_of_the_run(self, client: Opener) -> None:
        asking = client(settings=HttpSettings(deadline=0.3))
        asking.real.misbehave(lambda _: Fault(silent=True))
        with pytest.raises(TimedOutError) as caught:
            asking.registry.digest(asking.reference())
        assert caught.value.evidence.failure == "deadline"

    def test_nobody_there(self, client: Opener) -> None:
        asking = client()
        reference = replace(asking.reference(), host="127.0.0.1:1")
        with pytest.raises(UnreachableError) as caught:
            asking.registry.digest(reference)
        assert caught.value.evidence.failure == "refused"

    def test_an_authority_that_is_not_trusted(self, client: Opener) -> None:
        asking = client()
        stranger = HttpxClient(
            HttpSettings(deadline=600.0, limits=PATIENT), SystemClock(), asking.transcript, NoProgress()
        )
        client.opened.append(stranger)
        asking.registry.client = lambda: stranger
        with pytest.raises(UnreachableError) as caught:
            asking.registry.digest(asking.reference())
        assert caught.value.evidence.failure == "tls"

    def test_offline_opens_nothing(self, client: Opener) -> None:
        asking = client(offline=True)
        with pytest.raises(OfflineError):
            asking.registry.digest(asking.reference())
        with pytest.raises(OfflineError), asking.registry.stream(asking.reference()):
            pass
        assert asking.real.asked == []

    def test_no_variable_of_the_process_is_read(
        self, client: Opener, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """``requests`` would take a proxy, an authority, a login of ~/.netrc and docker's from there."""
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / ".netrc").write_text("machine 127.0.0.1 login anna password geheim-wort\n")
        (tmp_path / ".docker").mkdir()
        (tmp_path / ".docker" / "config.json").write_text(json.dumps(login(client.real.host)))
        asking = client()
        assert asking.registry.digest(asking.reference()).value
        assert all("Basic" not in str(each.authorization) for each in asking.real.asked)

    def test_the_runs_own_choice_of_a_proxy(self, client: Opener) -> None:
        asking = client(settings=HttpSettings(deadline=600.0, proxy_for=lambda _url: "http://127.0.0.1:1"))
        with pytest.raises(UnreachableError) as caught:
            asking.registry.digest(asking.reference())
        assert caught.value.evidence.failure == "proxy"

    def test_oras_writes_nothing(self, client: Opener, capfd: pytest.CaptureFixture[str]) -> None:
        asking = client()
        asking.real.misbehave(lambda asked: _status(401) if asked.path.startswith("/token") else None)
        with pytest.raises(UnauthorizedError):
            asking.registry.digest(asking.reference())
        assert capfd.readouterr() == ("", "")
