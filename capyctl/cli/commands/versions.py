"""``capyctl versions``."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.app.versions import ProviderVersions
from capyctl.cli.declare import command_app
from capyctl.cli.provider_command import with_references
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.report.provider_text import versions_text
from capyctl.report.resolved_json import series_json
from capyctl.wiring.version_listing import versions_of_providers
from capyctl.wiring.world import World

app = command_app()


@app.command(cls=ProviderCommand)
def versions(
    ctx: typer.Context,
    references: References = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read the metadata.yaml of every released version.")
    ] = False,
) -> Outcome:
    """List every version any source knows, with its state."""
    return with_references(run_of(ctx), references, lambda world, given: _versions(world, given, verify))


def _versions(world: World, given: GivenReferences, verify: bool) -> Outcome:
    served = versions_of_providers(world, given.references, verify=verify)
    result: JsonObject = {"providers": [_json(each) for each in served.found]}
    return Outcome(
        result=result,
        text=versions_text if served.found else None,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
    )


def _json(found: ProviderVersions) -> JsonObject:
    return {
        "provider": found.key.manifest_label,
        "versions": [
            {
                "version": row.version,
                "state": row.state.value if row.state is not None else "tag-only",
                "series": series_json(row.series),
                "contract": row.contract,
                "published_at": row.published_at,
                "sources": list(row.sources),
                "reason": row.reason,
            }
            for row in found.rows
        ],
    }
