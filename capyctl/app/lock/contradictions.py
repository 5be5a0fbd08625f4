"""Values of a lock that its own files contradict: bytes with the locked sha256 say something else (issue 6, item 3)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.lock import LockedFile, LockedProvider
from capyctl.core.metadata import METADATA, Metadata
from capyctl.core.version import parse_version


class Contradiction(Struct, frozen=True, kw_only=True):
    """One value of an entry of a lock.

    Attributes:
        label: whose entry it is. place: keys from the entry to the value. reason: what the file says in its place.
    """

    label: str
    place: tuple[str, ...]
    reason: str


def size_contradicted(label: str, name: str, locked: LockedFile, size: int) -> Contradiction:
    """The bytes with the locked digest have another size."""
    said = f"it is {locked.size}, and the bytes with its sha256 are {size}"
    return Contradiction(label=label, place=("files", name, "size"), reason=said)


def contract_contradicted(locked: LockedProvider, metadata: Metadata | None) -> Contradiction | None:
    """Where the lock has another contract than its own metadata.yaml, read as ``metadata``."""
    version = parse_version(locked.version)
    series = metadata.series_for(version) if metadata is not None and version is not None else None
    if series is None or (locked.contract or "") == series.contract:
        return None
    has, states = locked.contract or "null", series.contract
    said = f"it is {has}, and {METADATA} with its sha256 states {states or 'none'} for {locked.version}"
    return Contradiction(label=locked.provider, place=("contract",), reason=said)
