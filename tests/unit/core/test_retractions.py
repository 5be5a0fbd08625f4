"""The ``retract`` directives of a go.mod; tests/contract/test_retractions_like_go.py has real go read such texts."""

from __future__ import annotations

import pytest

from capyctl.core.retractions import REASON_LIMIT, parse_retractions, retracted

TAGS = ("v0.9.0", "v1.0.0", "v1.0.1", "v1.1.0-rc.1", "v1.1.0")


def back(text: str) -> dict[str, str]:
    return retracted(TAGS, parse_retractions(text))


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("retract v1.0.0", {"v1.0.0": ""}),
        ("retract [v1.0.0, v1.0.1] // both", {"v1.0.0": "both", "v1.0.1": "both"}),
        (
            "retract (\n v1.0.0\n\n // why\n [v1.1.0-rc.1,v1.2.0]\n)\n",
            {"v1.0.0": "", "v1.1.0-rc.1": "why", "v1.1.0": "why"},
        ),
        ("retract(\n v1.0.1\n)", {"v1.0.1": ""}),
        ("retract[v1.0.1,v1.0.1]", {"v1.0.1": ""}),
        ('retract "v1.0.1"\nretract `v1.0.0`', {"v1.0.1": ""}),
        ("// retract v1.0.0", {}),
        ("retractable v1.0.0", {}),
        ("retract latest\nretract [v1.0.0]\nretract\nretract 1.0.0\nretract v1.0.0+meta", {}),
        ("require (\n v1.0.0\n)\nretract v1.0.1", {"v1.0.1": ""}),
        ("require (\n retract v1.0.0\n)", {}),
        ("retract v1.0.0\r\nretract v1.0.1 // why\r\n", {"v1.0.0": "", "v1.0.1": "why"}),
        ("retract [v1.0.1, v1.0.0]", {}),
        ("", {}),
    ],
)
def test_what_is_taken_back(text: str, covered: dict[str, str]) -> None:
    assert back(text) == covered


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("// first\n//\n// second\nretract v1.0.0 // third", "first second third"),
        ("// apart\n\nretract v1.0.0", ""),
        ("module x // of the module\nretract v1.0.0", ""),
        ("// of the block\nretract (\n v1.0.0\n)", "of the block"),
        ("// of the block\nretract (\n v1.0.0 // its own\n)", "its own"),
        ("retract (\n // far\n\n v1.0.0\n)", "far"),
        ("retract (\n v0.9.0\n // after\n)\nretract v1.0.0", ""),
        ("retract v1.0.0\nretract [v1.0.0, v1.0.1] // the second", "the second"),
        ("retract v1.0.0 // \x1b[2Jred\x00\tand \u202e more", "[2Jred and more"),
    ],
)
def test_the_reason_stands_above_or_behind_in_one_harmless_line(text: str, reason: str) -> None:
    assert back(text)["v1.0.0"] == reason


def test_a_long_reason_is_cut() -> None:
    reason = back(f"retract v1.0.0 // {'x' * 10_000}")["v1.0.0"]
    assert (len(reason), reason[-1]) == (REASON_LIMIT, "…")
    assert back(f"retract v1.0.0 // {'x' * REASON_LIMIT}")["v1.0.0"] == "x" * REASON_LIMIT


def test_what_is_no_version_is_never_taken_back() -> None:
    assert retracted(["nightly", "v1.0"], parse_retractions("retract [v0.0.0, v9.0.0]")) == {}
