"""What a YAML scalar means to Kubernetes: the rules of go-yaml v2 behind sigs.k8s.io/yaml (libraries 2.2).

A value here is what ``json.loads`` makes of the JSON that ``YAMLToJSON`` prints, so 1.0 is the integer 1.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
import re
import struct
from collections.abc import Callable, Mapping

from capyctl.core.pattern import pattern

Scalar = str | int | float | bool | None

TAG_PREFIX = "tag:yaml.org,2002:"
MERGE_TAG = f"{TAG_PREFIX}merge"

FIRST_CHARACTERS = frozenset("+-.0123456789yYnNtTfFoO~")
"""A plain scalar that is not empty and begins with another character is a string."""

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_INTEGER = pattern(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[oO]?(?P<octal>[0-7]+)|0[bB](?P<binary>[01]+)"
    r"|(?P<decimal>0|[1-9][0-9]*))\Z",
    re.ASCII,
)
_SIGN_AFTER_BINARY = pattern(r"0b(?P<digits>[-+][01]+)\Z", re.ASCII)
_POINT_FIRST = pattern(r"\.[0-9]+(_[0-9]+)*([eE][-+]?[0-9]+(_[0-9]+)*)?\Z", re.ASCII)
_FLOAT = pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z", re.ASCII)
_DATE = pattern(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?:(?P<zoned>[Tt])(?P<time>[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]+)?)(?:Z|[-+][0-9]{2}:[0-9]{2})"
    r"|\ [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:[.,][0-9]+)?)?\Z",
    re.ASCII,
)
_BASES = (("hex", 16), ("octal", 8), ("binary", 2), ("decimal", 10))
_DIGIT_LIMIT = 400
_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
_JSON_INTEGER_BELOW = 1e21
_SHORTEST_EXPONENT = 6
_EXACT_BELOW = 2**53


class ScalarError(ValueError):
    """A scalar that contradicts its tag, or a value that JSON cannot carry; the message is the reason."""


def resolve_plain(text: str) -> Scalar:
    """The value of a plain scalar without a tag. Infinities and NaN come out as floats; JSON refuses them."""
    if text and text[0] not in FIRST_CHARACTERS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    number = _number(text)
    return text if number is None else _as_json(number)


def _number(text: str) -> int | float | None:
    if text[0] == ".":
        return _float(text.replace("_", "")) if _POINT_FIRST().match(text) else None
    if text[0] not in "+-0123456789":
        return None
    digits = text.replace("_", "")
    if (integer := _integer(digits)) is not None:
        return integer
    return _float(digits)


def _integer(digits: str) -> int | None:
    match = _INTEGER().match(digits) if len(digits) <= _DIGIT_LIMIT else None
    if match is None:
        odd = _SIGN_AFTER_BINARY().match(digits)
        value = int(odd["digits"], 2) if odd and len(digits) <= _DIGIT_LIMIT else None
        return value if value is not None and value in _INT64 else None
    group, base = next((name, base) for name, base in _BASES if match[name] is not None)
    value = int(match[group], base)
    if match["sign"]:
        value = -value if match["sign"] == "-" else value
        return value if value in _INT64 else None
    return value if value in _UINT64 else None


def _float(digits: str) -> float | None:
    if not _FLOAT().match(digits):
        return None
    value = float(digits)
    return None if math.isinf(value) else value


def _as_json(number: int | float) -> int | float:
    """What JSON makes of a number: whole floats lose their point, and from 1e21 on Go writes an exponent."""
    if isinstance(number, int) or not number.is_integer() or abs(number) >= _JSON_INTEGER_BELOW:
        return number
    if abs(number) < _EXACT_BELOW:
        return int(number)
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    zeros = int(exponent or 0) - len(fraction.rstrip("0"))
    return int(whole + fraction.rstrip("0") + "0" * zeros)


def resolve_tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with one of the standard tags, plain or quoted.

    Raises:
        ScalarError: another tag, or a text that is not of the tag's type.
    """
    name = tag.removeprefix(TAG_PREFIX)
    if not tag.startswith(TAG_PREFIX) or name not in _TAGGED:
        raise ScalarError("only the standard tags of YAML are read")
    return _TAGGED[name](text)


def _tagged_binary(text: str) -> str:
    try:
        raw = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        raise ScalarError("a !!binary value is not valid base64") from None
    return raw.decode("utf-8", errors="replace")


def _tagged_timestamp(text: str) -> str:
    match = _DATE().match(text)
    try:
        dt.date(int(match["year"]) or 4, int(match["month"]), int(match["day"])) if match else None
    except ValueError:
        match = None
    if match is None:
        raise ScalarError("a !!timestamp value is not a timestamp")
    return text


def _tagged_int(text: str) -> int:
    value = None if text in _WORDS or not text else _number(text)
    if not isinstance(value, int):
        raise ScalarError("an !!int value is not an integer")
    return value


def _tagged_float(text: str) -> float:
    value = _WORDS.get(text) if text in _WORDS else _number(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScalarError("a !!float value is not a number")
    if isinstance(value, int) and value not in _INT64:
        raise ScalarError("a !!float value is not a number")
    return _as_json(float(value))


def _tagged_bool(text: str) -> bool:
    value = _WORDS.get(text)
    if not isinstance(value, bool):
        raise ScalarError("a !!bool value is not a boolean")
    return value


def _tagged_null(text: str) -> None:
    if text not in _WORDS or _WORDS[text] is not None:
        raise ScalarError("a !!null value is not empty")


_TAGGED: Mapping[str, Callable[[str], Scalar]] = {
    "str": str,
    "merge": str,
    "binary": _tagged_binary,
    "timestamp": _tagged_timestamp,
    "int": _tagged_int,
    "float": _tagged_float,
    "bool": _tagged_bool,
    "null": _tagged_null,
}


def check_json(value: Scalar) -> Scalar:
    """The value itself, if JSON can carry it.

    Raises:
        ScalarError: an infinity or not a number.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ScalarError("JSON has no infinity and no NaN, so Kubernetes cannot read this number")
    return value


def key_text(value: Scalar, text: str) -> str:
    """The JSON name that a mapping key becomes; ``text`` is the key as written.

    Raises:
        ScalarError: null, or an integer from 2^63 on: Kubernetes refuses both as keys.
    """
    if isinstance(value, str):
        return value
    if value is None:
        raise ScalarError("null cannot be a key")
    if isinstance(value, bool):
        return "true" if value else "false"
    number = _number(text) if text and text not in _WORDS else None
    if number is None:
        number = value
    if isinstance(number, float):
        return _float32_text(number)
    if number not in _INT64:
        raise ScalarError("an integer from 2^63 on cannot be a key")
    return str(number)


def _float32_text(value: float) -> str:
    """Go's ``FormatFloat(value, 'g', -1, 32)`` with YAML's words for what is not finite."""
    single = _single(value)
    if not math.isfinite(single):
        return ".nan" if math.isnan(single) else ".inf" if single > 0 else "-.inf"
    if single == 0:
        return "-0" if math.copysign(1, single) < 0 else "0"
    candidates = (f"{single:.{precision}e}" for precision in range(9))
    return _general(next(text for text in candidates if _single(float(text)) == single))


def _single(value: float) -> float:
    """The nearest number of 32 bits; the native format turns what is too large into an infinity."""
    single: float = struct.unpack("f", struct.pack("f", value))[0]
    return single


def _general(scientific: str) -> str:
    mantissa, _, exponent_text = scientific.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    digits = mantissa.lstrip("-").replace(".", "").rstrip("0") or "0"
    exponent = int(exponent_text)
    if exponent < -4 or exponent >= _SHORTEST_EXPONENT:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole = digits[: exponent + 1].ljust(exponent + 1, "0")
    rest = digits[exponent + 1 :]
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"
