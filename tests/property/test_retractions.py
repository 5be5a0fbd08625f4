"""What holds of every go.mod, and of texts that are none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.retractions import REASON_LIMIT, parse_retractions, retracted

WORDS = ["retract", "(", ")", "[", "]", ",", "v1.0.0", "v1.1.0", "//", " ", "\n", "\r", "\t", '"', "\0", "x"]


@given(st.lists(st.sampled_from(WORDS), max_size=60).map("".join) | st.text(max_size=400))
def test_any_text_is_read_and_its_reasons_are_harmless(text: str) -> None:
    for found in parse_retractions(text):
        assert len(found.reason) <= REASON_LIMIT
        assert found.reason.isprintable()


@given(st.integers(0, 30), st.integers(0, 30), st.lists(st.integers(0, 30), max_size=10))
def test_a_range_takes_back_what_lies_between_its_ends(low: int, high: int, patches: list[int]) -> None:
    found = parse_retractions(f"retract [v1.0.{low}, v1.0.{high}] // why")
    tags = [f"v1.0.{patch}" for patch in patches]
    expected = {tag: "why" for tag, patch in zip(tags, patches, strict=True) if low <= patch <= high}
    assert retracted(tags, found) == expected
