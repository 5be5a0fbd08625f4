"""What can be wrong with a bundle, as values."""

from __future__ import annotations

import enum

from msgspec import Struct


class FaultKind(enum.Enum):
    """The sort of a fault; each has its own diagnostic."""

    UNREADABLE = "unreadable"
    LATER_FORMAT = "later-format"
    CHANGED = "changed"
    MISSING = "missing"
    FOREIGN = "foreign"
    UNSAFE = "unsafe"
    ALTERED = "altered"
    INCOMPLETE = "incomplete"
    TOO_LARGE = "too-large"


class Fault(Struct, frozen=True, kw_only=True):
    """One fault of a bundle.

    Attributes:
        reason: one clause without a full stop. path: the member it is about, where it can be named.
        offset: bytes from the beginning of the (uncompressed) archive, where the fault is at a place.
        remedy: what to do about it, where copying the bundle again is not all.
    """

    kind: FaultKind
    reason: str
    path: str | None = None
    offset: int | None = None
    remedy: str | None = None
