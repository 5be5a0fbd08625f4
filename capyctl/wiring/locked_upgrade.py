"""Upgrades that are bound to a lock: each installed provider goes to the lock's version, or stays (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.app.upgrade_apply.selection import Selection, ordered_steps
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import CERT_MANAGER, ProviderType, split_manifest_label
from capyctl.core.inventory import InstalledProvider
from capyctl.core.provider_table import TableEntry
from capyctl.core.rules.locked import contract_differs, stays_newer, stays_unlocked
from capyctl.core.rules.upgrade_apply import UpgradeStep
from capyctl.core.version import parse_version
from capyctl.wiring.lock_comparison import compare_files
from capyctl.wiring.locked import LockedRun
from capyctl.wiring.locked_references import check_cert_manager, pin_problems, version_problems
from capyctl.wiring.world import World


def compare_upgrades(world: World, installed: Sequence[InstalledProvider]) -> tuple[Diagnostic, ...]:
    """What differs from the lock of the providers that a plan would bring to its versions."""
    run = world.locked
    if run is None:
        return ()
    pins = tuple(problem for each in installed for problem in pin_problems(run, each.manifest_label))
    going = [each for each in installed if _is_older(run, each)]
    return (*pins, *compare_files(world, _entries(world, going)).said)


def compare_steps(
    world: World, steps: Sequence[UpgradeStep], by: str, *, cert_manager: str | None
) -> tuple[Diagnostic, ...]:
    """What differs from the lock of these steps, of their files, and of the cert-manager that is brought.

    ``by`` is a clause of who asks for the versions.
    """
    run = world.locked
    if run is None:
        return ()
    problems = list(version_problems(world, [(step.label, step.tag, by) for step in steps]))
    refused = {each.subject.provider for each in problems}
    entries = _entries(world, [step.installed for step in steps if step.label not in refused])
    if cert_manager is not None:
        about = [*check_cert_manager(world), *version_problems(world, [(CERT_MANAGER, cert_manager, by)])]
        problems += about
        if not about:
            entries += _cert_manager_entry(world)
    return (*problems, *compare_files(world, entries).said)


def contract_problems(world: World, contract: str | None) -> tuple[Diagnostic, ...]:
    """``--contract`` of an upgrade names the core's; the lock's core has another one."""
    run = world.locked
    if run is None or contract is None:
        return ()
    return tuple(
        contract_differs(each.provider, contract, each.contract, run.origin)
        for each in run.lock.providers
        if each.contract not in (None, contract) and each.contract is not None
        if split_manifest_label(each.provider).type is ProviderType.CORE
    )


def select_locked(run: LockedRun, installed: Sequence[InstalledProvider]) -> Selection:
    """Every installed provider that is older than in the lock; what stays is told."""
    steps, staying = [], []
    for each in installed:
        locked = run.lock.provider(each.manifest_label)
        if locked is None:
            staying.append(stays_unlocked(each.manifest_label, each.version_text, run.origin))
        elif _is_older(run, each):
            steps.append(UpgradeStep(installed=each, tag=locked.version))
        elif not _is_there(run, each):
            newer = stays_newer(each.manifest_label, each.version_text, locked.version, run.origin)
            staying.append(newer)
    return Selection(steps=ordered_steps(steps), problems=tuple(staying))


def _is_older(run: LockedRun, installed: InstalledProvider) -> bool:
    """Whether the lock has a newer version than is installed."""
    locked = run.lock.provider(installed.manifest_label)
    wanted = parse_version(locked.version) if locked is not None else None
    return wanted is not None and installed.version is not None and installed.version < wanted


def _is_there(run: LockedRun, installed: InstalledProvider) -> bool:
    locked = run.lock.provider(installed.manifest_label)
    wanted = parse_version(locked.version) if locked is not None else None
    return wanted is not None and installed.version == wanted


def _entries(world: World, installed: Sequence[InstalledProvider]) -> list[TableEntry]:
    found = (world.table.get(each.key) for each in installed if each.key is not None)
    return [each for each in found if each is not None and each.location is not None]


def _cert_manager_entry(world: World) -> list[TableEntry]:
    from capyctl.wiring.planning import cert_manager_of  # noqa: PLC0415 - services bind by this package's modules

    found = cert_manager_of(world)
    return [found.entry] if found is not None else []
