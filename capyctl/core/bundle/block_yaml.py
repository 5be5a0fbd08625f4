"""Values into YAML whose bytes depend on no library: the files of a bundle are the same everywhere (ADR 33).

Strings are quoted as in JSON, or literal blocks where every reader takes those alike; keys keep their order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from capyctl.core.pattern import pattern

Value = str | bool | Mapping[str, "Value"] | Sequence["Value"]

_PLAIN_KEY = pattern(r"[A-Za-z][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)?\Z", re.ASCII)
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_BLOCK_UNSAFE = pattern(
    "[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]|\n\n\\Z|\\A[ \n]|[ ]\n|[ ]\\Z"
)
"""What a literal block cannot carry, or what a reader of the file could not see in one."""

_LINE_BEGIN = pattern(r"\n(?=[^\n])")
_QUOTED_UNSAFE = pattern("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def block_yaml(value: Mapping[str, Value]) -> str:
    """One document, with one newline at its end. Empty collections are written in flow style."""
    return "".join(f"{line}\n" for line in _mapping(value, ""))


def _mapping(value: Mapping[str, Value], indent: str) -> list[str]:
    return [line for key, item in value.items() for line in _entry(f"{indent}{_key(key)}:", item, indent)]


def _entry(begin: str, item: Value, indent: str) -> list[str]:
    """A key's or a list item's lines, ``begin`` being what they stand behind."""
    if isinstance(item, str):
        return _text(begin, item, indent)
    if isinstance(item, bool):
        return [f"{begin} {'true' if item else 'false'}"]
    if not item:
        return [f"{begin} {'{}' if isinstance(item, Mapping) else '[]'}"]
    deeper = f"{indent}  "
    return [begin, *(_mapping(item, deeper) if isinstance(item, Mapping) else _sequence(item, deeper))]


def _sequence(items: Sequence[Value], indent: str) -> list[str]:
    lines: list[str] = []
    for item in items:
        if isinstance(item, Mapping) and item:
            first, *rest = _mapping(item, f"{indent}  ")
            lines += [f"{indent}- {first[len(indent) + 2 :]}", *rest]
        else:
            lines += _entry(f"{indent}-", item, indent)
    return lines


def _text(begin: str, text: str, indent: str) -> list[str]:
    if "\n" not in text or _BLOCK_UNSAFE().search(text):
        return [f"{begin} {_quoted(text)}"]
    mark, body = ("|", text[:-1]) if text.endswith("\n") else ("|-", text)
    inner = f"\n{indent}  "
    return [f"{begin} {mark}{inner}{_LINE_BEGIN().sub(inner, body)}"]


def _key(key: str) -> str:
    return key if _PLAIN_KEY().match(key) and key.lower() not in _WORDS else _quoted(key)


def _quoted(text: str) -> str:
    """As JSON writes it, other scripts as they are; YAML knows every escape that can come of it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _QUOTED_UNSAFE().sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
