"""``diagnose-provider`` over a world: every source asked, and the status that follows from the verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capyctl.app.folding import fold_failures
from capyctl.app.ways_out import with_ways_out
from capyctl.core.exit_status import ExitStatus, worst
from capyctl.core.status_rules import status_of
from capyctl.core.verdict import Verdict
from capyctl.wiring.choice import ChoiceOptions, References
from capyctl.wiring.notes import common_notes
from capyctl.wiring.served import Served
from capyctl.wiring.world import World

if TYPE_CHECKING:
    from capyctl.app.diagnose import Diagnosis

_STATUS = {
    Verdict.SOUND: ExitStatus.DONE,
    Verdict.DEGRADED: ExitStatus.DONE,
    Verdict.BROKEN: ExitStatus.PROBLEMS,
    Verdict.UNDETERMINED: ExitStatus.UNDETERMINED,
}


def diagnose_providers(
    world: World, references: References, options: ChoiceOptions
) -> Served[tuple[Diagnosis, ...]]:
    """Ask every source, compare, judge, and say what clusterctl would do; the status follows the verdicts."""
    from capyctl.app.diagnose import Diagnostician  # noqa: PLC0415 - only a diagnosis pays for the emulation
    from capyctl.wiring.emulation import build_emulator  # noqa: PLC0415 - the same

    targets = world.finder(all_types=True).find(references)
    diagnostician = Diagnostician(
        catalog=world.catalog,
        asker=world.asker,
        components=world.components(),
        clock=world.clock,
        emulate=build_emulator(world).emulate,
    )
    found = diagnostician.diagnose(options.request(targets.found), world.invocation, targets.diagnostics)
    found += tuple(diagnostician.unusable(target) for target in targets.unusable)
    asked = (*world.evidence(), *(piece for each in found for piece in each.routes))
    about = (*targets.diagnostics, *common_notes(world, asked))
    folded = fold_failures((*about, *(item for each in found for item in each.diagnostics)))
    said = with_ways_out(folded, world.invocation)
    status = worst([status_of(about), *(_STATUS[each.verdict] for each in found)])
    return Served(found=found, diagnostics=said, evidence=asked, status=status)
