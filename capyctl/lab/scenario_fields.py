"""Reads checked values out of a scenario's mappings; a complaint names the place and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from capyctl.core.durations import MalformedDurationError, parse_duration
from capyctl.core.pattern import pattern
from capyctl.lab.errors import ScenarioInvalidError

_SIZE = pattern(r"(\d+)\s*(KiB|MiB|B)?\Z", re.ASCII)
_HOST = pattern(r"(?!.{241})(?:(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.(?!\Z)|\Z))+\Z", re.ASCII)
"""With room for the ``media.`` in front of it, and for the 253 characters that a name in the DNS can have."""
_BYTES = {None: 1, "B": 1, "KiB": 1024, "MiB": 1024 * 1024}


class Fields:
    """One mapping of a scenario. ``finish`` complains about keys that nobody asked for.

    Every reader raises ScenarioInvalidError where the value is not what it reads.
    """

    def __init__(self, value: object, place: str, file: str) -> None:
        self._place = place
        self._file = file
        self._asked: set[str] = set()
        if value is not None and not isinstance(value, Mapping):
            raise self._complaint(place, "must be a mapping")
        self._values: dict[str, object] = {str(key): item for key, item in (value or {}).items()}

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def complaint(self, key: str, reason: str) -> ScenarioInvalidError:
        """The error about one key."""
        return self._complaint(f"{self._place}.{key}".strip("."), reason)

    def _complaint(self, place: str, reason: str) -> ScenarioInvalidError:
        return ScenarioInvalidError(f"{self._file}: {place or 'the file'} {reason}.", file=self._file)

    def take(self, key: str) -> object:
        """The raw value, or None."""
        self._asked.add(key)
        return self._values.get(key)

    def text(self, key: str, default: str = "") -> str:
        """A text."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self.complaint(key, f"must be a text, not {value!r}; put it in quotes")
        return value

    def required(self, key: str) -> str:
        """A text that must be there."""
        value = self.text(key)
        if not value:
            raise self.complaint(key, "is missing")
        return value

    def host(self, key: str) -> str:
        """The name of a host, such as a certificate can be made for."""
        return self.checked_host(self.required(key), key)

    def checked_host(self, name: str, key: str = "") -> str:
        """``name``, which stands for a host at this place."""
        if not _HOST().match(name):
            reason = f"has {name!r} for a host; write a DNS name in lower case, without a port"
            raise self.complaint(key, reason)
        return name

    def optional(self, key: str) -> str | None:
        """A text, or None where the key is absent or null."""
        return None if self.take(key) is None else self.text(key)

    def flag(self, key: str, *, default: bool = False) -> bool:
        """True or false."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.complaint(key, "must be true or false")
        return value

    def number(self, key: str, default: int = 0) -> int:
        """A whole number."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.complaint(key, "must be a whole number, 0 or more")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.complaint(key, "must be a list of texts")
        return tuple(str(item) for item in value)

    def seconds(self, key: str, default: float = 0.0) -> float:
        """A duration such as ``50ms``, ``4s`` or ``21m``; a bare number is seconds."""
        value = self.take(key)
        if value is None:
            return default
        try:
            return parse_duration(str(value))
        except MalformedDurationError as error:
            raise self.complaint(key, "must be a duration such as 50ms, 4s or 21m") from error

    def size(self, key: str) -> int:
        """A size such as ``1 MiB``; a bare number is bytes."""
        value = self.take(key)
        found = _SIZE().match(str(value if value is not None else 0))
        if found is None:
            raise self.complaint(key, "must be a size such as 512 KiB or 1 MiB")
        return int(found[1]) * _BYTES[found[2]]

    def mapping(self, key: str) -> dict[str, str]:
        """A mapping of texts to texts."""
        fields = Fields(self.take(key), f"{self._place}.{key}".lstrip("."), self._file)
        return {name: fields.text(name) for name in fields._values}

    def inner(self, key: str) -> Fields:
        """The mapping under a key; empty where it is absent."""
        return Fields(self.take(key), f"{self._place}.{key}".lstrip("."), self._file)

    def items(self) -> Iterator[tuple[str, Fields]]:
        """Every key with the mapping under it."""
        for key in self._values:
            yield key, self.inner(key)

    def raw_items(self) -> Iterator[tuple[str, object]]:
        """Every key with its raw value."""
        for key in self._values:
            yield key, self.take(key)

    def made(self, value: Mapping[str, object]) -> Fields:
        """Fields over a value that stands for something at this place."""
        return Fields(value, self._place, self._file)

    def list_of(self, key: str) -> Iterator[Fields]:
        """The mappings of a list."""
        value = self.take(key)
        if value is not None and not isinstance(value, list):
            raise self.complaint(key, "must be a list")
        for index, item in enumerate(value or []):
            yield Fields(item, f"{self._place}.{key}[{index}]".lstrip("."), self._file)

    def finish(self) -> None:
        """Complain about a key that is not known here."""
        unknown = sorted(set(self._values) - self._asked)
        if unknown:
            known = ", ".join(sorted(self._asked))
            raise self.complaint(unknown[0], f"is not known here; known are {known}")
