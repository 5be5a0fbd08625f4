"""The ``retract`` directives of a go.mod file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from capyctl.core.version import ProviderVersion, parse_version

_COMMENT = re.compile(r"//.*")
_RANGE = re.compile(r"\[\s*(?P<low>[^\s,\]]+)\s*,\s*(?P<high>[^\s,\]]+)\s*\]\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """Versions that a module takes back, both ends included."""

    low: ProviderVersion
    high: ProviderVersion

    def covers(self, version: ProviderVersion) -> bool:
        """Whether this version is taken back."""
        return self.low <= version <= self.high


def parse_retractions(text: str) -> tuple[Retraction, ...]:
    """What a go.mod retracts; lines that are no valid directive are ignored, as advice may be."""
    found = (_retraction(argument) for argument in _arguments(text))
    return tuple(retraction for retraction in found if retraction is not None)


def _arguments(text: str) -> Iterator[str]:
    """What follows ``retract``, alone on its line or inside a block."""
    in_block = False
    for raw in text.splitlines():
        line = _COMMENT.sub("", raw).strip()
        if in_block:
            in_block = line != ")"
            if in_block and line:
                yield line
            continue
        keyword, _, rest = line.partition(" ")
        if keyword == "retract" or line.replace(" ", "") == "retract(":
            in_block = rest.strip() == "(" or line.endswith("(")
            if not in_block:
                yield rest.strip()


def _retraction(argument: str) -> Retraction | None:
    match = _RANGE.match(argument)
    low = parse_version(match["low"] if match else argument)
    high = parse_version(match["high"]) if match else low
    return None if low is None or high is None else Retraction(low=low, high=high)
