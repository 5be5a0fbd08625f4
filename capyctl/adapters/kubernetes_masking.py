"""The credentials of a cluster's user, masked in whatever a server, a proxy or a plugin said (cli.md 6).

The words are masked as they come, before they are cut to one line of ours, so that no piece of a secret is left over.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from capyctl.core.api_object import items_at, text_at, value_at
from capyctl.core.pattern import pattern
from capyctl.core.repr_without import repr_without

_MARK = "***"
_LEAST = 6
"""Characters: a shorter value is no secret to speak of, and masking it would spoil ordinary text."""
_LEAST_ALONE = 16
"""Characters of user information without a password from which on it is a token, and no name."""
_OBJECT = pattern(rb"\s*\{")
_OF_PROVIDERS = ("id-token", "access-token", "refresh-token", "client-secret")


class Masking(Struct, frozen=True, kw_only=True):
    """Masks values; ``forms`` are all their spellings, the longest first."""

    forms: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return repr_without(self, "forms")

    def text(self, text: str) -> str:
        """The text with a mark in the place of each value."""
        for form in self.forms:
            text = text.replace(form, _MARK)
        return text

    def body(self, body: bytes) -> bytes:
        """The body of an answer; one in JSON keeps its shape, one without any of the values its bytes."""
        try:
            held = json.loads(body)
            masked = self._value(held)
            return body if masked == held else json.dumps(masked).encode()
        except (ValueError, RecursionError):
            text = body.decode("utf-8", "replace")
            told = self.text(text)
            return body if told == text else told.encode()

    def _value(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """JSON with its texts masked; keys are never told."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if isinstance(value, dict):
            return {key: self._value(each) for key, each in value.items()}
        return value


def masking(values: Iterable[str]) -> Masking:
    """A masking of those that are long enough, as they are and as JSON, HTML and an address spell them."""
    kept = {value.strip() for value in values}
    forms = {form for value in kept if len(value) >= _LEAST for form in _spellings(value)}
    return Masking(forms=tuple(sorted(forms, key=lambda form: (-len(form), form))))


def is_object(body: bytes) -> bool:
    """Whether a body begins as an API object does, the content of which is the answer and no message."""
    return _OBJECT().match(body) is not None


def values_of_user(section: Mapping[str, object]) -> set[str]:
    """What the ``user`` of a kubeconfig holds that opens something."""
    user, password = plain_value(section, "username"), plain_value(section, "password")
    config = [text_at(section, "auth-provider", "config", key) for key in _OF_PROVIDERS]
    found = {plain_value(section, "token"), text_at(section, "client-key-data"), *config}
    return found | values_of_login(user, password)


def values_of_login(user: str, password: str) -> set[str]:
    """A password, and the header that carries it."""
    if not password:
        return set()
    return {password, basic(user, password), basic(user, password).rstrip("=")}


def values_of_address(address: str) -> set[str]:
    """The password in an address, or a token that stands in the place of the user's name; and its query."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return set()
    user, colon, password = parts.netloc.rpartition("@")[0].partition(":")
    values = {pair.partition("=")[2] for pair in parts.query.split("&")}
    if not colon:
        alone = {user, unquote(user)} if len(user) >= _LEAST_ALONE else set()
        return {*alone, basic(unquote(user), ""), *values}
    return {password, *values_of_login(unquote(user), unquote(password)), *values}


def values_of_plugin(section: Mapping[str, object], cluster: Mapping[str, object]) -> set[str]:
    """What a credential plugin is handed: values of variables, arguments, and what is said of the cluster."""
    found = {str(value_at(each, "value")) for each in items_at(section, "env") if value_at(each, "value")}
    for argument in map(str, items_at(section, "args")):
        is_flag = argument.startswith("--")
        found |= {argument.partition("=")[2], "" if is_flag else argument}
        found.add(argument[2:] if argument[:1] == "-" and not is_flag else "")
    for key in ("server", "proxy-url"):
        found |= values_of_address(text_at(cluster, key))
    if value_at(section, "provideClusterInfo") is True:
        for each in items_at(cluster, "extensions"):
            found |= set(_texts(value_at(each, "extension")))
    return found


def basic(user: str, password: str) -> str:
    """What the header of basic authentication carries."""
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def plain_value(section: Mapping[str, object], key: str) -> str:
    """A text; a number that stands unquoted for one counts."""
    found = value_at(section, key)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _spellings(value: str) -> tuple[str, ...]:
    return (value, json.dumps(value)[1:-1], html.escape(value), quote(value, safe=""))


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        inside = value.values() if isinstance(value, dict) else value
        for each in cast("Iterable[object]", inside):
            yield from _texts(each)
