"""What a lock lacks: files without which none is made, and what it can do without, said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from capyctl.app.fetch_diagnostics import failure_sentence
from capyctl.app.lacking_files import with_lacking_files
from capyctl.app.plan_install import CertManager, InstallPlan
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.invocation import Invocation
from capyctl.core.lock import Lock
from capyctl.core.metadata import METADATA
from capyctl.ports.fetch_errors import FetchError, RateLimitedError

_BY_GH = 'export GITHUB_TOKEN="$(gh auth token)"'


def with_missing_files(
    plan: InstallPlan, cert_manager: CertManager | None, invocation: Invocation
) -> tuple[Diagnostic, ...]:
    """What the plan says, with an error for each file that this run cannot have: a lock names the bytes of all.

    Where something is wrong, that alone is why nothing is locked.
    """
    if any(item.is_error for item in plan.diagnostics):
        return plan.diagnostics
    consequence = "A lock names the bytes of every file: nothing was locked."
    return with_lacking_files(
        plan.diagnostics, _lacking(plan, cert_manager), invocation, consequence, verb="lock"
    )


def _lacking(plan: InstallPlan, cert_manager: CertManager | None) -> list[Subject]:
    lacking = [
        Subject(provider=each.label, version=each.chosen.version.tag, file=name)
        for each in plan.resolutions
        if each.chosen is not None
        for name in (METADATA, each.target.location.components_file)
        if each.content(name) is None
    ]
    if cert_manager is not None and plan.manifest is None:
        name = cert_manager.entry.readable_location.components_file
        lacking.append(Subject(provider=CERT_MANAGER, version=cert_manager.version, file=name))
    return lacking


class Gaps(Struct, frozen=True, kw_only=True):
    """What could not be asked besides the files.

    Attributes:
        repositories: by label, whose repository has a number that is not known, its name, and why; without an error
            where this run asks no forge. images: those about which their registry told nothing, and why.
    """

    repositories: Mapping[str, tuple[str, FetchError | None]] = field(default_factory=dict)
    images: Mapping[str, FetchError] = field(default_factory=dict)


def diagnose_gaps(gaps: Gaps, lock: Lock, invocation: Invocation) -> tuple[Diagnostic, ...]:
    """What the finished lock lacks, and what it keeps of an older one because nobody told anything else."""
    kept = {each.provider for each in lock.providers if each.repository.id is not None}
    if lock.cert_manager is not None and lock.cert_manager.repository.id is not None:
        kept.add(CERT_MANAGER)
    lacking = {name: error for label, (name, error) in gaps.repositories.items() if label not in kept}
    known = {name: error for label, (name, error) in gaps.repositories.items() if label in kept}
    digests = {each.image: each.digest for each in lock.kubernetes if each.digest is not None}
    owners = (*lock.providers, *((lock.cert_manager,) if lock.cert_manager is not None else ()))
    digests |= {one.image: one.digest for each in owners for one in each.images if one.digest is not None}
    images = {name: error for name, error in gaps.images.items() if name not in digests}
    old_images = {name: error for name, error in gaps.images.items() if name in digests}
    return (
        *_without_number(lacking, invocation),
        *_kept("number", known),
        *_without_digest(images),
        *_kept("digest", old_images),
    )


def _without_number(unknown: Mapping[str, FetchError | None], invocation: Invocation) -> Iterator[Diagnostic]:
    """Repositories whose number is not known, in one warning: a run goes on without it."""
    if not unknown:
        return
    errors = [error for error in unknown.values() if error is not None]
    yield Diagnostic(
        code=codes.LOCK_INCOMPLETE,
        severity=Severity.WARNING if errors else Severity.NOTE,
        detail=(
            f"The lock has no number for {_listed(sorted(unknown))}. {_why(errors)} Without it, a repository that was"
            " deleted and made anew under the same name cannot be told from this one."
        ),
        evidence=tuple(error.evidence for error in errors),
        fixes=(_lock_again(errors, invocation),) if errors else (),
    )


def _without_digest(unknown: Mapping[str, FetchError]) -> Iterator[Diagnostic]:
    """Images about which their registry told nothing, in one note."""
    if not unknown:
        return
    errors = list(unknown.values())
    yield Diagnostic(
        code=codes.LOCK_INCOMPLETE,
        severity=Severity.NOTE,
        detail=f"The lock has no digest for {_listed(sorted(unknown))}. {_why(errors)}",
        evidence=tuple(error.evidence for error in errors),
    )


def _kept(what: str, known: Mapping[str, FetchError | None]) -> Iterator[Diagnostic]:
    """What an older lock knew and nobody could be asked about this time."""
    if not known:
        return
    errors = [error for error in known.values() if error is not None]
    yield Diagnostic(
        code=codes.LOCK_INCOMPLETE,
        severity=Severity.NOTE,
        detail=(
            f"The {what} of {_listed(sorted(known))} could not be asked, and the lock keeps the one it had."
            f" {_why(errors)}"
        ),
        evidence=tuple(error.evidence for error in errors),
    )


def _why(errors: Sequence[FetchError]) -> str:
    return failure_sentence(errors[0]) if errors else "This run asks no forge."


def _lock_again(errors: Sequence[FetchError], invocation: Invocation) -> Fix:
    if any(isinstance(error, RateLimitedError) for error in errors):
        title = f"raise the quota with a token ({_BY_GH}) and lock again"
    else:
        title = "lock again once the forge's API answers"
    return Fix(applicability=Applicability.REVIEW, title=title, command=invocation.command())


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
