"""Node images over a registry of our own: records, lists, layers, and every way to fail."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct, field

from capyctl.app.image_file import ImageUnreadError, WantedFile, read_image_file
from capyctl.app.node_images import Inspection, NodeImage, NodeImageDesk, node_image_reference
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.invocation import Invocation
from capyctl.core.node_image import RecordedImage
from capyctl.core.release_marker import parse_release_version
from capyctl.core.status_rules import status_of
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    RateLimitedError,
    ServerFailedError,
    TimedOutError,
)
from capyctl.ports.fetcher import Answer
from capyctl.ports.registry import ArtifactReference, RegistryManifest
from tests.unit.app.test_kubernetes_versions import BEFORE, NOW, FixedClock, disk

OLD = "sha256:" + "0" * 64
EVIDENCE = Evidence(route="oci", question=Question.IMAGE, outcome=Outcome.FOUND)


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layer(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(target.getvalue())


class MemoryRegistry(Struct):
    """Manifests and blobs by reference; ``failures`` by the name of the method; ``streamed`` what was read."""

    manifests: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    failures: dict[str, FetchError] = field(default_factory=dict)
    partial: str | None = None
    streamed: list[str] = field(default_factory=list)

    def put(self, tag: str, *layers: bytes) -> str:
        """An image of these layers, lowest first; its digest."""
        manifest = json.dumps({"layers": [{"digest": digest_of(each)} for each in layers]}).encode()
        self.blobs |= {digest_of(each): each for each in layers}
        return self.put_manifest(tag, manifest)

    def put_manifest(self, tag: str, data: bytes) -> str:
        self.manifests |= {tag: data, digest_of(data): data}
        return digest_of(data)

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        assert question is Question.IMAGE
        self._fail("digest")
        return Answer(value=digest_of(self._known(reference)), evidence=(EVIDENCE,))

    def manifest(
        self, reference: ArtifactReference, question: Question = Question.IMAGE
    ) -> Answer[RegistryManifest]:
        assert question is Question.IMAGE
        self._fail("manifest")
        data = self._known(reference)
        found = RegistryManifest(data=data, digest=digest_of(data), media_type="application/json")
        return Answer(value=found, evidence=(EVIDENCE,))

    def tags(self, host: str, repository: str) -> Answer[tuple[str, ...]]:
        assert (host, repository) == ("registry-1.docker.io", "kindest/node")
        self._fail("tags")
        tags = tuple(each for each in self.manifests if not each.startswith("sha256:"))
        return Answer(value=tags, evidence=(EVIDENCE,), partial=self.partial)

    def blob(self, reference: ArtifactReference, limit: int) -> Answer[bytes]:
        raise AssertionError(f"layers are streamed, never held: {reference}, {limit} bytes")

    @contextmanager
    def stream(self, reference: ArtifactReference) -> Iterator[Iterator[bytes]]:
        self._fail("stream")
        self.streamed.append(reference.reference)
        data = self.blobs[reference.reference]
        yield (data[start : start + 100] for start in range(0, len(data), 100))

    def _known(self, reference: ArtifactReference) -> bytes:
        assert (reference.host, reference.repository) == ("registry-1.docker.io", "kindest/node")
        if reference.reference not in self.manifests:
            raise AbsentError(EVIDENCE.judged(Outcome.ABSENT), "not found")
        return self.manifests[reference.reference]

    def _fail(self, method: str) -> None:
        if method in self.failures:
            raise self.failures[method]


def look(
    registry: MemoryRegistry, text: str, *, inspect: bool = False, **given: object
) -> tuple[NodeImage, NodeImageDesk]:
    version = parse_release_version(text)
    assert version is not None
    invocation = Invocation(words=("kubernetes-version", "image", text))
    desk = NodeImageDesk(registry=registry, clock=FixedClock(), invocation=invocation, **given)  # type: ignore[arg-type]
    return desk.look(version, Inspection(architecture="amd64") if inspect else None), desk


def told(desk: NodeImageDesk) -> list[tuple[Code, Severity]]:
    return [(each.code, each.severity) for each in desk.said]


def record(digest: str = OLD) -> RecordedImage:
    return RecordedImage(digest=digest, seen_at=BEFORE, where="capyctl.lock")


def test_an_image_that_exists_is_kept_with_its_digest(tmp_path: Path) -> None:
    registry, cache = MemoryRegistry(), disk(tmp_path)
    digest = registry.put("v1.34.0", layer({"a": b""}))
    answer, desk = look(registry, "v1.34.0", cache=cache)
    assert (answer.exists, answer.digest, answer.newest, desk.said) == (True, digest, "v1.34.0", [])
    kept = cache.latest("image registry-1.docker.io/kindest/node:v1.34.0")
    assert kept is not None
    assert (kept.value, kept.seen_at) == (digest, NOW)


def test_an_image_of_a_record_that_is_gone_existed_then() -> None:
    registry = MemoryRegistry()
    registry.put("v1.27.3")
    answer, desk = look(registry, "v1.27.4", recorded=(record(),))
    cause, absent = desk.said
    assert (cause.code, absent.code, absent.caused_by) == (
        codes.NODE_IMAGE_WITHDRAWN,
        codes.NODE_IMAGE_ABSENT,
        cause,
    )
    assert BEFORE in cause.detail
    assert OLD in cause.detail
    assert cause.fixes[0].command == "capyctl kubernetes-version image v1.27.3"
    assert (answer.exists, status_of(desk.said)) == (False, 1)


def test_an_absent_image_leaves_its_record_for_the_next_run(tmp_path: Path) -> None:
    cache = disk(tmp_path)
    registry = MemoryRegistry()
    registry.put("v1.27.4")
    look(registry, "v1.27.4", cache=cache)
    registry.manifests.clear()
    for _ in range(2):
        _, desk = look(registry, "v1.27.4", cache=cache)
        assert desk.said[0].code is codes.NODE_IMAGE_WITHDRAWN


@pytest.mark.parametrize("same", [True, False])
def test_another_digest_than_the_recorded_one_is_a_warning(same: bool) -> None:
    registry = MemoryRegistry()
    digest = registry.put("v1.27.3")
    _, desk = look(registry, "v1.27.3", recorded=(record(digest if same else OLD),))
    assert told(desk) == ([] if same else [(codes.NODE_IMAGE_CHANGED, Severity.WARNING)])
    if not same:
        assert all(part in desk.said[0].detail for part in (digest, OLD, BEFORE, "capyctl.lock"))


@pytest.mark.parametrize(
    ("failure", "partial"),
    [(ServerFailedError(EVIDENCE, "it answered 500"), None), (None, "only the first 10000 tags are read")],
)
def test_a_list_that_cannot_be_had_or_is_cut_short_is_a_note(
    failure: FetchError | None, partial: str | None
) -> None:
    registry = MemoryRegistry(partial=partial)
    registry.put("v1.34.0")
    if failure is not None:
        registry.failures["tags"] = failure
    answer, desk = look(registry, "v1.34.0")
    assert told(desk) == [(codes.NEWEST_IMAGE_UNKNOWN, Severity.NOTE)]
    assert answer.newest == (None if failure is not None else "v1.34.0")
    assert answer.exists is True


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (TimedOutError(EVIDENCE.judged(Outcome.UNAVAILABLE, "silence"), "silent"), codes.SOURCE_SILENT, 3),
        (RateLimitedError(EVIDENCE, "quota used up"), codes.RATE_LIMITED, 3),
        (BadAnswerError(EVIDENCE.judged(Outcome.BAD, "html"), "a web page"), codes.ANSWER_IS_HTML, 1),
    ],
)
def test_a_registry_without_an_answer_leaves_everything_open(
    error: FetchError, code: Code, status: int
) -> None:
    registry = MemoryRegistry(failures={"digest": error, "tags": error})
    answer, desk = look(registry, "v1.34.0")
    assert (answer.exists, answer.digest, answer.newest) == (None, None, None)
    assert [each.code for each in desk.said] == [code]
    assert status_of(desk.said) == status


def test_a_quota_of_a_registry_is_not_mended_with_a_token_of_a_forge() -> None:
    registry = MemoryRegistry(failures={"digest": RateLimitedError(EVIDENCE, "quota used up")})
    _, desk = look(registry, "v1.34.0")
    words = " ".join(fix.title for fix in desk.said[0].fixes)
    assert "docker login" in words
    assert "GITHUB" not in words


# Inspection.

VERSION = layer({"kind/version": b"v1.34.0\n"})
OTHER = layer({"kind/version": b"v1.37.0-alpha.0.1+abc\n"})


@pytest.mark.parametrize(
    ("layers", "contains", "read"),
    [
        ((VERSION,), "v1.34.0", 1),
        ((OTHER, VERSION), "v1.34.0", 1),
        ((VERSION, layer({"etc/x": b""})), "v1.34.0", 2),
        ((VERSION, layer({"kind/.wh.version": b""})), None, 1),
        ((VERSION, layer({".wh.kind": b""})), None, 1),
        ((VERSION, layer({"kind/.wh..wh..opq": b"", "kind/version": b"v1.34.0"})), "v1.34.0", 1),
        ((layer({"etc/x": b""}),), None, 1),
    ],
)
def test_the_last_layer_that_has_the_file_speaks(
    layers: tuple[bytes, ...], contains: str | None, read: int
) -> None:
    registry = MemoryRegistry()
    registry.put("v1.34.0", *layers)
    answer, _ = look(registry, "v1.34.0", inspect=True)
    assert answer.contains == contains
    assert registry.streamed == [digest_of(each) for each in reversed(layers)][:read]


def test_an_image_that_contains_another_version_is_a_problem() -> None:
    registry = MemoryRegistry()
    registry.put("v1.34.0", OTHER)
    answer, desk = look(registry, "v1.34.0", inspect=True)
    assert answer.contains == "v1.37.0-alpha.0.1+abc"
    assert told(desk) == [(codes.NODE_IMAGE_MISLABELLED, Severity.ERROR)]
    assert "tagged v1.34.0 contains v1.37.0-alpha.0.1+abc" in desk.said[0].detail
    assert status_of(desk.said) == 1


def test_a_plus_in_the_file_and_an_underscore_in_the_tag_are_the_same() -> None:
    text = "v1.34.8-3+e66083b7550773"
    registry = MemoryRegistry()
    registry.put("v1.34.8-3_e66083b7550773", layer({"kind/version": text.encode()}))
    answer, desk = look(registry, text, inspect=True)
    assert (answer.contains, desk.said) == (text, [])


@pytest.mark.parametrize(
    "broken",
    [
        layer({"kind/version": b"no version"}),
        layer({"kind/version": b"x" * 5000}),
        b"\x28\xb5\x2f\xfdzstd",
        gzip.compress(b"no tar"),
        VERSION[:40],
    ],
)
def test_what_cannot_be_read_is_undetermined_and_never_a_verdict(broken: bytes) -> None:
    registry = MemoryRegistry()
    registry.put("v1.34.0", broken)
    answer, desk = look(registry, "v1.34.0", inspect=True)
    assert (answer.exists, answer.contains) == (True, None)
    assert told(desk) == [(codes.NODE_IMAGE_UNREAD, Severity.ERROR)]
    assert status_of(desk.said) == 3


def test_a_layer_that_is_cut_short_on_the_way_is_no_verdict() -> None:
    cut = BadAnswerError(EVIDENCE.judged(Outcome.BAD, "truncated"), "it ended early")
    registry = MemoryRegistry(failures={"stream": cut})
    registry.put("v1.34.0", VERSION)
    _, desk = look(registry, "v1.34.0", inspect=True)
    assert told(desk) == [(codes.NODE_IMAGE_UNREAD, Severity.ERROR)]
    assert "it ended early" in desk.said[0].detail


def test_a_layer_that_does_not_come_is_undetermined() -> None:
    registry = MemoryRegistry(failures={"stream": ServerFailedError(EVIDENCE, "it answered 500")})
    registry.put("v1.34.0", VERSION)
    answer, desk = look(registry, "v1.34.0", inspect=True)
    assert (answer.exists, answer.contains, status_of(desk.said)) == (True, None, 3)
    assert "was not looked into" in desk.said[0].detail


def _platforms(*rows: tuple[str, str]) -> bytes:
    listed = [{"digest": digest, "platform": {"os": "linux", "architecture": arch}} for digest, arch in rows]
    return json.dumps({"manifests": listed}).encode()


def test_an_index_leads_to_the_manifest_of_this_machine() -> None:
    registry = MemoryRegistry()
    own, foreign = registry.put("a", VERSION), registry.put("b", OTHER)
    registry.put_manifest("v1.34.0", _platforms((foreign, "arm64"), (own, "amd64")))
    assert look(registry, "v1.34.0", inspect=True)[0].contains == "v1.34.0"


def test_an_index_of_indexes_is_not_followed_for_ever() -> None:
    registry = MemoryRegistry()
    inner = registry.put_manifest("inner", _platforms((OLD, "amd64")))
    registry.put_manifest("v1.34.0", _platforms((inner, "amd64")))
    wanted = WantedFile(path="kind/version", limit=4096, architecture="amd64")
    with pytest.raises(ImageUnreadError, match="another index"):
        read_image_file(registry, node_image_reference("v1.34.0"), wanted)


def test_the_layers_of_one_image_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capyctl.app.image_file.MOST_SENT", 150)
    registry = MemoryRegistry()
    first, second = (layer({f"etc/{number}": bytes(range(256))}) for number in range(2))
    registry.put("v1.34.0", first, second)
    wanted = WantedFile(path="kind/version", limit=4096, architecture="amd64")
    with pytest.raises(ImageUnreadError, match="larger than 150 bytes together"):
        read_image_file(registry, node_image_reference("v1.34.0"), wanted)
