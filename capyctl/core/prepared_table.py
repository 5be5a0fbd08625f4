"""The built-in table in the form that is made of ``providers.yaml`` at build time (ADR 37).

Whoever holds the same bytes of ``providers.yaml`` takes the rows from here, and reads neither YAML nor addresses.
"""

import hashlib

import msgspec
from msgspec import Struct

from capyctl.core.identity import ProviderKey
from capyctl.core.location import RepositoryLocation
from capyctl.core.provider_entry import RowFacts, TableEntry
from capyctl.core.provider_table import BuiltInTable, CertManagerDefaults

FORMAT = "capyctl-prepared-table/1"


class _Row(Struct, frozen=True, kw_only=True, omit_defaults=True):
    key: ProviderKey
    url: str
    kind: str | None = None
    location: RepositoryLocation
    facts: RowFacts


class _Prepared(Struct, frozen=True, kw_only=True):
    """The whole file; ``source`` is the sha256 of the providers.yaml that it was made of."""

    format: str
    source: str
    clusterctl: str
    as_of: str
    cert_manager: CertManagerDefaults | None
    rows: tuple[_Row, ...]


def prepare_table(table: BuiltInTable, source: bytes) -> bytes:
    """The table that was read from ``source``, as `prepared_table` gives it back.

    Raises:
        ValueError: it would not come back as it is; a row with an error or a notice does not.
    """
    rows = [
        _Row(key=row.key, url=row.url, kind=row.kind, location=row.location, facts=row.facts)
        for row in table.rows
        if row.location is not None
    ]
    prepared = _Prepared(
        format=FORMAT,
        source=_digest(source),
        clusterctl=table.clusterctl,
        as_of=table.as_of,
        cert_manager=table.cert_manager,
        rows=tuple(rows),
    )
    data = msgspec.json.format(msgspec.json.encode(prepared), indent=1) + b"\n"
    if prepared_table(data, source) != table:
        raise ValueError("a row of the built-in provider table has an error or a notice")
    return data


def prepared_table(data: bytes, source: bytes) -> BuiltInTable | None:
    """The table in ``data``; None where that was not made of ``source``, or cannot be used."""
    try:
        prepared = msgspec.json.decode(data, type=_Prepared)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if prepared.format != FORMAT or prepared.source != _digest(source):
        return None
    rows = (
        TableEntry(key=row.key, url=row.url, kind=row.kind, location=row.location, facts=row.facts)
        for row in prepared.rows
    )
    return BuiltInTable(
        rows=tuple(rows),
        clusterctl=prepared.clusterctl,
        as_of=prepared.as_of,
        cert_manager=prepared.cert_manager,
    )


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()
