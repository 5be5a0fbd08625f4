"""``capyctl diagnose-provider``."""

from __future__ import annotations

import typer

from capyctl.app.diagnose import Diagnosis, Diagnostician
from capyctl.app.folding import fold_failures
from capyctl.cli.choice_options import AllowPrerelease, ContractOption, choice_options
from capyctl.cli.declare import command_app
from capyctl.cli.exit_status import ExitStatus, worst
from capyctl.cli.provider_command import ChoiceOptions, common_notes, with_references
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import JsonObject, Outcome, run_of
from capyctl.cli.status_rules import status_of
from capyctl.cli.wiring import World, build_emulator
from capyctl.core.verdict import Verdict
from capyctl.report.document import EvidenceIds
from capyctl.report.provider_text import diagnosis_text

app = command_app()

_STATUS = {
    Verdict.SOUND: ExitStatus.DONE,
    Verdict.DEGRADED: ExitStatus.DONE,
    Verdict.BROKEN: ExitStatus.PROBLEMS,
    Verdict.UNDETERMINED: ExitStatus.UNDETERMINED,
}


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
    targets = world.finder(all_types=True).find(given.references)
    diagnostician = Diagnostician(
        catalog=world.catalog,
        asker=world.asker,
        components=world.components(),
        clock=world.clock,
        emulate=build_emulator(world).emulate,
    )
    found = diagnostician.diagnose(options.request(targets.found), world.invocation)
    evidence = (*world.evidence(), *(piece for each in found for piece in each.routes))
    about = [*targets.diagnostics, *common_notes(world, evidence)]
    statuses = [status_of(about), *(_STATUS[each.verdict] for each in found)]

    def result(ids: EvidenceIds) -> JsonObject:
        return {"providers": [_json(each, ids) for each in found]}

    return Outcome(
        result=result,
        text=diagnosis_text if found else None,
        diagnostics=fold_failures((*about, *(item for each in found for item in each.diagnostics))),
        evidence=evidence,
        status=worst(statuses),
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
