"""Of which objects all conditions are shown: ``--show-conditions`` (clusterctl-cluster 7.4)."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from capyctl.core.conditions import AVAILABLE, READY, Condition, is_good

_NON_ZERO: Final = "+"


class Shown(enum.Enum):
    """How much is shown of an object's conditions."""

    NONE = "none"
    NON_ZERO = "non-zero"
    ALL = "all"


class FilterError(ValueError):
    """A filter that cannot be read.

    Attributes:
        text: as given.
    """

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} holds whitespace: kinds are separated by commas alone")
        self.text = text


class ConditionFilter(Struct, frozen=True):
    """Which objects show their conditions: ``(kind, name or "", how much)`` in order, ``all`` as kind."""

    entries: tuple[tuple[str, str, Shown], ...] = ()

    def shown(self, kind: str, name: str) -> Shown:
        """How much is shown of an object; the first entry that fits decides."""
        named = (kind.lower(), name.lower())
        for wanted_kind, wanted_name, shown in self.entries:
            if wanted_kind == "all" and not wanted_name:
                return shown
            if wanted_kind == named[0] and wanted_name in ("", named[1]):
                return shown
        return Shown.NONE


def parse_condition_filter(text: str) -> ConditionFilter:
    """A comma list of ``all``, ``Kind`` or ``Kind/name``, each with ``+`` for non-zero conditions only.

    Raises:
        FilterError: it holds whitespace.
    """
    if any(char.isspace() for char in text):
        raise FilterError(text)
    return ConditionFilter(tuple(_entry(each) for each in text.split(",") if each))


def _entry(text: str) -> tuple[str, str, Shown]:
    shown = Shown.NON_ZERO if text.endswith(_NON_ZERO) else Shown.ALL
    kind, _, name = text.removesuffix(_NON_ZERO).lower().partition("/")
    return kind, name, shown


def filtered(conditions: Iterable[Condition], shown: Shown) -> tuple[Condition, ...]:
    """The conditions that are shown: non-zero leaves out what is in its normal state and has no message."""
    if shown is Shown.NONE:
        return ()
    return tuple(each for each in conditions if shown is Shown.ALL or not _is_zero(each))


def _is_zero(condition: Condition) -> bool:
    return condition.type not in (AVAILABLE, READY) and is_good(condition) and not condition.message
