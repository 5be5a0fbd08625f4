"""What is of a name whose way is closed: neither there nor missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from capyctl.adapters.missing_file import is_missing, is_no_file
from capyctl.adapters.overrides import OverrideFolder
from capyctl.adapters.release_folder import FolderError, read_release_folder


@pytest.mark.parametrize(
    ("name", "missing", "no_file"),
    [
        ("file", False, False),
        (".", False, True),
        ("nothing", True, True),
        ("dangling", True, True),
        ("file/below", True, True),
        ("loop", False, False),
        ("x" * 300, False, False),
        ("a\0b", False, False),
    ],
)
def test_only_what_is_known_not_to_be_there_is_missing(
    tmp_path: Path, name: str, missing: bool, no_file: bool
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "dangling").symlink_to("nothing")
    (tmp_path / "loop").symlink_to("loop")
    path = str(tmp_path / name)
    assert (is_missing(path), is_no_file(path)) == (missing, no_file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_what_lies_in_a_closed_folder_is_not_missing(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(0)
    found = is_missing(str(closed / "file"))
    closed.chmod(0o700)
    assert not found


def test_a_folder_of_overrides_with_a_name_that_none_can_have_holds_nothing() -> None:
    assert OverrideFolder(Path("a\0b")).files() == ()


def test_an_override_that_cannot_be_looked_at_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "infrastructure-acme" / "v1.0.0" / "metadata.yaml"
    path.parent.mkdir(parents=True)
    path.symlink_to("x" * 300)
    assert [each.path for each in OverrideFolder(tmp_path).files()] == [path]


@pytest.mark.parametrize("name", ["x" * 300, "loop"])
def test_a_release_that_cannot_be_looked_at_is_told_as_such(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FolderError, match="cannot be read: "):
        read_release_folder(tmp_path / name, lambda _: True)
