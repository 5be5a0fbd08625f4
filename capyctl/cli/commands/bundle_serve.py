"""``capyctl bundle serve``."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Annotated

import typer

from capyctl.adapters.bundle_server import ListenAddressError, parse_listen
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.report.text_style import TextStyle
from capyctl.wiring.bundle_reading import BundleRefusedError
from capyctl.wiring.bundle_serving import serving_bundle

app = command_app()


@app.command("serve", cls=CapyCommand)
def bundle_serve(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The bundle.")],
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="An address of loopback (127.0.0.1:0).")
    ] = "127.0.0.1:0",
) -> Outcome:
    """Serve a bundle on loopback, until SIGINT or SIGTERM: module proxy, folders, registry."""
    run = run_of(ctx)
    try:
        host, port = parse_listen(listen)
    except ListenAddressError as error:
        raise typer.BadParameter(str(error), param_hint="--listen") from error
    stack = ExitStack()
    run.end.add(stack.close)
    try:
        serving = stack.enter_context(serving_bundle(file, host, port))
    except BundleRefusedError as error:
        return Outcome(diagnostics=error.diagnostics)
    return Outcome(
        result={"addresses": dict(serving.addresses)},
        text=_text,
        stays=serving.server.serve,
        diagnostics=serving.notes,
    )


def _text(result: JsonObject, style: TextStyle) -> str:
    addresses = result["addresses"]
    lines = [f"{name:<11}{address}\n" for name, address in addresses.items()]  # type: ignore[attr-defined]
    return style.spell("".join(lines))
