"""The root of the command line."""

from __future__ import annotations

from capyctl.cli.command_table import SUMMARY
from capyctl.cli.group import LazyGroup


def root_group() -> LazyGroup:
    """A fresh root; commands are imported when they are asked for."""
    return LazyGroup("capyctl", (), SUMMARY)
