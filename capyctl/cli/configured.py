"""The configuration of a run without its sources: what the ``config`` commands work with.

It imports nothing of the network side, which would cost these commands their start-up budget; only a
configuration file that is an address needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from capyctl.cli.run import Run, RunEndedError
from capyctl.config.environment import read_environment
from capyctl.config.settings import Settings, read_settings
from capyctl.config.table import load_table
from capyctl.core.codes import CONFIGURATION_ENTRY_INVALID, CONFIGURATION_UNREADABLE, SECTION_SHADOWED

if TYPE_CHECKING:
    from capyctl.core.diagnostics import Diagnostic
    from capyctl.core.provider_table import ProviderTable


class Configured(Struct, frozen=True, kw_only=True):
    """Settings and table, and what is wrong with the files they were made from."""

    settings: Settings
    table: ProviderTable
    problems: tuple[Diagnostic, ...]

    @property
    def table_problems(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the files and variables that the table depends on; not with tokens or proxies."""
        about_files = {CONFIGURATION_UNREADABLE, CONFIGURATION_ENTRY_INVALID, SECTION_SHADOWED}
        return tuple(each for each in self.problems if each.code in about_files)

    @property
    def is_usable(self) -> bool:
        """Whether both files could be read; what they say may still be wrong in places."""
        return not any(each.is_error for each in self.table_problems)


class _RemoteConfiguration(Exception):  # noqa: N818 - no error: it leads to the way that can fetch
    """The configuration file is an address."""


def read_configured(run: Run) -> Configured:
    """Read the configuration file and the provider table.

    Raises:
        RunEndedError: a remote configuration file could not be had or used.
    """
    try:
        settings = read_settings(read_environment(run.environ), run.options.config, _refuse)
    except _RemoteConfiguration:
        from capyctl.cli.wiring import open_run_world  # noqa: PLC0415 - the network side, as said above
        from capyctl.wiring.world import ConfigurationFailedError  # noqa: PLC0415 - the same

        try:
            world = open_run_world(run)
        except ConfigurationFailedError as error:
            raise RunEndedError(error.diagnostics) from error
        return Configured(settings=world.settings, table=world.table, problems=world.notes)
    loaded = load_table(settings, run.options.providers)
    return Configured(settings=settings, table=loaded.table, problems=(*settings.problems, *loaded.problems))


def _refuse(address: str) -> bytes:
    raise _RemoteConfiguration(address)
