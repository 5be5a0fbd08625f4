"""Reads the file that ``lock --from`` names."""

from __future__ import annotations

from pathlib import Path

from capyctl.core.lock_spec import LIMITS, LockSpec, SpecError, SpecFault, read_spec


class SpecFileError(Exception):
    """A spec cannot be had from a file.

    Attributes:
        path: the file as it was named. faults: all that were found, with their places. text: what was read.
    """

    def __init__(self, path: str, faults: tuple[SpecFault, ...], text: str = "") -> None:
        super().__init__(f"{path}: {faults[0].reason}")
        self.path = path
        self.faults = faults
        self.text = text


def load_spec(path: Path) -> LockSpec:
    """The spec in a file.

    Raises:
        SpecFileError: it cannot be read, or its text is no spec.
    """
    try:
        # A device or a pipe is never opened: reading one may block for ever.
        if path.exists() and not path.is_file():
            raise SpecFileError(str(path), (SpecFault(reason="it is no regular file", line=0),))
        with path.open("rb") as file:
            data = file.read(LIMITS.size + 1)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise SpecFileError(str(path), (SpecFault(reason=f"it cannot be read: {said}", line=0),)) from error
    try:
        return read_spec(data, str(path))
    except SpecError as error:
        raise SpecFileError(str(path), error.faults, data.decode("utf-8", "replace")) from None
