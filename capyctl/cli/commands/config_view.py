"""``capyctl config view``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import typer

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.report.text_style import TextStyle

app = command_app()


@app.command(cls=CapyCommand)
def config_view(ctx: typer.Context) -> Outcome:
    """Show every setting with its origin, and every file that was looked for. Secrets are hidden."""
    from capyctl.app.config_views import ConfigurationView  # noqa: PLC0415 - start-up budget
    from capyctl.cli.configured import read_configured  # noqa: PLC0415 - start-up budget
    from capyctl.cli.option_settings import option_settings  # noqa: PLC0415 - start-up budget
    from capyctl.config.sections import cert_manager_settings  # noqa: PLC0415 - start-up budget
    from capyctl.config.settings_view import setting_rows  # noqa: PLC0415 - start-up budget
    from capyctl.core.provider_table import CertManagerDefaults  # noqa: PLC0415 - start-up budget

    run = run_of(ctx)
    configured = read_configured(run)
    settings = configured.settings
    defaults = configured.table.cert_manager or CertManagerDefaults(version="", url="")
    cert_manager, problems = cert_manager_settings(
        settings.configuration, defaults, settings.local_rules, settings.environment.get
    )
    view = ConfigurationView(
        settings=setting_rows(settings, option_settings(run), cert_manager),
        files=settings.configuration.files,
        diagnostics=(*configured.problems, *problems),
    )
    return Outcome(result=view.result(), text=_text, diagnostics=view.diagnostics)


def _text(result: JsonObject, style: TextStyle) -> str:
    from capyctl.report.text_style import one_line  # noqa: PLC0415 - start-up budget

    settings: Any = result["settings"]
    files: Any = result["files"]
    lines = ["Settings, and where each comes from:"]
    for each in settings:
        value = "(not set)" if each["value"] is None else one_line(each["value"])
        origin = "" if each["origin"] == "default" else f"  ({one_line(each['origin'])})"
        lines.append(f"  {each['name']}: {value}{origin}")
    lines += ["", "Files looked for:"]
    for state, path, endings in _folded_files(files):
        lines.append(f"  {state:<12}{one_line(path)}")
        if endings:
            lines.append(f"  {'':<12}{one_line(' '.join(endings))}")
    return style.spell("".join(f"{line}\n" for line in lines))


def _folded_files(files: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Absent files that differ in their ending alone as one path with its endings: clusterctl looks for twelve."""
    by_place = groupby(files, key=lambda each: (each["state"], each["path"].rpartition(".")[0]))
    for (state, stem), group in by_place:
        paths = [each["path"] for each in group]
        if state == "absent" and stem and len(paths) > 1:
            yield state, f"{stem}.*", [path.rpartition(".")[2] for path in paths]
        else:
            yield from ((state, path, ()) for path in paths)
