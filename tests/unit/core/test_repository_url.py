"""Addresses: clusterctl-resolution 4.1 to 4.4, and what W-21 to W-24, F08, F12, F13 and F22 ask."""

from __future__ import annotations

import pytest

from capyctl.core.local_path import LocalRules, is_local
from capyctl.core.location import GitHubReleases, GitLabPackages, HttpsTree, LocalTree
from capyctl.core.repository_url import parse_repository_url

LABEL = "infrastructure-acme"
GITHUB = "https://github.com/"


def github(url: str, kind: str | None = None) -> GitHubReleases:
    location = parse_repository_url(url, LABEL, kind).location
    assert isinstance(location, GitHubReleases)
    return location


def error_code(url: str, kind: str | None = None, rules: LocalRules | None = None) -> str:
    parsed = parse_repository_url(url, LABEL, kind, rules)
    assert parsed.location is None
    assert parsed.error is not None
    return parsed.error.code.code


@pytest.mark.parametrize(
    ("path", "channel", "root_path", "file"),
    [
        (
            "o/r/releases/latest/infrastructure-components.yaml",
            "latest",
            ".",
            "infrastructure-components.yaml",
        ),
        ("o/r/releases/v1.0.0/dir/components.yaml", "v1.0.0", "dir", "components.yaml"),
        ("o/r/releases/v1.0.0/a/b/components.yaml", "v1.0.0", "a/b", "components.yaml"),
        ("o/r/releases/latest/.hidden.yaml", "latest", ".", ".hidden.yaml"),
        ("o/r/releases/latest/a%20b.yaml?x=y#f", "latest", ".", "a b.yaml"),
        ("o/r/releases/anything/x.yaml", "anything", ".", "x.yaml"),
    ],
)
def test_github_forms(path: str, channel: str, root_path: str, file: str) -> None:
    found = github(GITHUB + path)
    assert (found.owner, found.name, found.host) == ("o", "r", "github.com")
    assert (found.channel, found.root_path, found.components_file) == (channel, root_path, file)
    assert found.api_base == "https://api.github.com"
    assert not parse_repository_url(GITHUB + path, LABEL).findings


def test_owner_and_name_keep_their_case() -> None:
    found = github("https://GitHub.com/OpenNebula/Some.Repo_x/releases/latest/x.yaml")
    assert found.full_name == "OpenNebula/Some.Repo_x"
    assert found.module_path == "github.com/OpenNebula/Some.Repo_x"


@pytest.mark.parametrize("host", ["github.com:443", "www.github.com", "GITHUB.COM"])
def test_other_spellings_of_the_host(host: str) -> None:
    assert github(f"https://{host}/o/r/releases/latest/x.yaml").host == "github.com"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "o/r",
        "o/r/releases/v1.0.0",
        "o/r/releases/v1.0.0/",
        "o/r/release/latest/x.yaml",
        "o/r/tree/main/x.yaml",
        "o/r/releases//x.yaml",
        "/r/releases/latest/x.yaml",
        "o/r/releases/latest/../x.yaml",
        "o/r/releases/latest/%2e%2e/x.yaml",
        "o/../releases/latest/x.yaml",
        "o/r/releases/latest/a%5Cb.yaml",
        "o/r/releases/latest/a%00b.yaml",
        "o/r%0a/releases/latest/x.yaml",
        "o/r x/releases/latest/x.yaml",
    ],
)
def test_github_addresses_without_the_form(path: str) -> None:
    assert error_code(GITHUB + path) == "CAPY0118"


@pytest.mark.parametrize(
    ("path", "channel", "rewritten"),
    [
        ("o/r/releases/download/v1.0.0/x.yaml", "v1.0.0", "o/r/releases/v1.0.0/x.yaml"),
        ("o/r/releases/tag/v1.0.0/x.yaml", "v1.0.0", "o/r/releases/v1.0.0/x.yaml"),
        ("o/r/releases/latest/download/x.yaml", "latest", "o/r/releases/latest/x.yaml"),
    ],
)
def test_f12_a_browser_s_address_is_read_and_rewritten(path: str, channel: str, rewritten: str) -> None:
    parsed = parse_repository_url(GITHUB + path, LABEL)
    assert isinstance(parsed.location, GitHubReleases)
    assert (parsed.location.channel, parsed.location.components_file) == (channel, "x.yaml")
    assert [finding.code.code for finding in parsed.findings] == ["CAPY0117"]
    assert parsed.findings[0].rewritten == GITHUB + rewritten
    again = parse_repository_url(GITHUB + rewritten, LABEL)
    assert (again.location, again.findings) == (parsed.location, ())


def test_a_download_address_without_a_tag_is_no_address() -> None:
    assert error_code(f"{GITHUB}o/r/releases/download/x.yaml") == "CAPY0118"
    assert error_code(f"{GITHUB}o/r/releases/tag/v1.0.0") == "CAPY0118"


@pytest.mark.parametrize(
    ("host", "api_base"),
    [
        ("github.corp.example", "https://github.corp.example/api/v3"),
        ("git.example.com:8443", "https://git.example.com:8443/api/v3"),
        ("acme.ghe.com", "https://api.acme.ghe.com"),
    ],
)
def test_github_enterprise_by_kind(host: str, api_base: str) -> None:
    found = github(f"https://{host}/o/r/releases/latest/x.yaml", kind="github")
    assert (found.host, found.api_base) == (host, api_base)
    assert found.module_path == f"{host}/o/r"


@pytest.mark.parametrize(
    "url",
    [
        "https://github.corp.example/o/r/releases/latest/x.yaml",
        "https://bitbucket.org/o/r/releases/latest/x.yaml",
        "https://github.com:8443/o/r/releases/latest/x.yaml",
        "https://gitlab.com/o/r/-/releases/v1/downloads/x.yaml",
        f"https://mirror.example/{LABEL}/latest/x.yaml",
    ],
)
def test_f13_an_unknown_form_names_host_and_kind(url: str) -> None:
    parsed = parse_repository_url(url, LABEL)
    assert parsed.error is not None
    assert parsed.error.code.code == "CAPY0118"
    assert url.split("/")[2] in parsed.error.detail
    assert "kind:" in parsed.error.detail


@pytest.mark.parametrize(
    "url",
    [
        "http://github.com/o/r/releases/latest/x.yaml",
        "oci://ghcr.io/o/r",
        "ftp://x/y",
        "C:/repo/infrastructure-acme/latest/x.yaml",
        "https://",
        "https:///x",
        "https://[::1/x",
        "https://github.com:port/o/r/releases/latest/x.yaml",
        "",
        "  ",
        "https://github.com/o/r/releases/latest/x\x1b.yaml",
        "https://github.com/o/r/releases/latest/" + "x" * 3000,
    ],
)
def test_other_schemes_and_damaged_addresses(url: str) -> None:
    assert error_code(url) == "CAPY0118"


def test_a_credential_in_an_address_is_refused_and_not_repeated() -> None:
    parsed = parse_repository_url("https://user:s3cret@github.com/o/r/releases/latest/x.yaml", LABEL)
    assert parsed.error is not None
    assert "s3cret" not in parsed.error.detail


def test_a_query_of_a_plain_server_is_not_sent_and_is_told() -> None:
    url = f"https://mirror.example/capi/{LABEL}/latest/x.yaml"
    parsed = parse_repository_url(f"{url}?X-Amz-Signature=s3cret", LABEL, "https")
    assert parsed.location == parse_repository_url(url, LABEL, "https").location
    assert [(each.code.code, each.severity.value, each.rewritten) for each in parsed.findings] == [
        ("CAPY0123", "warning", url)
    ]
    assert "s3cret" not in parsed.findings[0].detail
    assert not parse_repository_url(f"{url}#part", LABEL, "https").findings


def test_an_unknown_kind_is_named() -> None:
    parsed = parse_repository_url(f"{GITHUB}o/r/releases/latest/x.yaml", LABEL, "gitea")
    assert parsed.error is not None
    assert "'gitea'" in parsed.error.detail


@pytest.mark.parametrize(
    ("url", "kind", "expected"),
    [
        (
            "https://gitlab.com/api/v4/projects/42/packages/generic/pkg/v1.0.0/x.yaml",
            None,
            ("gitlab.com", "", "42"),
        ),
        (
            "https://gitlab.example.org:8443/api/v4/projects/group%2Fproject/packages/generic/pkg/v1.0.0/x.yaml",
            None,
            ("gitlab.example.org:8443", "", "group%2Fproject"),
        ),
        (
            "https://git.example.com/api/v4/projects/a%2Fb%2Fc/packages/generic/pkg/v1.0.0/x.yaml",
            None,
            ("git.example.com", "", "a%2Fb%2Fc"),
        ),
        (
            "https://git.example.com/gitlab/api/v4/projects/7/packages/generic/pkg/v1.0.0/x.yaml",
            "gitlab",
            ("git.example.com", "/gitlab", "7"),
        ),
    ],
)
def test_gitlab_packages(url: str, kind: str | None, expected: tuple[str, str, str]) -> None:
    parsed = parse_repository_url(url, LABEL, kind)
    assert isinstance(parsed.location, GitLabPackages)
    location = parsed.location
    assert (location.host, location.base_path, location.project) == expected
    assert (location.package, location.channel, location.components_file) == ("pkg", "v1.0.0", "x.yaml")
    assert not parsed.findings


def test_f22_a_project_path_that_is_not_encoded_is_read_and_rewritten() -> None:
    parsed = parse_repository_url(
        "https://gitlab.com/api/v4/projects/my/group/repo/packages/generic/p/v1/x.yaml", LABEL
    )
    assert isinstance(parsed.location, GitLabPackages)
    assert parsed.location.project == "my%2Fgroup%2Frepo"
    assert [finding.code.code for finding in parsed.findings] == ["CAPY0119"]
    rewritten = "https://gitlab.com/api/v4/projects/my%2Fgroup%2Frepo/packages/generic/p/v1/x.yaml"
    assert parsed.findings[0].rewritten == rewritten
    assert parse_repository_url(rewritten, LABEL).location == parsed.location


@pytest.mark.parametrize(
    "path",
    [
        "api/v4/projects/42/packages/generic/pkg/v1.0.0",
        "api/v4/projects/42/packages/generic/pkg/v1.0.0/dir/x.yaml",
        "api/v4/projects/42/packages/generic/pkg//x.yaml",
        "api/v4/projects//packages/generic/pkg/v1/x.yaml",
        "api/v4/projects/42/packages/generic/pkg/../x.yaml",
        "api/v4/projects/42/packages/generic/pkg/v1/a%2Fb.yaml",
        "api/v4/projects/..%2Fx/packages/generic/pkg/v1/x.yaml",
        "api/v4/projects/42/packages/maven/pkg/v1/x.yaml",
    ],
)
def test_gitlab_addresses_without_the_form(path: str) -> None:
    assert error_code(f"https://gitlab.com/{path}", "gitlab") == "CAPY0118"


def test_https_tree_by_kind() -> None:
    url = f"https://mirror.example:8443/capi/files/{LABEL}/v1.2.3/x.yaml"
    location = parse_repository_url(url, LABEL, "https").location
    assert location == HttpsTree(
        base="https://mirror.example:8443/capi/files", label=LABEL, channel="v1.2.3", components_file="x.yaml"
    )


def test_https_tree_at_the_root() -> None:
    location = parse_repository_url(f"https://mirror.example/{LABEL}/latest/x.yaml", LABEL, "https").location
    assert isinstance(location, HttpsTree)
    assert location.base == "https://mirror.example"


@pytest.mark.parametrize("path", ["x.yaml", "other/latest/x.yaml", f"{LABEL}/latest/", f"{LABEL}/../x.yaml"])
def test_https_trees_without_the_form(path: str) -> None:
    assert error_code(f"https://mirror.example/{path}", "https") == "CAPY0118"


POSIX = LocalRules(folder="/etc/capi/", home="/home/u", lookup={"MIRROR": "/srv", "EMPTY": ""}.get)


@pytest.mark.parametrize(
    ("url", "base", "channel"),
    [
        (f"/repo/{LABEL}/latest/x.yaml", "/repo", "latest"),
        (f"/{LABEL}/v1.0.0/x.yaml", "/", "v1.0.0"),
        (f"/a/b/{LABEL}/1.0.1/x.yaml", "/a/b", "1.0.1"),
        (f"file:///repo/{LABEL}/v1.0.0-rc.1/x.yaml", "/repo", "v1.0.0-rc.1"),
        (f"file://host/repo/{LABEL}/latest/x.yaml", "/repo", "latest"),
        (f"/re%20po/{LABEL}/latest/x.yaml?q#f", "/re po", "latest"),
        (f"~/repo/{LABEL}/latest/x.yaml", "/home/u/repo", "latest"),
        (f"file://~/repo/{LABEL}/latest/x.yaml", "/home/u/repo", "latest"),
        (f"$MIRROR/{LABEL}/latest/x.yaml", "/srv", "latest"),
        (f"mirror/{LABEL}/latest/x.yaml", "/etc/capi/mirror", "latest"),
        (f"./../{LABEL}/latest/x.yaml", "/etc", "latest"),
        (f"//repo//{LABEL}/latest/x.yaml", None, ""),
    ],
)
def test_local_trees(url: str, base: str | None, channel: str) -> None:
    location = parse_repository_url(url, LABEL, None, POSIX).location
    if base is None:
        assert location is None
        return
    assert location == LocalTree(base=base, label=LABEL, channel=channel, components_file="x.yaml")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("/latest/x.yaml", "CAPY0120"),
        ("/x.yaml", "CAPY0120"),
        ("/", "CAPY0120"),
        (f"/repo/{LABEL}/latest/", "CAPY0120"),
        (f"/repo/{LABEL}/newest/x.yaml", "CAPY0120"),
        (f"/repo/{LABEL}/v1.2/x.yaml", "CAPY0120"),
        ("/repo/infrastructure-other/latest/x.yaml", "CAPY0120"),
        ("/repo/acme/latest/x.yaml", "CAPY0120"),
        (f"$NOWHERE/{LABEL}/latest/x.yaml", "CAPY0112"),
        (f"$EMPTY/{LABEL}/latest/x.yaml", "CAPY0112"),
    ],
)
def test_local_addresses_without_the_form(url: str, code: str) -> None:
    assert error_code(url, None, POSIX) == code


def test_relative_and_home_need_a_folder_to_start_from() -> None:
    assert error_code(f"mirror/{LABEL}/latest/x.yaml") == "CAPY0120"
    assert error_code(f"~/{LABEL}/latest/x.yaml") == "CAPY0120"


WINDOWS = LocalRules(folder="C:\\conf", home="C:\\Users\\u", windows=True)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        (f"C:/repo/{LABEL}/latest/x.yaml", "C:\\repo"),
        (f"/C:/repo/{LABEL}/latest/x.yaml", "C:\\repo"),
        (f"file:///C:/repo/{LABEL}/latest/x.yaml", "C:\\repo"),
        (f"C:\\repo\\{LABEL}\\latest\\x.yaml", "C:\\repo"),
        (f"~\\repo\\{LABEL}\\latest\\x.yaml", "C:\\Users\\u\\repo"),
        (f"mirror/{LABEL}/latest/x.yaml", "C:\\conf\\mirror"),
    ],
)
def test_windows_paths(url: str, base: str) -> None:
    location = parse_repository_url(url, LABEL, None, WINDOWS).location
    assert location == LocalTree(base=base, label=LABEL, channel="latest", components_file="x.yaml")


def test_a_drive_letter_is_a_path_on_windows_only() -> None:
    assert is_local("C:/repo", windows=True)
    assert not is_local("C:/repo")
    assert not is_local("https://x", windows=True)


def test_kind_local_takes_any_text_as_a_path() -> None:
    location = parse_repository_url(f"/r/{LABEL}/latest/x.yaml", LABEL, "local").location
    assert isinstance(location, LocalTree)
