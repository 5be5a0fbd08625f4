"""Any address is read or refused; a location never steps out of its folder; a rewriting is stable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.local_path import LocalRules
from capyctl.core.location import GitHubReleases, GitLabPackages, HttpsTree, LocalTree
from capyctl.core.repository_url import KINDS, parse_repository_url

LABEL = "infrastructure-acme"
RULES = LocalRules(folder="/etc/capi", home="/home/u", lookup={"BASE": "/srv"}.get)
WINDOWS = LocalRules(folder="C:\\c", home="C:\\u", windows=True)
PIECES = st.sampled_from(
    [
        "https://github.com/",
        "https://",
        "http://",
        "file://",
        "file:///",
        "gitlab.com/",
        "ghe.example:8443/",
        "o/",
        "r/",
        "releases/",
        "download/",
        "tag/",
        "latest/",
        "v1.0.0/",
        f"{LABEL}/",
        "x.yaml",
        "../",
        "%2e%2e/",
        "%2F",
        "?q",
        "#f",
        "api/v4/projects/",
        "42/",
        "packages/generic/",
        "pkg/",
        "~/",
        "$BASE/",
        "$NONE/",
        "C:/",
        "\\",
        "u:pw@",
        "[::1]",
        ":",
    ]
)
ADDRESSES = st.text(max_size=60) | st.lists(PIECES, max_size=10).map("".join)


def names_of(location: object) -> list[str]:
    if isinstance(location, GitHubReleases):
        return [
            location.owner,
            location.name,
            location.channel,
            location.components_file,
            *location.root_path.split("/")[1:],
        ]
    if isinstance(location, GitLabPackages):
        return [location.package, location.channel, location.components_file]
    assert isinstance(location, HttpsTree | LocalTree)
    return [location.label, location.channel, location.components_file]


@given(ADDRESSES, st.none() | st.sampled_from(KINDS), st.sampled_from([RULES, WINDOWS, LocalRules()]))
def test_any_address(url: str, kind: str | None, rules: LocalRules) -> None:
    parsed = parse_repository_url(url, LABEL, kind, rules)
    assert (parsed.location is None) == (parsed.error is not None)
    if parsed.location is None:
        return
    for name in names_of(parsed.location):
        assert name not in ("", ".", "..")
        assert "/" not in name
        assert not any(ord(char) < 32 for char in name)
    for finding in parsed.findings:
        if finding.rewritten is not None:
            again = parse_repository_url(finding.rewritten, LABEL, kind, rules)
            assert (again.location, again.findings) == (parsed.location, ())


NAMES = st.from_regex(r"[A-Za-z0-9_.-]*[A-Za-z0-9]", fullmatch=True).filter(lambda name: len(name) < 30)


@given(NAMES, NAMES, st.sampled_from(["latest", "v1.0.0", "1.0.2-rc.1"]), NAMES)
def test_a_github_address_is_read_as_it_was_made(owner: str, name: str, channel: str, file: str) -> None:
    location = parse_repository_url(
        f"https://github.com/{owner}/{name}/releases/{channel}/{file}", LABEL
    ).location
    assert isinstance(location, GitHubReleases)
    assert (location.owner, location.name, location.channel, location.components_file) == (
        owner,
        name,
        channel,
        file,
    )
