"""metadata.yaml out of a module zip by ranges: few questions, few bytes, and nothing a hostile zip can do."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.adapters.module_zip import METADATA_LIMIT, ModuleZipSource
from capyctl.adapters.range_file import READ_LIMIT, TAIL, WHOLE_LIMIT
from capyctl.core.evidence import Evidence, Outcome
from capyctl.core.goproxy_list import parse_goproxy
from capyctl.core.location import GitHubReleases
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError, ServerFailedError
from capyctl.ports.http import HttpRequest, HttpResponse

BASE = "https://proxy.example"
MODULE = "github.com/acme/provider"
METADATA = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
URL = f"{BASE}/{MODULE}/@v/v1.0.0.zip"
MEMBER = f"{MODULE}@v1.0.0/metadata.yaml"


class RangeHttp:
    """Serves bytes by address with ranges; counts questions and bytes."""

    def __init__(self, files: Mapping[str, bytes], *, ranges: bool = True) -> None:
        self.files = dict(files)
        self.ranges = ranges
        self.asked: list[HttpRequest] = []
        self.sent = 0
        self.etag = '"one"'
        self.header: str | None = None
        self.fail_at: int | None = None

    def get(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        evidence = Evidence(
            route=request.route, question=request.question, outcome=Outcome.FOUND, url=request.url
        )
        if request.url not in self.files:
            raise AbsentError(evidence.judged(Outcome.ABSENT), "not found")
        if len(self.asked) == self.fail_at:
            raise ServerFailedError(evidence.judged(Outcome.UNAVAILABLE, "http-503"), "failed")
        data = self.files[request.url]
        condition = request.headers.get("If-Range")
        if not self.ranges or request.byte_range is None or condition not in (None, self.etag):
            return self._response(200, data, {}, request, evidence)
        first, last = request.byte_range
        start = max(len(data) + first, 0) if first < 0 else first
        end = len(data) if last is None else min(last + 1, len(data))
        header = self.header or f"bytes {start}-{end - 1}/{len(data)}"
        return self._response(206, data[start:end], {"content-range": header}, request, evidence)

    def _response(
        self, status: int, body: bytes, headers: dict[str, str], request: HttpRequest, evidence: Evidence
    ) -> HttpResponse:
        if len(body) > request.limit:
            raise BadAnswerError(evidence.judged(Outcome.BAD, "too-large"), "too large")
        self.sent += len(body)
        return HttpResponse(
            status=status,
            headers={**headers, "etag": self.etag},
            body=body,
            location=None,
            evidence=replace(evidence, status=status, size=len(body)),
        )

    def warm(self, host: str) -> None:
        raise AssertionError(f"the adapter warmed {host}, which is not its business")


def location() -> GitHubReleases:
    return GitHubReleases(
        host="github.com",
        api_base="https://api.github.com",
        owner="acme",
        name="provider",
        channel="latest",
        components_file="c.yaml",
    )


def module_zip(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def big_zip(files: int, size: int) -> bytes:
    """Many files that do not compress, with metadata.yaml among them."""
    noise = random.Random(7)  # noqa: S311 - the same noise in every run
    members = {f"{MODULE}@v1.0.0/src/file{number:05}.go": noise.randbytes(size) for number in range(files)}
    names = sorted([*members, MEMBER])
    return module_zip({name: METADATA if name == MEMBER else members[name] for name in names})


def read(http: RangeHttp, goproxy: str = BASE, tag: str = "v1.0.0") -> bytes:
    source = ModuleZipSource(http, GoProxySettings(proxies=parse_goproxy(goproxy)))
    return source.file(location(), tag, "metadata.yaml").value.data


def failure(http: RangeHttp, tag: str = "v1.0.0") -> FetchError:
    with pytest.raises(FetchError) as caught:
        read(http, tag=tag)
    return caught.value


def test_a_large_zip_costs_two_questions_and_a_fraction_of_its_bytes() -> None:
    data = big_zip(1500, 4000)
    http = RangeHttp({URL: data})
    assert read(http) == METADATA
    assert len(data) > 6_000_000
    assert len(http.asked) == 2
    assert http.sent < 400_000
    assert http.asked[0].byte_range == (-TAIL, None)


def test_a_directory_longer_than_the_tail_costs_one_question_more() -> None:
    http = RangeHttp({URL: big_zip(4000, 1000)})
    assert read(http) == METADATA
    assert len(http.asked) == 3


def test_a_small_zip_costs_one_question() -> None:
    http = RangeHttp({URL: module_zip({MEMBER: METADATA})})
    source = ModuleZipSource(http, GoProxySettings(proxies=parse_goproxy(BASE)))
    answer = source.file(location(), "v1.0.0", "metadata.yaml")
    assert answer.value.data == METADATA
    assert answer.value.sha256 == hashlib.sha256(METADATA).hexdigest()
    assert answer.value.url == URL
    assert len(http.asked) == 1
    assert [item.route for item in answer.evidence] == ["goproxy:proxy.example"]


def test_a_server_without_ranges_is_read_whole() -> None:
    http = RangeHttp({URL: big_zip(100, 4000)}, ranges=False)
    assert read(http) == METADATA
    assert len(http.asked) == 1
    assert http.asked[0].limit == WHOLE_LIMIT


def test_further_ranges_are_asked_for_on_condition_that_the_file_is_the_same() -> None:
    http = RangeHttp({URL: big_zip(1500, 4000)})
    read(http)
    assert [request.headers.get("If-Range") for request in http.asked] == [None, '"one"']


def test_a_weak_validator_is_not_used_as_a_condition() -> None:
    http = RangeHttp({URL: big_zip(1500, 4000)})
    http.etag = 'W/"one"'
    assert read(http) == METADATA
    assert [request.headers.get("If-Range") for request in http.asked] == [None, None]


def test_a_file_that_changes_while_it_is_read_is_a_bad_answer() -> None:
    class Changing(RangeHttp):
        def get(self, request: HttpRequest) -> HttpResponse:
            response = super().get(request)
            self.etag = '"two"'
            return response

    error = failure(Changing({URL: big_zip(1500, 4000)}))
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == "malformed"
    assert len(error.earlier) == 1


@pytest.mark.parametrize(
    "header", ["bytes 0-1/2", "bytes */100", "bytes 0-99999999999999/5", "", "items 0-1/2"]
)
def test_a_part_that_is_not_what_its_header_says_is_a_bad_answer(header: str) -> None:
    http = RangeHttp({URL: module_zip({MEMBER: METADATA})})
    http.header = header or "nothing"
    assert isinstance(failure(http), BadAnswerError)


def test_a_failure_in_the_middle_keeps_the_questions_before() -> None:
    http = RangeHttp({URL: big_zip(1500, 4000)})
    http.fail_at = 2
    error = failure(http)
    assert isinstance(error, ServerFailedError)
    assert [item.outcome for item in error.earlier] == [Outcome.FOUND]


def test_a_later_major_is_read_under_its_own_path() -> None:
    url = f"{BASE}/{MODULE}/v2/@v/v2.0.1.zip"
    http = RangeHttp({url: module_zip({f"{MODULE}/v2@v2.0.1/metadata.yaml": METADATA})})
    assert read(http, tag="v2.0.1") == METADATA


def test_a_later_major_without_go_mod_is_read_under_the_bare_path() -> None:
    url = f"{BASE}/{MODULE}/@v/v2.0.0+incompatible.zip"
    http = RangeHttp({url: module_zip({f"{MODULE}@v2.0.0+incompatible/metadata.yaml": METADATA})})
    assert read(http, tag="v2.0.0") == METADATA


@pytest.mark.parametrize(
    "member",
    [
        f"{MODULE}@v1.0.0/sub/metadata.yaml",
        f"{MODULE}@v1.0.1/metadata.yaml",
        f"other/{MEMBER}",
        "metadata.yaml",
        f"{MODULE}@v1.0.0/Metadata.yaml",
    ],
)
def test_only_the_file_at_the_root_of_this_version_counts(member: str) -> None:
    error = failure(RangeHttp({URL: module_zip({member: METADATA})}))
    assert isinstance(error, AbsentError)
    assert error.evidence.failure == "file-missing"


def test_a_version_the_proxy_does_not_have_is_absent() -> None:
    error = failure(RangeHttp({}), tag="v2.0.0")
    assert isinstance(error, AbsentError)
    assert error.evidence.url == f"{BASE}/{MODULE}/v2/@v/v2.0.0.zip"
    assert [item.url for item in error.earlier] == [f"{BASE}/{MODULE}/@v/v2.0.0+incompatible.zip"]


def test_any_other_file_is_absent_without_a_question() -> None:
    http = RangeHttp({URL: module_zip({MEMBER: METADATA})})
    source = ModuleZipSource(http, GoProxySettings(proxies=parse_goproxy(BASE)))
    with pytest.raises(AbsentError):
        source.file(location(), "v1.0.0", "infrastructure-components.yaml")
    assert http.asked == []


@pytest.mark.parametrize("tag", ["1.0.0", "latest", "v1.0.0/../../x", "v1.0"])
def test_a_tag_that_is_no_module_version_is_absent_without_a_question(tag: str) -> None:
    http = RangeHttp({})
    assert isinstance(failure(http, tag=tag), AbsentError)
    assert http.asked == []


def test_a_bomb_is_unpacked_to_the_limit_only() -> None:
    error = failure(RangeHttp({URL: module_zip({MEMBER: b"a" * (METADATA_LIMIT * 50)})}))
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == "too-large"


def test_a_wrong_checksum_is_noticed() -> None:
    data = bytearray(module_zip({MEMBER: METADATA}, zipfile.ZIP_STORED))
    place = data.index(b"kind: Metadata")
    data[place : place + 4] = b"KIND"
    error = failure(RangeHttp({URL: bytes(data)}))
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == "malformed"


@pytest.mark.parametrize(("content", "word"), [(b"", "empty"), (b"<!doctype html><html>", "html")])
def test_a_member_of_the_wrong_kind_is_bad(content: bytes, word: str) -> None:
    error = failure(RangeHttp({URL: module_zip({MEMBER: content})}))
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == word


def test_a_directory_that_claims_to_be_huge_is_not_read() -> None:
    claimed = READ_LIMIT + 1
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, claimed, 0, 0)
    http = RangeHttp({URL: b"\0" * claimed + end})
    error = failure(http)
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == "too-large"
    assert http.sent <= TAIL + 128 * 1024


def test_damaged_zips_are_bad_answers_and_nothing_else() -> None:
    whole = module_zip({f"{MODULE}@v1.0.0/a.go": b"package a", MEMBER: METADATA})
    noise = random.Random(11)  # noqa: S311 - the same damage in every run
    for _ in range(400):
        data = bytearray(whole[: noise.randrange(1, len(whole) + 1)])
        for _ in range(noise.randrange(6)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        try:
            assert read(RangeHttp({URL: bytes(data)})) == METADATA
        except (BadAnswerError, AbsentError):
            continue


def test_a_zip_in_a_folder_is_read_without_http(tmp_path: Path) -> None:
    place = tmp_path / MODULE / "@v" / "v1.0.0.zip"
    place.parent.mkdir(parents=True)
    place.write_bytes(module_zip({MEMBER: METADATA}))
    http = RangeHttp({})
    assert read(http, tmp_path.as_uri()) == METADATA
    assert http.asked == []
    place.write_bytes(b"no zip")
    source = ModuleZipSource(http, GoProxySettings(proxies=parse_goproxy(tmp_path.as_uri())))
    with pytest.raises(BadAnswerError):
        source.file(location(), "v1.0.0", "metadata.yaml")


def test_a_proxy_that_fails_gives_way_by_the_rules_of_the_list() -> None:
    second = f"https://b.example/{MODULE}/@v/v1.0.0.zip"
    http = RangeHttp({second: module_zip({MEMBER: METADATA})})
    assert read(http, f"{BASE},https://b.example") == METADATA
