"""What a lock is about: the providers that references or its own entries stand for, with what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.plan_install import named_twice
from capyctl.app.resolution import Target
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.identity import CERT_MANAGER, ProviderReference, ProviderType, split_manifest_label
from capyctl.core.invocation import Invocation
from capyctl.core.lock import Lock, LockedProvider
from capyctl.core.requirement import Requirement, parse_requirement
from capyctl.core.version import parse_tag
from capyctl.wiring.world import World


class FoundTargets(Struct, frozen=True, kw_only=True):
    """What references stand for.

    Attributes:
        cert_manager: the reference to cert-manager; None where there is none.
        as_before: labels of which an update says nothing new, so that what the lock has of them is asked for again.
    """

    targets: tuple[Target, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    cert_manager: ProviderReference | None = None
    as_before: frozenset[str] = frozenset()


def find_targets(
    world: World, wanted: Iterable[tuple[ProviderReference, Requirement]], lock: Lock | None = None
) -> FoundTargets:
    """The target of each reference, with what is required of it; nothing may be named twice."""
    targets: list[Target] = []
    cert_managers: list[ProviderReference] = []
    said: list[Diagnostic] = []
    finder = world.finder(lock=lock)
    for reference, requirement in wanted:
        if reference.name == CERT_MANAGER and reference.type is None:
            cert_managers.append(reference)
            continue
        found = finder.find((reference,))
        targets += [replace(each, requirement=requirement) for each in found.found]
        said += [_placed(each, reference) for each in found.diagnostics]
    return FoundTargets(
        targets=tuple(targets),
        diagnostics=(*said, *_named_twice(targets), *_of_cert_manager(cert_managers, world.invocation)),
        cert_manager=cert_managers[0] if cert_managers else None,
    )


def _named_twice(targets: Sequence[Target]) -> Iterator[Diagnostic]:
    """The same provider named twice, at the place of the later one."""
    latest = {each.label: each.reference for each in targets}
    for told in named_twice(targets):
        yield _placed(told, latest[told.subject.provider or ""])


def _placed(told: Diagnostic, reference: ProviderReference) -> Diagnostic:
    """The same with the place where a spec file says it."""
    entry = reference.spec_entry
    if entry is None or told.spans:
        return told
    place, lines = entry.name_place, entry.text.splitlines()
    span = Span(
        file=entry.file,
        line=place.line,
        column=place.column,
        end_line=place.line,
        end_column=place.column + len(entry.written),
        label="named here",
        source=lines[place.line - 1] if place.line <= len(lines) else "",
    )
    return replace(told, spans=(span,))


def _of_cert_manager(references: Sequence[ProviderReference], invocation: Invocation) -> Iterator[Diagnostic]:
    """What is wrong with the references to cert-manager: two of them, or a tag that is no version."""
    if len(references) > 1:
        yield Diagnostic(
            code=codes.USAGE,
            severity=Severity.ERROR,
            detail=f"cert-manager is named twice: {references[0].text} and {references[1].text}.",
            subject=Subject(provider=CERT_MANAGER),
        )
    for each in references:
        if each.version is not None and parse_tag(each.version) is None:
            yield Diagnostic(
                code=codes.VERSION_NOT_FOUND,
                severity=Severity.ERROR,
                detail=f"{each.version} is not the tag of one version, and cert-manager is locked in one.",
                subject=Subject(provider=CERT_MANAGER, version=each.version),
                fixes=other_cert_managers(each, invocation),
            )


def other_cert_managers(reference: ProviderReference, invocation: Invocation) -> tuple[Fix, ...]:
    """The ways out where cert-manager has no such version: its tags begin with a v, and one is configured."""
    spelled = f"v{reference.version}"
    others = (
        [(f"name the tag {spelled}", f"{CERT_MANAGER}:{spelled}")] if parse_tag(spelled) is not None else []
    )
    others.append(("lock the version that is configured", CERT_MANAGER))
    return tuple(
        Fix(
            applicability=Applicability.REVIEW,
            title=title,
            command=invocation.with_reference(reference.text, other),
        )
        for title, other in others
    )


def targets_of_entries(world: World, lock: Lock) -> FoundTargets:
    """The targets of a lock's own entries."""
    return find_targets(world, [kept_request(each) for each in lock.providers], lock)


def kept_request(entry: LockedProvider) -> tuple[ProviderReference, Requirement]:
    """The reference of an entry and what was required of it, as the lock keeps it."""
    reference = ProviderReference(text=entry.provider, name=entry.provider)
    if entry.names_tag:
        return replace(reference, version=entry.requested), Requirement(tag=entry.requested)
    requirement = parse_requirement(entry.requested)
    return replace(reference, version=requirement.tag), requirement


def core_contract_of(lock: Lock, targets: Iterable[Target]) -> str | None:
    """The contract of the locked core, for a run that does not resolve it again."""
    if any(each.entry.key.type is ProviderType.CORE and each.pin is None for each in targets):
        return None
    cores = (each for each in lock.providers if split_manifest_label(each.provider).type is ProviderType.CORE)
    return next((each.contract for each in cores), None)
