"""Finding the release series that was meant to be the version's own and states another by a slip."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from capyctl.core.metadata import ReleaseSeries
from capyctl.core.pattern import pattern
from capyctl.core.version import ProviderVersion
from capyctl.core.yaml_nodes import ScalarNode

_EXAMINED = 200
_DECIMAL = pattern(r"[0-9]{1,9}\Z", re.ASCII)
_Number = tuple[int, int]


class Slip(Struct, frozen=True, kw_only=True):
    """An entry that was meant to be another, why we think so, and how sure that is (an adverb)."""

    series: ReleaseSeries
    reason: str
    sureness: str = "evidently"


def find_slip(series: Sequence[ReleaseSeries], version: ProviderVersion) -> Slip | None:
    """The entry that was meant to be the version's own; None where no entry, or more than one, could be."""
    if len(series) > _EXAMINED:
        return None
    families = ([*find(series, version)] for find in (_misread, _out_of_line, _ahead))
    return next((slips[0] for slips in families if len(slips) == 1), None)


def _misread(series: Sequence[ReleaseSeries], version: ProviderVersion) -> Iterator[Slip]:
    """Entries that say the own series to a person: a leading zero, or a name in the wrong case."""
    for entry in series:
        said = {name: _said(entry, name) for name in ("major", "minor")}
        if (said["major"][0], said["minor"][0]) == version.series:
            yield Slip(series=entry, reason="; ".join(reason for _, reason in said.values() if reason))


def _said(entry: ReleaseSeries, name: str) -> tuple[int, str]:
    """The number a person reads, and why a machine reads another; the reason is empty where it does not."""
    value: int = getattr(entry, name)
    for written in entry.node.written if entry.node else ():
        node = written.value
        if (
            written.name.lower() != name
            or not isinstance(node, ScalarNode)
            or not _DECIMAL().match(node.text)
        ):
            continue
        number = int(node.text)
        if written.name != name and entry.node and name not in entry.node.entries:
            return number, f"{written.name} is not {name}, so {name} counts as 0"
        if written.name == name and number != value:
            return number, f"{name}: {node.text} has a leading zero and is read as {value}"
    return value, ""


def _out_of_line(series: Sequence[ReleaseSeries], version: ProviderVersion) -> Iterator[Slip]:
    """The entry that breaks an unbroken row of series, if the own series in its place would mend the row."""
    numbers = [entry.number for entry in series]
    if len(numbers) < 2 or _is_row(numbers):
        return
    for index, entry in enumerate(series):
        mended = [*numbers[:index], version.series, *numbers[index + 1 :]]
        if _is_row(mended):
            twice = numbers.count(entry.number) > 1
            reason = f"{entry} is there twice" if twice else "with it the list would have no gap"
            yield Slip(series=entry, reason=reason)


def _is_row(numbers: Sequence[_Number]) -> bool:
    """Whether each series follows the one before, in either direction, a new major beginning with minor 0."""
    rising = list(numbers) if numbers[0] <= numbers[-1] else list(numbers)[::-1]
    return all(
        after in ((before[0], before[1] + 1), (before[0] + 1, 0))
        for before, after in itertools.pairwise(rising)
    )


def _ahead(series: Sequence[ReleaseSeries], version: ProviderVersion) -> Iterator[Slip]:
    """The only entry above the version: no release of that series can be older than this one."""
    ahead = [entry for entry in series if entry.number > version.series]
    if len(ahead) == 1:
        swapped = ahead[0].number == (version.minor, version.major)
        reason = f"{ahead[0]} is ahead of {version.tag}"
        reason += ", with major and minor swapped" if swapped else ""
        yield Slip(series=ahead[0], reason=reason, sureness="probably")
