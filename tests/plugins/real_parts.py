"""Fixtures around real parts. A missing part skips with its reason; where CI is set it fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec import Struct

from tests.plugins.build_real_parts import CLUSTERCTL_VERSIONS, Part, part


class Clusterctl(Struct, frozen=True, kw_only=True):
    """A real clusterctl."""

    version: str
    path: Path


def find_part(name: str, version: str) -> Part:
    """That part, built; skips the test, or fails it under CI, where it is not."""
    found = part(name, version)
    if found.path.is_file():
        return found
    reason = f"{name} {version} is not built; run: python tests/plugins/build_real_parts.py"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def find_clusterctl(version: str) -> Clusterctl:
    """The real clusterctl of that release; skips the test, or fails it under CI, where it is not built."""
    return Clusterctl(version=version, path=find_part("clusterctl", version).path)


@pytest.fixture(params=CLUSTERCTL_VERSIONS)
def clusterctl(request: pytest.FixtureRequest) -> Clusterctl:
    """Real clusterctl, one release after the other."""
    return find_clusterctl(request.param)


@pytest.fixture
def clusterctl_v1_10_1() -> Clusterctl:
    """The release of cluster-api#12241: contract v1beta1, the table still names k0smotron/k0smotron."""
    return find_clusterctl("v1.10.1")


@pytest.fixture
def clusterctl_v1_13_6() -> Clusterctl:
    """The newest release that installs by name: contract v1beta2."""
    return find_clusterctl("v1.13.6")
