"""``capyctl versions``."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.app.folding import fold_failures
from capyctl.app.versions import ProviderVersions, list_versions
from capyctl.cli.declare import command_app
from capyctl.cli.provider_command import common_notes, with_references
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.cli.wiring import World
from capyctl.report.provider_text import versions_text
from capyctl.report.resolved_json import series_json

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
    targets = world.finder(all_types=True).find(given.references)
    found = [list_versions(target, world.catalog, world.asker, verify=verify) for target in targets.found]
    diagnostics = [*targets.diagnostics, *(item for each in found for item in each.diagnostics)]
    result: JsonObject = {"providers": [_json(each) for each in found]}
    evidence = (*world.evidence(), *(piece for each in found for piece in each.evidence))
    return Outcome(
        result=result,
        text=versions_text if found else None,
        diagnostics=fold_failures((*diagnostics, *common_notes(world, evidence))),
        evidence=evidence,
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
