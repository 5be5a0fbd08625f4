"""Credentials from a netrc file, as Go reads it: ``machine``, ``login`` and ``password`` only (peers B3)."""

from __future__ import annotations

from capyctl.core.userinfo import Userinfo

_WANTED = ("machine", "login", "password")


def parse_netrc(text: str) -> dict[str, Userinfo]:
    """The credentials of a netrc file by host name without port; the first entry of a host wins.

    Macro definitions are skipped and ``default`` ends the reading, because neither names a host.
    """
    found: dict[str, Userinfo] = {}
    entry: dict[str, str] = {}
    in_macro = False
    for line in text.splitlines():
        words = line.split()
        if in_macro:
            in_macro = bool(words)
            continue
        for key, value in _pairs(words):
            if key == "machine":
                entry = {}
            entry[key] = value
            if all(name in entry for name in _WANTED):
                credential = Userinfo(user=entry["login"], password=entry["password"])
                found.setdefault(entry["machine"], credential)
                entry = {}
        if "default" in words[::2]:
            break
        in_macro = "macdef" in words[::2]
    return found


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """Keyword and value, for the keywords that matter."""
    pairs: list[tuple[str, str]] = []
    position = 0
    while position + 1 < len(words) and words[position] not in ("default", "macdef"):
        if words[position] in _WANTED:
            pairs.append((words[position], words[position + 1]))
        position += 2
    return pairs
