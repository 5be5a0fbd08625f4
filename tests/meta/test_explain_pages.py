"""The explain pages: one for every code, alike in form, and found from what users paste.

The symptom lines are quotations of the failure catalogue and of Appendix A of the resolution reference.
A pattern is searched anywhere in a line, letter case aside; pages of lower rank come first.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from capyctl.core.codes import ALL_CODES, Code

_PAGES = Path(__file__).resolve().parents[2] / "capyctl" / "app" / "explain"
_HEADINGS = (
    "## What it means",
    "## Why it matters",
    "## How to confirm",
    "## How to fix",
    "## When it is fine",
)
_KEYS = {"code", "name", "cases", "since", "state", "match", "rank"}
_DEFAULT_RANK = 100
_LATER = {"F06", "F14", "F16", "F24", "F29", "F37", "F38", "F42", "F44", "F45", "F48", "F49", "F51", "F57"}
_CASES = [f"F{number:02}" for number in range(1, 59) if f"F{number:02}" not in _LATER]
_COMMANDS = {
    "resolve", "versions", "diagnose-provider", "config", "generate", "init", "lint-provider", "lab",
    "explain", "schema", "version", "completion", "--help",
}  # fmt: skip
_LATER_OPTIONS = ("--locked", "--bundle", "--no-cache", "--record", "--kubeconfig", "CAPYCTL_GOPROXY_OFF")


@functools.cache
def _split(code: str) -> tuple[dict[str, Any], str]:
    _, front, body = (_PAGES / f"{code}.md").read_text(encoding="utf-8").split("---\n", 2)
    loaded = yaml.safe_load(front)
    assert isinstance(loaded, dict)
    return loaded, body


def _found(line: str) -> list[str]:
    hits: list[tuple[int, str]] = []
    for page in _PAGES.glob("*.md"):
        front, _ = _split(page.stem)
        if any(re.search(pattern, line, re.IGNORECASE) for pattern in front["match"]):
            hits.append((front.get("rank", _DEFAULT_RANK), page.stem))
    return [code for _, code in sorted(hits)]


def test_there_is_exactly_one_page_for_each_code() -> None:
    assert sorted(path.name for path in _PAGES.glob("*")) == [f"{code.code}.md" for code in ALL_CODES]


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_a_page_says_what_the_registry_says(code: Code) -> None:
    front, body = _split(code.code)
    assert set(front) <= _KEYS
    assert (front["code"], front["name"]) == (code.code, code.name)
    assert (front["since"], front["state"]) == (code.since, code.state)
    assert tuple(front["cases"]) == code.cases
    assert body.strip().splitlines()[0] == f"# {code.name}"


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_a_page_has_the_fixed_headings_in_order_and_text_under_each(code: Code) -> None:
    _, body = _split(code.code)
    assert tuple(line for line in body.splitlines() if line.startswith("## ")) == _HEADINGS
    sections = re.split(r"^## .*$", body, flags=re.MULTILINE)[1:]
    assert all(section.strip() for section in sections)
    how_to_fix = sections[_HEADINGS.index("## How to fix")]
    assert 0 <= how_to_fix.find("**Users.**") < how_to_fix.find("**Provider authors.**")


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_a_page_is_short_and_its_patterns_compile(code: Code) -> None:
    front, body = _split(code.code)
    assert len(body.splitlines()) <= 60
    assert max(len(line) for line in body.splitlines()) <= 120
    assert isinstance(front.get("rank", _DEFAULT_RANK), int)
    for pattern in front["match"]:
        assert not re.compile(pattern).match("")


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_a_page_names_only_commands_that_exist(code: Code) -> None:
    _, body = _split(code.code)
    for words in re.findall(r"^ {4}.*?\bcapyctl ([a-z-]+)", body, flags=re.MULTILINE):
        assert words in _COMMANDS
    assert not [option for option in _LATER_OPTIONS if option in body]


_SYMPTOMS = [
    ("F01", "failed to get GitHub release v1.1.3+d32ac08: 404 Not Found []"),
    (
        "F02",
        (
            "failed to get configuration for the InfrastructureProvider with name proxmox. Please check the "
            "provider name and/or add configuration for new providers using the .clusterctl config file"
        ),
    ),
    ("F03", "provider infrastructure-capovh not found in the clusterctl list"),
    (
        "F03",
        (
            "failed to get configuration for the InfrastructureProvider with name infrastructure-azure. "
            "Please check the provider name"
        ),
    ),
    ("F04", "failed to get configuration for the InfrastructureProvider with name oci"),
    ("F05", 'Potential override file SearchFile="/home/u/.config/cluster-api/overrides/x/v1/metadata.yaml"'),
    ("F05", "/home/u/.cluster-api/overrides/infrastructure-aws/v2.7.1/metadata.yaml"),
    (
        "F07",
        'no kind "Metadata" is registered for version "clusterctl.cluster.x-k8s.io/v1alpha4" in scheme "x"',
    ),
    ("F08", 'invalid path: path "$HOME/repo/latest/infrastructure-components.yaml" must be an absolute path'),
    (
        "F09",
        "failed to list release directories: open /x/docker: no such file or directory",
    ),
    (
        "F10",
        (
            'failed to read file "/x/infrastructure-docker/v0.3.8/metadata.yaml" from local release v0.3.8: '
            "stat /x: no such file or directory"
        ),
    ),
    ("F11", 'invalid path: path "file:///x/infrastructure-sidero/latest/infrastructure-components.yaml"'),
    (
        "F12",
        (
            'release not found for version download, please retry later or set "GOPROXY=off" to get the current '
            "stable release: 404 Not Found"
        ),
    ),
    ("F13", 'invalid provider url. Only GitHub and GitLab are supported for "https" schema'),
    (
        "F15",
        (
            "rate limit for github api has been reached. Please wait one hour or get a personal API token and "
            "assign it to the GITHUB_TOKEN environment variable"
        ),
    ),
    ("F17", "version v0.5.3 for the provider default/bootstrap-talos does not match any release series"),
    ("F18", "target namespace can't be defaulted. Please specify a target namespace"),
    (
        "F18",
        (
            "invalid provider metadata: version v1.5.2 for the provider k0smotron/bootstrap-k0sproject-k0smotron "
            "does not match any release series"
        ),
    ),
    (
        "F19",
        (
            "current version of clusterctl is only compatible with v1beta1 providers, detected v1alpha4 for "
            "provider infrastructure-nested"
        ),
    ),
    ("F20", "failed to get cert-manager object apps/v1, Kind=Deployment"),
    ("F21", "target namespace can't be defaulted. Please specify a target namespace"),
    (
        "F22",
        (
            "invalid url: a GitLab repository url should be in the form https://{host}/api/v4/projects/"
            "{projectSlug}/packages/generic/{packageName}/{defaultVersion}/{componentsPath}"
        ),
    ),
    (
        "F23",
        (
            'failed to get file "metadata.yaml" with version "v1" from "https://gitlab.example/x": unauthorized '
            "access, please check your credentials"
        ),
    ),
    (
        "F25",
        "failed to download files from GitHub release v1.1.1: read tcp: connection reset by peer",
    ),
    (
        "F26",
        (
            'release not found for version v1.14.0, please retry later or set "GOPROXY=off" to get the current '
            "stable release: 404 Not Found"
        ),
    ),
    ("F27", 'release not found for version v2.3.4, please retry later or set "GOPROXY=off"'),
    ("F28", "release not found for version v0.10.2"),
    ("F30", "failed to get GitHub release v0.8.0-alpha.0: 404 Not Found"),
    ("F30", "release not found for version v0.5.0-alpha.0"),
    (
        "F31",
        (
            "invalid target version: version v2.0.2 for the provider capa-system/infrastructure-aws does not "
            "match any release series"
        ),
    ),
    (
        "F32",
        (
            "rate limit for github api has been reached. Please wait one hour or get a personal API tokens a "
            "assign it to the GITHUB_TOKEN environment variable"
        ),
    ),
    (
        "F33",
        (
            'failed to get the list of releases: Get "https://api.github.com/repos/x/y/releases?per_page=100": '
            "dial tcp 1.2.3.4:443: i/o timeout"
        ),
    ),
    (
        "F34",
        (
            'invalid version: go.mod has non-.../v2 module path "github.com/x/y" (and .../v2/go.mod '
            "does not exist) at revision v2.0.1"
        ),
    ),
    (
        "F35",
        (
            "version v0.7.0-alpha.0 for the provider capv-system/infrastructure-vsphere does not match any "
            "release series"
        ),
    ),
    (
        "F36",
        (
            "current version of clusterctl could install only v1alpha3 providers, detected v1alpha4 for provider "
            "cluster-api"
        ),
    ),
    ("F39", 'failed to get file "metadata.yaml" from "v0.1.7" release'),
    (
        "F40",
        (
            "failed to get latest release: failed to download files from GitHub release v1.10.6: failed to get "
            'file "metadata.yaml" from "v1.10.6" release'
        ),
    ),
    ("F41", "error getting file, status code: 404"),
    (
        "F43",
        (
            "version v0.5.0 for the provider caaph-system/addon-helm does not match any release series. "
            "Available series: [0.1, 0.2, 0.3, 0.4]"
        ),
    ),
    (
        "F46",
        'invalid provider metadata: unexpected kind "" for provider infra-azure (expected "Metadata")',
    ),
    ("F47", "version v1.1.99 for the provider capi-system/cluster-api does not match any release series"),
    (
        "F50",
        (
            "current version of clusterctl is only compatible with v1beta1 providers, detected v1alpha4 for "
            "provider infrastructure-openstack"
        ),
    ),
    (
        "F52",
        (
            'installing provider "infrastructure-x" could lead to a non functioning management cluster: the target '
            "target version for the provider implements the v1beta2 contract version"
        ),
    ),
    ("F53", 'failed to get file "core-components.yaml" from "v0.3.9" release'),
    ("F54", 'failed to read "cluster-template.yaml" from provider\'s repository'),
    (
        "F55",
        (
            "value for variables [AWS_B64ENCODED_CREDENTIALS] is not set. Please set the value using os "
            "environment variables or the clusterctl config file"
        ),
    ),
    ("F56", "value for variables [AWS_B64ENCODED_CREDENTIALS] is not set"),
    ("F58", "cert-manager is already up to date"),
]


@pytest.mark.parametrize(("case", "line"), _SYMPTOMS)
def test_a_quoted_symptom_finds_a_code_of_its_case(case: str, line: str) -> None:
    serving = {code.code for code in ALL_CODES if case in code.cases}
    assert serving & set(_found(line))


def test_every_case_of_this_stage_has_a_symptom_and_a_code() -> None:
    assert {case for case, _ in _SYMPTOMS} == set(_CASES)
    assert {case for code in ALL_CODES for case in code.cases} == set(_CASES)


_FIRST = [
    ("failed to get configuration for the InfrastructureProvider with name awz", "CAPY0102"),
    ("error validating configuration for the X with name y", "CAPY0111"),
    ("failed to get latest release: something", "CAPY0406"),
    ("failed to find releases tagged with a valid semantic version number", "CAPY0406"),
    ('release not found for version v1.2.3, please retry later or set "GOPROXY=off"', "CAPY0401"),
    ('failed to get file "metadata.yaml" from "v1.2.3" release', "CAPY0301"),
    ("failed to get repository versions: failed to get repository versions: 404 Not Found", "CAPY0206"),
    ('get versions client: parse GOPROXY url "https://[::1"', "CAPY0121"),
    ("rate limit for github api has been reached", "CAPY0203"),
    ("failed to fetch metadata for provider", "CAPY0301"),
    ("does not match any release series", "CAPY0302"),
    ("version v1.0.0-rc.0 (one of the available versions) for the provider x", "CAPY0302"),
    ("is only compatible with", "CAPY0501"),
    ("target namespace can't be defaulted", "CAPY0205"),
    ("couldn't parse image name", "CAPY0607"),
    ("value for variables [", "CAPY0603"),
    ("missing closing brace", "CAPY0604"),
    ("unable to parse variable name", "CAPY0604"),
    ("bad substitution", "CAPY0604"),
]


@pytest.mark.parametrize(("line", "code"), _FIRST)
def test_the_likeliest_code_of_an_appendix_a_fragment_comes_first(line: str, code: str) -> None:
    if line == "value for variables [":
        line += "A] is not set"
    assert _found(line)[0] == code


def test_a_line_of_nothing_known_finds_nothing() -> None:
    assert _found("everything is up and running") == []


def test_the_namespace_message_leads_to_the_rename_and_then_to_the_components() -> None:
    assert {"CAPY0205", "CAPY0605", "CAPY0208"} <= set(_found("target namespace can't be defaulted"))
