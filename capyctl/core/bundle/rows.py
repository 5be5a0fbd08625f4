"""``providers.yaml``: the rows of the provider table that the lock's providers have (cli.md 7.5).

It is a table file like that of ``--providers``, so that a machine without the user's configuration knows the same
providers by the same names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from capyctl.core.bundle.block_yaml import Value, block_yaml
from capyctl.core.local_path import LocalPathError, LocalRules, parse_local_tree
from capyctl.core.location import GitHubReleases, LocalTree
from capyctl.core.pattern import pattern
from capyctl.core.provider_entry import RowState, TableEntry
from capyctl.core.provider_table_file import FORMAT, parse_table_file

_OF_ADDRESSES = pattern(r"[%?#]")
"""What means something else in an address than in a path (``local_path``)."""

Rows = Mapping[str, TableEntry]
"""Entries of the provider table by manifest label."""


class RowMissingError(ValueError):
    """A provider of the lock has no row in the table; ``label`` is its manifest label."""

    def __init__(self, label: str) -> None:
        super().__init__(f"the provider table has no row for {label}")
        self.label = label


def rows_of(entries: Iterable[TableEntry], labels: Iterable[str]) -> Rows:
    """The rows of these providers.

    Raises:
        RowMissingError: a provider has none.
    """
    known = {entry.key.manifest_label: entry for entry in entries}
    wanted = list(labels)
    missing = next((label for label in wanted if label not in known), None)
    if missing is not None:
        raise RowMissingError(missing)
    return {label: known[label] for label in sorted(wanted)}


def rows_bytes(rows: Rows) -> bytes:
    """The table file of these rows, in the order of their labels."""
    listed = [_row(rows[label]) for label in sorted(rows)]
    return block_yaml({"format": FORMAT, "providers": listed}).encode("utf-8")


def read_rows(data: bytes, origin: str) -> Rows:
    """The rows of a bundle's table file; ``origin`` is what they are said to come from.

    Raises:
        TableFileError: it is no table file. Entries that are none are left out.
    """
    entries = parse_table_file(data, origin, LocalRules(), _no_variable)
    return {entry.key.manifest_label: entry for entry in entries if isinstance(entry, TableEntry)}


def github_host(entry: TableEntry | None) -> str | None:
    """The GitHub host that a row's repository is on, or None."""
    location = entry.location if entry is not None else None
    return location.host if isinstance(location, GitHubReleases) else None


def _row(entry: TableEntry) -> dict[str, Value]:
    facts = entry.facts
    row: dict[str, Value] = {
        "name": entry.key.name,
        "type": entry.key.type.value,
        "url": _portable_address(entry),
    }
    if entry.kind is not None:
        row["kind"] = entry.kind
    if facts.canonical is not None:
        row["canonical"] = facts.canonical
    if facts.formerly:
        row["formerly"] = list(facts.formerly)
    if facts.state is not RowState.ACTIVE:
        row["state"] = facts.state.value
    if facts.successor is not None:
        row["successor"] = facts.successor
    return row


def _portable_address(entry: TableEntry) -> str:
    """The address as configured; of a folder what it stood for, free of variables and of the folder it was in."""
    location = entry.location
    if not isinstance(location, LocalTree) or _stands_alone(entry.url, location):
        return entry.url
    path = f"{location.base}/{location.label}/{location.channel}/{location.components_file}"
    return _OF_ADDRESSES().sub(lambda found: quote(found[0]), path)


def _stands_alone(url: str, location: LocalTree) -> bool:
    try:
        return parse_local_tree(url, location.label, LocalRules()) == location
    except LocalPathError:
        return False


def _no_variable(_name: str) -> str | None:
    return None
