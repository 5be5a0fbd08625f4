"""What ``init`` and ``init list-images`` share: the references of a first run, and the plan."""

from __future__ import annotations

from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.plan_install import (
    CERT_MANAGER_LABEL,
    CertManager,
    InstallPlan,
    InstallPlanner,
    with_defaults,
)
from capyctl.cli.exit_status import ExitStatus
from capyctl.cli.provider_command import ChoiceOptions
from capyctl.cli.references import GivenReferences, given_references
from capyctl.cli.run import Outcome, Run
from capyctl.cli.wiring import World
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.provider_table import TableEntry


def install_references(run: Run) -> GivenReferences | Outcome:
    """The references given, with ``-`` for "none of this type", or the outcome of a malformed one."""
    given = given_references(run, None, skip_allowed=True)
    return Outcome(diagnostics=given.problems, status=ExitStatus.USAGE) if given.problems else given


def plan_with(
    world: World, given: GivenReferences, options: ChoiceOptions, components: ComponentsPolicy
) -> tuple[InstallPlan, tuple[Diagnostic, ...]]:
    """The plan, and what is to be said about the references."""
    references = with_defaults(given.references, given.skipped)
    targets = world.finder().find(references)
    planner = InstallPlanner(
        catalog=world.catalog, asker=world.asker, components=components, cert_manager=_cert_manager(world)
    )
    return planner.plan(options.request(targets.found), world.invocation), targets.diagnostics


def _cert_manager(world: World) -> CertManager | None:
    settings = world.cert_manager
    if settings.location is None:
        return None
    key = ProviderKey(type=ProviderType.CORE, name=CERT_MANAGER_LABEL)
    entry = TableEntry(key=key, url=settings.url, location=settings.location, origin=settings.origin)
    return CertManager(version=settings.version, entry=entry)
