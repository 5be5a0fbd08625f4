"""Runs capyctl as a process of its own, with a small environment and, where wanted, commands for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

import capyctl
from tests.plugins.socket_guard import GUARDED_FOLDER

_HERE = Path(__file__).parent
_PACKAGE = Path(capyctl.__file__).parents[1]
_WITH_TEST_COMMANDS = (
    "import commands_for_tests; commands_for_tests.register(); from capyctl.cli.main import main; main()"
)


class Ended(Struct, frozen=True, kw_only=True):
    """What a process left behind."""

    status: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """Stdout as one JSON document, and nothing else."""
        loaded = json.loads(self.stdout)
        assert isinstance(loaded, dict)
        return loaded


class Capyctl(Struct, frozen=True, kw_only=True):
    """Starts capyctl in an empty home folder."""

    home: Path

    def command(self, *words: str, with_test_commands: bool = False) -> list[str]:
        start = ["-c", _WITH_TEST_COMMANDS] if with_test_commands else ["-m", "capyctl"]
        return [sys.executable, *start, *words]

    def environment(self, **variables: str) -> dict[str, str]:
        given = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        folders = (_HERE / "commands", GUARDED_FOLDER, _PACKAGE)
        return given | {"PYTHONPATH": os.pathsep.join(str(folder) for folder in folders)} | variables

    def __call__(self, *words: str, stdin: str = "", commands: bool = False, **variables: str) -> Ended:
        done = subprocess.run(
            self.command(*words, with_test_commands=commands),
            env=self.environment(**variables),
            input=stdin.encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Ended(status=done.returncode, stdout=done.stdout.decode(), stderr=done.stderr.decode())


@pytest.fixture(name="capyctl")
def capyctl_process(tmp_path: Path) -> Capyctl:
    return Capyctl(home=tmp_path)
