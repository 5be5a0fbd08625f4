"""An address as it may be shown and kept: without user information, query and fragment (cli.md 4 and 6).

No kind of provider address needs them: clusterctl ignores query and fragment (clusterctl-resolution 4.2 to 4.4), and
capyctl sends neither. So what is left names the same repository, for addresses that were refused as well.
"""

from __future__ import annotations

import re

from capyctl.core.location import LocalTree, RepositoryLocation
from capyctl.core.pattern import pattern

_AUTHORITY = pattern(r"((?:[^/\\?#@]*:)?//)([^/?#]*)(.*)", re.DOTALL)
_HOST = pattern(r"(?:\[[^\]@]*\]|[^:@\[\]]*)(?::[0-9]*)?\Z")
_NO_AUTHORITY = pattern(r"\A(?:[^/\\]*|(?:[^/\\]{2,}:|[^/\\]:[^/\\]).*)@(?!sha256:)", re.DOTALL)
_USERINFO = pattern(r"(?<=//)(?:[^/?#\s]*|[^/\s]*:(?:(?!//)\S)*)@(?!sha256:)")
_CUT = pattern(r"[?#].*", re.DOTALL)
_LEAD = pattern(
    r"(?:-*[\w-]+=)?((?!file:)(?:[a-z][\w+.-]+:(?:/(?!/)|\\+)|(?:https?|ftp|oci|ssh)//|https?:(?!//))|)",
    re.IGNORECASE,
)
_ANY_USER = pattern(r".*@(?!sha256:)")
_USER = pattern(r"(?![/.~\\]|[A-Za-z]:[/\\]|file:)(?:[^/@]*:.*@(?!sha256:)|[^/:@]{16,}@(?=[^/@]*\.[^/@]*/))")
_PAIR = pattern(r"(?![/.~\\])[^?#]*[?#][\w.%-]+=.")
_WORD = pattern(r"\S+")
_HIDING = pattern(r"@(?!sha256:)|//[^\s\"'<>]*[?#]")


def shown_address(text: str, location: RepositoryLocation | None = None) -> str:
    """The address without what may be secret in it.

    ``location`` is what the address was read as. A text that has no such reading may be anything, so that whatever
    could be user information in it is left out; a path that was read as one is a path.
    """
    found = _AUTHORITY().match(text)
    if found is not None:
        return _of_authority(found[1], found[2], found[3])
    if isinstance(location, LocalTree):
        return _CUT().sub("", text) if location.base.startswith("/") else text
    if text[:5].lower() != "file:":
        text = _NO_AUTHORITY().sub("", text, count=1)
    return _CUT().sub("", text)


def without_userinfo(text: str, mark: str) -> str:
    """A text with addresses in it, such as a word or a list, with a mark in the place of each user information."""
    return _USERINFO().sub(f"{mark}@", text)


def masked_addresses(text: str, mark: str) -> str:
    """A text without user information, and without the queries of addresses that have no ``://`` or a mistyped one.

    A path stays as it is, with an ``@`` or ``?`` in a name as well: an address shows itself by a beginning such as
    ``https:/``, by a colon before the ``@``, or by a query with ``=``.
    """
    return _WORD().sub(lambda word: _masked_address(word[0], mark), without_userinfo(text, mark))


def shown_file(name: str, mark: str) -> str:
    """The name of a file that is not there, and may be an address that was mistyped."""
    return shown_address(name) if "://" in name else masked_addresses(name, mark)


def hidden_parts(address: str) -> tuple[str, str]:
    """What an address says that may not be shown: its user information, and what follows the path."""
    found = _AUTHORITY().match(address)
    if found is None:
        _, userinfo, _, tail = _mistyped(address)
        return userinfo, tail[1:]
    lead = found[1]
    kept = shown_address(address)[len(lead) :]
    start = address.find(f"@{kept}", len(lead)) + 1 or len(lead)
    return address[len(lead) : start].removesuffix("@"), address[start + len(kept) + 1 :]


def hides_nothing(text: str) -> bool:
    """Whether no address in a text, such as a line of a file, may have anything that is not to be shown."""
    return _HIDING().search(text) is None


def _of_authority(lead: str, authority: str, rest: str) -> str:
    """A ``/``, ``?`` or ``#`` in a password ends the authority too early: then all before the last ``@`` goes."""
    is_cut_short = not _HOST().match(authority) or rest[:1] in ("?", "#")
    if "@" not in authority and is_cut_short and "@" in rest:
        return shown_address(lead + rest.rpartition("@")[2])
    return lead + authority.rpartition("@")[2] + _CUT().sub("", rest)


def _masked_address(word: str, mark: str) -> str:
    if "://" in word:
        return word
    lead, userinfo, kept, _ = _mistyped(word)
    return f"{lead}{mark}@{kept}" if userinfo else lead + kept


def _mistyped(word: str) -> tuple[str, str, str, str]:
    """What stands before the user information of a word without ``://``, that, what may be shown, and the rest."""
    found = _LEAD().match(word)
    lead, scheme = (found[0], found[1]) if found is not None else ("", "")
    rest = word[len(lead) :]
    user = (_ANY_USER() if scheme else _USER()).match(rest)
    userinfo = user[0] if user is not None else ""
    rest = rest[len(userinfo) :]
    is_address = scheme or userinfo or _PAIR().match(rest)
    kept = _CUT().sub("", rest) if is_address else rest
    return lead, userinfo[:-1], kept, rest[len(kept) :]
