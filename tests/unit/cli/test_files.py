"""Files a command leaves: whole, the user's alone, and never in the place of what is no file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from capyctl.adapters.whole_file import WholeFileError
from capyctl.cli.files import check_writable, write_atomically


def test_a_file_is_whole_private_and_alone(tmp_path: Path) -> None:
    write_atomically(str(tmp_path / "new"), "é\n")
    assert (tmp_path / "new").read_bytes() == b"\xc3\xa9\n"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600 or os.name == "nt"
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("older")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_atomically(str(tmp_path / "link"), "newer")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "newer"


def test_links_in_a_circle_are_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(WholeFileError, match=r".+"):
        write_atomically(str(tmp_path / "a" / "file"), "x")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(str(tmp_path / "pipe"), "told")
    assert os.read(reader, 100) == b"told"
    os.close(reader)
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_folder_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(WholeFileError, match=r".+"):
        write_atomically(str(tmp_path / "folder"), "x")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_that_nobody_reads_is_an_error_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WholeFileError, match="nothing reads from it"):
        write_atomically(str(tmp_path / "pipe"), "told")


def test_what_is_looked_at_before_is_not_made(tmp_path: Path) -> None:
    check_writable(str(tmp_path / "new"))
    check_writable(os.devnull)
    for name in ("", "missing/file", "a\0b"):
        with pytest.raises(WholeFileError, match=r".+"):
            check_writable(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_closed_is_known_before(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WholeFileError, match="cannot be written to"):
        check_writable(str(tmp_path / "new"))
    tmp_path.chmod(0o700)
