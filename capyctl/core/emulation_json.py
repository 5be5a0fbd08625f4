"""JSON faults and types in the words of Go's JSON library."""

from __future__ import annotations

import json

from capyctl.core.emulation_text import quoted

_AFTER = {
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Illegal trailing comma before end of object": "looking for beginning of object key string",
    "Illegal trailing comma before end of array": "looking for beginning of value",
    "Expecting value": "looking for beginning of value",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
    "Invalid control character at": "in string literal",
}


class GoJsonError(ValueError):
    """A text that is no JSON, in Go's words."""


def read_json(data: bytes) -> object:
    """The value of a JSON text.

    Raises:
        GoJsonError: it is no JSON.
    """
    text = data.decode("utf-8", errors="replace").strip()
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise GoJsonError(_words(error)) from None
    except (ValueError, RecursionError):
        raise GoJsonError("exceeded max depth") from None


def _words(error: json.JSONDecodeError) -> str:
    # A trailing comma is reported at the comma; Go stumbles over what follows it.
    position = error.pos
    if error.msg.startswith("Illegal trailing comma"):  # pragma: no cover (Python 3.13 and later)
        position = len(error.doc) - len(error.doc[position + 1 :].lstrip())
    if position >= len(error.doc) or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    where = _AFTER.get(error.msg) or _after_element(error)
    return f"invalid character {_quoted_character(error.doc[position])} {where}"


def _quoted_character(character: str) -> str:
    if character == "'":
        return "'\\''"
    return "'\"'" if character == '"' else f"'{quoted(character)[1:-1]}'"


def _after_element(error: json.JSONDecodeError) -> str:
    """Python asks for a comma in both kinds of collection; the innermost open bracket tells which.

    Brackets inside texts are counted with the others: the words are then those of an object.
    """
    depth = 0
    for character in reversed(error.doc[: error.pos]):
        depth += (character in "]}") - (character in "[{")
        if depth < 0 and character == "[":
            return "after array element"
        if depth < 0:
            break
    return "after object key:value pair"


def json_kind(value: object) -> str:
    """The name of a value's type in Go's decode errors."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, (int, float)):
        return "number"
    return "object" if isinstance(value, dict) else "array"
