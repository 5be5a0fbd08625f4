"""What a module takes back: the ``retract`` directives of a go.mod file, with the reasons they give.

Read as Go reads the go.mod of a dependency: whatever is no valid directive is passed over, being advice. A reason
stands in comments right above a directive or behind it; a block's own comments speak for its entries without any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from capyctl.core.goproxy_list import INCOMPATIBLE
from capyctl.core.pattern import pattern
from capyctl.core.version import ProviderVersion, parse_version

REASON_LIMIT = 300
"""Most characters of a reason that are kept."""

_QUOTED = pattern(r'"([^"]*)"')
_RANGE = pattern(r"\[\s*(?P<low>[^\s,\]]+)\s*,\s*(?P<high>[^\s,\]]+)\s*\]\Z")


class Retraction(Struct, frozen=True, kw_only=True):
    """Versions that a module takes back, both ends included.

    Attributes:
        reason: in one line, without control characters, at most ``REASON_LIMIT`` long; empty if none is given.
    """

    low: ProviderVersion
    high: ProviderVersion
    reason: str = ""

    def covers(self, version: ProviderVersion) -> bool:
        """Whether this version is taken back."""
        return self.low <= version <= self.high


def parse_retractions(text: str) -> tuple[Retraction, ...]:
    """What a go.mod retracts, in its order."""
    found = (_retraction(argument, comments) for argument, comments in _directives(text))
    return tuple(retraction for retraction in found if retraction is not None)


def retracted(tags: Iterable[str], retractions: Iterable[Retraction]) -> dict[str, str]:
    """The tags that are taken back, each with the first reason given for it; empty where there is none."""
    known = list(retractions)
    found: dict[str, str] = {}
    for tag in tags:
        version = parse_version(tag)
        reasons = [item.reason for item in known if version is not None and item.covers(version)]
        if reasons:
            found[tag] = next((reason for reason in reasons if reason), "")
    return found


class _Comments(Struct):
    """The comments above what comes next; ``block`` are those above the open block, None outside of one."""

    above: list[str] = field(default_factory=list)
    block: list[str] | None = None

    def taken(self) -> list[str]:
        taken, self.above = self.above, []
        return taken


def _directives(text: str) -> Iterator[tuple[str, list[str]]]:
    """What follows ``retract``, alone on its line or inside a block, with the comments that belong to it."""
    comments, of_retract = _Comments(), False
    for raw in text.split("\n"):
        code, slashes, comment = raw.partition("//")
        line = code.strip()
        if not line:
            _note(comments, comment if slashes else None)
        elif line == ")":
            comments = _Comments()
        else:
            own = [*comments.taken(), *([comment] if slashes else [])]
            keyword, argument = _keyword(line)
            if comments.block is not None:
                if of_retract:
                    yield line, own or comments.block
            elif argument == "(":
                comments.block, of_retract = own, keyword == "retract"
            elif keyword == "retract":
                yield argument, own


def _note(comments: _Comments, comment: str | None) -> None:
    """A line without a directive: a comment, or a blank one, which parts comments from what follows outside blocks."""
    if comment is not None:
        comments.above.append(comment)
    elif comments.block is None:
        comments.above = []


def _keyword(line: str) -> tuple[str, str]:
    keyword = re.split(r"[\s(\[]", line, maxsplit=1)[0]
    return keyword, line[len(keyword) :].strip()


def _retraction(argument: str, comments: list[str]) -> Retraction | None:
    match = _RANGE().match(argument)
    low = _version(match["low"] if match else argument)
    high = _version(match["high"]) if match else low
    return None if low is None or high is None else Retraction(low=low, high=high, reason=_reason(comments))


def _version(text: str) -> ProviderVersion | None:
    quoted = _QUOTED().fullmatch(text)
    plain = (quoted[1] if quoted else text).removesuffix(INCOMPATIBLE)
    version = parse_version(plain) if plain.startswith("v") else None
    return version if version is not None and version.build is None else None


def _reason(comments: list[str]) -> str:
    printable = ("".join(char if char.isprintable() else " " for char in comment) for comment in comments)
    text = " ".join(" ".join(printable).split())
    return text if len(text) <= REASON_LIMIT else f"{text[: REASON_LIMIT - 1].rstrip()}…"
