"""The last net under secrets: whatever a message holds, the values of known secrets are not in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from capyctl.core.pattern import pattern

MARK = "***"

_HINTS = ("token", "passw", "secret", "credential", "bearer", "key", "-u", "user")
"""A word with one of these may be an option before a secret; without one nothing more is loaded."""
_SECRET = ("TOKEN", "PASSWORD", "PASSWD", "SECRET", "CREDENTIAL", "PRIVATE_KEY", "API_KEY")
_SECRET_NAME = pattern("|".join(_SECRET), re.IGNORECASE)
_USERINFO = pattern(r"(?<=://)[^/?#\s@]+(?=@)")
_LEAST = 6
_LEAST_ALONE = 16
"""Characters: from which length on a secret is masked anywhere; a user name without a password, as a token."""
_MARKS = frozenset("@?#")
"""One of these stands before or behind whatever an address without ``://`` hides."""


def secret_values(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Values that must not be printed: of variables named like secrets, and passwords within addresses.

    Values under six characters are left out: masking them would spoil ordinary text.
    """
    named = [value for name, value in environ.items() if _is_secret(name)]
    inside = [_password(match[0]) for value in environ.values() for match in _userinfos(value)]
    found = {value.strip() for value in (*named, *inside) if len(value.strip()) >= _LEAST}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


def word_secrets(words: Sequence[str]) -> tuple[str, ...]:
    """What the command line holds that must not be printed: in addresses, and behind options named like secrets."""
    kept = _in_addresses(words)
    if any(hint in word.lower() for word in words for hint in _HINTS):
        from capyctl.report.typed_secrets import typed_secrets  # noqa: PLC0415 - start-up budget

        kept.update(typed_secrets(words))
    return tuple(sorted(kept, key=lambda value: (-len(value), value)))


def _in_addresses(words: Iterable[str]) -> set[str]:
    """Queries, fragments and passwords."""
    found: set[str] = set()
    for word in words:
        if "://" not in word and not _MARKS.intersection(word):
            continue
        from capyctl.core.shown_address import hidden_parts  # noqa: PLC0415 - start-up budget

        address = word[word.find("=", 0, word.find("://")) + 1 :] if "://" in word else word
        userinfo, tail = hidden_parts(address)
        values = [pair.partition("=")[2] for pair in tail.replace("#", "&").split("&")]
        found |= {tail, _password(userinfo), *(value for value in values if len(value) >= _LEAST_ALONE)}
    return {value for value in found if len(value) >= _LEAST}


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret value and every user information of an address masked."""
    for secret in secrets:
        text = text.replace(secret, MARK)
    return _USERINFO().sub(MARK, text) if _may_have_userinfo(text) else text


def _is_secret(name: str) -> bool:
    if name.isascii():
        upper = name.upper()
        return any(word in upper for word in _SECRET)
    return bool(_SECRET_NAME().search(name))


def _userinfos(text: str) -> Iterable[re.Match[str]]:
    return _USERINFO().finditer(text) if _may_have_userinfo(text) else ()


def _may_have_userinfo(text: str) -> bool:
    """Whether an ``@`` stands between ``://`` and the next ``/``; a module's ``@v/list`` stands behind it."""
    return "@" in text and any("@" in rest.partition("/")[0] for rest in text.split("://")[1:])


def _password(userinfo: str) -> str:
    """The password in user information; a token may stand alone, in the place of the user's name."""
    name, colon, password = userinfo.partition(":")
    if colon:
        return password
    return name if len(name) >= _LEAST_ALONE else ""
