"""The grammar of markers, and what an answer must look like (cli.md 7.4, clusterctl-resolution 12)."""

from __future__ import annotations

import pytest

from capyctl.core.kubernetes_version import KubernetesMinor
from capyctl.core.release_marker import (
    MalformedMarkerError,
    marker_subject,
    parse_asked_release,
    parse_marker,
    parse_release_version,
    read_marker_answer,
    release_hint,
)

CI_VERSION = "v1.33.0-alpha.1.199+25278540780516"


@pytest.mark.parametrize(
    ("text", "path", "minor"),
    [
        ("stable", "release/stable.txt", None),
        ("stable-1.31", "release/stable-1.31.txt", KubernetesMinor(1, 31)),
        ("latest", "release/latest.txt", None),
        ("latest-1.33", "release/latest-1.33.txt", KubernetesMinor(1, 33)),
        ("ci/stable", "ci/stable.txt", None),
        ("ci/stable-1.31", "ci/stable-1.31.txt", KubernetesMinor(1, 31)),
        ("ci/latest", "ci/latest.txt", None),
        ("ci/latest-1.33", "ci/latest-1.33.txt", KubernetesMinor(1, 33)),
    ],
)
def test_each_marker_has_one_place(text: str, path: str, minor: KubernetesMinor | None) -> None:
    marker = parse_marker(text)
    assert marker is not None
    assert (str(marker), marker.path, marker.minor) == (text, path, minor)
    assert marker.is_ci is text.startswith("ci/")
    assert marker.channel in text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "Stable",
            "stable-1",
            "stable-v1.31",
            "stable-1.31.4",
            "latest-1.033",
            "stable-01.31",
            "CI/latest",
        ),
        *(
            "ci/ci/latest",
            "ci/",
            "release/stable",
            "stable.txt",
            "../stable",
            "ci/../stable",
            "stable-1.31\n",
        ),
        *("newest", "v1.33.0", "latest-1.٣٣", "stable ", " stable", "stable-1.99999", "latest-fast"),
    ],
)
def test_anything_else_is_no_marker(text: str) -> None:
    assert parse_marker(text) is None


def test_an_exact_version_is_read_in_all_its_parts() -> None:
    found = parse_release_version(CI_VERSION)
    assert found is not None
    assert (found.minor, found.patch, found.pre) == (KubernetesMinor(1, 33), 0, "alpha.1.199")
    assert found.build == "25278540780516"
    assert str(found) == CI_VERSION


@pytest.mark.parametrize(
    ("text", "stable"),
    [
        ("v1.31.14", True),
        ("v1.33.0-rc.1", False),
        ("v1.34.8-3+e66083b7550773", False),
        ("v1.34.8+k3s1", False),
    ],
)
def test_only_a_release_is_stable(text: str, stable: bool) -> None:
    found = parse_release_version(text)
    assert found is not None
    assert found.is_stable is stable


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1.33.0",
            "v1.33",
            "v1.33.0.1",
            "v01.33.0",
            "v1.33.0-",
            "v1.33.0+",
            "v1.33.0-01",
            "V1.33.0",
            "v1.33.0 ",
        ),
        *("v1.33.0-a..b", "v1.33.0+a_b", "v1.٣٣.0", "v1.33.0\n", "v1.33.0-" + "a" * 128, "v1234567890.1.0"),
    ],
)
def test_what_is_not_one_semantic_version_with_a_v_is_none(text: str) -> None:
    assert parse_release_version(text) is None


@pytest.mark.parametrize("body", [b"v1.31.14", b"v1.31.14\n", b"v1.31.14\r\n", b"  v1.31.14 \n\n"])
def test_blanks_around_an_answer_count_for_nothing(body: bytes) -> None:
    found = read_marker_answer(body)
    assert found is not None
    assert found.text == "v1.31.14"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\n", b"v1.31.14\nv1.31.15\n", b"v1.31.14 v1.31.15", b"<html>v1.31.14</html>", b"v1.31.14\0"),
        *(b"Not Found", b"\xef\xbb\xbfv1.31.14", b"v1.31.14\xff", b"v1.31.14\x0b", b'"v1.31.14"'),
    ],
)
def test_an_answer_that_is_not_one_version_is_none(body: bytes) -> None:
    assert read_marker_answer(body) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1.33.0", "v1.33.0"),
        ("1.33", "stable-1.33"),
        ("v1.33", "stable-1.33"),
        (" Stable ", "stable"),
        ("CI/latest-1.33", "ci/latest-1.33"),
        ("stable-v1.31", "stable-1.31"),
        ("newest", None),
        ("", None),
    ],
)
def test_a_near_miss_is_told_what_it_may_have_meant(text: str, hint: str | None) -> None:
    assert parse_asked_release(text) is None
    assert release_hint(text) == hint


def test_a_marker_of_another_server_is_another_subject_of_the_cache() -> None:
    one, other = (f"https://{host}/release/stable.txt" for host in ("dl.k8s.io", "mirror.example"))
    assert marker_subject(one) != marker_subject(other)


def test_the_error_of_a_text_that_is_neither_names_what_it_may_have_meant() -> None:
    assert "did you mean stable-1.33?" in str(MalformedMarkerError("1.33"))
    assert MalformedMarkerError("newest").hint is None
    assert "did you mean" not in str(MalformedMarkerError("newest"))
