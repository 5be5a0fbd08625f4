"""Finds ``providers.yaml``: the copy inside the wheel, else the one of the checkout (style C2)."""

from __future__ import annotations

from pathlib import Path

from capyctl.core.prepared_table import prepared_table
from capyctl.core.provider_table import BuiltInTable

_DATA = Path(__file__).parents[1] / "data"
_PREPARED = _DATA / "built_in_table.json"


class TableMissingError(RuntimeError):
    """capyctl was installed without its provider table."""


def built_in_table_file() -> Path:
    """The file of the built-in table.

    Raises:
        TableMissingError: neither copy is there.
    """
    for candidate in (_DATA / "providers.yaml", _DATA.parents[1] / "providers.yaml"):
        if candidate.is_file():
            return candidate
    raise TableMissingError("providers.yaml is neither in the package nor beside it; install capyctl again")


def read_built_in_table() -> BuiltInTable:
    """The built-in table.

    Raises:
        TableMissingError: the file is not there. TableFileError: it is damaged.
    """
    try:
        prepared = _PREPARED.read_bytes()
    except OSError:
        prepared = b""
    return built_in_table(built_in_table_file().read_bytes(), prepared)


def built_in_table(source: bytes, prepared: bytes) -> BuiltInTable:
    """The table of a ``providers.yaml``: as it was prepared of these very bytes, or else read from them (ADR 37).

    Raises:
        TableFileError: the file is damaged.
    """
    found = prepared_table(prepared, source)
    if found is not None:
        return found
    from capyctl.core.provider_table_file import parse_built_in  # noqa: PLC0415 - start-up budget

    return parse_built_in(source)
