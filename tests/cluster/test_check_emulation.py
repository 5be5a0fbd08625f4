"""A server that emulates an older release: the emulated version counts for the range, both are named (F62, F75)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.test_check import check, core
from tests.plugins.cluster_fixture import Shape
from tests.plugins.running_cluster import ControlPlane

pytestmark = pytest.mark.parametrize(
    "control_plane",
    [Shape(server_flags=("--emulated-version=1.32",))],
    indirect=True,
    ids=["emulates-1.32"],
    scope="module",
)


@pytest.fixture
def kubeconfig(control_plane: ControlPlane, tmp_path: Path) -> Path:
    return control_plane.kubeconfig(tmp_path / "kubeconfig")


@pytest.fixture
def installed(control_plane: ControlPlane) -> Iterator[None]:
    """Core v1.14.0, which supports 1.33 to 1.36."""
    definition, clusters, entry = core("v1.14.0")
    control_plane.client.namespace("capi-system")
    control_plane.client.establish(definition, clusters)
    control_plane.client.apply(entry)
    yield
    control_plane.client.delete(entry)


@pytest.mark.usefixtures("installed")
def test_an_emulated_version_below_the_range_is_an_error_whose_fix_names_the_newest_core(
    kubeconfig: Path,
) -> None:
    found = check(kubeconfig)
    assert (found.outcomes["kubernetes"], found.codes["kubernetes-too-old"]) == ("failed", "error")
    words = found.detail("kubernetes-too-old")
    assert "server is v1.34.3, emulates 1.32" in words
    assert "core v1.14.0 supports 1.33 to 1.36" in words
    (told,) = (each for each in found.diagnostics if each["name"] == "kubernetes-too-old")
    assert "core v1.13." in told["fixes"][0]["title"]
    assert "never downgraded" in told["fixes"][0]["title"]
    allowed = check(kubeconfig, "--allow-unsupported-kubernetes")
    assert (allowed.outcomes["kubernetes"], allowed.codes["kubernetes-too-old"]) == ("ok", "warning")


def test_a_server_that_emulates_is_not_the_one_that_was_asked_for(kubeconfig: Path) -> None:
    own = check(kubeconfig, "--kubernetes-version", "v1.34.3")
    assert (own.status, own.codes["kubernetes-not-as-asked"]) == (1, "error")
    emulated = check(kubeconfig, "--kubernetes-version", "1.32")
    assert (emulated.codes["kubernetes-not-as-asked"], emulated.outcomes["kubernetes"]) == ("warning", "ok")
