"""The built-in table of a run: prepared at build time, or read where that does not fit (ADR 37)."""

from __future__ import annotations

from pathlib import Path

import pytest

from capyctl.config import table_files
from capyctl.config.table_files import built_in_table, built_in_table_file, read_built_in_table
from capyctl.core.prepared_table import prepared_table
from capyctl.core.provider_table_file import TableFileError, parse_built_in

DATA = Path(__file__).resolve().parents[3] / "capyctl" / "data"
PREPARED = (DATA / "built_in_table.json").read_bytes()
SOURCE = built_in_table_file().read_bytes()
IN_YAML = parse_built_in(SOURCE)


def test_the_prepared_table_is_what_the_yaml_says() -> None:
    assert prepared_table(PREPARED, SOURCE) == IN_YAML
    assert read_built_in_table() == IN_YAML
    assert len(IN_YAML.rows) == SOURCE.count(b"\n  - name: ")


def test_an_edit_of_the_yaml_is_seen_at_once() -> None:
    old = b"https://github.com/kubernetes-sigs/cluster-api-provider-aws/releases/latest/infrastructure-components.yaml"
    edited = SOURCE.replace(old, old.replace(b"kubernetes-sigs", b"my-fork"))
    changed = set(built_in_table(edited, PREPARED).rows) - set(IN_YAML.rows)
    assert [(row.key.manifest_label, row.repository_name) for row in changed] == [
        ("infrastructure-aws", "my-fork/cluster-api-provider-aws")
    ]


@pytest.mark.parametrize(
    "prepared",
    [
        b"",
        b"{}",
        b"\xff",
        PREPARED[: len(PREPARED) // 2],
        PREPARED.replace(b"capyctl-prepared-table/1", b"capyctl-prepared-table/0"),
        PREPARED.replace(b'"github"', b"null"),
    ],
    ids=["absent", "empty", "no text", "cut off", "an older format", "damaged"],
)
def test_without_a_prepared_table_the_yaml_is_read(prepared: bytes) -> None:
    assert prepared_table(prepared, SOURCE) is None
    assert built_in_table(SOURCE, prepared) == IN_YAML


def test_a_prepared_table_that_is_not_there_is_not_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_files, "_PREPARED", tmp_path / "built_in_table.json")
    assert read_built_in_table() == IN_YAML


def test_a_damaged_yaml_is_told_whatever_was_prepared() -> None:
    with pytest.raises(TableFileError):
        built_in_table(SOURCE[:-1] + b"]", PREPARED)
