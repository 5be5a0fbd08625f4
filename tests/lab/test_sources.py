"""Module proxies, GitLab, GitHub Enterprise and file trees in the lab, asked without sockets."""

from __future__ import annotations

import base64
import io
import re
import socket
import zipfile
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from capyctl.lab.content import Content, metadata_yaml
from capyctl.lab.exchange import Question, Reply
from capyctl.lab.internet import applications
from capyctl.lab.scenario import load_scenario, read_scenario
from capyctl.lab.world import FaultKind, GitLabProject, Majors, ModuleProxy, Release, Repository, Token, World
from tests.plugins.lab_fixture import OpenLab

_METADATA = Content(data=metadata_yaml([("1.0", "v1beta1")]))
_FILES = {"metadata.yaml": _METADATA, "infrastructure-components.yaml": Content(data=b"kind: Namespace\n")}


def _ask(world: World, url: str, **headers: str) -> Reply:
    parsed = httpx.URL(url)
    question = Question(
        method="GET",
        host=parsed.host,
        target=parsed.raw_path.decode(),
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    return applications(world)[parsed.host](question)


def _module_world(**changes: object) -> World:
    tags = ("v0.9.0", "v1.0.0", "v1.1.0-rc.0", "v2.0.0")
    repository = Repository(
        name="Acme/capx",
        formerly=("old/capx",),
        releases=tuple(Release(tag=tag, files=_FILES) for tag in tags),
        tags=("v1.2.0", "not-a-version"),
        withdrawn=("v1.0.1",),
        **changes,  # type: ignore[arg-type]
    )
    return World(repositories=(repository,))


_BASE = "https://proxy.golang.org/github.com/!acme/capx"


def _list(world: World, path: str = "") -> set[str]:
    return set(_ask(world, f"{_BASE}{path}/@v/list").body.decode().split())


def test_a_module_lists_tags_whether_released_or_not_and_what_was_withdrawn() -> None:
    assert _list(_module_world()) == {"v0.9.0", "v1.0.0", "v1.1.0-rc.0", "v1.2.0", "v1.0.1"}
    assert _list(_module_world(), "/v2") == {"v2.0.0"}


def test_a_hidden_major_is_absent_and_an_incompatible_one_stands_at_the_bare_path() -> None:
    hidden = _ask(_module_world(majors={2: Majors.HIDDEN}), f"{_BASE}/v2/@v/list")
    assert (hidden.status, b"go.mod has non-.../v2 module path" in hidden.body) == (404, True)
    world = _module_world(majors={2: Majors.INCOMPATIBLE})
    assert "v2.0.0+incompatible" in _list(world)
    assert _ask(world, f"{_BASE}/v2/@v/list").status == 404


def test_the_references_are_for_git_of_today_and_follow_the_forges_rules() -> None:
    """Real git reads them in tests/contract/test_refs_like_git.py."""
    refs = "https://github.com/{}.git/info/refs{}"
    smart = "?service=git-upload-pack"
    world = _module_world()
    found = _ask(world, refs.format("Acme/capx", smart))
    assert found.headers["content-type"] == "application/x-git-upload-pack-advertisement"
    assert b" refs/tags/v1.2.0\n" in found.body
    assert b"refs/tags/v1.0.1" not in found.body
    assert _ask(world, refs.format("Acme/capx", "")).status == 403
    assert _ask(world, refs.format("Acme/capx", "?service=git-receive-pack")).status == 403
    moved = _ask(world, refs.format("old/capx", smart))
    assert (moved.status, moved.headers["location"]) == (301, refs.format("Acme/capx", smart))
    private = _ask(_module_world(private=True), refs.format("Acme/capx", smart))
    assert (private.status, private.headers["www-authenticate"]) == (401, 'Basic realm="GitHub"')


def test_capitals_must_be_escaped_and_former_names_still_list() -> None:
    assert _ask(_module_world(), "https://proxy.golang.org/github.com/Acme/capx/@v/list").status == 404
    assert _ask(_module_world(), "https://proxy.golang.org/github.com/acme/capx/@v/list").status == 404
    assert _ask(_module_world(), "https://proxy.golang.org/github.com/old/capx/@v/list").status == 200


def test_a_version_has_info_a_module_file_and_a_zip_of_its_tree() -> None:
    world = _module_world(retracted={"v1.0.0": "", "[v0.1.0, v0.9.0]": "not for use", "v2.0.0": "by mistake"})
    assert b'"Version": "v1.0.0"' in _ask(world, f"{_BASE}/@v/v1.0.0.info").body
    assert b'"Version": "v1.2.0"' in _ask(world, f"{_BASE}/@latest").body
    assert _ask(world, f"{_BASE}/@v/v1.0.0.mod").body.startswith(b"module github.com/Acme/capx\n")
    block = b"retract (\n\tv1.0.0\n\t// not for use\n\t[v0.1.0, v0.9.0]\n)\n"
    assert _ask(world, f"{_BASE}/@v/v1.2.0.mod").body.endswith(block)
    assert b"retract" not in _ask(world, f"{_BASE}/@v/v1.0.0.mod").body
    assert b"// by mistake\n\tv2.0.0\n" in _ask(world, f"{_BASE}/v2/@v/v2.0.0.mod").body
    whole = _ask(world, f"{_BASE}/@v/v1.0.0.zip").body
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.read("github.com/Acme/capx@v1.0.0/metadata.yaml") == _METADATA.data
        assert not any("components" in name for name in archive.namelist())
    assert _ask(world, f"{_BASE}/@v/v7.0.0.zip").status == 404


def test_a_zip_is_served_in_ranges() -> None:
    whole = _ask(_module_world(), f"{_BASE}/@v/v1.0.0.zip")
    tail = _ask(_module_world(), f"{_BASE}/@v/v1.0.0.zip", range="bytes=-22", if_range=whole.headers["etag"])
    size = len(whole.body)
    assert (tail.status, tail.body) == (206, whole.body[-22:])
    assert tail.headers["content-range"] == f"bytes {size - 22}-{size - 1}/{size}"
    assert _ask(_module_world(), f"{_BASE}/@v/v1.0.0.zip", range="bytes=0-3").body == b"PK\x03\x04"
    assert _ask(_module_world(), f"{_BASE}/@v/v1.0.0.zip", range=f"bytes={size}-").status == 416
    assert _ask(_module_world(), f"{_BASE}/@v/v1.0.0.zip", range="bytes=0-3", if_range='"x"').status == 200


def test_a_proxy_keeps_its_path_and_wants_its_credential() -> None:
    repository = Repository(name="acme/capx", releases=(Release(tag="v1.0.0", files=_FILES),))
    proxy = ModuleProxy(
        host="mods.example", base="/go", credential="me:pw", lists={"github.com/acme/capx": "v9\n"}
    )
    world = World(repositories=(repository,), proxies=(proxy,))
    credential = "Basic " + base64.b64encode(b"me:pw").decode()
    url = "https://mods.example/go/github.com/acme/capx/@v/list"
    assert _ask(world, url).status == 401
    assert _ask(world, url, authorization=credential).body == b"v9\n"
    assert _ask(world, url.replace("/go/", "/"), authorization=credential).status == 404


_GITLAB = "https://git.example/api/v4/projects"


def _gitlab_world(*, private: bool = False, redirects: bool = False) -> World:
    project = GitLabProject(
        host="git.example",
        path="group/sub/capx",
        id=42,
        private=private,
        redirects=redirects,
        packages={"capx": {f"v0.{minor}.0": {"metadata.yaml": _METADATA} for minor in range(45)}},
    )
    return World(projects=(project,), tokens=(Token(value="good", hosts=("git.example",)),))


def test_gitlab_serves_a_package_by_number_or_by_encoded_path_only() -> None:
    world, rest = _gitlab_world(), "packages/generic/capx/v0.1.0/metadata.yaml"
    assert _ask(world, f"{_GITLAB}/42/{rest}").body == _METADATA.data
    assert _ask(world, f"{_GITLAB}/group%2Fsub%2Fcapx/{rest}").body == _METADATA.data
    assert _ask(world, f"{_GITLAB}/group/sub/capx/{rest}").status == 404
    assert _ask(world, f"{_GITLAB}/42/{rest}x").status == 404
    moved = _ask(_gitlab_world(redirects=True), f"{_GITLAB}/42/{rest}")
    assert (moved.status, moved.headers["location"]) == (
        302,
        "https://git.example/storage/42/capx/v0.1.0/metadata.yaml",
    )
    assert _ask(world, moved.headers["location"]).body == _METADATA.data


def test_gitlab_lists_in_pages() -> None:
    first = _ask(_gitlab_world(), f"{_GITLAB}/42/packages?package_type=generic&per_page=40&page=1")
    assert (first.headers["x-total"], first.headers["x-next-page"]) == ("45", "2")
    last = _ask(_gitlab_world(), f"{_GITLAB}/42/packages?package_type=generic&per_page=40&page=2")
    assert (last.headers["x-next-page"], last.body.count(b'"version"')) == ("", 5)
    assert _ask(_gitlab_world(), f"{_GITLAB}/42/packages?per_page=x&page=-1").status == 200


@pytest.mark.parametrize("header", ["private-token", "job-token", "authorization"])
def test_gitlab_hides_what_is_private_from_strangers(header: str) -> None:
    world, url = _gitlab_world(private=True), f"{_GITLAB}/42"
    prefix = "Bearer " if header == "authorization" else ""
    assert _ask(world, url).status == 404
    assert _ask(world, url, **{header: f"{prefix}bad"}).status == 401
    assert _ask(world, url, **{header: f"{prefix}good"}).status == 200


def test_an_enterprise_host_answers_its_api_under_a_path_and_files_from_its_media_host() -> None:
    world = load_scenario("enterprise-host").world
    listing = _ask(world, "https://ghe.corp.example/api/v3/repos/platform/capi-acme/releases")
    assert listing.body.count(b'"tag_name"') == 4
    assert b"https://ghe.corp.example/api/v3/repos/platform/capi-acme/releases/assets/" in listing.body
    download = "https://ghe.corp.example/platform/capi-acme/releases/download/v0.3.1/metadata.yaml"
    location = _ask(world, download).headers["location"]
    assert httpx.URL(location).host == "media.ghe.corp.example"
    assert _ask(world, location).status == 200
    assert _ask(world, "https://api.github.com/repos/platform/capi-acme").status == 404


def test_a_tree_lists_its_folders_unless_it_does_not() -> None:
    world = load_scenario("https-tree").world
    folder = "https://files.corp.example/capi/infrastructure-acme"
    page = _ask(world, f"{folder}/").body.decode()
    assert re.findall(r'href="([^"]+)"', page) == ["../", "v0.1.0/", "v0.2.0/"]
    assert _ask(world, folder).headers["location"] == f"{folder}/"
    assert _ask(world, f"{folder}/v0.1.0/metadata.yaml").status == 200
    assert _ask(world, f"{folder}/v9/").status == 404
    unlisted = load_scenario("https-tree-unlisted").world
    assert _ask(unlisted, f"{folder}/").status == 403
    assert _ask(unlisted, f"{folder}/v0.1.0/metadata.yaml").status == 200


@pytest.mark.parametrize(
    "request_text", ["GET", "nonsense\r\n\r\n", "GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", ""]
)
def test_what_is_no_http_ends_the_connection_and_nothing_else(lab: OpenLab, request_text: str) -> None:
    opened = lab(_module_world())
    url = httpx.URL(opened.proxy)
    with socket.create_connection((url.host, url.port or 0), timeout=60) as channel:
        channel.sendall(request_text.encode())
        channel.shutdown(socket.SHUT_WR)
        while channel.recv(1024):
            continue


_PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "scenario-format.md"


def test_the_page_s_example_is_a_scenario_and_the_page_names_every_fault() -> None:
    text = _PAGE.read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    scenario = read_scenario(example.encode(), name="renamed-here", file="renamed-here.yaml")
    assert scenario.world.round_trip == 0.05
    assert all(f"`{kind.value}`" in text for kind in FaultKind)


@pytest.mark.parametrize(
    "url",
    [
        f"{_BASE}/@v/list",
        f"{_BASE}/@latest",
        "https://gitlab.corp.example/api/v4/projects/42/packages?package_name=capi-acme",
    ],
)
def test_lists_and_records_bear_validators_as_the_real_ones_do(url: str) -> None:
    packages = {"capi-acme": {"v1.0.0": dict(_FILES)}}
    project = GitLabProject(host="gitlab.corp.example", path="platform/capi", id=42, packages=packages)
    world = replace(_module_world(), projects=(project,))
    first = _ask(world, url)
    assert (first.status, first.headers["etag"].startswith('W/"')) == (200, True)
    again = _ask(world, url, if_none_match=first.headers["etag"])
    assert (again.status, again.body, again.route) == (304, b"", first.route)
    assert _ask(world, url, if_none_match='W/"another"').body == first.body
