"""What a lock is about: the providers that references or its own entries stand for, with what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.resolution import Target
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderReference, ProviderType, split_manifest_label
from capyctl.core.lock import Lock, LockedProvider
from capyctl.core.requirement import Requirement, parse_requirement
from capyctl.core.version import spellings_of
from capyctl.core.version_constraint import ConstraintError
from capyctl.wiring.lock_reading import UnusableLockError
from capyctl.wiring.world import World


class FoundTargets(Struct, frozen=True, kw_only=True):
    """What references stand for."""

    targets: tuple[Target, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    cert_manager: bool = False


def find_targets(world: World, wanted: Iterable[tuple[ProviderReference, Requirement]]) -> FoundTargets:
    """The target of each reference, with what is required of it."""
    targets: list[Target] = []
    said: list[Diagnostic] = []
    for reference, requirement in wanted:
        found = world.finder().find((reference,))
        targets += [replace(each, requirement=requirement) for each in found.found]
        said += found.diagnostics
    return FoundTargets(targets=tuple(targets), diagnostics=tuple(said))


def targets_of_entries(world: World, entries: Iterable[LockedProvider], path: str) -> FoundTargets:
    """The targets of a lock's own entries.

    Raises:
        UnusableLockError: as ``kept_request``.
    """
    return find_targets(world, [kept_request(each, path) for each in entries])


def kept_request(entry: LockedProvider, path: str) -> tuple[ProviderReference, Requirement]:
    """The reference of an entry and what was required of it, as the lock keeps it.

    Raises:
        UnusableLockError: somebody edited it into something else.
    """
    reference = ProviderReference(text=entry.provider, name=entry.provider)
    if entry.requested is not None and entry.version in spellings_of(entry.requested):
        return replace(reference, version=entry.requested), Requirement(tag=entry.requested)
    try:
        requirement = parse_requirement(entry.requested)
    except ConstraintError as error:
        detail = (
            f"The lock {path} cannot be used: 'requested' of {entry.provider} is no tag and no constraint:"
            f" {error.reason}."
        )
        raise UnusableLockError(
            Diagnostic(
                code=codes.LOCK_UNREADABLE,
                severity=Severity.ERROR,
                detail=detail,
                subject=Subject(provider=entry.provider, file=path),
                fixes=(
                    Fix(
                        applicability=Applicability.REVIEW,
                        title="take the lock from version control again; it is not meant to be edited",
                        command="capyctl explain CAPY1101",
                    ),
                ),
            )
        ) from error
    return replace(reference, version=requirement.tag), requirement


def core_contract_of(lock: Lock, targets: Iterable[Target]) -> str | None:
    """The contract of the locked core, for a run that does not resolve it again."""
    if any(each.entry.key.type is ProviderType.CORE and each.pin is None for each in targets):
        return None
    cores = (each for each in lock.providers if split_manifest_label(each.provider).type is ProviderType.CORE)
    return next((each.contract for each in cores), None)
