"""Secrets that are typed as words of a command line: behind an option that is named like one, or a user's name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from capyctl.core.pattern import pattern
from capyctl.report.redaction import MARK

_LEAST: Final = 6
_NAMED: Final = r"[\w.-]*(?:(?:token|password|passwd|secret|credential|bearer|api[_-]?key)[\w.-]*|key)"
_USER: Final = r"(?:-[uU]|--(?:[\w-]+-)?user)"
_SECRET_OPTION = pattern(rf"--?{_NAMED}\Z", re.IGNORECASE)
_SECRET_IN_OPTION = pattern(rf"(--?{_NAMED}=)(.+)\Z", re.IGNORECASE | re.DOTALL)
_USER_OPTION = pattern(rf"{_USER}\Z")
_USER_VALUE = pattern(r"([^:\s]*:)(.+)\Z", re.DOTALL)
_OPTION = pattern(r"-[A-Za-z]\Z|--(?:[a-z][\w-]*(?:=.*)?)?\Z", re.DOTALL)
_WITHIN = pattern(
    rf"({_NAMED}=|(?:^|\s)--?{_NAMED}\s+|[\w-]+-(?:token|key|secret|password):\s+|\b(?:bearer|basic|token)\s+"
    rf"|(?:^|\s){_USER}[\s=]*['\"]?[^:\s]*:)(\S+)",
    re.IGNORECASE,
)


def without_typed_secrets(words: Iterable[str]) -> Iterator[str]:
    """The words, with a mark in the place of each secret that its option, or the words before it, give away."""
    for lead, secret in _parted(words):
        yield f"{lead}{MARK}" if secret else _WITHIN().sub(rf"\1{MARK}", lead)


def typed_secrets(words: Iterable[str]) -> Iterator[str]:
    """The secrets among a command's own words, up to ``--``; those too short to be told from other text left out."""
    own = itertools.takewhile(lambda word: word != "--", words)
    return (secret for _, secret in _parted(own) if len(secret) >= _LEAST)


def _parted(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each word as what may be told of it and the secret behind that, which most do not have."""
    before = ""
    for word in words:
        joined = _SECRET_IN_OPTION().match(word)
        user = _USER_VALUE().match(word) if _USER_OPTION().match(before) else None
        found = joined or user
        if found is not None:
            yield found[1], found[2]
        elif _SECRET_OPTION().match(before) and not _OPTION().match(word):
            yield "", word
        else:
            yield word, ""
        before = word
