"""A bundle's artifacts put into a registry, all providers side by side (cli.md 7.5).

What is there already is left as it is; a tag that stands for something else is not moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.core import codes
from capyctl.core.bundle.oci import MANIFEST_TYPE, Artifact
from capyctl.core.bundle.pushed import Pushed
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence, Question
from capyctl.core.invocation import Invocation
from capyctl.core.oci_address import OciAddress
from capyctl.ports.asking import Asker
from capyctl.ports.fetch_errors import AbsentError, FetchError, ServerFailedError, UnauthorizedError
from capyctl.ports.registry import ArtifactReference, RegistryManifest, RegistryTarget

ReadBlob = Callable[[str], bytes]
"""The bytes with a digest ``sha256:…``; an UnreadableBlobError where the bundle was changed meanwhile."""


_MENDED_BY_OPTIONS = frozenset({codes.DEADLINE_PASSED, codes.NO_DATA_OFFLINE})
_WELL_AGAIN = "push again once {host} is well: what is there already is not sent a second time"
_ADVICE: Mapping[Code, str] = {
    codes.SOURCE_FAILED: _WELL_AGAIN,
    codes.ANSWER_INCOMPLETE: _WELL_AGAIN,
    codes.ANSWER_MALFORMED: (
        "see that {host} is a registry that takes artifacts, and that nothing on the way answers in its place"
    ),
    codes.REDIRECT_REFUSED: (
        "push to the registry itself where {host} is only a front of it: what is sent is not taken elsewhere"
    ),
}
_LOG_IN = "log in to {host} again (docker login or oras login), and push again"
_NOT_PERMITTED = (
    "have {host} let this login put artifacts there, with room for them, or log in as one that may"
    " (docker login or oras login)"
)


class PushResult(Struct, frozen=True, kw_only=True):
    """What is in the registry now, and what is to be said about the rest."""

    pushed: tuple[Pushed, ...]
    diagnostics: tuple[Diagnostic, ...]


class UnreadableBlobError(Exception):
    """A file of the bundle cannot be read any more; the message is one clause."""


class _TakenError(Exception):
    """The tag stands for other bytes; ``digest`` is theirs."""

    def __init__(self, digest: str, evidence: tuple[Evidence, ...]) -> None:
        super().__init__(digest)
        self.digest = digest
        self.evidence = evidence


class BundlePusher(Struct, frozen=True, kw_only=True):
    """Puts artifacts under ``prefix``."""

    target: RegistryTarget
    prefix: OciAddress
    read: ReadBlob
    asker: Asker

    def push(self, artifacts: Sequence[Artifact], invocation: Invocation) -> PushResult:
        """Put every artifact, side by side; one that fails does not keep the others back."""
        calls = [partial(self._tried, artifact, invocation) for artifact in artifacts]
        pushed: list[Pushed] = []
        said: list[Diagnostic] = []
        for outcome in self.asker.together(calls):
            if isinstance(outcome, Pushed):
                pushed.append(outcome)
            else:
                said += outcome
        if said:
            said.append(self._incomplete(artifacts, pushed, said, invocation))
        return PushResult(pushed=tuple(pushed), diagnostics=tuple(said))

    def _tried(self, artifact: Artifact, invocation: Invocation) -> Pushed | tuple[Diagnostic, ...]:
        """The artifact in the registry, or why it is not there."""
        try:
            return self._put(artifact)
        except FetchError as error:
            return _failed(artifact, error, invocation)
        except _TakenError as taken:
            return (self._taken(artifact, taken, invocation),)
        except UnreadableBlobError as error:
            return (_changed(artifact, error),)

    def _put(self, artifact: Artifact) -> Pushed:
        reference = self._reference(artifact, artifact.tag)
        sent = not self._is_there(artifact, reference)
        if sent:
            for digest in artifact.blobs:
                self.target.put_blob(self._reference(artifact, digest), self.read(digest))
            manifest = RegistryManifest(
                data=artifact.manifest, digest=artifact.digest, media_type=MANIFEST_TYPE
            )
            self.target.put_manifest(reference, manifest)
        return Pushed(
            provider=artifact.label, reference=_address(reference), digest=artifact.digest, sent=sent
        )

    def _is_there(self, artifact: Artifact, reference: ArtifactReference) -> bool:
        """Whether the tag stands for these bytes.

        A registry that shows no repository before there is one answers as if it were private; whether we may
        put something there, only the attempt tells.

        Raises:
            _TakenError: it stands for others. FetchError: nothing is known about it.
        """
        try:
            found = self.target.digest(reference, Question.RELEASE)
        except (AbsentError, UnauthorizedError):
            return False
        if found.value != artifact.digest:
            raise _TakenError(found.value, found.evidence)
        return True

    def _reference(self, artifact: Artifact, reference: str) -> ArtifactReference:
        repository = f"{self.prefix.repository}/{artifact.label}"
        return ArtifactReference(host=self.prefix.host, repository=repository, reference=reference)

    def _taken(self, artifact: Artifact, taken: _TakenError, invocation: Invocation) -> Diagnostic:
        address = _address(self._reference(artifact, artifact.tag))
        detail = (
            f"{address} is {taken.digest} in the registry, and {artifact.digest} in the bundle. It was left as it"
            " is: whoever reads it by its tag would get other bytes from one day to the next."
        )
        title = (
            "compare the two; push under another prefix, or remove the tag from the registry and push again"
        )
        return Diagnostic(
            code=codes.ARTIFACT_TAG_TAKEN,
            severity=Severity.ERROR,
            detail=detail,
            subject=Subject(provider=artifact.label, version=artifact.version),
            evidence=taken.evidence,
            fixes=(_again(title, invocation),),
        )

    def _incomplete(
        self,
        artifacts: Sequence[Artifact],
        pushed: Sequence[Pushed],
        said: Sequence[Diagnostic],
        invocation: Invocation,
    ) -> Diagnostic:
        there = ", ".join(each.provider for each in pushed) or "none"
        missing = [each.label for each in artifacts if each.label not in {one.provider for one in pushed}]
        detail = (
            f"{len(pushed)} of {len(artifacts)} providers of the bundle are under {self.prefix.text} now ({there});"
            f" lacking: {', '.join(missing)}."
        )
        title = "once the cause is mended, run it again: what is there is not sent a second time"
        return Diagnostic(
            code=codes.PUSH_INCOMPLETE,
            severity=Severity.ERROR,
            detail=detail,
            caused_by=next((each for each in said if each.is_error), None),
            fixes=(_again(title, invocation),),
        )


def _again(title: str, invocation: Invocation) -> Fix:
    return Fix(applicability=Applicability.REVIEW, title=title, command=invocation.command())


def _failed(artifact: Artifact, error: FetchError, invocation: Invocation) -> tuple[Diagnostic, ...]:
    if not _is_refused(error):
        failure = Failure(error=error, provider=artifact.label, version=artifact.version)
        told = diagnose_failures([failure], Severity.ERROR)
        return tuple(_with_own_fix(each, error, invocation) for each in told)
    title = (
        "see that the place exists and takes artifacts: some registries want a project or a repository first"
    )
    refused = Diagnostic(
        code=codes.ARTIFACT_REFUSED,
        severity=Severity.ERROR,
        detail=f"{error.reason}.",
        subject=Subject(provider=artifact.label, version=artifact.version),
        evidence=(error.evidence,),
        fixes=(_again(title, invocation),),
    )
    return (refused,)


def _with_own_fix(told: Diagnostic, error: FetchError, invocation: Invocation) -> Diagnostic:
    """It is the registry that failed, and not a provider's source: what helps is another state of it, and a push."""
    if told.code in _MENDED_BY_OPTIONS:
        return told
    host = urlsplit(error.evidence.url or "").netloc
    given = next((fix.title for fix in told.fixes), _ADVICE[codes.ANSWER_MALFORMED])
    title = _ADVICE.get(told.code, given)
    if told.code is codes.CREDENTIAL_REJECTED:
        title = _NOT_PERMITTED if error.evidence.status == 403 else _LOG_IN
    return replace(told, fixes=(_again(title.replace("{host}", host), invocation),))


def _changed(artifact: Artifact, error: UnreadableBlobError) -> Diagnostic:
    return Diagnostic(
        code=codes.BUNDLE_FILE_CHANGED,
        severity=Severity.ERROR,
        detail=f"The bundle was sound when this run began: {error}.",
        subject=Subject(provider=artifact.label, version=artifact.version),
    )


def _is_refused(error: FetchError) -> bool:
    """Whether the registry says that it does not take this: no such place, or a request it finds wrong."""
    status = error.evidence.status or 0
    return isinstance(error, AbsentError) or (isinstance(error, ServerFailedError) and 400 <= status < 500)


def _address(reference: ArtifactReference) -> str:
    return f"oci://{reference.host}/{reference.repository}:{reference.reference}"
