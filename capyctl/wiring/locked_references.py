"""References and versions held against a lock, before any file is (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from capyctl.core.contract import NEWEST_CORE_CONTRACT, accepted_contracts
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import CERT_MANAGER, ProviderReference
from capyctl.core.provider_table import TableEntry
from capyctl.core.requirement import LATEST
from capyctl.core.rules.locked import AskedVersion, contract_differs, not_in_lock, version_differs
from capyctl.core.version import spellings_of
from capyctl.wiring.binding import Bound
from capyctl.wiring.choice import ChoiceOptions, References
from capyctl.wiring.locked import LockedRun
from capyctl.wiring.world import World


def locked_references(
    world: World, references: References, choice: ChoiceOptions, *, all_types: bool
) -> Bound:
    """What ``bind_references`` answers in a run that is bound to a lock.

    A bare name that several types have (``all_types``) stands for those of them that the lock has, if any.
    """
    run = world.locked
    if run is None:
        return Bound(references=references, choice=choice)
    wanted: list[ProviderReference] = []
    said: list[Diagnostic] = []
    refused: set[str] = set()
    for reference in references:
        found = world.finder(all_types=all_types).find((reference,))
        entries = [each.entry for each in (*found.found, *found.unusable)]
        there = [each for each in entries if run.catalog.locked(each.key.manifest_label) is not None]
        if not entries:
            wanted.append(reference)
        for entry in there or entries:
            label = entry.key.manifest_label
            differing = _differences(run, entry, reference, choice)
            said += differing
            refused |= {label} if differing else set()
            wanted.append(reference if len(entries) == 1 else replace(reference, name=label, type=None))
    settled = [_settled(run, world, each) for each in wanted]
    return Bound(
        references=settled, choice=_choice(run, choice), refused=frozenset(refused), said=tuple(said)
    )


def check_cert_manager(world: World) -> tuple[Diagnostic, ...]:
    """Whether the cert-manager that the configuration names is the lock's, where one is to be brought."""
    run = world.locked
    if run is None or world.cert_manager.externally_provisioned:
        return ()
    locked, pin = run.lock.cert_manager, run.pins.get(CERT_MANAGER)
    if locked is None:
        return (not_in_lock(CERT_MANAGER, CERT_MANAGER, run.labels, run.origin),)
    if pin is None or locked.version in spellings_of(pin.tag):
        return ()
    asked = AskedVersion(label=CERT_MANAGER, version=pin.tag, by=f"is what {pin.origin} names")
    return (version_differs(asked, locked.version, run.origin),)


def version_problems(world: World, versions: Iterable[tuple[str, str, str]]) -> tuple[Diagnostic, ...]:
    """Of versions by manifest label, with a clause of who asks for each, those that are not the lock's."""
    run = world.locked
    if run is None:
        return ()
    found = []
    for label, version, by in versions:
        locked = run.catalog.locked(label)
        if locked is None:
            told = f"{version} {by},"
            found.append(not_in_lock(label, f"{label}:{version}", run.labels, run.origin, told))
        elif locked.version not in spellings_of(version):
            asked = AskedVersion(label=label, version=version, by=by, reference=f"{label}:{version}")
            found.append(version_differs(asked, locked.version, run.origin))
    return tuple(found)


def pin_problems(run: LockedRun, label: str) -> tuple[Diagnostic, ...]:
    """A version that the provider's address pins and that is not the lock's, unless it was asked for by its tag."""
    locked, pin = run.catalog.locked(label), run.pins.get(label)
    if locked is None or pin is None or locked.version in spellings_of(pin.tag):
        return ()
    entry = run.lock.provider(label)
    if entry is not None and entry.names_tag:
        return ()
    asked = AskedVersion(
        label=label,
        version=pin.tag,
        by=f"is what its address pins ({pin.origin})",
        reference=f"{label}:{pin.tag}",
    )
    return (version_differs(asked, locked.version, run.origin),)


def _differences(
    run: LockedRun, entry: TableEntry, reference: ProviderReference, choice: ChoiceOptions
) -> list[Diagnostic]:
    label = entry.key.manifest_label
    locked = run.lock.provider(label)
    if locked is None:
        return [not_in_lock(label, _by_label(label, reference), run.labels, run.origin)]
    found: list[Diagnostic] = []
    named = _named(reference)
    if named is None:
        found += pin_problems(run, label)
    elif locked.version not in spellings_of(named):
        asked = AskedVersion(
            label=label,
            version=named,
            by="is asked for",
            reference=f"{label}:{named}",
            instead=_without_version(run, reference),
        )
        found.append(version_differs(asked, locked.version, run.origin))
    if choice.contract is not None and locked.contract not in (None, choice.contract):
        found.append(contract_differs(label, choice.contract, locked.contract, run.origin))
    return found


def _named(reference: ProviderReference) -> str | None:
    return reference.version if reference.version != LATEST else None


def _by_label(label: str, reference: ProviderReference) -> str:
    named = _named(reference)
    return f"{label}:{named}" if named is not None else label


def _without_version(run: LockedRun, reference: ProviderReference) -> str | None:
    """The same command with the reference's version left out, where it was typed."""
    invocation = run.origin.invocation
    typed = {part for word in invocation.words for part in word.partition("=")[2].split(",")}
    typed |= {part for word in invocation.words for part in word.split(",")}
    if reference.text not in typed:
        return None
    name = reference.text.partition(":")[0]
    return invocation.with_reference(reference.text, name, kind=reference.type)


def _settled(run: LockedRun, world: World, reference: ProviderReference) -> ProviderReference:
    """``latest`` is what the lock has, and a version is spelled as the lock spells it."""
    named = _named(reference)
    if named is None:
        return replace(reference, version=None)
    found = world.finder().find((reference,)).found
    locked = run.lock.provider(found[0].label) if len(found) == 1 else None
    if locked is None or locked.version not in spellings_of(named):
        return reference
    return replace(reference, version=locked.version)


def _choice(run: LockedRun, choice: ChoiceOptions) -> ChoiceOptions:
    """A lock of an old contract was made with that contract named; then it is the one accepted here as well."""
    contracts = {each.contract for each in run.lock.providers if each.contract is not None}
    if choice.contract is not None or len(contracts) != 1:
        return choice
    (contract,) = contracts
    return (
        choice if contract in accepted_contracts(NEWEST_CORE_CONTRACT) else replace(choice, contract=contract)
    )
