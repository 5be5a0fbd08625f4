"""Every tag of the shared corpus of real providers through lint's rules (issue 3, section 2)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from capyctl.app.lint import LintRequest, lint_provider
from capyctl.core.diagnostics import Diagnostic, Severity

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
Tag = tuple[str, str]

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared corpus of real providers is not here")


def tags_with_metadata() -> Iterator[tuple[Tag, bytes]]:
    for path in sorted((DATA / "providers").glob("*/versions.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        for tag in record["tags"]:
            digest = record["metadata"][tag]
            if digest is not None:
                data = (path.parent / "metadata" / f"{digest[:12]}.yaml").read_bytes()
                yield (record["repository"], tag), data


@cache
def findings() -> dict[Tag, tuple[Diagnostic, ...]]:
    return {
        tag: lint_provider(LintRequest(files={"metadata.yaml": data}, tag=tag[1])).diagnostics
        for tag, data in tags_with_metadata()
    }


def with_severity(severity: Severity) -> dict[Tag, Counter[str]]:
    found = {
        tag: Counter(item.code.name for item in diagnostics if item.severity is severity)
        for tag, diagnostics in findings().items()
    }
    return {tag: names for tag, names in found.items() if names}


def facts() -> tuple[set[Tag], dict[Tag, list[str]]]:
    """Tags that lack their own series, and the faults of each tag, as two independent programs found them."""
    table = json.loads((DATA / "own-series.json").read_text(encoding="utf-8"))
    lacking = {(name, tag) for name, record in table.items() for tag in record["lacks_own_series"]}
    faults = {(name, tag): list(f) for name, record in table.items() for tag, f in record["faults"].items()}
    return lacking, faults


def test_every_tag_with_a_metadata_file_is_read() -> None:
    assert len(findings()) == 2268


def test_own_series_is_missing_exactly_where_the_corpus_says_so() -> None:
    lacking, _ = facts()
    assert len(lacking) == 124
    found = {tag for tag, names in with_severity(Severity.ERROR).items() if "own-series-missing" in names}
    assert found == lacking


def test_errors_stand_on_exactly_129_tags() -> None:
    lacking, faults = facts()
    grave = {tag for tag, names in faults.items() if any(name != "kind missing" for name in names)}
    assert len(grave) == 6
    assert len(lacking | grave) == 129
    assert set(with_severity(Severity.ERROR)) == lacking | grave


def test_warnings_are_about_a_missing_kind_and_nothing_else() -> None:
    _, faults = facts()
    missing = {tag for tag, names in faults.items() if "kind missing" in names}
    warned = with_severity(Severity.WARNING)
    assert set(warned) == missing
    assert set().union(*warned.values()) == {"metadata-kind-missing"}


def test_old_contracts_are_no_fault_of_a_file() -> None:
    name = "kubernetes-sigs/cluster-api"
    old = [item for tag, items in findings().items() if tag == (name, "v0.4.8") for item in items]
    assert all(item.severity is Severity.NOTE or item.code.name == "metadata-kind-missing" for item in old)
