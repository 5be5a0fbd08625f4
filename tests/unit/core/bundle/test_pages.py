"""What each address of a served bundle answers; the server itself is tested in tests/contract."""

from __future__ import annotations

import hashlib
import json

import pytest

from capyctl.adapters.https_tree import index_names
from capyctl.core.bundle.content import INDEX, BundleFile, described
from capyctl.core.bundle.oci import artifact_of
from capyctl.core.bundle.pages import Page, Site, site_of
from capyctl.core.bundle.release import releases_of
from tests.plugins.bundle_world import small_world

_WORLD = small_world()
_MADE = _WORLD.assembled()
_ARTIFACTS = [artifact_of(each) for each in releases_of(_WORLD.lock) if each.is_provider]
_AWS = next(each for each in _ARTIFACTS if each.label == "infrastructure-aws")


def _site() -> Site:
    return site_of((*_MADE.files, described(INDEX, _MADE.index)), _ARTIFACTS)


def _body(page: Page) -> bytes:
    return _MADE.contents[page.content.path] if isinstance(page.content, BundleFile) else page.content


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/clusterctl/repository/cluster-api/v1.10.4/metadata.yaml", "application/yaml"),
        ("/images.txt", "text/plain; charset=utf-8"),
        ("/bundle.json", "application/json"),
        ("/goproxy/github.com/kubernetes-sigs/cluster-api/@v/list", "text/plain; charset=utf-8"),
        ("/goproxy/github.com/kubernetes-sigs/cluster-api/@v/v1.10.4.info", "application/json"),
        ("/oci-layout", "text/plain; charset=utf-8"),
    ],
)
def test_every_file_is_at_its_path(address: str, media_type: str) -> None:
    page = _site().page(f"{address}?query")
    assert (page.status, page.media_type) == (200, media_type)
    assert _body(page) == _MADE.contents[address[1:]]


def test_the_module_proxy_is_at_the_root_too() -> None:
    page = _site().page("/github.com/kubernetes-sigs/cluster-api-provider-aws/v2/@v/list")
    assert (page.status, _body(page)) == (200, b"v2.9.1\n")


@pytest.mark.parametrize(
    "address",
    [
        "/missing",
        "/../etc/passwd",
        "/%2e%2e/capyctl.lock",
        "//",
        "/capyctl.lock/",
        "/goproxy/bundle.json",
        "",
        "/goproxy/github.com/o/r/@v/list",
    ],
)
def test_nothing_else_is_there(address: str) -> None:
    assert _site().page(address).status == (200 if address in ("", "//") else 404)


def test_folders_have_an_index_that_tree_readers_understand() -> None:
    page = _site().page("/clusterctl/repository/cluster-api/")
    assert page.status == 200
    assert "v1.10.4" in index_names(_body(page), "http://127.0.0.1/clusterctl/repository/cluster-api/")
    redirect = _site().page("/clusterctl/repository/cluster-api")
    assert (redirect.status, redirect.headers) == (
        301,
        (("Location", "/clusterctl/repository/cluster-api/"),),
    )
    assert b'href="clusterctl/"' in _body(_site().page("/"))


def test_the_registry_names_itself() -> None:
    for address in ("/v2", "/v2/"):
        page = _site().page(address)
        assert (page.status, _body(page)) == (200, b"{}")
        assert ("Docker-Distribution-Api-Version", "registry/2.0") in page.headers


def test_tags_and_manifests_by_tag_and_digest() -> None:
    listed = _site().page("/v2/infrastructure-aws/tags/list")
    assert json.loads(_body(listed)) == {"name": "infrastructure-aws", "tags": ["v2.9.1"]}
    for reference in ("v2.9.1", _AWS.digest):
        page = _site().page(f"/v2/infrastructure-aws/manifests/{reference}")
        assert (page.status, page.media_type) == (200, "application/vnd.oci.image.manifest.v1+json")
        assert ("Docker-Content-Digest", f"sha256:{hashlib.sha256(_body(page)).hexdigest()}") in page.headers


def test_blobs_by_digest() -> None:
    for digest in _AWS.blobs:
        page = _site().page(f"/v2/infrastructure-aws/blobs/{digest}")
        assert f"sha256:{hashlib.sha256(_body(page)).hexdigest()}" == digest
        assert page.media_type == "application/octet-stream"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("/v2/nothing/tags/list", "NAME_UNKNOWN"),
        ("/v2/infrastructure-aws/other/x", "NAME_UNKNOWN"),
        ("/v2/infrastructure-aws/tags/first", "UNSUPPORTED"),
        ("/v2/infrastructure-aws/manifests/v9", "MANIFEST_UNKNOWN"),
        (f"/v2/infrastructure-aws/blobs/{next(iter(_ARTIFACTS)).digest}", "BLOB_UNKNOWN"),
    ],
)
def test_what_a_registry_does_not_have_is_told_in_its_own_words(address: str, code: str) -> None:
    page = _site().page(address)
    assert page.status == 404
    assert json.loads(_body(page))["errors"][0]["code"] == code
