"""What goes to stdout when stdout takes nothing (cli.md 3, 7)."""

from pathlib import Path

import pytest

from tests.acceptance.conftest import Outside

_FULL = Path("/dev/full")


@pytest.mark.skipif(not _FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "words", [(), ("version",), ("config", "repositories"), ("config", "view")], ids=" ".join
)
def test_a_full_disk_is_one_error_for_quick_answers_too(outside: Outside, words: tuple[str, ...]) -> None:
    with _FULL.open("wb") as full:
        done = outside.run(*words, stdout=full.fileno())
    assert done.returncode == 1
    assert done.stderr == b"error: the result cannot be written: No space left on device\n"
