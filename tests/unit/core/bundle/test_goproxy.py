"""The module-proxy tree. That Go reads it is shown in tests/contract/test_bundle_consumers.py."""

from __future__ import annotations

import json

import pytest

from capyctl.core.bundle.goproxy import goproxy_files


def test_versions_of_one_repository_are_listed_by_major() -> None:
    files = goproxy_files(
        [
            ("github.com/o/r", "v1.2.0"),
            ("github.com/o/r", "v1.2.0"),
            ("github.com/o/r", "v2.0.0-rc.1"),
            ("github.com/o/r", "v1.10.1"),
        ]
    )
    assert files["goproxy/github.com/o/r/@v/list"] == b"v1.10.1\nv1.2.0\n"
    assert files["goproxy/github.com/o/r/v2/@v/list"] == b"v2.0.0-rc.1\n"
    assert json.loads(files["goproxy/github.com/o/r/@v/v1.2.0.info"]) == {"Version": "v1.2.0"}
    assert files["goproxy/github.com/o/r/v2/@v/v2.0.0-rc.1.mod"] == b"module github.com/o/r/v2\n"
    assert len(files) == 8


def test_capitals_are_escaped_in_paths_and_nowhere_else() -> None:
    files = goproxy_files([("github.com/OpenNebula/x", "v0.1.0-RC1")])
    folder = "goproxy/github.com/!open!nebula/x/@v"
    assert files == {
        f"{folder}/list": b"v0.1.0-RC1\n",
        f"{folder}/v0.1.0-!r!c1.info": b'{"Version":"v0.1.0-RC1"}',
        f"{folder}/v0.1.0-!r!c1.mod": b"module github.com/OpenNebula/x\n",
    }


@pytest.mark.parametrize(
    ("repository", "tag"),
    [
        ("github.com/o/r", "1.2.0"),
        ("github.com/o/r", "v1.2"),
        ("github.com/o/r", "v1.2.0+build"),
        ("github.com/o/r", "v0.0.0-20260101000000-0123456789ab"),
        ("github.com/../r", "v1.2.0"),
        ("github.com:8443/o/r", "v1.2.0"),
        ("github.com//r", "v1.2.0"),
    ],
)
def test_what_no_module_proxy_could_serve_is_left_out(repository: str, tag: str) -> None:
    assert goproxy_files([(repository, tag)]) == {}
