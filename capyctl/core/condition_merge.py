"""Conditions derived from conditions: mirror, summary and aggregate (clusterctl-cluster 9.2, 9.3).

All of them are total: the aggregate of nothing is a state with a reason, never an error (9.5).
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from capyctl.core.api_object import ApiObject
from capyctl.core.conditions import Condition, counted_condition
from capyctl.core.pattern import pattern

_MESSAGES: Final = 3
"""Most messages told in an aggregate, over all kinds."""
_NAMES: Final = 3
"""Most objects named in one message."""
_BULLET = pattern(r"\s*\*\s+")
_HISSES: Final = ("s", "x", "z", "ch", "sh")


class Weight(enum.IntEnum):
    """How much a condition weighs in a merge."""

    ISSUE = 0
    UNKNOWN = 1
    INFO = 2


_OTHERS: Final = {
    Weight.ISSUE: "with other issues",
    Weight.UNKNOWN: "with status unknown",
    Weight.INFO: "with additional info",
}


class Derived(Struct, frozen=True):
    """What a condition should say."""

    status: str
    reason: str
    message: str = ""


class Reasons(Struct, frozen=True):
    """The reason of a merge by what weighed most in it."""

    issue: str
    unknown: str
    info: str


class Source(Struct, frozen=True):
    """A condition of one of many objects; ``leads`` for a control plane Machine, told of first."""

    kind: str
    name: str
    condition: Condition
    leads: bool = False


class Aggregation(Struct, frozen=True, kw_only=True):
    """The same condition of many objects, merged into one.

    Attributes:
        negative: whether the source's normal state is False, and the target's with it.
        nothing: the state where there is no source at all.
    """

    source_type: str
    reasons: Reasons
    nothing: Derived
    negative: bool = False


class Summary(Struct, frozen=True, kw_only=True):
    """Several conditions of one object, merged into one of positive polarity.

    Attributes:
        types: in order of relevance. optional: types that may be missing.
        weigh: how much each condition weighs.
    """

    types: Sequence[str]
    reasons: Reasons
    weigh: Callable[[Condition], Weight]
    optional: Collection[str] = ()


def weight_of(condition: Condition, *, negative: bool) -> Weight:
    """The default weight: the state opposite to the normal one is an issue, an odd status is unknown."""
    if condition.status == "True":
        return Weight.ISSUE if negative else Weight.INFO
    if condition.status == "False":
        return Weight.INFO if negative else Weight.ISSUE
    return Weight.UNKNOWN


def missing_condition(wanted: str) -> Condition:
    """What stands for a condition that a present object does not report."""
    return Condition(wanted, "Unknown", "NotYetReported", f"Condition {wanted} not yet reported")


def sources_of(objects: Iterable[ApiObject], wanted: str, leads: Collection[str] = ()) -> list[Source]:
    """The condition of each object, missing ones as Unknown; ``leads`` are names of control plane Machines."""
    missing = missing_condition(wanted)
    return [
        Source(each.kind, each.name, counted_condition(each, wanted) or missing, each.name in leads)
        for each in objects
    ]


def mirror(condition: Condition | None, wanted: str, fallback: Derived | None = None) -> Derived:
    """The condition of another object; the fallback or Unknown where it is missing."""
    if condition is None:
        if fallback is not None:
            return fallback
        condition = missing_condition(wanted)
    return Derived(condition.status, condition.reason, condition.message)


def aggregate(sources: Sequence[Source], rule: Aggregation) -> Derived:
    """Merge the same condition of many objects.

    The order of the sources counts only between equal groups with equal times.
    """
    if not sources:
        return rule.nothing
    ordered = sorted(sources, key=lambda each: (each.condition.since, each.name))
    weighed = [(weight_of(each.condition, negative=rule.negative), each) for each in ordered]
    heaviest = min(weight for weight, _ in weighed)
    if heaviest is Weight.INFO:
        told = [pair for pair in weighed if pair[1].condition.message]
    else:
        told = sorted((pair for pair in weighed if pair[0] is not Weight.INFO), key=lambda pair: pair[0])
    status = _status(heaviest, negative=rule.negative)
    return Derived(status, _reason(heaviest, rule.reasons), "\n".join(_aggregate_lines(told)))


def summarize(conditions: Iterable[Condition], rule: Summary) -> Derived:
    """Merge several conditions of one object; of none, the good state."""
    present = [each for each in conditions if each.type in rule.types]
    absent = set(rule.types) - {each.type for each in present} - set(rule.optional)
    present += [Condition(each, "Unknown", "NotYetReported", "Condition not yet reported") for each in absent]
    ordered = sorted(present, key=lambda each: (rule.types.index(each.type), each.since))
    weighed = [(rule.weigh(each), each) for each in ordered]
    heaviest = min((weight for weight, _ in weighed), default=Weight.INFO)
    told = (
        each
        for weight, each in weighed
        if weight is not Weight.INFO or (heaviest is Weight.INFO and each.message)
    )
    message = "\n".join(f"* {each.type}:{_indented(each.message or each.reason)}" for each in told)
    return Derived(_status(heaviest, negative=False), _reason(heaviest, rule.reasons), message)


def plural_of(kind: str) -> str:
    """A kind in the plural by the rules of English: ``Machines``, ``Proxies``, ``Classes``."""
    if kind.endswith("y") and kind[-2:-1] not in tuple("aeiou"):
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith(_HISSES) else f"{kind}s"


def same_message(first: str, second: str) -> bool:
    """Whether two messages say the same; the order of their lines counts for nothing (9.3, point 7)."""
    return first == second or sorted(first.split("\n")) == sorted(second.split("\n"))


def _status(heaviest: Weight, *, negative: bool) -> str:
    if heaviest is Weight.UNKNOWN:
        return "Unknown"
    return "True" if (heaviest is Weight.ISSUE) is negative else "False"


def _reason(heaviest: Weight, reasons: Reasons) -> str:
    return (reasons.issue, reasons.unknown, reasons.info)[heaviest]


class _Group(Struct):
    """Objects of one kind with one message."""

    message: str
    names: list[str]
    weight: Weight = Weight.INFO
    leads: bool = False

    def rank(self) -> tuple[bool, Weight, int, str]:
        return (not self.leads, self.weight, -len(self.names), ",".join(self.names))


def _aggregate_lines(told: Sequence[tuple[Weight, Source]]) -> Iterator[str]:
    leaders = {each.name for _, each in told if each.leads}
    room = _MESSAGES
    for kind, groups in sorted(_groups(told).items()):
        ranked = sorted(groups, key=_Group.rank)
        for group in ranked[:room]:
            yield f"* {_named(kind, group.names, leaders)}:{_indented(group.message)}"
        yield from _rest(kind, ranked[room:])
        room = max(0, room - len(ranked))


def _groups(told: Sequence[tuple[Weight, Source]]) -> dict[str, list[_Group]]:
    """Groups by kind; weight and precedence belong to a message, whatever the kind that reports it."""
    weights: dict[str, Weight] = {}
    leading: set[str] = set()
    found: dict[str, dict[str, _Group]] = {}
    for weight, each in told:
        message = each.condition.message
        weights[message] = min(weight, weights.get(message, weight))
        if each.leads:
            leading.add(message)
        by_message = found.setdefault(each.kind, {})
        by_message.setdefault(message, _Group(message, [])).names.append(each.name)
    for by_message in found.values():
        for group in by_message.values():
            group.weight, group.leads = weights[group.message], group.message in leading
    return {kind: list(by_message.values()) for kind, by_message in found.items()}


def _named(kind: str, names: Sequence[str], leaders: Collection[str]) -> str:
    ordered = sorted(names, key=lambda name: (name not in leaders, name))
    shown = ", ".join(ordered[:_NAMES])
    if len(ordered) == 1:
        return f"{kind} {shown}"
    more = len(ordered) - _NAMES
    return f"{plural_of(kind)} {shown}" + (f", ... ({more} more)" if more > 0 else "")


def _rest(kind: str, groups: Sequence[_Group]) -> Iterator[str]:
    for weight, words in _OTHERS.items():
        count = sum(len(group.names) for group in groups if group.weight is weight)
        if count:
            yield f"And {count} {kind if count == 1 else plural_of(kind)} {words}"


def _indented(message: str) -> str:
    """A message after its heading: behind it, or below it where it has lines or bullets of its own."""
    lines = message.split("\n")
    bulleted = [_BULLET().search(line) is not None for line in lines]
    if len(lines) == 1 and not bulleted[0]:
        return f" {message}"
    if all(bulleted):
        return "".join(f"\n  {line}" for line in lines)
    marks = ("    " if has_bullet else "  * " for has_bullet in bulleted)
    return "".join(f"\n{mark}{line}" for mark, line in zip(marks, lines, strict=True))
