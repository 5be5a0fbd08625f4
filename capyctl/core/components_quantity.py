"""Kubernetes quantities in their canonical spelling: ``1000m`` is ``1``, ``1024Mi`` is ``1Gi``.

clusterctl writes quantities of Deployments and DaemonSets so, because it decodes and encodes them (10.6).
"""

from __future__ import annotations

import re
from fractions import Fraction

from capyctl.core.pattern import pattern

_QUANTITY = pattern(
    r"(?P<sign>[+-]?)0*(?P<whole>[0-9]*)(?:\.(?P<part>[0-9]*))?"
    r"(?P<suffix>[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,3})?\Z",
    re.ASCII,
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_BINARY_SUFFIX = {exponent: suffix for suffix, exponent in _BINARY.items()}
_LENGTH_LIMIT = 64
_NANO = Fraction(1, 10**9)
_LARGEST = Fraction(2**63 - 1)


class QuantityError(ValueError):
    """A text that is no quantity."""


def canonical_quantity(value: str | int | float) -> str:
    """The one spelling of a quantity: the largest suffix that leaves a whole number.

    Raises:
        QuantityError: no quantity.
    """
    text = value.strip() if isinstance(value, str) else repr(value)
    match = _QUANTITY().match(text) if 0 < len(text) <= _LENGTH_LIMIT else None
    if match is None:
        raise QuantityError(f"{text[:_LENGTH_LIMIT]!r} is no quantity")
    whole, part, suffix = match["whole"] or "0", match["part"] or "", match["suffix"] or ""
    if _stays(whole, part, suffix):
        return text
    number = Fraction(int(whole + part), 10 ** len(part)) * (-1 if match["sign"] == "-" else 1)
    if suffix in _BINARY:
        return _binary(number * 1024 ** _BINARY[suffix])
    suffixes = _DECIMAL_SUFFIX if suffix in _DECIMAL else None
    return _decimal(_rounded(number * Fraction(10) ** _exponent(suffix)), suffixes)


def _exponent(suffix: str) -> int:
    return _DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:])


def _stays(whole: str, part: str, suffix: str) -> bool:
    """Whether the reader keeps the text as it found it, because it looks canonical enough."""
    if suffix in _BINARY:
        return not part and len(whole) + 3 * _BINARY[suffix] <= 14 and int(whole) % 8 != 0
    digits, scale = whole + part, _exponent(suffix) - len(part)
    fits = len(digits) <= 18 and scale >= -9 and scale % 3 == 0
    return fits and not digits.startswith("0") and not digits.endswith("000")


def _rounded(amount: Fraction) -> Fraction:
    """Rounded away from zero to billionths: who asks for a little gets a little."""
    billionths = abs(amount) / _NANO
    units = -(-billionths.numerator // billionths.denominator)
    return (-units if amount < 0 else units) * _NANO


def _binary(amount: Fraction) -> str:
    amount = _rounded(max(-_LARGEST, min(amount, _LARGEST)))
    if -1024 < amount < 1024 or amount.denominator != 1:
        return _decimal(amount, _DECIMAL_SUFFIX)
    number, exponent = amount.numerator, 0
    while number % 1024 == 0 and exponent < max(_BINARY_SUFFIX):
        number //= 1024
        exponent += 1
    return f"{number}{_BINARY_SUFFIX.get(exponent, '')}"


def _decimal(amount: Fraction, suffixes: dict[int, str] | None) -> str:
    if amount == 0:
        return "0"
    exponent = -9
    number = int(amount / _NANO)
    while number % 1000 == 0 and exponent < 18:
        number //= 1000
        exponent += 3
    if suffixes is not None:
        return f"{number}{suffixes[exponent]}"
    return f"{number}e{exponent}" if exponent else str(number)
