"""What ``capyctl version`` says; light enough for the path without typer."""

import sys

from capyctl.cli.packaged import packaged_text
from capyctl.version import __version__


def version_facts() -> dict[str, str]:
    """Version of capyctl, of the interpreter, and the day of the embedded snapshot (cli.md 5)."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    return {"version": __version__, "python": python, "snapshot": packaged_text("snapshot-day.txt").strip()}


def version_text(facts: dict[str, str]) -> str:
    """The facts as text, one a line."""
    return "".join(f"{key:<10}{value}\n" for key, value in facts.items())


def version_line() -> str:
    """The answer to ``--version``."""
    return f"capyctl {__version__}\n"
