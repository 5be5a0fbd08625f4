"""``capyctl cache info``."""

from __future__ import annotations

from typing import Any

import typer

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.report.text_style import TextStyle

app = command_app()


@app.command(cls=CapyCommand)
def cache_info(ctx: typer.Context) -> Outcome:
    """Say where the disk cache is, its format, and how much it keeps. An entry is an answer that is kept."""
    from capyctl.adapters.disk_cache_files import FORMAT  # noqa: PLC0415 - start-up budget
    from capyctl.app.cache_diagnostics import cache_troubles  # noqa: PLC0415 - start-up budget
    from capyctl.cli.disk_cache import disk_cache  # noqa: PLC0415 - start-up budget

    cache = disk_cache(run_of(ctx))
    if cache is None:
        return Outcome(result={"path": None, "format": FORMAT, "entries": 0, "bytes": 0}, text=_text)
    contents = cache.contents()
    result = {
        "path": contents.path,
        "format": contents.format,
        "entries": contents.entries,
        "bytes": contents.size,
    }
    return Outcome(result=result, text=_text, diagnostics=cache_troubles(cache.troubles()))


def _text(result: JsonObject, style: TextStyle) -> str:
    from capyctl.report.text_style import one_line, size_text  # noqa: PLC0415 - start-up budget

    shown: Any = result
    kept = (
        "unknown"
        if shown["entries"] is None
        else f"{_counted(shown['entries'])}, {size_text(shown['bytes'])}"
    )
    rows = (
        ("Folder", shown["path"] or "none: no home folder is known"),
        ("Format", shown["format"] or "unknown"),
        ("Keeps", kept),
    )
    return style.spell("".join(f"{name + ':':<9}{one_line(value)}\n" for name, value in rows))


def _counted(entries: int) -> str:
    return "1 answer" if entries == 1 else f"{entries} answers"
