"""``capyctl.resolve_kubernetes_version`` in the lab."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import capyctl
from capyctl.lab.run import child_environment
from capyctl.lab.scenario import load_scenario
from tests.plugins.lab_fixture import OpenLab


@pytest.fixture(name="environ")
def environment(tmp_path: Path, lab: OpenLab, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    scenario = load_scenario("sound")
    return child_environment(scenario, lab(scenario.world), {"PATH": os.environ["PATH"]}, str(tmp_path))


def test_a_marker_has_its_version_time_and_address(environ: dict[str, str]) -> None:
    found = capyctl.resolve_kubernetes_version("stable-1.33", environ=environ)
    assert (found.marker, found.version, found.exit_status) == ("stable-1.33", "v1.33.6", 0)
    assert found.url == "https://dl.k8s.io/release/stable-1.33.txt"
    again = capyctl.resolve_kubernetes_version("stable-1.33", environ=environ, offline=True)
    assert (again.version, again.resolved_at) == (found.version, found.resolved_at)


def test_a_failure_is_an_answer_too(environ: dict[str, str]) -> None:
    found = capyctl.resolve_kubernetes_version("stable-1.99", environ=environ)
    assert (found.version, found.exit_status) == (None, capyctl.ExitStatus.PROBLEMS)
    assert [item.code.name for item in found.errors] == ["marker-absent"]


def test_what_is_no_marker_is_refused() -> None:
    with pytest.raises(capyctl.MalformedMarkerError, match=r"did you mean v1\.33\.0\?"):
        capyctl.resolve_kubernetes_version("1.33.0")
