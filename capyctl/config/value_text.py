"""A configuration value as the text clusterctl sees: numbers and booleans in Go's spelling (2.2).

Checked against clusterctl v1.13.6 by running it: ``010`` is 8, ``1.10`` is 1.1, ``yes`` stays ``yes``.
"""

from __future__ import annotations

import datetime as dt
import re

from capyctl.core.pattern import pattern
from capyctl.core.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = pattern(r"[-+]?(0[bB][01_]+|0[oO]?[0-7_]+|0[xX][0-9a-fA-F_]+|[1-9][0-9_]*|0)\Z", re.ASCII)
_FLOAT = pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)
_DATE = pattern(r"\d{4}-\d\d?-\d\d?\Z", re.ASCII)
_EXACT = 1 << 64
_NUMBER_LIMIT = 400


def node_text(node: Node) -> str | None:
    """The text of a YAML value: None for null, empty for a collection."""
    if not isinstance(node, ScalarNode):
        return ""
    return plain_scalar_text(node.text) if node.is_plain else node.text


def plain_scalar_text(text: str) -> str | None:
    """The text that an unquoted YAML scalar becomes; None for null."""
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text.lower()
    if _DATE().match(text):
        return _date_text(text)
    if len(text) > _NUMBER_LIMIT:
        return text
    if _INTEGER().match(text):
        return _integer_text(text)
    return number_text(float(text)) if _FLOAT().match(text) else text


def _date_text(text: str) -> str:
    try:
        date = dt.date(*map(int, text.split("-")))
    except ValueError:
        return text
    return f"{date.isoformat()} 00:00:00 +0000 UTC"


def _integer_text(text: str) -> str:
    digits = text.replace("_", "")
    sign, magnitude = ("-", digits[1:]) if digits[0] == "-" else ("", digits.lstrip("+"))
    is_octal = len(magnitude) > 1 and magnitude[0] == "0" and magnitude[1].isdecimal()
    value = int(magnitude, 8 if is_octal else 0)
    if value >= _EXACT:
        return number_text(float(value) if not sign else -float(value))
    return f"{sign if value else ''}{value}"


def number_text(value: int | float) -> str:
    """A number as Go prints it: the shortest digits that give it back, without an exponent."""
    if isinstance(value, int):
        return str(value)
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    mantissa, _, exponent = repr(value).partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.removeprefix("-").partition(".")
    fraction = fraction.rstrip("0")
    shift = int(exponent or 0)
    digits = whole + fraction
    point = len(whole) + shift
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    before, after = digits[:point].ljust(point, "0"), digits[point:]
    return f"{sign}{before}.{after}" if after else sign + before


def value_text(value: object) -> str | None:
    """The text of a value from JSON, TOML or dotenv: None for null, empty for a collection."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return number_text(value)
    return str(value) if isinstance(value, dt.date | dt.time) else ""


def node_value(node: Node) -> object:
    """A YAML value with every scalar as text: collections keep their shape, keys their spelling."""
    if isinstance(node, MappingNode):
        return {name: node_value(entry.value) for name, entry in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [node_value(item) for item in node.items]
    return node_text(node)


def mapping_items(node: Node | None) -> dict[str, Node]:
    """The entries of a mapping with their keys in lower case, as clusterctl loads them; else nothing."""
    if not isinstance(node, MappingNode):
        return {}
    return {name.lower(): entry.value for name, entry in node.entries.items()}
