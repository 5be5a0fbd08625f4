"""What a run decided about a provider: the value behind ``Resolved`` of cli.md 5."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.codes import Code
from capyctl.core.identity import ProviderKey


class ResolvedFile(Struct, frozen=True, kw_only=True):
    """One release file: where it came from, its digest (64 hex digits) and its size in bytes."""

    name: str
    url: str
    sha256: str
    size: int


class RejectedVersion(Struct, frozen=True, kw_only=True):
    """A version that ranks above the chosen one and was passed over."""

    version: str
    code: Code
    reason: str


class ResolvedRepository(Struct, frozen=True, kw_only=True):
    """The repository as configured, its kind, its canonical name and its former ones."""

    url: str
    kind: str
    name: str
    formerly: tuple[str, ...] = ()


class Resolved(Struct, frozen=True, kw_only=True):
    """The chosen version of one provider, why, and its files; ``version`` is None where none could be chosen.

    ``files`` maps a file's name to what was read, or to None where this run cannot have it.
    """

    key: ProviderKey
    requested: str | None
    version: str | None
    series: tuple[int, int] | None
    contract: str | None
    repository: ResolvedRepository
    files: dict[str, ResolvedFile | None]
    target_namespace: str | None
    rejected: tuple[RejectedVersion, ...] = ()
