"""The fault rows: how long a verdict, or success by another source, takes when something is broken."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

from msgspec import Struct

from benchmarks.installation import Installation
from benchmarks.measuring import Command
from benchmarks.network import lab_of
from benchmarks.table import Row
from benchmarks.worlds import real_size
from capyctl.lab.lab import Lab
from capyctl.lab.world import DEFAULT_MODULE_PROXY, Fault, FaultKind

_OBJECTS_HOST = "release-assets.githubusercontent.com"
_VERDICT_SECONDS = 5.0
_PATIENCE = 130
_UNDETERMINED = 3
_ROUND_TRIP = 0.05
_ANY = frozenset(range(-64, 256))


class _Day(Struct, frozen=True, kw_only=True):
    """A bad day: its faults, and whether another source suffices."""

    what: str
    faults: tuple[Fault, ...]
    suffices: bool = False
    pin: str = ""


def _days() -> Iterator[_Day]:
    files = (
        Fault(kind=FaultKind.STATUS, status=503, route="github-download"),
        Fault(kind=FaultKind.STATUS, status=503, route="objects"),
        Fault(kind=FaultKind.STATUS, status=503, host="api.github.com", path="*/assets/*"),
    )
    yield _Day(what="every file answer 503", faults=files, pin=":v2.8.1")
    yield _Day(
        what="module proxy 500",
        faults=(Fault(kind=FaultKind.STATUS, status=500, host=DEFAULT_MODULE_PROXY),),
        suffices=True,
    )
    kinds = {
        FaultKind.BLACK_HOLE: "black hole",
        FaultKind.REFUSED: "refused",
        FaultKind.DNS: "DNS fails",
        FaultKind.SILENCE: "silence",
    }
    for kind, name in kinds.items():
        yield _Day(what=f"{name}, every host", faults=(Fault(kind=kind),))
        for host in (DEFAULT_MODULE_PROXY, "github.com", "api.github.com"):
            yield _Day(what=f"{name}, {host} alone", faults=(Fault(kind=kind, host=host),), suffices=True)
        yield _Day(what=f"{name}, the host of all files", faults=(Fault(kind=kind, host=_OBJECTS_HOST),))


def fault_rows(installation: Installation, clusterctl: str, *, slow: bool) -> Iterator[Row]:
    """One row for each bad day and command; clusterctl's time only with ``slow``, for it takes minutes."""
    days = list(_days())
    beside = _clusterctl_seconds(days, clusterctl) if slow else [None] * len(days)
    for day, theirs in zip(days, beside, strict=True):
        with _lab_of(day) as (_, environment):
            for words in (_generate(day), ("init", "--dry-run", "--infrastructure", f"aws{day.pin}")):
                ours = Command(words=(installation.capyctl, *words), environment=environment, expected=_ANY)
                yield _row(day, words, ours, theirs)


def _clusterctl_seconds(days: list[_Day], clusterctl: str) -> list[float]:
    """All days side by side: clusterctl spends them waiting, and minutes do not depend on a busy machine."""

    def seconds(day: _Day) -> float:
        with _lab_of(day) as (_, environment):
            words = (clusterctl, *_generate(day))
            return Command(words=words, environment=environment, expected=_ANY, limit=_PATIENCE).run().seconds

    with ThreadPoolExecutor(len(days)) as pool:
        return list(pool.map(seconds, days))


def _lab_of(day: _Day) -> AbstractContextManager[tuple[Lab, dict[str, str]]]:
    return lab_of(real_size(round_trip=_ROUND_TRIP, faults=day.faults))


def _generate(day: _Day) -> tuple[str, ...]:
    return ("generate", "provider", "--infrastructure", f"aws{day.pin}")


def _row(day: _Day, words: tuple[str, ...], ours: Command, beside: float | None) -> Row:
    wanted, goal = (0, None) if day.suffices else (_UNDETERMINED, _VERDICT_SECONDS)
    cost = ours.run()
    verdict = "" if cost.status == wanted else f"; status {cost.status}, {wanted} was due"
    return Row(
        what=f"{words[0]}: {day.what} ({'success' if day.suffices else 'verdict'}){verdict}",
        ours=cost.seconds,
        unit="s",
        other="" if beside is None else f"clusterctl: {_told(beside)}",
        goal=goal if cost.status == wanted else 0.0,
    )


def _told(seconds: float) -> str:
    return f"over {_PATIENCE} s" if seconds >= _PATIENCE else f"{seconds:.1f} s"
