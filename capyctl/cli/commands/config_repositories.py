"""``capyctl config repositories``."""

from __future__ import annotations

import typer

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.report.text_style import TextStyle

app = command_app()


class RepositoriesCommand(CapyCommand):
    """Clusterctl has ``-o yaml`` here."""

    yaml_allowed = True


@app.command(cls=RepositoriesCommand)
def config_repositories(ctx: typer.Context) -> Outcome:
    """List the providers that may be asked for, with the origin of each row. Asks no network."""
    from capyctl.app.config_views import list_repositories  # noqa: PLC0415 - start-up budget
    from capyctl.cli.configured import read_configured  # noqa: PLC0415 - start-up budget

    configured = read_configured(run_of(ctx))
    problems = configured.table_problems
    if not configured.is_usable:
        return Outcome(diagnostics=problems)
    view = list_repositories(configured.table)

    def yaml(_result: JsonObject, _style: TextStyle) -> str:
        from capyctl.core.yaml_emit import emit_document  # noqa: PLC0415 - start-up budget

        return emit_document(view.clusterctl_rows())

    def text(_result: JsonObject, style: TextStyle) -> str:
        from capyctl.report.tables import table  # noqa: PLC0415 - start-up budget

        rows = [tuple(row[key] for key in _KEYS) for row in view.clusterctl_rows()]
        return style.spell(table(_HEADER, rows))

    return Outcome(
        result={"providers": view.rows()},
        text=text,
        yaml=yaml,
        diagnostics=(*problems, *view.diagnostics),
    )


_KEYS = ("Name", "ProviderType", "URL", "File")
_HEADER = ("NAME", "TYPE", "URL", "FILE")
