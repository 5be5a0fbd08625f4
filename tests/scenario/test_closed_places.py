"""Names that a run is given and places that it searches, where it may not look: told, never a fault (cli.md 7)."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.scenario.playing import run_words

_LONG = "x" * 300
"""A name that no file can have: who asks for it is refused, also as root."""


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("--config", _LONG), "CAPY0110", 1),
        (("--providers", _LONG), "CAPY0110", 1),
        (("--locked", _LONG), "CAPY1101", 1),
        (("--bundle", _LONG), "CAPY0810", 1),
    ],
)
def test_a_file_that_cannot_be_looked_at_is_an_error_of_its_own(
    tmp_path: Path, words: Sequence[str], code: str, status: int
) -> None:
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    played = run_words(["resolve", "cluster-api", "--offline", *words, "-o", "json"], environ)
    assert (played.status, played.codes()) == (status, {code})
    assert os.strerror(errno.ENAMETOOLONG) in played.roots[0]["detail"]


@pytest.mark.parametrize(
    "words",
    [["config", "repositories"], ["lock", "--check"]],
)
def test_a_home_that_cannot_be_looked_at_is_as_an_empty_one(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "closed").symlink_to(_LONG)
    empty, closed = (
        run_words(
            [*words, "--offline", "-o", "json"], {"HOME": str(tmp_path / home), "PATH": os.environ["PATH"]}
        )
        for home in ("empty", "closed")
    )
    assert (closed.status, closed.codes() - {"CAPY0802"}) == (empty.status, empty.codes())
    assert closed.document["result"] == empty.document["result"]


def test_an_override_below_such_a_home_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "closed").symlink_to(_LONG)
    environ = {"HOME": str(tmp_path / "closed"), "PATH": os.environ["PATH"]}
    played = run_words(["resolve", "cluster-api", "--offline", "-o", "json"], environ)
    assert played.status == 3
    assert "CAPY0216" in played.codes()


def test_the_plain_table_needs_no_home(tmp_path: Path) -> None:
    (tmp_path / "closed").symlink_to(_LONG)
    environ = {"HOME": str(tmp_path / "closed"), "PATH": os.environ["PATH"]}
    program = [sys.executable, "-m", "capyctl", "config", "repositories"]
    ran = subprocess.run(program, env=environ, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_cache_info_says_what_it_does_not_know(tmp_path: Path) -> None:
    (tmp_path / ".cache").symlink_to("nothing")
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    played = run_words(["cache", "info", "-o", "json"], environ)
    assert (played.status, played.codes()) == (0, {"CAPY0802"})
    unknown = {"format": None, "entries": None, "bytes": None}
    assert played.document["result"] == {"path": str(tmp_path / ".cache" / "capyctl"), **unknown}
    assert "Format:  unknown\n" in run_words(["cache", "info"], environ).stdout


@pytest.mark.parametrize(("content", "line"), [("", None), ("capyctl-cache/2\n", "capyctl-cache/2")])
def test_a_cache_of_another_format_is_one_warning_whatever_is_asked_about_it(
    tmp_path: Path, content: str, line: str | None
) -> None:
    """cli.md 7.1: neither read nor changed, one warning with that format, and the run goes on."""
    cache = tmp_path / ".cache" / "capyctl"
    cache.mkdir(parents=True)
    (cache / "format").write_text(content)
    (cache / "other").write_text("of the other version")
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    info = run_words(["cache", "info", "-o", "json"], environ)
    clear = run_words(["cache", "clear", "-o", "json"], environ)
    for played in (info, clear):
        (told,) = played.document["diagnostics"]
        assert (played.status, told["code"], told["severity"]) == (0, "CAPY0801", "warning")
        assert (line or "its format is empty") in told["detail"]
    assert info.document["result"] == {"path": str(cache), "format": line, "entries": None, "bytes": None}
    assert clear.document["result"] == {"removed": 0}
    assert (cache / "format").read_text() == content
    assert (cache / "other").exists()
