"""Whatever is done to an archive, reading it ends in a value; nothing that was changed is taken for whole."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.plugins.bundle_world import judged, small_world

_ARCHIVE = small_world().archive()
_PLACES = st.integers(min_value=0, max_value=len(_ARCHIVE) - 1)


@given(_PLACES, st.binary(min_size=1, max_size=700))
def test_bytes_written_over_others_are_found(at: int, data: bytes) -> None:
    changed = _ARCHIVE[:at] + data + _ARCHIVE[at + len(data) :]
    assert judged(changed).is_whole is (changed == _ARCHIVE)


@given(_PLACES, st.binary(min_size=1, max_size=1100))
def test_bytes_put_between_others_are_found(at: int, data: bytes) -> None:
    assert not judged(_ARCHIVE[:at] + data + _ARCHIVE[at:]).is_whole


@given(_PLACES, st.integers(min_value=1, max_value=1100))
def test_bytes_taken_out_are_found(at: int, size: int) -> None:
    assert not judged(_ARCHIVE[:at] + _ARCHIVE[at + size :]).is_whole


@given(_PLACES, _PLACES, st.sampled_from([512, 1024, 5120]))
def test_blocks_that_changed_places_are_found_or_are_the_same_files(one: int, other: int, size: int) -> None:
    first, second = one // 512 * 512, other // 512 * 512
    changed = bytearray(_ARCHIVE)
    changed[first : first + size], changed[second : second + size] = (
        _ARCHIVE[second : second + size],
        _ARCHIVE[first : first + size],
    )
    verified = judged(bytes(changed))
    assert verified.is_repacked or verified.is_whole is (bytes(changed) == _ARCHIVE)


@given(st.binary(max_size=3000))
def test_any_bytes_at_all_end_in_a_fault(data: bytes) -> None:
    assert not judged(data).is_whole
