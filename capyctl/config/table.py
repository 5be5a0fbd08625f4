"""The provider table of this run: built-in, ``--providers FILE``, the configuration's ``providers:``."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from capyctl.config.settings import Settings, local_rules
from capyctl.config.table_files import read_built_in_table
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.provider_table import ProviderTable, UserEntry, build_table
from capyctl.core.setting import HIDDEN


class LoadedTable(Struct, frozen=True, kw_only=True):
    """The table, and what is wrong with the files it was made from; bad entries carry their own error."""

    table: ProviderTable
    problems: tuple[Diagnostic, ...] = ()


def load_table(settings: Settings, providers_file: str | None = None) -> LoadedTable:
    """Merge the three layers; the configuration's entries win (cli.md 2)."""
    file_entries, problems = _from_file(settings, providers_file)
    table = build_table(read_built_in_table(), file_entries, _from_configuration(settings))
    return LoadedTable(table=table, problems=problems)


def _from_configuration(settings: Settings) -> tuple[UserEntry, ...]:
    configuration = settings.configuration
    section = configuration.section("providers")
    if section is None or configuration.path is None:
        return ()
    from capyctl.core.provider_section import SectionContext, read_section  # noqa: PLC0415 - start-up budget
    from capyctl.core.provider_table_file import spans_of_entries  # noqa: PLC0415 - start-up budget

    context = SectionContext(
        origin=configuration.path,
        span_of=spans_of_entries(section.node, configuration.path),
        rules=settings.local_rules,
        lookup=settings.environment.get,
        text=configuration.content,
    )
    return read_section(section.plain, context)


def _from_file(settings: Settings, path: str | None) -> tuple[tuple[UserEntry, ...], tuple[Diagnostic, ...]]:
    if path is None:
        return (), ()
    from capyctl.core.provider_table_file import (  # noqa: PLC0415 - start-up budget
        LIMITS,
        TableFileError,
        parse_table_file,
    )

    environment = settings.environment
    try:
        with Path(path).open("rb") as file:
            data = file.read(LIMITS.size + 1)
        return parse_table_file(data, path, local_rules(environment, path), environment.get), ()
    except OSError as error:
        reason = error.strerror or "unknown reason"
    except TableFileError as error:
        reason = str(error)
    from capyctl.core.shown_address import shown_file  # noqa: PLC0415 - start-up budget

    shown = shown_file(path, HIDDEN)
    problem = Diagnostic(
        code=codes.CONFIGURATION_UNREADABLE,
        severity=Severity.ERROR,
        detail=f"The provider table {shown} cannot be used: {reason}.",
        subject=Subject(file=shown),
    )
    return (), (problem,)
