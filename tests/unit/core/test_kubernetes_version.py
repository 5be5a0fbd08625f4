"""Versions of Kubernetes as servers, nodes and people write them (issue 4, 1.4)."""

from __future__ import annotations

import pytest

from capyctl.core.kubernetes_version import (
    KubernetesMinor,
    KubernetesVersion,
    parse_asked,
    parse_kubernetes_version,
    parse_minor,
    parse_server_version,
)


def version(text: str) -> KubernetesVersion:
    parsed = parse_kubernetes_version(text)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("text", "minor", "patch", "stage", "vendor", "build"),
    [
        ("v1.34.3", "1.34", 3, None, None, None),
        ("1.34.3", "1.34", 3, None, None, None),
        ("v1.32.3+rke2r1", "1.32", 3, None, None, "rke2r1"),
        ("v1.31.0-eks-a737599", "1.31", 0, None, "eks-a737599", None),
        ("v1.29.1-gke.1589018", "1.29", 1, None, "gke.1589018", None),
        ("v1.33.0-alpha.1.199+25278540780516", "1.33", 0, "alpha.1.199", None, "25278540780516"),
        ("v1.35.0-rc.0", "1.35", 0, "rc.0", None, None),
        ("v1.30.1-dirty", "1.30", 1, None, "dirty", None),
    ],
)
def test_versions_of_servers(
    text: str, minor: str, patch: int, stage: str | None, vendor: str | None, build: str | None
) -> None:
    parsed = version(text)
    assert (str(parsed), str(parsed.minor), parsed.patch) == (text, minor, patch)
    assert (parsed.stage, parsed.vendor, parsed.build) == (stage, vendor, build)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v1.34",
        "kwok-v0.7.0",
        "v0.0.0-master+$Format:%H$",
        "v1.2.3\n",
        "v\u0661.34.3",
        "v1.1.1" + "1" * 200,
    ],
)
def test_what_is_no_version_of_a_server(text: str) -> None:
    assert parse_kubernetes_version(text) is None


def test_minor_releases_have_an_order() -> None:
    assert KubernetesMinor(1, 9) < KubernetesMinor(1, 10) < KubernetesMinor(2, 0)
    assert parse_minor("v1.34.3") == parse_minor("1.34") == KubernetesMinor(1, 34)
    assert parse_minor("stable") is None


@pytest.mark.parametrize("text", ["", "stable", "ci/latest-1.33", "v1", "v1.31-rc.0", "1.31+x", "1.31.x"])
def test_what_nobody_can_ask_for(text: str) -> None:
    assert parse_asked(text, "KUBERNETES_VERSION") is None


@pytest.mark.parametrize(
    ("asked", "actual", "fits"),
    [
        ("v1.31", "v1.31.7", True),
        ("1.31", "v1.31.7-eks-1", True),
        ("1.31", "v1.31.0-rc.1", True),
        ("1.31", "v1.30.4", False),
        ("v1.31.2", "v1.31.2", True),
        ("1.31.2", "v1.31.2+rke2r1", True),
        ("v1.31.2", "v1.31.3", False),
        ("v1.31.2", "v1.31.2-gke.100", True),
        ("v1.31.2+rke2r1", "v1.31.2+rke2r1", True),
        ("v1.31.2+rke2r1", "v1.31.2+rke2r2", False),
        ("v1.31.2+rke2r1", "v1.31.2", False),
        ("v1.33.0", "v1.33.0-alpha.1", False),
        ("v1.33.0-alpha.1", "v1.33.0", False),
        ("v1.33.0-alpha.1.199+25278540780516", "v1.33.0-alpha.1.199+25278540780516", True),
        ("v1.33.0-alpha.1.199+25278540780516", "v1.33.0-alpha.1.200+1", False),
        (" v1.31.2\n", "v1.31.2", True),
    ],
)
def test_asked_and_actual(asked: str, actual: str, fits: bool) -> None:
    parsed = parse_asked(asked, "--kubernetes-version")
    assert parsed is not None
    assert parsed.fits(version(actual)) is fits


def test_the_answer_of_a_server_that_tells_what_it_emulates() -> None:
    body = {
        "major": "1",
        "minor": "34",
        "emulationMajor": "1",
        "emulationMinor": "33",
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": "32+",
        "gitVersion": "v1.34.3",
    }
    server = parse_server_version(body)
    assert (server.text, server.effective, server.emulates_another) == (
        "v1.34.3",
        KubernetesMinor(1, 33),
        True,
    )
    assert server.minimum_compatible == KubernetesMinor(1, 32)


def test_the_answer_of_a_server_that_emulates_itself_or_says_nothing_of_it() -> None:
    same = parse_server_version({"gitVersion": "v1.34.3", "emulationMajor": "1", "emulationMinor": "34"})
    old = parse_server_version({"gitVersion": "v1.30.4"})
    assert (same.emulates_another, same.effective) == (False, KubernetesMinor(1, 34))
    assert (old.emulates_another, old.effective, old.emulated) == (False, KubernetesMinor(1, 30), None)


@pytest.mark.parametrize("body", [{}, {"gitVersion": 7, "emulationMajor": "one", "emulationMinor": 2}])
def test_an_answer_of_any_shape_is_read(body: dict[str, object]) -> None:
    server = parse_server_version(body)
    assert (server.version, server.effective, server.emulates_another) == (None, None, False)
