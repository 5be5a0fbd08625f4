"""Constraints on versions, as a spec file states them: ``v2.9.1``, ``2.8``, ``~2.8.1``, ``>=2.8 <3`` (ADR 29).

Terms are joined by blanks or commas, and a version has to meet all of them. A version in a term may leave out its
patch, or its minor and patch; it then stands for all that begin with it: ``>2.8`` is above every 2.8, ``<=2.8`` takes
them all. Order is SemVer's, but that ``<3`` does not take 3.0.0-rc.1 either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from capyctl.core.pattern import pattern
from capyctl.core.version import ProviderVersion, parse_version

_TERM = pattern(r"(?P<operator>>=|<=|>|<|=|~)?[ \t]*(?P<version>[^\s,<>=~]+)")
_BETWEEN = pattern(r"[\s,]*")
_PART = r"(?:0|[1-9]\d{0,8})"
_SHORT = pattern(rf"v?(?P<major>{_PART})(?:\.(?P<minor>{_PART}))?\Z", re.ASCII)
_LONGEST = 256

_Key = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]


class ConstraintError(ValueError):
    """A text is no constraint. ``reason`` is one clause; ``column`` counts characters of the text from 1."""

    def __init__(self, reason: str, column: int) -> None:
        super().__init__(f"column {column}: {reason}")
        self.reason = reason
        self.column = column


class _Bound(Struct, frozen=True, kw_only=True):
    """An end of a range, in SemVer's order; ``included`` says whether a version right at it is taken."""

    key: _Key
    is_lower: bool
    included: bool

    def admits(self, version: ProviderVersion) -> bool:
        if version.order_key == self.key:
            return self.included
        return (version.order_key > self.key) is self.is_lower


class Constraint(Struct, frozen=True, kw_only=True):
    """What versions may be taken.

    Attributes:
        text: the terms joined by blanks. exact: the one tag that a constraint of one whole version names.
        names_prerelease: whether a term names a pre-release, which asks for pre-releases.
    """

    text: str
    bounds: tuple[_Bound, ...]
    exact: str | None = None
    names_prerelease: bool = False

    def admits(self, version: ProviderVersion) -> bool:
        """Whether a version meets every term."""
        return all(bound.admits(version) for bound in self.bounds)

    def nearest(self, versions: Iterable[ProviderVersion]) -> tuple[ProviderVersion, ...]:
        """The highest that is too low and the lowest that is too high, as far as there are such."""
        known = sorted(set(versions))
        low = [each for each in known if not self._admits(each, lower=True)]
        high = [each for each in known if not self._admits(each, lower=False) and each not in low]
        return (*low[-1:], *high[:1])

    def _admits(self, version: ProviderVersion, *, lower: bool) -> bool:
        return all(bound.admits(version) for bound in self.bounds if bound.is_lower is lower)


def parse_constraint(text: str) -> Constraint:
    """Read a constraint.

    Raises:
        ConstraintError: a term that is none, or no term at all.
    """
    if len(text) > _LONGEST:
        raise ConstraintError(f"a constraint has at most {_LONGEST} characters", 1)
    terms = list(_terms(text))
    if not terms:
        raise ConstraintError("it is empty; leave it out for the newest version", 1)
    wholes = [parse_version(match["version"]) for match in terms]
    first, only = terms[0], wholes[0] if len(terms) == 1 else None
    pinned = only is not None and first["operator"] in (None, "=")
    return Constraint(
        text=" ".join(f"{match['operator'] or ''}{match['version']}" for match in terms),
        bounds=tuple(
            bound for match, whole in zip(terms, wholes, strict=True) for bound in _bounds(match, whole)
        ),
        exact=first["version"] if pinned else None,
        names_prerelease=any(whole is not None and whole.is_prerelease for whole in wholes),
    )


def _terms(text: str) -> Iterator[re.Match[str]]:
    position = _end(_BETWEEN(), text, 0)
    while position < len(text):
        match = _TERM().match(text, position)
        if match is None:
            raise ConstraintError(_no_term(text, position), position + 1)
        yield match
        position = _end(_BETWEEN(), text, match.end())


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match is not None else position


def _no_term(text: str, position: int) -> str:
    found = text[position : position + 20]
    return f"{found!r} is no term; there are =, ~, >=, >, <= and < before a version, or a version alone"


def _bounds(match: re.Match[str], whole: ProviderVersion | None) -> Iterator[_Bound]:
    operator, written = match["operator"] or "=", match["version"]
    if whole is not None:
        return _of_one(operator, whole)
    short = _SHORT().match(written)
    if short is None:
        is_caret = written.startswith("^")
        known = "; there is no ^ here, write two bounds such as '>=2.8 <3'" if is_caret else ""
        raise ConstraintError(
            f"{written[:60]!r} is no version, nor the beginning of one{known}", match.start("version") + 1
        )
    minor = int(short["minor"]) if short["minor"] is not None else None
    return _of_many(operator, int(short["major"]), minor)


def _of_one(operator: str, version: ProviderVersion) -> Iterator[_Bound]:
    key = version.order_key
    if operator in ("=", ">=", "~", ">"):
        yield _Bound(key=key, is_lower=True, included=operator != ">")
    if operator in ("=", "<="):
        yield _Bound(key=key, is_lower=False, included=True)
    elif operator == "~":
        yield _below(version.major, version.minor + 1)
    elif operator == "<":
        below = key if version.is_prerelease else _before(*key[:3])
        yield _Bound(key=below, is_lower=False, included=False)


def _of_many(operator: str, major: int, minor: int | None) -> Iterator[_Bound]:
    """The bounds for what stands for all versions of one major, or of one major and minor."""
    after = (major + 1, 0) if minor is None else (major, minor + 1)
    if operator in ("=", "~"):
        yield _Bound(key=_before(major, minor or 0, 0), is_lower=True, included=True)
    if operator == ">=":
        yield _Bound(key=(major, minor or 0, 0, 1, ()), is_lower=True, included=True)
    if operator == ">":
        yield _Bound(key=_before(*after, 0), is_lower=True, included=True)
    if operator in ("=", "~", "<="):
        yield _below(*after)
    if operator == "<":
        yield _below(major, minor or 0)


def _below(major: int, minor: int) -> _Bound:
    return _Bound(key=_before(major, minor, 0), is_lower=False, included=False)


def _before(major: int, minor: int, patch: int) -> _Key:
    """The place right before every pre-release of a version."""
    return (major, minor, patch, 0, ())
