"""What is said about node images: absent, gone, changed, mislabelled, or not known (F67-F70)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.node_image import (
    REGISTRY,
    VERSION_FILE,
    RecordedImage,
    is_ever_published,
    nearest_with_image,
    newest_with_image,
    node_image,
)
from capyctl.core.release_marker import ReleaseVersion
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.fetcher import Answer

_COMMAND = ("kubernetes-version", "image")
_LOG_IN = "log in to the registry, so that your own quota and rights count: docker login"
_OF_CREDENTIALS = frozenset({codes.RATE_LIMITED, codes.CREDENTIAL_REJECTED, codes.ACCESS_DENIED})


def about_absence(
    version: ReleaseVersion,
    records: Sequence[RecordedImage],
    tags: Sequence[str] | None,
    error: FetchError,
    invocation: Invocation,
) -> tuple[Diagnostic, ...]:
    """Why there is no image: such versions never have one, or it is gone, or it is not there yet."""
    newest = newest_with_image(tags, version.minor) if tags is not None else None
    nearest = nearest_with_image(tags, version) if tags is not None and records else None
    known = f" The newest of {version.minor} that has one is {newest}." if newest is not None else ""
    fixes = _other_images(version, dict.fromkeys(each for each in (newest, nearest) if each), invocation)
    cause = _cause(version, records)
    if cause is not None:
        cause = replace(cause, detail=f"{cause.detail}{known}", evidence=(error.evidence,), fixes=fixes)
    absent = Diagnostic(
        code=codes.NODE_IMAGE_ABSENT,
        severity=Severity.ERROR,
        detail=f"There is no image {node_image(version.text)}.{known}",
        subject=Subject(version=version.text),
        evidence=(error.evidence,),
        caused_by=cause,
        fixes=fixes,
    )
    return (absent,) if cause is None else (cause, absent)


def about_withdrawal(
    version: ReleaseVersion, before: RecordedImage, asked: tuple[Evidence, ...], invocation: Invocation
) -> Diagnostic:
    """An image that a record has and that is gone, where what is made is made without it."""
    return Diagnostic(
        code=codes.NODE_IMAGE_WITHDRAWN,
        severity=Severity.WARNING,
        detail=f"{_existed(version, before)} The lock has no digest for it any more.",
        subject=Subject(version=version.text),
        evidence=asked,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="see which version near it has an image; the digest is in the lock of before",
                command=invocation.about(*_COMMAND, version.text),
            ),
        ),
    )


def about_change(
    version: ReleaseVersion, answer: Answer[str], before: RecordedImage, invocation: Invocation
) -> Diagnostic:
    """A tag that leads to another image than it did; the answer is its digest."""
    digest = answer.value
    image = node_image(version.text)
    return Diagnostic(
        code=codes.NODE_IMAGE_CHANGED,
        severity=Severity.WARNING,
        detail=(
            f"{image} has the digest {digest}; {before.where} has {before.digest}, recorded {before.seen_at}."
        ),
        subject=Subject(version=version.text),
        evidence=answer.evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"go on with the recorded image: {image}@{before.digest}; or look into the new one",
                command=invocation.about(*_COMMAND, version.text, "--inspect"),
            ),
        ),
    )


def about_contents(
    version: ReleaseVersion, contains: str, evidence: tuple[Evidence, ...], invocation: Invocation
) -> Diagnostic:
    """An image that was built from another version than its tag says."""
    return Diagnostic(
        code=codes.NODE_IMAGE_MISLABELLED,
        severity=Severity.ERROR,
        detail=(
            f"The image tagged {version} contains {contains}: /{VERSION_FILE} in its layers says so. Cluster"
            " creation writes its configuration for the one and runs the other."
        ),
        subject=Subject(version=version.text, file=VERSION_FILE),
        evidence=evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"build the image from the branch release-{version.minor}, not from the main branch",
            ),
            Fix(
                applicability=Applicability.REVIEW,
                title="see whether the version that the image contains has an image of its own",
                command=invocation.about(*_COMMAND, contains),
            ),
        ),
    )


def about_unread(
    version: ReleaseVersion, reason: str, evidence: tuple[Evidence, ...], invocation: Invocation
) -> Diagnostic:
    """An image whose contents are not known."""
    return Diagnostic(
        code=codes.NODE_IMAGE_UNREAD,
        severity=Severity.ERROR,
        detail=f"{node_image(version.text)} exists, and what it contains is not known: {reason}.",
        subject=Subject(version=version.text, file=VERSION_FILE),
        evidence=evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="leave --inspect out, or take an image that kind has built",
                command=invocation.about(*_COMMAND, version.text),
            ),
        ),
    )


def about_registry(what: str, error: FetchError) -> tuple[Diagnostic, ...]:
    """A registry that gave no answer; ``what`` says in one clause what is not known for it."""
    failed = diagnose_failures([Failure(error=error, provider=None)], Severity.ERROR)
    return tuple(
        replace(
            each,
            detail=f"{what}. {each.detail}",
            fixes=_fixes(each),
        )
        for each in failed
    )


def about_offline(version: ReleaseVersion, records: Sequence[RecordedImage]) -> Diagnostic:
    """A run without network: what was recorded is told, and nothing is concluded from it."""
    told = "".join(f" {each.where} has its digest, {each.digest}, of {each.seen_at}." for each in records)
    return Diagnostic(
        code=codes.NO_DATA_OFFLINE,
        severity=Severity.ERROR,
        detail=(
            f"Whether {node_image(version.text)} exists can only be said by {REGISTRY}, and the run is"
            f" offline.{told}"
        ),
        subject=Subject(version=version.text),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="ask again with a network; what is recorded only says what was",
            ),
        ),
    )


def about_list(cause: FetchError | Answer[tuple[str, ...]]) -> Diagnostic:
    """A list of tags that could not be had, or is only a part."""
    reason = cause.reason.rstrip(".") if isinstance(cause, FetchError) else cause.partial or ""
    evidence = cause.evidence if isinstance(cause, Answer) else (cause.evidence,)
    return _newest_unknown(f"{REGISTRY}: {reason}", evidence)


def about_forbidden_list() -> Diagnostic:
    """A list of tags that this run may not ask for."""
    return _newest_unknown("GOPROXY=off with CAPYCTL_GOPROXY_OFF=strict forbids listing by a remote source")


def _newest_unknown(reason: str, evidence: tuple[Evidence, ...] = ()) -> Diagnostic:
    return Diagnostic(
        code=codes.NEWEST_IMAGE_UNKNOWN,
        severity=Severity.NOTE,
        detail=f"Which version is the newest that has an image is not known for sure: {reason}.",
        evidence=evidence,
    )


def _cause(version: ReleaseVersion, records: Sequence[RecordedImage]) -> Diagnostic | None:
    if records:
        last = max(records, key=lambda each: each.seen_at)
        return Diagnostic(
            code=codes.NODE_IMAGE_WITHDRAWN,
            severity=Severity.ERROR,
            detail=_existed(version, last),
            subject=Subject(version=version.text),
        )
    if not is_ever_published(version):
        return Diagnostic(
            code=codes.VERSION_NEVER_PUBLISHED,
            severity=Severity.ERROR,
            detail=(
                f"{version} is a build between releases. CI builds are not pushed to the release registry:"
                " neither a node image nor the images of the control plane."
            ),
            subject=Subject(version=version.text),
        )
    return None


def _existed(version: ReleaseVersion, before: RecordedImage) -> str:
    return (
        f"{node_image(version.text)} existed on {before.seen_at}, and is absent now: {before.where} has its"
        f" digest, {before.digest}."
    )


def _other_images(version: ReleaseVersion, others: Iterable[str], invocation: Invocation) -> tuple[Fix, ...]:
    """Pin one that exists, or build it: both are ways out."""
    build = Fix(
        applicability=Applicability.REVIEW,
        title=(
            "build it from the version's own branch and commit:"
            f" kind build node-image --image {node_image(version.text)}{_spelling(version)}"
        ),
    )
    pins = [
        Fix(
            applicability=Applicability.REVIEW,
            title=f"pin {each}, which has an image",
            command=invocation.about(*_COMMAND, each),
        )
        for each in others
    ]
    stable = Fix(
        applicability=Applicability.REVIEW,
        title="take a release; this is the newest",
        command=invocation.about("kubernetes-version", "resolve", "stable"),
    )
    return (*(pins or [stable]), build)


def _spelling(version: ReleaseVersion) -> str:
    return " (no tag may hold the +)" if version.build is not None else ""


def _fixes(failed: Diagnostic) -> tuple[Fix, ...]:
    """Registries know no token of a forge."""
    if failed.code not in _OF_CREDENTIALS:
        return failed.fixes
    return (Fix(applicability=Applicability.REVIEW, title=_LOG_IN),)
