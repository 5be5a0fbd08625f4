"""``capyctl cache clear``."""

from __future__ import annotations

from typing import Any

import typer

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.report.text_style import TextStyle

app = command_app()


@app.command(cls=CapyCommand)
def cache_clear(ctx: typer.Context) -> Outcome:
    """Remove every answer that the disk cache keeps, and nothing that is not the cache's own."""
    from capyctl.app.cache_diagnostics import cache_troubles  # noqa: PLC0415 - start-up budget
    from capyctl.cli.disk_cache import disk_cache  # noqa: PLC0415 - start-up budget
    from capyctl.core.diagnostics import Severity  # noqa: PLC0415 - start-up budget

    cache = disk_cache(run_of(ctx))
    if cache is None:
        return Outcome(result={"removed": 0}, text=_text)
    removed = cache.clear()
    problems = cache_troubles(cache.troubles(), severity=Severity.ERROR)
    if not removed and any(each.is_error for each in problems):
        return Outcome(diagnostics=problems)
    return Outcome(result={"removed": removed}, text=_text, diagnostics=problems)


def _text(result: JsonObject, _: TextStyle) -> str:
    removed: Any = result["removed"]
    return f"Removed {removed} {'answer' if removed == 1 else 'answers'}.\n"
