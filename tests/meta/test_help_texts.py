"""The texts made at build time are those that the commands would give now (libraries.md 1.3)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from capyctl.cli.command_table import COMMANDS, GROUPS, NOT_HERE
from capyctl.cli.help_text import help_texts, texts

DATA = Path(__file__).resolve().parents[2] / "capyctl" / "data"
REMEDY = "run: python -m capyctl.cli.help_text"


TEXTS = texts()


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_text_made_at_build_time_is_up_to_date(name: str) -> None:
    assert (DATA / name).read_text("utf-8") == TEXTS[name], REMEDY


def test_there_is_no_help_of_what_is_no_more() -> None:
    assert {f"help/{path.name}" for path in (DATA / "help").iterdir()} == set(help_texts()), REMEDY


@pytest.mark.parametrize("name", sorted(help_texts()))
def test_every_help_fits_eighty_columns_of_ascii(name: str) -> None:
    text = TEXTS[name]
    words = name.removeprefix("help/").removesuffix(".txt").replace("_", " ")
    assert text.startswith(f"Usage: {words} ")
    assert "Options of every command:" in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.isascii()


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_says_its_own_deadline(words: tuple[str, ...]) -> None:
    """30s; bundle and lock 10m (cli.md 2). What reads a bundle that is there asks no source."""
    text = " ".join(TEXTS[f"help/capyctl_{'_'.join(words)}.txt"].split())
    expected = "10m" if words in (("lock",), ("bundle", "create"), ("bundle", "push")) else "30s"
    assert f"The longest that questions to sources may take ({expected})." in text


def test_a_command_that_works_is_not_answered_with_use_clusterctl() -> None:
    assert not set(COMMANDS) & NOT_HERE
    assert {words[0] for words in COMMANDS if len(words) == 2} - {"init"} <= set(GROUPS)


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_man_takes_the_page_without_a_warning() -> None:
    done = subprocess.run(
        ["man", "--warnings", "-l", str(DATA / "capyctl.1")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
