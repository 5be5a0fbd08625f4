"""The values of a lock, checked one by one: each fault names the place of the value and what belongs there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn

from msgspec import Struct

from capyctl.core.contract import is_contract_name
from capyctl.core.json_places import JsonPath
from capyctl.core.moments import parse_moment
from capyctl.core.pattern import pattern
from capyctl.core.release_marker import parse_asked_release
from capyctl.core.sha256 import SHA256
from capyctl.core.version import parse_tag

_LONGEST_TEXT = 4096
_LONGEST_NAME = 255
_LARGEST_NUMBER = 2**53 - 1
_LABEL = pattern(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z", re.ASCII)
_DIGEST = pattern(r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\Z", re.ASCII)
_MOMENT = pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z\Z", re.ASCII)
_PLAIN = pattern(r"[A-Za-z0-9_][A-Za-z0-9._+-]*\Z", re.ASCII)
_IMAGE = pattern(r"[!-~]{1,1024}\Z", re.ASCII)
_KINDS = {dict: "an object", list: "a list", bool: "true or false"}


class Faulty(Exception):  # noqa: N818 - it stands for a fault of the text until its line is known
    """A fault at a place. ``duplicate``: a key stands twice; ``later``: another format of lock."""

    def __init__(self, path: JsonPath, reason: str, *, duplicate: bool = False, later: bool = False) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason
        self.duplicate = duplicate
        self.later = later


def refuse_constant(name: str) -> NoReturn:
    """Refuse what Python reads and JSON does not have: ``NaN`` and ``Infinity``."""
    raise Faulty((), f"it is no JSON: {name} is no number")


class Reading(Struct, frozen=True, kw_only=True):
    """A value of a lock and its place. Each method gives a member in the form that belongs there.

    Every method raises ``Faulty`` where the value is not what belongs there.
    """

    value: object
    path: JsonPath = ()

    @property
    def is_object(self) -> bool:
        """Whether this is an object at all."""
        return isinstance(self.value, dict)

    def known(self, keys: Sequence[str], optional: Sequence[str] = ()) -> Reading:
        """This object, which lacks none of ``keys``, and has no others but the ``optional`` ones."""
        members = self._members()
        missing = next((key for key in keys if key not in members), None)
        if missing is not None:
            raise Faulty(self.path, f"the key {missing!r} is missing")
        foreign = next((key for key in members if key not in keys and key not in optional), None)
        if foreign is not None:
            raise Faulty((*self.path, foreign), "no lock has this key")
        return self

    def has(self, key: str) -> bool:
        """Whether a member is there and not null."""
        return self._members().get(key) is not None

    def member(self, key: str) -> Reading:
        """A member, whatever it is."""
        return Reading(value=self._members().get(key), path=(*self.path, key))

    def entries(self, key: str, *, by: str) -> tuple[Reading, ...]:
        """The objects of a list, none of which may have another's ``by``; an absent list is empty."""
        found = self._members().get(key, [])
        if not isinstance(found, list):
            raise self._fault(key, "a list belongs here")
        entries = tuple(Reading(value=each, path=(*self.path, key, at)) for at, each in enumerate(found))
        seen: set[str] = set()
        for entry in entries:
            name = entry.text(by)
            if name in seen:
                raise Faulty((*entry.path, by), f"{name!r} is in this list already")
            seen.add(name)
        return entries

    def file_names(self) -> tuple[str, ...]:
        """The keys of this object, each of which is the name of a file and never a path."""
        names = tuple(self._members())
        bad = next((name for name in names if not _is_plain(name)), None)
        if bad is not None:
            raise Faulty((*self.path, bad), "this is no plain file name")
        return names

    def text(self, key: str) -> str:
        """A text without control characters."""
        found = self._members().get(key)
        if not isinstance(found, str):
            raise self._fault(key, "a text belongs here")
        if len(found) > _LONGEST_TEXT:
            raise self._fault(key, f"the text is longer than {_LONGEST_TEXT} characters", shown=False)
        if not found.isprintable():
            raise self._fault(key, "the text has characters that cannot be printed", shown=False)
        return found

    def text_or_none(self, key: str) -> str | None:
        """A text, or null."""
        return self.text(key) if self.has(key) else None

    def whole_number(self, key: str) -> int:
        """A whole number from 0."""
        found = self._members().get(key)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= _LARGEST_NUMBER:
            raise self._fault(key, "a whole number from 0 belongs here")
        return found

    def whole_number_or_none(self, key: str) -> int | None:
        """A whole number from 0, or null."""
        return self.whole_number(key) if self.has(key) else None

    def label(self, key: str) -> str:
        """A provider's manifest label; cert-manager has its own place in a lock."""
        found = self.text(key)
        if not _LABEL().match(found) or len(found) > _LONGEST_NAME or found == "cert-manager":
            raise self._fault(key, "a provider's manifest label belongs here")
        return found

    def tag(self, key: str) -> str:
        """A version's tag; it becomes part of paths and addresses, so nothing but a version is taken."""
        found = self.text(key)
        if not _is_plain(found) or parse_tag(found) is None:
            raise self._fault(key, "the tag of a version belongs here")
        return found

    def contract_or_none(self, key: str) -> str | None:
        """A contract such as ``v1beta1``, or null."""
        found = self.text_or_none(key)
        if found is not None and not is_contract_name(found):
            raise self._fault(key, "a contract such as 'v1beta1' belongs here")
        return found

    def marker(self, key: str) -> str:
        """A release marker, or an exact version, which stands for itself (cli.md 7.4)."""
        found = self.text(key)
        if parse_asked_release(found) is None:
            raise self._fault(key, "a marker such as 'stable-1.33' belongs here")
        return found

    def image(self, key: str) -> str:
        """An image reference."""
        return self._matching(key, _IMAGE(), "an image reference belongs here")

    def sha256(self, key: str) -> str:
        """64 hex digits."""
        return self._matching(key, SHA256(), "64 hex digits in lower case belong here")

    def digest_or_none(self, key: str) -> str | None:
        """A digest with its algorithm before it, or null."""
        if not self.has(key):
            return None
        return self._matching(key, _DIGEST(), "a digest such as 'sha256:' and 64 hex digits belongs here")

    def moment(self, key: str) -> str:
        """A time in UTC as RFC 3339 has it."""
        found = self._matching(key, _MOMENT(), "a time such as '2026-11-22T10:00:00Z' belongs here")
        if parse_moment(found) is None:
            raise self._fault(key, "the calendar has no such time", shown=False)
        return found

    def _matching(self, key: str, pattern: re.Pattern[str], wanted: str) -> str:
        found = self.text(key)
        if not pattern.match(found):
            raise self._fault(key, wanted)
        return found

    def _members(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise Faulty(self.path, f"an object belongs here, not {_kind(self.value)}")
        return self.value

    def _fault(self, key: str, wanted: str, *, shown: bool = True) -> Faulty:
        found = self._members().get(key)
        said = f", not {_kind(found)}" if shown else ""
        return Faulty((*self.path, key) if key in self._members() else self.path, f"{wanted}{said}")


def _is_plain(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and _PLAIN().match(name) is not None


def _kind(value: object) -> str:
    """What a value is, in words; a text is quoted in part, a number given as it is."""
    if isinstance(value, str):
        return repr(value[:60])
    return "null" if value is None else _KINDS.get(type(value), str(value)[:60])
