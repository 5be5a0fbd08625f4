"""The options that bind a run to a lock (cli.md 7.2) or to a bundle (7.5), declared once."""

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

Bundle = Annotated[
    str | None,
    typer.Option(
        "--bundle",
        metavar="FILE",
        help="The same with the lock in this bundle, and every file from it.",
    ),
]


def bound_run(
    ctx: typer.Context, locked: str | None, bundle: str | None = None, metadata_from: str | None = None
) -> Run:
    """The run that the context belongs to, bound to this lock, or to the one in this bundle.

    Raises:
        typer.BadParameter: an option was given without a file, or both were given; or another source was named
            beside a bundle, which is the only one.
    """
    run = run_of(ctx)
    for option, value in (("--locked", locked), ("--bundle", bundle)):
        if value == "":
            raise typer.BadParameter("no file is named", param_hint=option)
    if locked is not None and bundle is not None:
        raise typer.BadParameter("a bundle has a lock of its own; give one of the two", param_hint="--bundle")
    if bundle is not None and metadata_from is not None:
        raise typer.BadParameter(
            "with --bundle every file comes from the bundle; leave it out", param_hint="--metadata-from"
        )
    run.locked, run.bundle = locked, bundle
    return run
