"""The plan of an installation over a world: its defaults, its lock, its cert-manager."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.plan_install import CertManager, InstallPlan, InstallPlanner, with_defaults
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import CERT_MANAGER, ProviderKey, ProviderType
from capyctl.core.location import GitHubReleases
from capyctl.core.provider_table import TableEntry
from capyctl.wiring.binding import Bound, bind_references, everything_locked, with_files
from capyctl.wiring.choice import ChoiceOptions, References
from capyctl.wiring.served import Served, served
from capyctl.wiring.world import World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capyctl.app.resolution import Target
    from capyctl.core.inventory import Inventory
    from capyctl.core.resolved import Resolved


class PlanOptions(Struct, frozen=True, kw_only=True):
    """What an installation plan depends on besides its references.

    Attributes:
        skipped: types of which no default provider is wanted. render: whether values of variables matter.
        objects: whether what is planned may be applied, so that its objects are wanted.
    """

    choice: ChoiceOptions
    skipped: frozenset[ProviderType] = frozenset()
    render: bool = True
    target_namespace: str | None = None
    objects: bool = True


class InstallRequest(Struct, frozen=True, kw_only=True):
    """What ``init`` was asked for.

    Attributes:
        wait: seconds to wait for the providers' Deployments; 0 for not at all. validate: as the flag.
    """

    references: References
    options: PlanOptions
    dry_run: bool = False
    wait: float = 0.0
    validate: bool = True


class Circumstances(Struct, frozen=True, kw_only=True):
    """What a cluster says beforehand about an installation.

    Attributes:
        first_run: whether the defaults join. installed: labels of which an instance is there.
        core_contract: of the installed core. brings_cert_manager: whether there is none yet.
        inventory: what is installed: a reference to that without another version asks no source. None for nothing.
        cert_manager: the version that is brought; None for the configured one.
    """

    first_run: bool = True
    installed: frozenset[str] = frozenset()
    core_contract: str | None = None
    brings_cert_manager: bool = True
    inventory: Inventory | None = None
    cert_manager: str | None = None


def plan_installation(world: World, references: References, options: PlanOptions) -> Served[InstallPlan]:
    """What ``init`` would do on a cluster without providers."""
    plan, said = install_plan(world, references, replace(options, objects=False), Circumstances())
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
            render=options.render,
            target_namespace=options.target_namespace,
            kept=there.installed,
            objects=options.objects,
        ),
        cert_manager=cert_manager,
    )
    kept, others = _kept(targets.found, there, options)
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
    _, others = _kept(targets, there, options)
    brought = cert_manager.entry if cert_manager is not None else None
    if brought is not None and there.cert_manager is not None:
        from capyctl.wiring.locked_references import version_problems  # noqa: PLC0415 - start-up budget

        by = "is what the run brings that was broken off"
        problems = version_problems(world, [(CERT_MANAGER, there.cert_manager, by)])
        bound = replace(bound, said=(*bound.said, *problems))
    return with_files(world, bound, [each.entry for each in others], brought)


def _kept(
    targets: Sequence[Target], there: Circumstances, options: PlanOptions
) -> tuple[tuple[Resolved, ...], tuple[Target, ...]]:
    """Those that stay as they are installed, and all others."""
    if there.inventory is None:
        return (), tuple(targets)
    from capyctl.app.kept_provider import kept_as_installed  # noqa: PLC0415 - start-up budget

    return kept_as_installed(targets, there.inventory, options.target_namespace)


def _nothing() -> InstallPlan:
    """The plan of an installation of which nothing may be given."""
    return InstallPlan(cert_manager=None, providers=(), images=(), diagnostics=())


def cert_manager_of(world: World, version: str | None = None) -> CertManager | None:
    """The cert-manager that is configured, in another version where one is named; None where its address is bad."""
    settings = world.cert_manager
    location = settings.location
    if location is None:
        return None
    if version is not None and isinstance(location, GitHubReleases):
        location = replace(location, channel=version)
    key = ProviderKey(type=ProviderType.CORE, name=CERT_MANAGER)
    entry = TableEntry(key=key, url=settings.url, location=location, origin=settings.origin)
    return CertManager(version=version or settings.version, entry=entry)
