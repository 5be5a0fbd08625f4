"""Lines at the end of a file that is not ours: whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
import threading
from pathlib import Path

import pytest

from capyctl.adapters.appended_lines import AppendError, append_lines


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, "A=1\nB=2\n"), (b"", "A=1\nB=2\n"), (b"X\n", "X\nA=1\nB=2\n"), (b"X", "X\nA=1\nB=2\n")],
)
def test_lines_stand_at_the_end(tmp_path: Path, before: bytes | None, after: str) -> None:
    path = tmp_path / "env"
    if before is not None:
        path.write_bytes(before)
    append_lines(path, ["A=1", "B=2"])
    assert path.read_text() == after


def test_the_file_itself_is_kept_with_its_rights_and_its_links(tmp_path: Path) -> None:
    path, link = tmp_path / "env", tmp_path / "link"
    path.write_text("X\n")
    path.chmod(0o640)
    link.symlink_to(path)
    before = path.stat()
    append_lines(link, ["A=1"])
    after = path.stat()
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)
    assert link.is_symlink()


@pytest.mark.parametrize("name", ["", "missing/env"])
def test_a_folder_or_no_folder_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(AppendError):
        append_lines(tmp_path / name, ["A=1"])


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AppendError, match="no regular file"):
        append_lines(tmp_path / "pipe", ["A=1"])


@pytest.mark.parametrize("existed", [True, False])
def test_a_file_that_may_not_grow_stays_as_it_was(tmp_path: Path, existed: bool) -> None:
    """A limit of the process stands for a full disk: a part is written, or nothing."""
    path = tmp_path / "env"
    if existed:
        path.write_text("X=1\n")
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (8, 8))
        try:
            append_lines(path, ["KUBERNETES_VERSION=v1.33.0"])
        except AppendError:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert (path.read_text() if path.exists() else None) == ("X=1\n" if existed else None)


def test_writers_side_by_side_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("")
    lines = [f"V{number}={'x' * number}" for number in range(60)]
    threads = [threading.Thread(target=append_lines, args=(path, [line])) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [line for line in path.read_text().split("\n") if line]
    assert sorted(found) == sorted(lines)
