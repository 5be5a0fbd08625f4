"""The option that binds a run to a lock (cli.md 7.2), declared once."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.cli.run import Run, run_of

Locked = Annotated[
    str | None,
    typer.Option(
        "--locked",
        metavar="FILE",
        help="Take what this lock has, byte for byte; without a REF all of it.",
    ),
]


def bound_run(ctx: typer.Context, locked: str | None) -> Run:
    """The run that the context belongs to, bound to this lock.

    Raises:
        typer.BadParameter: the option was given without a file.
    """
    run = run_of(ctx)
    if locked == "":
        raise typer.BadParameter("no file is named", param_hint="--locked")
    run.locked = locked
    return run
