"""Values as text: what clusterctl v1.13.6 printed for the same file (``generate yaml``, run 2026-11-21)."""

from __future__ import annotations

import datetime as dt

import pytest

from capyctl.config.value_text import plain_scalar_text, value_text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("010", "8"),
        ("yes", "yes"),
        ("1.10", "1.1"),
        ("2024-01-01", "2024-01-01 00:00:00 +0000 UTC"),
        ("1e3", "1000"),
        ("true", "true"),
        ("TRUE", "true"),
        ("0x1F", "31"),
        ("1_000", "1000"),
        ("12345678901234567890", "12345678901234567890"),
        ("123456789012345678901", "123456789012345680000"),
        ("1e21", "1000000000000000000000"),
        (".5", "0.5"),
        ("0o17", "15"),
        ("08", "8"),
        ("-0", "0"),
        ("off", "off"),
        ("0b11", "3"),
        ("+5", "5"),
        ("~x", "~x"),
        ("~", None),
        ("null", None),
        ("", None),
        ("2024-13-45", "2024-13-45"),
        ("1" * 500, "1" * 500),
        ("-12", "-12"),
        ("1e-7", "0.0000001"),
    ],
)
def test_plain_scalars(written: str, text: str | None) -> None:
    assert plain_scalar_text(written) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "true"),
        ("010", "010"),
        (7, "7"),
        (1.5e-7, "0.00000015"),
        (-2.5e16, "-25000000000000000"),
        (0.0, "0"),
        (float("inf"), "+Inf"),
        (float("-inf"), "-Inf"),
        ([1], ""),
        ({"a": 1}, ""),
        (dt.date(2024, 1, 1), "2024-01-01"),
    ],
)
def test_values_of_other_formats(value: object, text: str | None) -> None:
    assert value_text(value) == text
