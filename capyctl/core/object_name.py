"""Names that objects of Kubernetes can have (RFC 1123)."""

from __future__ import annotations

import re

from capyctl.core.pattern import pattern

_PART = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL = pattern(rf"{_PART}\Z", re.ASCII)
_SUBDOMAIN = pattern(rf"{_PART}(\.{_PART})*\Z", re.ASCII)
_LONGEST_LABEL = 63
_LONGEST = 253
_SHOWN = 80


class MalformedNameError(ValueError):
    """A text that no such object can have for its name.

    Attributes:
        text: as given.
    """

    def __init__(self, text: str, form: str) -> None:
        super().__init__(f"{text[:_SHOWN]!r} is no {form} are allowed")
        self.text = text


def is_object_name(text: str) -> bool:
    """Whether an object can have this name (a subdomain, up to 253 characters)."""
    return len(text) <= _LONGEST and _SUBDOMAIN().match(text) is not None


def is_namespace_name(text: str) -> bool:
    """Whether a namespace can have this name (a label, up to 63 characters)."""
    return len(text) <= _LONGEST_LABEL and _LABEL().match(text) is not None


def parse_object_name(text: str) -> str:
    """The name as given; what is none must not get into an address of the API server's.

    Raises:
        MalformedNameError: no object can have it.
    """
    if not is_object_name(text):
        raise MalformedNameError(text, "name: lower-case letters, digits, '-' and '.'")
    return text


def parse_namespace_name(text: str | None) -> str | None:
    """The namespace as given, None where none is: an empty text is a variable of a script that is not set.

    Raises:
        MalformedNameError: no namespace can have it.
    """
    if not text:
        return None
    if not is_namespace_name(text):
        raise MalformedNameError(text, "namespace: lower-case letters, digits and '-', 63 at most,")
    return text
