"""A clean installation of the wheel, as a user has it: no test dependencies, no click, bytecode compiled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[1]

_EMPTY_COMMAND = """\
import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def nothing() -> None:
    pass
"""
_EMPTY_SCRIPT = """\
#!{python}
import sys
from capyctl_benchmark_empty import app
sys.exit(app())
"""


class UnsoundInstallationError(Exception):
    """The installation has something that a user's has not."""


class Installation(Struct, frozen=True, kw_only=True):
    """A virtual environment with capyctl and an empty typer command in it."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    @property
    def capyctl(self) -> str:
        """The installed command."""
        return str(self.folder / "bin" / "capyctl")

    @property
    def empty(self) -> str:
        """A typer command that does nothing, installed beside it in the same way."""
        return str(self.folder / "bin" / "capyctl-benchmark-empty")


def install(folder: Path, wheel: Path | None) -> Installation:
    """Make a virtual environment of this interpreter and install the wheel; built from the checkout if None.

    Raises:
        subprocess.CalledProcessError: pip failed. UnsoundInstallationError: click can be imported there.
    """
    installation = Installation(folder=folder / "venv")
    _run(sys.executable, "-m", "venv", str(installation.folder))
    if wheel is None:
        _run(installation.python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder), str(ROOT))
        wheel = next(folder.glob("capyctl-*.whl"))
    _run(installation.python, "-m", "pip", "install", "-q", "--compile", str(wheel))
    _add_empty_command(installation)
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('click') is not None)"
    if subprocess.run([installation.python, "-c", probe], check=False).returncode:
        raise UnsoundInstallationError(
            "click can be imported; httpx would import its own command line with it"
        )
    return installation


def _add_empty_command(installation: Installation) -> None:
    site = _run(installation.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    module = Path(site) / "capyctl_benchmark_empty.py"
    module.write_text(_EMPTY_COMMAND, "utf-8")
    _run(installation.python, "-m", "compileall", "-q", str(module))
    script = Path(installation.empty)
    script.write_text(_EMPTY_SCRIPT.format(python=installation.python), "utf-8")
    script.chmod(0o755)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout
