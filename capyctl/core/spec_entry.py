"""Where a provider stands in a spec file, for the edit that would say something else there."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.repr_without import repr_without
from capyctl.core.yaml_tree import Place


class SpecEntry(Struct, frozen=True, kw_only=True):
    """One provider of a spec, with the places of what it says.

    Attributes:
        file, text: the whole spec, as it was named and read. written: the reference as it stands there.
        key_column: of the key ``provider``; None where the entry is a reference and nothing else.
        version_place: of the value of ``version``, where there is one.
    """

    file: str
    text: str
    written: str
    name_place: Place
    key_column: int | None = None
    version_place: Place | None = None

    def __repr__(self) -> str:
        return repr_without(self, "text")

    @property
    def name(self) -> str:
        """The provider without a version."""
        return self.written.partition(":")[0]
