"""Tags as published and the versions they stand for: strict SemVer behind an optional leading ``v``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from capyctl.core.ordered import Ordered
from capyctl.core.pattern import pattern

_WORD = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-")
_PSEUDO = pattern(r"(?:\A|\.)(?:0\.)?\d{14}-[0-9a-f]{12}\Z", re.ASCII)
_TAG_LIMIT = 256

_Identifier = tuple[int, int, str]
_OrderKey = tuple[int, int, int, int, tuple[_Identifier, ...]]


class ProviderVersion(Ordered, frozen=True, kw_only=True, eq=False):
    """A version with the tag it was published under; ordered by SemVer, build metadata aside.

    Two versions are equal when SemVer ranks them equal; ``tag`` keeps the spelling (W-19).
    """

    tag: str
    major: int
    minor: int
    patch: int
    pre: str | None = None
    build: str | None = None

    @property
    def is_prerelease(self) -> bool:
        """Whether the tag's text has a pre-release part; the forge's flag plays no role (cli.md 6)."""
        return self.pre is not None

    @property
    def is_pseudo(self) -> bool:
        """Whether this is a Go pseudo-version, which stands for a commit and never for a release."""
        return self.pre is not None and self.pre[-13:-12] == "-" and bool(_PSEUDO().search(self.pre))

    @property
    def series(self) -> tuple[int, int]:
        """Major and minor."""
        return (self.major, self.minor)

    @property
    def canonical(self) -> str:
        """The spelling with a leading ``v`` and without build metadata."""
        base = f"v{self.major}.{self.minor}.{self.patch}"
        return f"{base}-{self.pre}" if self.pre is not None else base

    @property
    def order_key(self) -> _OrderKey:
        """SemVer precedence as a tuple: a release ranks above its pre-releases."""
        if self.pre is None:
            return (self.major, self.minor, self.patch, 1, ())
        identifiers = tuple(
            (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in self.pre.split(".")
        )
        return (self.major, self.minor, self.patch, 0, identifiers)

    @property
    def choice_key(self) -> tuple[bool, _OrderKey]:
        """Order of choice: every stable version above every pre-release, each by precedence."""
        return (not self.is_prerelease, self.order_key)

    def __eq__(self, other: object) -> bool:
        return self.order_key == other.order_key if isinstance(other, ProviderVersion) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.order_key)

    def __str__(self) -> str:
        return self.tag


def parse_version(tag: str) -> ProviderVersion | None:
    """The version a tag stands for, or None where the tag is not strict SemVer after an optional ``v``."""
    if len(tag) > _TAG_LIMIT:
        return None
    rest, plus, build = tag.removeprefix("v").partition("+")
    rest, dash, pre = rest.partition("-")
    numbers = rest.split(".")
    if len(numbers) != 3 or not all(map(_is_number, numbers)):
        return None
    if dash and not all(map(_is_identifier, pre.split("."))):
        return None
    if plus and not all(map(_is_word, build.split("."))):
        return None
    major, minor, patch = map(int, numbers)
    return ProviderVersion(
        tag=tag,
        major=major,
        minor=minor,
        patch=patch,
        pre=pre if dash else None,
        build=build if plus else None,
    )


def _is_number(text: str) -> bool:
    """Whether a text is a number as SemVer takes it, without a zero before it."""
    return text.isdecimal() and text.isascii() and (text[0] != "0" or text == "0")


def _is_word(text: str) -> bool:
    return bool(text) and _WORD.issuperset(text)


def _is_identifier(text: str) -> bool:
    """Whether a text can be a part of a pre-release: a word, and a number where it has digits alone."""
    return _is_word(text) and (not text.isdecimal() or _is_number(text))


def parse_tag(tag: str) -> ProviderVersion | None:
    """The version a release's tag stands for: as ``parse_version``, or ``v1.2`` read as 1.2.0 (W-19).

    Only releases have such tags: in a module proxy's list or as a folder of a tree they are no versions.
    """
    numbers = tag.removeprefix("v").split(".", 2)
    if len(numbers) != 2 or not all(map(_is_number, numbers)):
        return parse_version(tag)
    version = parse_version(f"{tag}.0")
    return replace(version, tag=tag) if version is not None else None


def spellings_of(tag: str) -> tuple[str, ...]:
    """The tags a pinned version may have been published under: as typed, without build metadata, the other way.

    A tool's own build string is no release tag (F01); a ``v`` forgotten or added is no other version (W-12,
    W-19).
    """
    plain = tag.partition("+")[0]
    spellings = [tag, plain]
    spellings += [f"v{text}" for text in (tag, plain) if text[:1].isdigit()]
    spellings += [plain[1:]] if plain[:1] == "v" and plain[1:2].isdigit() else []
    return tuple(dict.fromkeys(spellings))


def in_order_of_choice(versions: Iterable[ProviderVersion]) -> list[ProviderVersion]:
    """Best first: stable before pre-release, newest first; the tag breaks ties, so input order is nothing."""
    return sorted(versions, key=lambda version: (version.choice_key, version.tag), reverse=True)
