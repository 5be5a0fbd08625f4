"""``capyctl diagnose-provider``."""

from __future__ import annotations

import typer

from capyctl.app.diagnose import Diagnosis
from capyctl.cli.choice_options import AllowPrerelease, ContractOption, choice_options
from capyctl.cli.declare import command_app
from capyctl.cli.provider_command import with_references
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.report.document import EvidenceIds
from capyctl.report.provider_text import diagnosis_text
from capyctl.wiring.choice import ChoiceOptions
from capyctl.wiring.diagnosing import diagnose_providers
from capyctl.wiring.world import World

app = command_app()


@app.command("diagnose-provider", cls=ProviderCommand)
def diagnose_provider(
    ctx: typer.Context,
    references: References = None,
    contract: ContractOption = None,
    allow_prerelease: AllowPrerelease = False,
) -> Outcome:
    """Ask every source about a provider, compare, judge, and say what clusterctl would do."""
    options = choice_options(contract, allow_prerelease, None)
    return with_references(run_of(ctx), references, lambda world, given: _diagnose(world, given, options))


def _diagnose(world: World, given: GivenReferences, options: ChoiceOptions) -> Outcome:
    served = diagnose_providers(world, given.references, options)

    def result(ids: EvidenceIds) -> JsonObject:
        return {"providers": [_json(each, ids) for each in served.found]}

    return Outcome(
        result=result,
        text=diagnosis_text if served.found else None,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        status=served.status,
    )


def _json(found: Diagnosis, ids: EvidenceIds) -> JsonObject:
    return {
        "provider": found.target.entry.key.manifest_label,
        "verdict": found.verdict.value,
        "version": found.version,
        "routes": [
            {
                "route": piece.route,
                "question": piece.question.value,
                "outcome": piece.outcome.value,
                "evidence": ids.of(piece),
            }
            for piece in found.routes
        ],
        "clusterctl": [
            {
                "release": row.release,
                "goproxy": row.goproxy.value,
                "outcome": row.outcome.value,
                "version": row.version,
                "message": row.message,
            }
            for row in found.clusterctl
        ],
    }
