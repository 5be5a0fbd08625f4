"""Words and numbers as Go prints and reads them, for predicted messages."""

from __future__ import annotations

import re

from msgspec import Struct

from capyctl.core.pattern import pattern
from capyctl.core.version import ProviderVersion, parse_version

_QUOTE_LIMIT = 4096
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}
_NUMBERS = pattern(r"\s*v?([0-9]+(?:\.[0-9]+)*)(.*)\Z", re.ASCII)
_EXTRA = pattern(
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?\s*\Z", re.ASCII
)
_COMPONENT_LIMIT = 2**64
_COMPONENT_DIGITS = 20


class ClusterctlError(Exception):
    """clusterctl's error chain up to here; ``not_found`` marks its 404 sentinel, which wrapping keeps."""

    def __init__(self, message: str, *, not_found: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.not_found = not_found

    def wrapped(self, prefix: str) -> ClusterctlError:
        """The chain with one more link in front."""
        return ClusterctlError(f"{prefix}: {self.message}", not_found=self.not_found)


class VersionTextError(ValueError):
    """A version that clusterctl's parser refuses, in its words."""


class SemanticVersion(Struct, frozen=True, kw_only=True):
    """A version as clusterctl's parser holds it; ``text`` is its canonical form without ``v``."""

    major: int
    minor: int
    text: str
    order: ProviderVersion


def quoted(text: str) -> str:
    """``%q`` of Go; what is longer than 4096 characters is cut, which Go does not do."""
    kept = text[:_QUOTE_LIMIT]
    body = "".join(_ESCAPES.get(character) or _printable(character) for character in kept)
    return f'"{body}"'


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def ordinal(number: int) -> str:
    """``1st``, ``2nd``, ``3rd``, ``11th``."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def parse_semantic(text: str) -> SemanticVersion:
    """Read a version as the Kubernetes library does: exactly three numbers, an optional ``v`` in front.

    Raises:
        VersionTextError: with the library's message (clusterctl-resolution 1.1).
    """
    match = _NUMBERS().match(text)
    if match is None or "\n" in match[2]:
        raise VersionTextError(f"could not parse {quoted(text)} as version")
    components = match[1].split(".")
    if len(components) != 3:
        raise VersionTextError(f"illegal version string {quoted(text)}")
    for component in components:
        _check_component(component, text)
    extra = _EXTRA().match(match[2])
    if extra is None:
        raise VersionTextError(f"could not parse pre-release/metadata ({match[2]}) in version {quoted(text)}")
    pre, build = extra[1], extra[2]
    for identifier in (pre or "").split("."):
        if identifier.isdecimal():
            _check_component(identifier, text)
    return _semantic(components, pre, build)


def _check_component(component: str, text: str) -> None:
    if component.startswith("0") and component != "0":
        raise VersionTextError(
            f"illegal zero-prefixed version component {quoted(component)} in {quoted(text)}"
        )
    if len(component) > _COMPONENT_DIGITS or int(component) >= _COMPONENT_LIMIT:
        raise VersionTextError(
            f"illegal non-numeric version component {quoted(component)} in {quoted(text)}"
            f": strconv.ParseUint: parsing {quoted(component)}: value out of range"
        )


def _semantic(components: list[str], pre: str | None, build: str | None) -> SemanticVersion:
    major, minor, patch = (int(component) for component in components)
    order = ProviderVersion(tag="", major=major, minor=minor, patch=patch, pre=pre, build=build)
    text = f"{major}.{minor}.{patch}" + (f"-{pre}" if pre else "") + (f"+{build}" if build else "")
    return SemanticVersion(major=major, minor=minor, text=text, order=order)


def parse_tolerant(line: str) -> ProviderVersion | None:
    """Read a line of ``@v/list`` as clusterctl does (section 5.3), or None where it drops the line."""
    text = line.strip().removeprefix("v")
    parts = text.split(".", 2)
    if len(parts) < 3 and ("+" in parts[-1] or "-" in parts[-1]):
        return None
    parts = [_without_leading_zeros(part) for part in parts]
    version = parse_version(".".join(parts + ["0"] * (3 - len(parts))))
    if version is None or max(version.major, version.minor, version.patch) >= _COMPONENT_LIMIT:
        return None
    return version


def _without_leading_zeros(part: str) -> str:
    stripped = part.lstrip("0") if len(part) > 1 else part
    return stripped if stripped[:1].isdecimal() else f"0{stripped}"
