"""What a sound metadata.yaml says, as it is remembered from run to run (ADR 38)."""

import msgspec
from msgspec import Struct

from capyctl.core.diagnostics import Span
from capyctl.core.metadata import Metadata, MetadataReading, ReleaseSeries


class _Series(Struct, frozen=True, kw_only=True, omit_defaults=True):
    major: int
    minor: int
    contract: str
    span: Span | None = None


def metadata_key(sha256: str) -> bytes:
    """What a reading of the file depends on."""
    return msgspec.json.encode(("metadata", sha256))


def remembered(reading: MetadataReading) -> bytes | None:
    """What to keep; None where anything was found."""
    if reading.metadata is None or reading.diagnostics:
        return None
    return msgspec.json.encode(
        [
            _Series(major=each.major, minor=each.minor, contract=each.contract, span=each.span)
            for each in reading.metadata.series
        ]
    )


def recalled(told: bytes) -> MetadataReading | None:
    """The reading without the file's text; None where nothing can be made of it."""
    try:
        kept = msgspec.json.decode(told, type=tuple[_Series, ...])
    except msgspec.DecodeError:
        return None
    series = tuple(
        ReleaseSeries(major=each.major, minor=each.minor, contract=each.contract, span=each.span)
        for each in kept
    )
    metadata = Metadata(series=series)
    return MetadataReading(metadata=metadata, partial=metadata, diagnostics=())
