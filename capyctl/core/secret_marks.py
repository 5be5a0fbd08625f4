"""Marks in the place of secret values, in what is recorded of a payload (cli.md 6, Secrets; 7.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, cast

from capyctl.core.object_diff import mark_of_value
from capyctl.core.pattern import pattern

_SECRET_NAME = pattern(
    r"TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIAL|B64ENCODED|KEY_B64|(?:API|ACCESS|PRIVATE|SSH|AUTH)_?KEY",
    re.ASCII | re.IGNORECASE,
)
_SECRET_PARTS: Final = ("data", "stringData")
_SHORTEST: Final = 6
"""Characters; a shorter value says nothing and stands in ordinary words."""


def secret_values_of(names: Iterable[str], lookup: Callable[[str], str | None]) -> tuple[str, ...]:
    """The values of template variables whose names look secret, longest first, in the ways they may be written."""
    found: set[str] = set()
    for name in names:
        value = lookup(name) if _SECRET_NAME().search(name) else None
        for text in (value or "", *(value or "").splitlines()):
            found |= {text, text.strip(), text.strip().upper(), text.strip().lower()}
    return tuple(
        sorted((each for each in found if len(each) >= _SHORTEST), key=lambda each: (-len(each), each))
    )


def marked_objects(objects: Sequence[object], secrets: Sequence[str]) -> tuple[object, ...]:
    """The objects with a mark for each value of a Secret, and in the place of each of these values elsewhere."""
    return tuple(_marked(each, secrets) for each in objects)


def _marked(value: object, secrets: Sequence[str]) -> object:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, mark_of_value(secret))
        return value
    if isinstance(value, list):
        return [_marked(each, secrets) for each in value]
    if not isinstance(value, Mapping):
        return value
    fields = cast("Mapping[str, object]", value)
    is_secret = fields.get("kind") == "Secret"
    return {
        name: _hidden(each) if is_secret and name in _SECRET_PARTS else _marked(each, secrets)
        for name, each in fields.items()
    }


def _hidden(values: object) -> object:
    if isinstance(values, Mapping):
        return {name: mark_of_value(each) for name, each in values.items()}
    return values if values is None else mark_of_value(values)
