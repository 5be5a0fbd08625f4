"""Supported ranges (clusterctl-cluster 8.4), read from the file that is shipped."""

from __future__ import annotations

import pytest

from capyctl.config.support_file import read_kubernetes_support
from capyctl.core.kubernetes_support import SupportFileError, parse_support
from capyctl.core.kubernetes_version import KubernetesMinor

SUPPORT = read_kubernetes_support()
_TABLE = """
v1.4.0 1.23 1.26, v1.4.1 1.23 1.26, v1.4.2 1.23 1.27, v1.4.9 1.23 1.27
v1.5.0 1.24 1.27, v1.5.1 1.24 1.28, v1.6.0 1.25 1.28, v1.6.1 1.25 1.29, v1.7.0 1.26 1.29, v1.7.1 1.26 1.30
v1.8.0 1.27 1.30, v1.8.1 1.27 1.31, v1.9.0 1.28 1.31, v1.9.1 1.28 1.32, v1.10.0 1.29 1.32, v1.10.10 1.29 1.32
v1.11.0 1.30 1.33, v1.11.1 1.30 1.34, v1.12.0 1.31 1.34, v1.12.1 1.31 1.35, v1.12.7 1.31 1.35, v1.12.8 1.31 1.36
v1.13.0 1.32 1.35, v1.13.1 1.32 1.36, v1.14.0 1.33 1.36
"""
_ROWS = [row.split() for row in _TABLE.replace("\n", ",").split(",") if row.strip()]


def minor(text: str) -> KubernetesMinor:
    return KubernetesMinor(*(int(part) for part in text.split(".")))


@pytest.mark.parametrize(("core", "oldest", "newest"), _ROWS)
def test_the_range_of_a_core_release(core: str, oldest: str, newest: str) -> None:
    found = SUPPORT.of_core(core)
    assert found is not None
    assert str(found) == f"{oldest} to {newest}"
    assert (found.oldest in found, found.newest in found, KubernetesMinor(1, 40) in found) == (
        True,
        True,
        False,
    )
    assert found.source.startswith("https://")


def test_a_release_candidate_does_not_reach_what_a_patch_release_added() -> None:
    found = SUPPORT.of_core("v1.12.1-rc.0")
    assert found is not None
    assert found.newest == minor("1.34")


@pytest.mark.parametrize("core", ["v1.3.8", "v1.15.0", "v2.0.0", "nightly", ""])
def test_a_core_that_the_data_does_not_know_has_no_range(core: str) -> None:
    assert SUPPORT.of_core(core) is None


@pytest.mark.parametrize(
    ("server", "core"),
    [("1.23", "v1.4"), ("1.31", "v1.12"), ("1.32", "v1.13"), ("1.33", "v1.14"), ("1.36", "v1.14")],
)
def test_the_newest_core_for_a_server(server: str, core: str) -> None:
    assert str(SUPPORT.newest_core_for(minor(server))) == core


@pytest.mark.parametrize("server", ["1.22", "1.37"])
def test_no_core_for_a_server_out_of_every_range(server: str) -> None:
    assert SUPPORT.newest_core_for(minor(server)) is None


def test_a_known_release_is_named_and_pre_releases_and_other_series_are_not() -> None:
    tags = ("v1.12.3", "v1.12.11", "v1.12.12-rc.0", "v1.13.6", "nightly")
    found = SUPPORT.newest_core_for(minor("1.31"), tags)
    assert (str(found), found and found.first) == ("v1.12.11", "v1.12.0")


def test_a_series_that_supports_a_server_from_a_patch_release_on_says_so() -> None:
    data = parse_support(
        b"format: capyctl-kubernetes-support/1\nas_of: today\n"
        b"minimum: [{since: v0.3.0, version: v1.16.0}]\n"
        b'core: [{series: "1.12", oldest: "1.31", newest: "1.34", later: [{since: v1.12.8, newest: "1.36"}]}]\n'
    )
    old_tags = data.newest_core_for(minor("1.36"), ("v1.12.7",))
    assert old_tags is not None
    assert (str(old_tags), old_tags.tag, str(old_tags.supported)) == (
        "v1.12 (v1.12.8 or later)",
        None,
        "1.31 to 1.36",
    )
    assert str(data.newest_core_for(minor("1.36"), ("v1.12.7", "v1.12.9"))) == "v1.12.9"
    assert (data.oldest, data.newest) == (minor("1.31"), minor("1.36"))
    assert data.minimum.required(topology=True).text == "v1.16.0"


def test_the_minimum_of_clusterctl_and_what_it_needs_for_cluster_topology() -> None:
    assert [each.version.text for each in SUPPORT.minimums] == ["v1.16.0", "v1.19.1", "v1.20.0"]
    assert SUPPORT.minimum.required(topology=False).text == "v1.20.0"
    assert SUPPORT.minimum.required(topology=True).text == "v1.22.0"


_CORE = b'core: [{series: "1.4", oldest: "1.23", newest: "1.26", later: [{since: v1.4.2, newest: "1.27"}]}]\n'
_MINIMUM = b"minimum: [{since: v0.3.0, version: v1.16.0}]\n"


@pytest.mark.parametrize(
    "rest",
    [
        b"format: other/1\n",
        b"format: [\n",
        b"",
        b"format: capyctl-kubernetes-support/1\n",
        b"format: capyctl-kubernetes-support/1\n" + _MINIMUM,
        b"format: capyctl-kubernetes-support/1\ncore: [{series: one}]\n" + _MINIMUM,
        b"format: capyctl-kubernetes-support/1\nminimum: [{version: no}]\n" + _CORE,
        b"format: capyctl-kubernetes-support/1\n" + _MINIMUM + _CORE.replace(b"v1.4.2", b"x"),
    ],
)
def test_damaged_data_is_told(rest: bytes) -> None:
    with pytest.raises(SupportFileError):
        parse_support(rest)
