"""What became of a deletion, as diagnostics: what blocks, what stays, how to go on."""

from __future__ import annotations

from capyctl.app.apply.delete import DeletionFailure
from capyctl.app.deletion.look import Found
from capyctl.app.install.write_diagnostics import code_of_write
from capyctl.core import codes
from capyctl.core.api_reading import ApiFailure
from capyctl.core.deletion import DeletionRequest
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.durations import format_duration
from capyctl.core.evidence import Evidence
from capyctl.core.object_key import ObjectKey
from capyctl.core.transaction import Transaction


def not_gone(failure: DeletionFailure, limit: float) -> Diagnostic:
    """An object that did not go: the server refused, or something holds it."""
    if failure.api is not None:
        return _refused(failure.key, failure.owner, failure.api)
    waited = format_duration(round(limit))
    return Diagnostic(
        code=codes.DELETION_BLOCKED,
        severity=Severity.ERROR,
        detail=f"{failure.key} of {failure.owner} is marked for deletion and is still there after {waited}:"
        f" {failure.reason}.",
        subject=Subject(provider=failure.owner or None),
        fixes=(Fix(applicability=Applicability.REVIEW, title=_way_on(failure)),),
    )


def would_be_refused(failure: DeletionFailure) -> Diagnostic:
    """What the server said to a rehearsal; nothing has been deleted yet."""
    api = failure.api
    said = f" ({api.reason.strip().rstrip('.')})" if api is not None else ""
    evidence: tuple[Evidence, ...] = (api.evidence,) if api is not None else ()
    code = code_of_write(api) if api is not None else codes.OBJECT_REFUSED
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        detail=f"{failure.key} of {failure.owner} cannot be deleted: the server refuses it{said}. Nothing was deleted.",
        subject=Subject(provider=failure.owner or None),
        evidence=evidence,
        fixes=(
            Fix(applicability=Applicability.REVIEW, title="change what refuses it, and run the same again"),
        ),
    )


def broken_off(done: int, left: int, command: str, cause: Diagnostic | None) -> Diagnostic:
    """The cluster was changed and something is left (status 4)."""
    return Diagnostic(
        code=codes.BROKEN_OFF,
        severity=Severity.ERROR,
        detail=f"{done} object{' is' if done == 1 else 's are'} gone, {left or 'some'} {'is' if left == 1 else 'are'}"
        " left. The inventory names a provider as long as anything else of it is left; the same command again goes"
        " on from there.",
        caused_by=cause,
        fixes=(
            Fix(applicability=Applicability.REVIEW, title="finish it: run the same again", command=command),
        ),
    )


def deletion_resumed(record: Transaction) -> Diagnostic:
    """A deletion that was broken off has been finished by this run."""
    return Diagnostic(
        code=codes.INSTALLATION_RESUMED,
        severity=Severity.NOTE,
        detail=f"A deletion of {', '.join(record.planned)} begun at {record.started_at} was broken off. It has been"
        " finished.",
    )


def deletion_interrupted(
    record: Transaction, command: str, severity: Severity = Severity.WARNING
) -> Diagnostic:
    """A deletion was broken off: what it is about is half there, and nothing may be built on it."""
    return Diagnostic(
        code=codes.DELETION_INTERRUPTED,
        severity=severity,
        detail=f"A deletion of {', '.join(record.planned)} begun at {record.started_at} was broken off, so of these"
        " providers only some objects may be left.",
        fixes=(Fix(applicability=Applicability.REVIEW, title="finish it", command=command),),
    )


def command_to_finish(record: Transaction) -> tuple[str, ...]:
    """The words of the command that finishes a deletion."""
    flags = [f"--{name}" for name, value in sorted(record.flags.items()) if value == "true"]
    return ("delete", *record.planned, *flags)


def stays(found: Found, request: DeletionRequest) -> list[Diagnostic]:
    """Definitions and namespaces that stay since nobody asked for them, one note for all."""
    going = {each.key for each in found.objects}
    homes = {namespace for _, namespace in request.namespaces}
    definitions = [
        each.key.name
        for each in found.live
        if each.key.kind == "CustomResourceDefinition" and each.key not in going
    ]
    namespaces = [
        each.key.name
        for each in found.live
        if each.key.kind == "Namespace" and each.key not in going and each.key.name in homes
    ]
    parts = (
        [f"{len(definitions)} definition{'' if len(definitions) == 1 else 's'} (--include-crd)"]
        if definitions
        else []
    )
    parts += [f"namespace {name} (--include-namespace)" for name in sorted(namespaces)]
    if not parts:
        return []
    return [
        Diagnostic(
            code=codes.STAYS_IN_CLUSTER,
            severity=Severity.NOTE,
            detail=f"As in clusterctl, these stay unless the option is given: {', '.join(parts)}.",
        )
    ]


def _refused(key: ObjectKey, owner: str, failure: ApiFailure) -> Diagnostic:
    code = code_of_write(failure)
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        detail=f"{key} of {owner} was not deleted: {failure.reason.strip().rstrip('.')}.",
        subject=Subject(provider=owner or None),
        evidence=(failure.evidence,),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="mend what the server says, and run the same again",
            ),
        ),
    )


def _way_on(failure: DeletionFailure) -> str:
    key = failure.key
    what = f"{key.kind.lower()}{f'.{key.group}' if key.group else ''} {key.name}"
    place = f" -n {key.namespace}" if key.namespace else ""
    if not failure.blocked_by:
        return f"see what it waits for: kubectl get {what}{place} -o yaml"
    patch = '{"metadata":{"finalizers":null}}'
    return (
        f"let the controllers behind {', '.join(failure.blocked_by)} finish; where they are gone for good:"
        f" kubectl patch {what}{place} --type merge -p '{patch}'"
    )
