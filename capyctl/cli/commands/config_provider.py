"""``capyctl config provider``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from capyctl.cli.declare import command_app
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import one_reference
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.core.exit_status import ExitStatus
from capyctl.report.text_style import TextStyle

app = command_app()


@app.command(cls=ProviderCommand)
def config_provider(ctx: typer.Context, references: References = None) -> Outcome:
    """Show one row of the provider table in full, with the origin of each fact. Asks no network."""
    from capyctl.app.config_views import view_provider  # noqa: PLC0415 - start-up budget
    from capyctl.cli.configured import read_configured  # noqa: PLC0415 - start-up budget
    from capyctl.core.invocation import Invocation  # noqa: PLC0415 - start-up budget

    run = run_of(ctx)
    reference = one_reference(run, references)
    configured = read_configured(run)
    if not configured.is_usable:
        return Outcome(diagnostics=configured.table_problems)
    searched = configured.settings.configuration.files
    view = view_provider(configured.table, reference, searched, Invocation(words=tuple(run.argv)))
    return Outcome(
        result={"providers": view.rows()},
        text=_text,
        diagnostics=(*configured.table_problems, *view.diagnostics),
        status=None if view.entries else ExitStatus.PROBLEMS,
    )


def _text(result: JsonObject, style: TextStyle) -> str:
    providers: Any = result["providers"]
    return style.spell("\n".join("".join(_lines(each)) for each in providers))


def _lines(provider: dict[str, Any]) -> Iterator[str]:
    from capyctl.report.text_style import one_line  # noqa: PLC0415 - start-up budget

    for key, value in provider.items():
        values = value if isinstance(value, list) else [value]
        title = f"{key[:1].upper()}{key[1:]}:"
        for position, each in enumerate(values):
            yield f"{title if position == 0 else '':<20}{'-' if each is None else one_line(str(each))}\n"
