"""What a release's metadata.yaml says: its release series and their contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from capyctl.core.diagnostics import Diagnostic, Span
from capyctl.core.repr_without import repr_without
from capyctl.core.version import ProviderVersion

if TYPE_CHECKING:
    from capyctl.core.metadata_text import MetadataText
    from capyctl.core.yaml_nodes import MappingNode

METADATA = "metadata.yaml"
"""The name of the file in every release."""


class ReleaseSeries(Struct, frozen=True, kw_only=True):
    """A major and minor version and the contract that its releases implement.

    Attributes:
        contract: as written; empty where the file states none.
        span, node: where the entry stands in its file and what stands there; no part of its value.
    """

    major: int
    minor: int
    contract: str
    span: Span | None = None
    node: MappingNode | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReleaseSeries) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return repr_without(self, "span", "node")

    @property
    def _value(self) -> tuple[int, int, str]:
        return (self.major, self.minor, self.contract)

    @property
    def number(self) -> tuple[int, int]:
        """Major and minor."""
        return (self.major, self.minor)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class Metadata(Struct, frozen=True, kw_only=True):
    """The release series of one metadata.yaml, in the order of the file; ``text`` is the file, if known."""

    series: tuple[ReleaseSeries, ...]
    text: MetadataText | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Metadata) and self.series == other.series

    def __hash__(self) -> int:
        return hash(self.series)

    def __repr__(self) -> str:
        return repr_without(self, "text")

    def series_for(self, version: ProviderVersion) -> ReleaseSeries | None:
        """The first entry with this major and minor; patch and pre-release play no role (resolution 7.4)."""
        return next((series for series in self.series if series.number == version.series), None)

    @property
    def newest(self) -> ReleaseSeries | None:
        """The entry with the highest number."""
        return max(self.series, key=lambda series: series.number, default=None)


class MetadataReading(Struct, frozen=True, kw_only=True):
    """What came of reading a metadata.yaml.

    Attributes:
        metadata: the model, or None where clusterctl cannot decode the file or refuses it.
        partial: what could be understood all the same, for rules that say more about a broken file.
    """

    metadata: Metadata | None
    diagnostics: tuple[Diagnostic, ...]
    partial: Metadata | None = None
