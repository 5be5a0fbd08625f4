"""What is in the wheel, and what is not (style C2, issue 3 items 11 and 12)."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SNAPSHOT_LIMIT = 2 * 1024 * 1024
_SHIPPED = (
    "capyctl/app/explain/*.md",
    "capyctl/data/*",
    "capyctl/data/help/*.txt",
    "capyctl/lab/scenarios/*.yaml",
    "capyctl/**/*.py",
)


def test_the_provider_table_is_the_checkout_s_byte_for_byte(wheel: zipfile.ZipFile) -> None:
    assert wheel.read("capyctl/data/providers.yaml") == (ROOT / "providers.yaml").read_bytes()


def test_the_snapshot_is_within_its_limit_and_can_be_read(wheel: zipfile.ZipFile) -> None:
    data = wheel.read("capyctl/data/snapshot.bin")
    assert len(data) <= _SNAPSHOT_LIMIT
    assert json.loads(zlib.decompress(data))["format"] == "capyctl-snapshot/1"


@pytest.mark.parametrize("pattern", _SHIPPED)
def test_every_file_of_the_package_is_shipped_as_it_is(wheel: zipfile.ZipFile, pattern: str) -> None:
    files = [path for path in ROOT.glob(pattern) if path.is_file()]
    assert files
    shipped = set(wheel.namelist())
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        assert name in shipped
        assert wheel.read(name) == path.read_bytes()


@pytest.mark.parametrize(
    "name", ["capyctl/py.typed", "capyctl/data/schema.json", "capyctl/data/completion.txt"]
)
def test_a_single_file_is_there(wheel: zipfile.ZipFile, name: str) -> None:
    assert name in wheel.namelist()


def test_the_man_page_goes_where_man_looks(wheel: zipfile.ZipFile) -> None:
    pages = [name for name in wheel.namelist() if name.endswith(".data/data/share/man/man1/capyctl.1")]
    assert len(pages) == 1
    assert wheel.read(pages[0]) == (ROOT / "capyctl" / "data" / "capyctl.1").read_bytes()


def test_nothing_but_the_package_is_in_it(wheel: zipfile.ZipFile) -> None:
    tops = {PurePosixPath(name).parts[0] for name in wheel.namelist()}
    assert {top.partition("-")[0] for top in tops} == {"capyctl"}
    assert not [name for name in wheel.namelist() if "test" in PurePosixPath(name).name.lower()]
    assert not [name for name in wheel.namelist() if name.endswith((".pyc", ".orig"))]


def test_its_description_says_how_it_may_be_used(wheel: zipfile.ZipFile) -> None:
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    text = wheel.read(name).decode()
    assert "Requires-Python: >=3.11\n" in text
    assert "License-Expression: Apache-2.0\n" in text
    assert "Provides-Extra: lab\n" in text
    assert (ROOT / "README.md").read_text("utf-8").strip() in text
