"""What is said about a marker: that it could not be resolved, or that it is not what it was."""

from __future__ import annotations

from urllib.parse import urlsplit

from msgspec.structs import replace

from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.core import codes
from capyctl.core.ages import age_between
from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Fix, Severity, Subject
from capyctl.core.invocation import Invocation
from capyctl.core.kept_answer import Sighting
from capyctl.core.lock import LOCK_NAME
from capyctl.core.release_marker import ReleaseMarker
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    OfflineError,
    RateLimitedError,
)
from capyctl.ports.fetcher import Answer
from capyctl.ports.release_markers import ResolvedMarker

_COMMAND = ("kubernetes-version", "resolve")
_SHAPELESS = frozenset({"malformed", "empty"})
_WRITING = ("--env-file", "--env-name")
"""Options that a command does without which only looks."""

_BEHIND_NO_LOGIN = "have the proxy on the way let the address through, which is public"
_WAYS = {
    codes.RATE_LIMITED: "wait",
    codes.ACCESS_DENIED: _BEHIND_NO_LOGIN,
    codes.CREDENTIAL_REJECTED: _BEHIND_NO_LOGIN,
}
"""What to do where a server of markers refuses, by the code of the refusal."""


def about_failure(marker: ReleaseMarker, error: FetchError, invocation: Invocation) -> tuple[Diagnostic, ...]:
    """Why a marker could not be resolved."""
    if isinstance(error, AbsentError) and error.evidence.route == "lock":
        return (_not_locked(marker, error, invocation),)
    if isinstance(error, AbsentError):
        return (_absent(marker, error, invocation),)
    if isinstance(error, BadAnswerError) and error.evidence.failure in _SHAPELESS:
        return (_shapeless(marker, error, invocation),)
    if isinstance(error, OfflineError):
        return (_nothing_kept(marker, error),)
    failed = diagnose_failures([Failure(error=error, provider=None)], Severity.ERROR)
    return tuple(
        replace(each, detail=f"{marker} was not resolved. {each.detail}", fixes=_past_refusal(each, error))
        for each in failed
    )


def _past_refusal(failed: Diagnostic, error: FetchError) -> tuple[Fix, ...]:
    """Whoever serves markers knows no login: a token of a forge lets nobody in, and buys no quota."""
    if failed.code not in _WAYS:
        return failed.fixes
    reset_at = error.reset_at if isinstance(error, RateLimitedError) else None
    first = f"wait until {reset_at}" if reset_at is not None else _WAYS[failed.code]
    title = f"{first}, or ask a mirror that answers (CAPYCTL_RELEASE_MARKERS), or give an exact version"
    return (Fix(applicability=Applicability.REVIEW, title=title),)


def about_drift(
    answer: Answer[ResolvedMarker], before: Sighting, lock: str | None, invocation: Invocation
) -> Diagnostic:
    """Two values of one marker, each with its time; ``lock`` names the file that has the earlier one."""
    found = answer.value
    then = f"{lock} has {before.value}" if lock is not None else f"this machine got {before.value}"
    return Diagnostic(
        code=codes.MARKER_DRIFT,
        severity=Severity.WARNING,
        detail=(
            f"{found.marker} stands for {found.version} (asked {found.resolved_at}); {then}, asked"
            f" {before.seen_at}. What was built or pulled for the earlier value does not fit the later one."
        ),
        subject=Subject(version=found.version.text, file=lock),
        evidence=answer.evidence,
        fixes=_after_drift(found, before, lock, invocation),
    )


def _after_drift(
    found: ResolvedMarker, before: Sighting, lock: str | None, invocation: Invocation
) -> tuple[Fix, ...]:
    marker = found.marker.text
    if lock is None:
        title = (
            f"go on with one value in every stage: give {before.value} or {found.version} itself, or lock the"
            f" marker: capyctl lock --kubernetes-version {marker}"
        )
        return (Fix(applicability=Applicability.REVIEW, title=title),)
    return (
        Fix(
            applicability=Applicability.REVIEW,
            title="go on with the value of the lock",
            command=invocation.about(*_COMMAND, marker, "--locked", lock),
        ),
        Fix(
            applicability=Applicability.REVIEW,
            title="move the lock on to the new value",
            command=_locking(marker, invocation),
        ),
    )


def _locking(marker: str, invocation: Invocation) -> str:
    """What records the marker's present value in the lock of this folder, and leaves the rest of it alone."""
    return invocation.about("lock", "--update", "--kubernetes-version", marker)


def about_kept_value(found: ResolvedMarker, as_of: str, now: str) -> Diagnostic:
    """An answer of a run without network, with its age."""
    return Diagnostic(
        code=codes.KEPT_VERSION_USED,
        severity=Severity.NOTE,
        detail=(
            f"The run is offline: {found.version} is what this machine got for {found.marker} at {as_of},"
            f" {age_between(as_of, now)} ago. The marker may have moved since."
        ),
        subject=Subject(version=found.version.text),
        confidence=Confidence.LIKELY,
    )


def about_series(answer: Answer[ResolvedMarker], invocation: Invocation) -> Diagnostic:
    """A version of another minor release than the marker names."""
    found = answer.value
    return Diagnostic(
        code=codes.MARKER_OF_ANOTHER_SERIES,
        severity=Severity.WARNING,
        detail=(
            f"{found.marker} names the series {found.marker.minor}, and {_host(found.url)} answers"
            f" {found.version}."
        ),
        subject=Subject(version=found.version.text),
        evidence=answer.evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"check the content of {found.url}",
                command=invocation.about(*_COMMAND, found.marker.text, "-v"),
            ),
        ),
    )


def about_publication(found: ResolvedMarker) -> Diagnostic:
    """A build between releases: said when it is resolved, before anybody waits for its image."""
    return Diagnostic(
        code=codes.VERSION_NEVER_PUBLISHED,
        severity=Severity.NOTE,
        detail=(
            f"{found.version} is a build between releases: its node image and the images of its control plane"
            " are in no public registry and have to be built or loaded."
        ),
        subject=Subject(version=found.version.text),
    )


def _absent(marker: ReleaseMarker, error: FetchError, invocation: Invocation) -> Diagnostic:
    return Diagnostic(
        code=codes.MARKER_ABSENT,
        severity=Severity.ERROR,
        detail=f"{_host(error.evidence.url)} has no marker {marker} ({error.evidence.url}).",
        evidence=(error.evidence,),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="resolve a marker that exists, or give an exact version",
                command=invocation.about(*_COMMAND, "stable"),
            ),
        ),
    )


def _shapeless(marker: ReleaseMarker, error: FetchError, invocation: Invocation) -> Diagnostic:
    return Diagnostic(
        code=codes.MARKER_NOT_A_VERSION,
        severity=Severity.ERROR,
        detail=f"{marker} was not resolved: {error.reason}.",
        evidence=(error.evidence,),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="see what answers there, with its address, size and digest; until then give an exact version",
                command=invocation.about(*_COMMAND, marker.text, "-v"),
            ),
        ),
    )


def _not_locked(marker: ReleaseMarker, error: FetchError, invocation: Invocation) -> Diagnostic:
    return Diagnostic(
        code=codes.MARKER_NOT_LOCKED,
        severity=Severity.ERROR,
        detail=f"{marker} was not resolved: {error.reason}, and a locked run asks nobody.",
        subject=Subject(file=invocation.value_of("--locked")),
        evidence=(error.evidence,),
        fixes=(
            *_lock_it_too(marker, invocation),
            Fix(
                applicability=Applicability.REVIEW,
                title="see what it stands for now",
                command=invocation.without("--locked", *_WRITING),
            ),
        ),
    )


def _lock_it_too(marker: ReleaseMarker, invocation: Invocation) -> tuple[Fix, ...]:
    """Only the lock of this folder can be extended in place."""
    if invocation.value_of("--locked") not in (LOCK_NAME, f"./{LOCK_NAME}"):
        return ()
    command = _locking(marker.text, invocation)
    return (Fix(applicability=Applicability.REVIEW, title="lock the marker as well", command=command),)


def _nothing_kept(marker: ReleaseMarker, error: FetchError) -> Diagnostic:
    return Diagnostic(
        code=codes.NO_DATA_OFFLINE,
        severity=Severity.ERROR,
        detail=f"{marker} was not resolved: {error.reason}.",
        evidence=(error.evidence,),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="resolve it once without --offline, give an exact version, or take a lock: --locked FILE",
            ),
        ),
    )


def _host(url: str | None) -> str:
    return urlsplit(url or "").hostname or "the server"
