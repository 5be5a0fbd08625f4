"""A release file that no longer has the bytes that were seen first under its tag (cli.md 7.1)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.kept_answer import Sighting


class ChangedFile(Struct, frozen=True, kw_only=True):
    """What was seen first of a file of a release, and what was read of it now; the digests differ."""

    tag: str
    name: str
    first: Sighting
    now: Sighting
