"""A folder of release files, bounded (issue 3 items 8 and 3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from capyctl.adapters import release_folder
from capyctl.adapters.release_folder import FILE_LIMIT, FILES_LIMIT, FolderError, read_release_folder


def is_yaml(name: str) -> bool:
    return name.endswith(".yaml")


def test_the_wanted_files_directly_inside(tmp_path: Path) -> None:
    (tmp_path / "metadata.yaml").write_bytes(b"a: 1")
    (tmp_path / "notes.txt").write_bytes(b"no")
    (tmp_path / "folder.yaml").mkdir()
    assert read_release_folder(tmp_path, is_yaml) == {"metadata.yaml": b"a: 1"}


def test_one_file_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "any.txt"
    file.write_bytes(b"x")
    assert read_release_folder(file, is_yaml) == {"any.txt": b"x"}


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="does not exist"):
        read_release_folder(tmp_path / "gone", is_yaml)


def test_a_folder_below_a_file_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FolderError, match="cannot be read"):
        read_release_folder(tmp_path / "file" / "below", is_yaml)


def test_too_many_files(tmp_path: Path) -> None:
    for number in range(FILES_LIMIT + 1):
        (tmp_path / f"{number}.yaml").touch()
    with pytest.raises(FolderError, match=str(FILES_LIMIT)):
        read_release_folder(tmp_path, is_yaml)


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    large = tmp_path / "metadata.yaml"
    with large.open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    with pytest.raises(FolderError, match="larger than 64 MiB"):
        read_release_folder(tmp_path, is_yaml)


def test_a_file_that_vanishes_between_listing_and_reading(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="cannot be read"):
        release_folder._content(tmp_path / "gone.yaml")
