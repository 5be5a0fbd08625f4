"""``capyctl kubernetes-version image``."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.provider_command import with_world
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.core.exit_status import ExitStatus
from capyctl.core.release_marker import ReleaseVersion, parse_release_version, release_hint
from capyctl.report.tables import table
from capyctl.report.text_style import TextStyle
from capyctl.wiring.node_images import look_at_node_image
from capyctl.wiring.world import World

app = command_app()


@app.command("image", cls=CapyCommand)
def image(
    ctx: typer.Context,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="An exact version, such as v1.33.0.")],
    inspect: Annotated[
        bool, typer.Option("--inspect", help="Read the version inside the image's layers; nothing is run.")
    ] = False,
) -> Outcome:
    """Say whether a version of Kubernetes has a node image, and which is the newest that has one."""
    asked = parse_release_version(version)
    if asked is None:
        hint = release_hint(version)
        known = hint if hint is not None and parse_release_version(hint) is not None else None
        near = f"; did you mean {known}?" if known is not None else ""
        raise typer.BadParameter(
            f"{version!r} is no exact version such as v1.33.0{near}", param_hint="VERSION"
        )
    return with_world(run_of(ctx), lambda world: _image(world, asked, inspect=inspect))


def _image(world: World, version: ReleaseVersion, *, inspect: bool) -> Outcome:
    served = look_at_node_image(world, version, inspect=inspect)
    found = served.found
    result: JsonObject = {
        "version": found.version,
        "image": found.image,
        "exists": found.exists,
        "digest": found.digest,
        "newest": found.newest,
        **({"contains": found.contains} if inspect else {}),
    }
    # That nothing is known stays so when a diagnostic is ignored; what was found wrong may be.
    is_open = served.status is ExitStatus.UNDETERMINED
    return Outcome(
        result=result,
        text=_text,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        status=served.status if is_open else None,
    )


def _text(shown: JsonObject, style: TextStyle) -> str:
    words = {True: "yes", False: "no", None: "unknown"}
    rows = [("exists", words[shown["exists"]])]  # type: ignore[index]
    rows += [(name, str(shown[name])) for name in ("digest", "newest", "contains") if shown.get(name)]
    return style.spell(table(("image", str(shown["image"])), rows))
