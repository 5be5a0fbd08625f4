"""Services over a world: targets found, sources asked, everything that is to be said gathered in one value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from capyctl.app.folding import fold_failures
from capyctl.app.kept_provider import kept_as_installed
from capyctl.app.plan_install import (
    CERT_MANAGER_LABEL,
    CertManager,
    InstallPlan,
    InstallPlanner,
    with_defaults,
)
from capyctl.app.present import component_findings
from capyctl.app.resolution import ProviderResolution, without_choice
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.resolve import Resolver
from capyctl.app.versions import ProviderVersions, list_versions
from capyctl.app.ways_out import with_ways_out
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.exit_status import ExitStatus, worst
from capyctl.core.identity import ProviderKey, ProviderReference, ProviderType
from capyctl.core.inventory import Inventory
from capyctl.core.location import GitHubReleases
from capyctl.core.provider_table import TableEntry
from capyctl.core.status_rules import status_of
from capyctl.core.verdict import Verdict
from capyctl.wiring.binding import Bound, bind, bind_references, everything_locked, with_files
from capyctl.wiring.choice import ChoiceOptions
from capyctl.wiring.notes import common_notes
from capyctl.wiring.served import Served
from capyctl.wiring.world import World

if TYPE_CHECKING:
    from capyctl.app.diagnose import Diagnosis

T = TypeVar("T")

References = Sequence[ProviderReference]

_STATUS = {
    Verdict.SOUND: ExitStatus.DONE,
    Verdict.DEGRADED: ExitStatus.DONE,
    Verdict.BROKEN: ExitStatus.PROBLEMS,
    Verdict.UNDETERMINED: ExitStatus.UNDETERMINED,
}


def resolve_providers(
    world: World, references: References, options: ChoiceOptions
) -> Served[tuple[ProviderResolution, ...]]:
    """Choose a version of each provider, and check its files."""
    bound = bind(world, references, options, all_types=True)
    targets = world.finder(all_types=True).find(bound.references)
    going = [each for each in targets.found if each.label not in bound.refused]
    refused = [each for each in targets.found if each.label in bound.refused]
    resolver = Resolver(catalog=world.catalog, asker=world.asker, components=world.components())
    resolutions = resolver.resolve(bound.choice.request(going))
    said = [*targets.diagnostics, *bound.said]
    for each in resolutions:
        said += diagnose_resolution(each, world.invocation)
        said += [item for item in component_findings(each) if not item.is_error]
    asked = (*world.evidence(), *(piece for each in resolutions for piece in each.evidence))
    nothing = (without_choice(target) for target in (*refused, *targets.unusable))
    return served(world, (*resolutions, *nothing), said, asked)


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


def versions_of_providers(
    world: World, references: References, *, verify: bool
) -> Served[tuple[ProviderVersions, ...]]:
    """Every version any source knows, with its state."""
    targets = world.finder(all_types=True).find(references)
    found = tuple(
        list_versions(target, world.catalog, world.asker, verify=verify) for target in targets.found
    )
    said = [*targets.diagnostics, *(item for each in found for item in each.diagnostics)]
    asked = (*world.evidence(), *(piece for each in found for piece in each.evidence))
    return served(world, found, said, asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """What an installation plan depends on besides its references.

    Attributes:
        skipped: types of which no default provider is wanted. render: whether values of variables matter.
    """

    choice: ChoiceOptions
    skipped: frozenset[ProviderType] = frozenset()
    render: bool = True
    target_namespace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a cluster says beforehand about an installation.

    Attributes:
        first_run: whether the defaults join. installed: labels of which an instance is there.
        core_contract: of the installed core. brings_cert_manager: whether there is none yet.
        inventory: what is installed: a reference to that without another version asks no source.
        cert_manager: the version that is brought; None for the configured one.
    """

    first_run: bool = True
    installed: frozenset[str] = frozenset()
    core_contract: str | None = None
    brings_cert_manager: bool = True
    inventory: Inventory = field(default_factory=Inventory)
    cert_manager: str | None = None


def plan_installation(world: World, references: References, options: PlanOptions) -> Served[InstallPlan]:
    """What ``init`` would do on a cluster without providers."""
    plan, said = install_plan(world, references, options, Circumstances())
    return served(world, plan, said, (*world.evidence(), *plan.evidence))


def install_plan(
    world: World, references: References, options: PlanOptions, there: Circumstances
) -> tuple[InstallPlan, tuple[Diagnostic, ...]]:
    """The plan, and what is to be said about the references and what they led to."""
    # A positional reference has no type of its own; which default it replaces is known once it is found.
    named = frozenset(target.entry.key.type for target in world.finder().find(references).found)
    joined = there.first_run and (bool(references) or world.locked is None)
    wanted = with_defaults(references, options.skipped | named) if joined else references
    # Without a reference a lock stands for itself, and no default joins it (cli.md 7.2).
    wanted = wanted or everything_locked(world, options.skipped)
    cert_manager = cert_manager_of(world, there.cert_manager) if there.brings_cert_manager else None
    bound = bind_installation(world, wanted, options, there, cert_manager)
    targets = world.finder().find(bound.references)
    if bound.is_refused:
        return _nothing(), (*targets.diagnostics, *bound.said)
    planner = InstallPlanner(
        catalog=world.catalog,
        asker=world.asker,
        components=world.components(
            render=options.render, target_namespace=options.target_namespace, kept=there.installed
        ),
        cert_manager=cert_manager,
    )
    kept, others = kept_as_installed(targets.found, there.inventory, options.target_namespace)
    request = replace(bound.choice.request(others), core_contract=there.core_contract)
    plan = planner.plan(request, world.invocation)
    if kept:
        every = sorted((*kept, *plan.providers), key=lambda each: each.key.sort_key)
        plan = replace(plan, providers=tuple(every))
    return plan, (*targets.diagnostics, *bound.said, *plan.diagnostics)


def bind_installation(
    world: World,
    references: References,
    options: PlanOptions,
    there: Circumstances,
    cert_manager: CertManager | None,
) -> Bound:
    """What is installed held against the lock, where there is one; what is there already needs no file."""
    bound = bind_references(world, references, options.choice)
    if world.locked is None:
        return bound
    targets = world.finder().find(bound.references).found
    _, others = kept_as_installed(targets, there.inventory, options.target_namespace)
    brought = cert_manager.entry if cert_manager is not None else None
    if brought is not None and there.cert_manager is not None:
        from capyctl.wiring.locked_references import version_problems  # noqa: PLC0415 - start-up budget

        by = "is what the run brings that was broken off"
        problems = version_problems(world, [(CERT_MANAGER_LABEL, there.cert_manager, by)])
        bound = replace(bound, said=(*bound.said, *problems))
    return with_files(world, bound, [each.entry for each in others], brought)


def _nothing() -> InstallPlan:
    """The plan of an installation of which nothing may be given."""
    return InstallPlan(cert_manager=None, providers=(), images=(), diagnostics=())


def served(world: World, found: T, said: Iterable[Diagnostic], asked: tuple[Evidence, ...]) -> Served[T]:
    """The answer of a service: failures of one source folded, what every run says added, ways out to each."""
    folded = fold_failures((*said, *common_notes(world, asked)))
    diagnostics = with_ways_out(folded, world.invocation)
    return Served(found=found, diagnostics=diagnostics, evidence=asked, status=status_of(diagnostics))


def cert_manager_of(world: World, version: str | None = None) -> CertManager | None:
    """The cert-manager that is configured, in another version where one is named; None where its address is bad."""
    settings = world.cert_manager
    location = settings.location
    if location is None:
        return None
    if version is not None and isinstance(location, GitHubReleases):
        location = replace(location, channel=version)
    key = ProviderKey(type=ProviderType.CORE, name=CERT_MANAGER_LABEL)
    entry = TableEntry(key=key, url=settings.url, location=location, origin=settings.origin)
    return CertManager(version=version or settings.version, entry=entry)
