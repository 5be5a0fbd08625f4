"""What became of a bundle's artifact in a registry (cli.md 7.5)."""

from __future__ import annotations

from msgspec import Struct


class Pushed(Struct, frozen=True, kw_only=True):
    """An artifact that is in the registry now.

    Attributes:
        reference: its address, ``oci://HOST/PREFIX/LABEL:VERSION``. digest: of its manifest, ``sha256:…``.
        sent: False where it was there already.
    """

    provider: str
    reference: str
    digest: str
    sent: bool
