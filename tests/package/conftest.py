"""The built wheel, and a clean environment with it: ``nox -s package`` gives the wheel in CAPYCTL_WHEELS."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment with the wheel and its dependencies and nothing else; commands run in an empty folder."""

    folder: Path
    home: Path

    def __call__(
        self, *words: str, wrapper: tuple[str, ...] = (), **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment without any variable of this process."""
        given = {"PATH": "/usr/bin:/bin", "HOME": str(self.home), "LC_ALL": "C.UTF-8"} | variables
        program = str(self.folder / "bin" / words[0])
        return subprocess.run(
            [*wrapper, program, *words[1:]],
            env=given,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture(scope="session")
def wheel_file() -> Path:
    """The wheel under test."""
    folder = os.environ.get("CAPYCTL_WHEELS")
    if folder is None:
        pytest.skip("no wheel is given; run: nox -s package")
    (wheel,) = Path(folder).glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(wheel_file: Path) -> Iterator[zipfile.ZipFile]:
    """The wheel, opened."""
    with zipfile.ZipFile(wheel_file) as opened:
        yield opened


@pytest.fixture(scope="session")
def installed(wheel_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel installed alone."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    home = tmp_path_factory.mktemp("home")
    venv.create(folder, with_pip=True)
    subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "-q", str(wheel_file)],
        check=True,
        stdout=sys.stderr,
    )
    return Installed(folder=folder, home=home)
