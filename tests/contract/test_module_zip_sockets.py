"""The module zip over real sockets: by ranges where the server knows them, whole where it does not."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator

import pytest

from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.adapters.http_client import HttpxClient
from capyctl.adapters.module_zip import ModuleZipSource
from capyctl.core.goproxy_list import parse_goproxy
from capyctl.core.location import GitHubReleases
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError
from tests.contract.loopback_proxy import Proxy, Reply, loopback_client, running

MODULE = "github.com/Acme/provider"
PATH = "/github.com/!acme/provider/@v/v1.0.0.zip"
METADATA = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
ZIP = (("Content-Type", "application/zip"), ("ETag", '"one"'))
LOCATION = GitHubReleases(
    host="github.com",
    api_base="https://api.github.com",
    owner="Acme",
    name="provider",
    channel="latest",
    components_file="c.yaml",
)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with running(Proxy()) as one:
        yield one


@pytest.fixture
def client() -> Iterator[HttpxClient]:
    with loopback_client() as http:
        yield http


def module_zip(name: str = f"{MODULE}@v1.0.0/metadata.yaml") -> bytes:
    """A zip of two megabytes that do not compress, with metadata.yaml at its beginning."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, METADATA)
        for number in range(100):
            noise = hashlib.shake_128(str(number).encode()).digest(20_000)
            archive.writestr(f"{MODULE}@v1.0.0/file{number}.go", noise)
    return stream.getvalue()


def read(client: HttpxClient, proxy: Proxy) -> bytes:
    source = ModuleZipSource(client, GoProxySettings(proxies=parse_goproxy(proxy.url)))
    return source.file(LOCATION, "v1.0.0", "metadata.yaml").value.data


@pytest.mark.parametrize(("ranges", "questions"), [(True, 2), (False, 1)])
def test_the_file_is_read_with_and_without_ranges(
    proxy: Proxy, client: HttpxClient, ranges: bool, questions: int
) -> None:
    proxy.replies[PATH] = Reply(body=module_zip(), headers=ZIP, ranges=ranges)
    assert read(client, proxy) == METADATA
    assert proxy.paths == [PATH] * questions


def test_a_zip_without_the_file_is_absent(proxy: Proxy, client: HttpxClient) -> None:
    proxy.replies[PATH] = Reply(body=module_zip("other"), headers=ZIP, ranges=True)
    with pytest.raises(AbsentError) as caught:
        read(client, proxy)
    assert caught.value.evidence.failure == "file-missing"


@pytest.mark.parametrize("ranges", [True, False])
def test_a_body_cut_short_is_a_bad_answer(proxy: Proxy, client: HttpxClient, ranges: bool) -> None:
    proxy.replies[PATH] = Reply(body=module_zip(), headers=ZIP, ranges=ranges, cut=True)
    with pytest.raises(BadAnswerError) as caught:
        read(client, proxy)
    assert caught.value.evidence.failure == "truncated"


def test_a_login_page_in_the_place_of_the_zip_is_a_bad_answer(proxy: Proxy, client: HttpxClient) -> None:
    page = b"<!DOCTYPE html><html><title>Sign in</title></html>"
    proxy.replies[PATH] = Reply(body=page, headers=(("Content-Type", "text/html"),))
    with pytest.raises(BadAnswerError):
        read(client, proxy)
