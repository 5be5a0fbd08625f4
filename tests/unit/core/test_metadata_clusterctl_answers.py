"""Our verdict on a metadata.yaml beside the one that real clusterctl v1.13.6 gave on the same bytes.

tests/oracles/metadata_answers.py recorded the answers; where the real part is built, it is asked again.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from capyctl.core.contract import NEWEST_CORE_CONTRACT, accepted_contracts
from capyctl.core.diagnostics import Subject
from capyctl.core.metadata_parse import read_metadata
from capyctl.core.rules.series import judge_own_series
from capyctl.core.version import parse_version

ROOT = Path(__file__).resolve().parents[3]
ROWS: list[dict[str, Any]] = json.loads(
    (ROOT / "fixtures/metadata/clusterctl-answers.json").read_text(encoding="utf-8")
)
CLUSTERCTL = ROOT / ".cache/realparts/clusterctl-v1.13.6/clusterctl"

STRICTER = {
    "duplicate-series-list": "a key stated twice loses data without a word (W-31)",
    "duplicate-minor": "as above",
    "duplicate-api": "as above",
    "series-twice-other": "the two look-ups of clusterctl contradict each other (W-32)",
}
"""Files that clusterctl accepts and that we call wrong on purpose."""


def refuses(text: str, tag: str) -> bool:
    """Whether our reading of the file keeps this version from being installed."""
    reading = read_metadata(text.encode(), subject=Subject(), file="metadata.yaml")
    version = parse_version(tag)
    assert version is not None
    if reading.metadata is None or any(item.is_error for item in reading.diagnostics):
        return True
    series = reading.metadata.series_for(version)
    missing = judge_own_series(reading.metadata, version, subject=Subject())
    assert (missing is None) == (series is not None)
    return series is None or series.contract not in accepted_contracts(NEWEST_CORE_CONTRACT)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_verdict_agrees_with_clusterctl(row: dict[str, Any]) -> None:
    refused = refuses(row["text"], row["tag"])
    if row["name"] in STRICTER:
        assert refused
        assert row["error"] is None
    else:
        assert refused == (row["error"] is not None), row["error"]


def oracle() -> ModuleType:
    spec = importlib.util.spec_from_file_location("oracle", ROOT / "tests/oracles/metadata_answers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_recorded_answers_are_what_clusterctl_says_today() -> None:
    if not CLUSTERCTL.exists():
        pytest.skip("clusterctl v1.13.6 is not built here; `nox -s realparts` builds it")
    ask = oracle().ask
    for row in ROWS:
        said = ask(CLUSTERCTL, row["text"], row["tag"])
        assert comparable(said) == comparable(row["error"]), row["name"]


def comparable(message: str | None) -> set[str] | None:
    """The words of a message: clusterctl prints accepted contracts in any order (resolution 8.3)."""
    return None if message is None else {word.strip(",") for word in message.split()}
