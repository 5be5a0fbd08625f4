"""What a lock lacks: files without which none is made, and what it can do without, said once."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.app.lock.images import AskedImages
from capyctl.app.lock.repositories import AskedRepositories
from capyctl.app.plan_install import CertManager, InstallPlan
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.invocation import Invocation
from capyctl.core.metadata import METADATA
from capyctl.ports.fetch_errors import FetchError, RateLimitedError

_BY_GH = 'export GITHUB_TOKEN="$(gh auth token)"'


def missing_files(plan: InstallPlan, cert_manager: CertManager | None) -> tuple[Diagnostic, ...]:
    """Files that this run cannot have although nothing is wrong with them: a lock names the bytes of each."""
    lacking = [
        (each.label, name)
        for each in plan.resolutions
        if each.chosen is not None
        for name in (METADATA, each.target.location.components_file)
        if each.content(name) is None
    ]
    if cert_manager is not None and plan.manifest is None:
        lacking.append((CERT_MANAGER, cert_manager.entry.readable_location.components_file))
    if not lacking or any(item.is_error for item in plan.diagnostics):
        return ()
    named = ", ".join(f"{name} of {label}" for label, name in lacking)
    return (
        Diagnostic(
            code=codes.FILE_NOT_AVAILABLE_OFFLINE,
            severity=Severity.ERROR,
            detail=f"A lock names the bytes of every file, and this run cannot have {named}. Nothing was locked.",
            subject=Subject(provider=lacking[0][0], file=lacking[0][1]),
            fixes=(
                Fix(
                    applicability=Applicability.REVIEW,
                    title="lock where there is a network, without --offline",
                ),
            ),
        ),
    )


def repository_gaps(asked: AskedRepositories, invocation: Invocation) -> tuple[Diagnostic, ...]:
    """Repositories whose number is not known, in one warning: a run goes on without it."""
    unknown = {
        name: reply.error if reply is not None else None
        for (_, name), reply in asked.replies.items()
        if reply is None or reply.answer is None or reply.answer.value.id is None
    }
    if not unknown:
        return ()
    errors = [error for error in unknown.values() if error is not None]
    said = f" {_sentence(errors[0])}" if errors else " This run asks no forge."
    return (
        Diagnostic(
            code=codes.LOCK_INCOMPLETE,
            severity=Severity.WARNING if errors else Severity.NOTE,
            detail=(
                f"The lock has no number for {_listed(sorted(unknown))}.{said} Without it, a repository that was"
                " deleted and made anew under the same name cannot be told from this one."
            ),
            evidence=tuple(error.evidence for error in errors),
            fixes=(_lock_again(errors, invocation),) if errors else (),
        ),
    )


def image_gaps(asked: AskedImages) -> list[Diagnostic]:
    """Images about which their registry told nothing, in one note."""
    errors = asked.errors
    if not errors:
        return []
    first = next(iter(errors.values()))
    return [
        Diagnostic(
            code=codes.LOCK_INCOMPLETE,
            severity=Severity.NOTE,
            detail=f"The lock has no digest for {_listed(sorted(errors))}. {_sentence(first)}",
            evidence=tuple(error.evidence for error in errors.values()),
        )
    ]


def _lock_again(errors: Sequence[FetchError], invocation: Invocation) -> Fix:
    if any(isinstance(error, RateLimitedError) for error in errors):
        title = f"raise the quota with a token ({_BY_GH}) and lock again"
    else:
        title = "lock again once the forge's API answers"
    return Fix(applicability=Applicability.REVIEW, title=title, command=invocation.command())


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def _sentence(error: FetchError) -> str:
    return f"{error.reason[:1].upper()}{error.reason[1:]}."
