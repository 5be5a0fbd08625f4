"""A folder of release files, as lint reads it: names and bytes, bounded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from capyctl.adapters.missing_file import is_no_file

FILE_LIMIT = 64 * 1024 * 1024
FILES_LIMIT = 1000


class FolderError(Exception):
    """A folder that cannot be linted; the message says why."""


def read_release_folder(folder: Path, is_wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """The wanted files directly inside ``folder``, or the one file that ``folder`` names.

    Raises:
        FolderError: there is no such folder, it cannot be read, or a file is larger than ``FILE_LIMIT``.
    """
    if not is_no_file(str(folder)):
        return {folder.name: _content(folder)}
    try:
        entries = sorted(folder.iterdir())
    except FileNotFoundError:
        raise FolderError(f"the folder {folder} does not exist") from None
    except OSError as error:
        raise FolderError(f"{folder} cannot be read: {error.strerror or 'unknown reason'}") from None
    files = [entry for entry in entries if is_wanted(entry.name) and not is_no_file(str(entry))]
    if len(files) > FILES_LIMIT:
        raise FolderError(f"{folder} holds more than {FILES_LIMIT} files")
    return {entry.name: _content(entry) for entry in files}


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except OSError as error:
        raise FolderError(f"{path} cannot be read: {error.strerror or 'unknown reason'}") from None
    if len(data) > FILE_LIMIT:
        raise FolderError(f"{path} is larger than {FILE_LIMIT // (1024 * 1024)} MiB")
    return data
