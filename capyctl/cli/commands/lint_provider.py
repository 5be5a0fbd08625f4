"""``capyctl lint-provider``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capyctl.adapters.release_folder import FolderError, read_release_folder
from capyctl.app.lint import LintRequest, LintResult, is_release_file, lint_provider
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.report.tables import table
from capyctl.report.text_style import TextStyle

app = command_app()


@app.command("lint-provider", cls=CapyCommand)
def lint(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A folder of release files.")],
    tag: Annotated[str, typer.Option("--tag", metavar="T", help="The tag they will be published under.")],
) -> Outcome:
    """Judge a provider's release files before they are published."""
    run_of(ctx)
    try:
        files = read_release_folder(Path(path), is_release_file)
    except FolderError as error:
        return Outcome(diagnostics=(_unreadable(path, error),))
    result = lint_provider(LintRequest(files=files, tag=tag))
    return Outcome(result=_json(result), text=_text, diagnostics=result.diagnostics)


def _json(result: LintResult) -> JsonObject:
    return {"files": [{"name": each.name, "sha256": each.sha256, "size": each.size} for each in result.files]}


def _text(result: JsonObject, style: TextStyle) -> str:
    files = result["files"]
    rows = [(each["name"], str(each["size"]), each["sha256"][:12]) for each in files]  # type: ignore[attr-defined]
    return style.spell(table(("FILE", "BYTES", "SHA256"), rows)) if rows else ""


def _unreadable(path: str, error: FolderError) -> Diagnostic:
    return Diagnostic(
        code=codes.LOCAL_REPOSITORY_MISSING,
        severity=Severity.ERROR,
        detail=f"There is nothing to lint: {error}.",
        subject=Subject(file=path),
    )
