"""The record of a run as reviewed, and a record of version 1 that every later capyctl has to replay."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import capyctl

if TYPE_CHECKING:
    from tests.golden.conftest import Golden

_PACKAGE = str(Path(capyctl.__file__).parents[1])
_KEPT = Path(__file__).parent / "files" / "record" / "version-1.json"
_CHANGING = ("started_at", "python", "platform", "capyctl")


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "capyctl", *words],
        env={
            "HOME": "/nonexistent/home", "LC_ALL": "C", "PATH": "/usr/bin:/bin", "PYTHONPATH": _PACKAGE,
            "GOPROXY": "https://reader:secret-0001@proxy.example,direct", "GITHUB_TOKEN": "ghp_golden0001",
        },
        cwd=folder,
        capture_output=True,
        check=False,
    )  # fmt: skip


def test_a_record_is_as_reviewed(golden: Golden, tmp_path: Path) -> None:
    _run(tmp_path, "explain", "CAPY0999", "--record", "run.json")
    record = json.loads((tmp_path / "run.json").read_text("ascii"))
    assert next(iter(record)) == "format"
    assert all(record[name] for name in _CHANGING)
    golden("record/explain-nothing.json", json.dumps(record | dict.fromkeys(_CHANGING, "…"), indent=2) + "\n")


@pytest.mark.parametrize(
    ("words", "stdout", "stderr", "status"),
    [
        ((), b"one\n\xc3\xa9 \xff no newline", b"told\n", 3),
        (("-o", "text"), b"one\n\xc3\xa9 \xff no newline", b"told\n", 3),
        (("-o", "json"), b'{\n  "format": "capyctl/1"\n}\n', b"", 3),
    ],
)
def test_a_record_of_version_1_is_replayed(
    tmp_path: Path, words: tuple[str, ...], stdout: bytes, stderr: bytes, status: int
) -> None:
    """The file is never written anew: it stands for those that people have."""
    done = _run(tmp_path, "replay", str(_KEPT), *words)
    assert (done.stdout, done.stderr, done.returncode) == (stdout, stderr, status)
