"""Finds ``providers.yaml``: the copy inside the wheel, else the one of the checkout (style C2)."""

from __future__ import annotations

from pathlib import Path

from capyctl.core.provider_table import BuiltInTable
from capyctl.core.provider_table_file import parse_built_in


class TableMissingError(RuntimeError):
    """capyctl was installed without its provider table."""


def built_in_table_file() -> Path:
    """The file of the built-in table.

    Raises:
        TableMissingError: neither copy is there.
    """
    package = Path(__file__).parents[1]
    for candidate in (package / "data" / "providers.yaml", package.parent / "providers.yaml"):
        if candidate.is_file():
            return candidate
    raise TableMissingError("providers.yaml is neither in the package nor beside it; install capyctl again")


def read_built_in_table() -> BuiltInTable:
    """The built-in table.

    Raises:
        TableMissingError: the file is not there. TableFileError: it is damaged.
    """
    return parse_built_in(built_in_table_file().read_bytes())
