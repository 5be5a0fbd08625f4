"""Files a command writes for its user: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from capyctl.adapters.whole_file import whole_file


def write_atomically(path: Path, text: str) -> None:
    """Write ``text`` in UTF-8, readable by the user alone; an older file stays until the new one is whole.

    A link is followed. What is there and is no file, such as ``/dev/stderr``, is written to and stays.

    Raises:
        OSError: the folder or the file cannot be written.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_text(text, encoding="utf-8", newline="\n")
        return
    with whole_file(path, private=True) as file:
        file.write(text.encode("utf-8"))
