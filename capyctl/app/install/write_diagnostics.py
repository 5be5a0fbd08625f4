"""What became of writes, as diagnostics: each names the object, what the server said, and how to go on (issue 5, 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from capyctl.app.apply.engine import AppliedObject, ApplyFailure
from capyctl.app.cluster_diagnostics import code_of_failure
from capyctl.core import codes
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.apply_checks import Finding, FindingKind
from capyctl.core.cluster_lease import LeaseState
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.durations import format_duration
from capyctl.core.transaction import Operation, Transaction

_BY_TROUBLE: dict[ApiTrouble, Code] = {
    ApiTrouble.INVALID: codes.OBJECT_REFUSED,
    ApiTrouble.DENIED: codes.OBJECT_REFUSED,
    ApiTrouble.QUOTA: codes.OBJECT_REFUSED,
    ApiTrouble.TOO_LARGE: codes.OBJECT_REFUSED,
    ApiTrouble.REJECTED: codes.OBJECT_REFUSED,
    ApiTrouble.EXISTS: codes.OBJECT_NOT_OURS,
    ApiTrouble.OWNED: codes.OBJECT_NOT_OURS,
    ApiTrouble.CONFLICT: codes.WRITE_NOT_IN_TIME,
    ApiTrouble.TERMINATING: codes.WRITE_NOT_IN_TIME,
    ApiTrouble.NO_NAMESPACE: codes.WRITE_NOT_IN_TIME,
    ApiTrouble.NOT_SERVED: codes.WRITE_NOT_IN_TIME,
    ApiTrouble.WEBHOOK_UNAVAILABLE: codes.WRITE_NOT_IN_TIME,
    ApiTrouble.SUPERSEDED: codes.ANOTHER_RUN_WRITES,
}
_WORDS: dict[ApiTrouble, str] = {
    ApiTrouble.INVALID: "the server finds it invalid",
    ApiTrouble.DENIED: "an admission webhook or policy refuses it",
    ApiTrouble.QUOTA: "a quota leaves no room for it",
    ApiTrouble.TOO_LARGE: "it is too large for the server",
    ApiTrouble.REJECTED: "the server rejects it",
    ApiTrouble.FORBIDDEN: "these credentials may not write it",
    ApiTrouble.WEBHOOK_UNAVAILABLE: "a webhook that has to be asked first does not answer",
    ApiTrouble.TERMINATING: "its namespace is going away",
}
_FIXES: dict[Code, str] = {
    codes.OBJECT_REFUSED: "change what refuses the object (the webhook, the policy, the quota), and run the same again",
    codes.OBJECT_NOT_OURS: "take the object away, or install the provider under another namespace",
    codes.OBJECT_UNUSABLE: "report it to the provider's authors, or name another version",
    codes.WRITE_NOT_IN_TIME: "mend what the server waits for, and run the same again",
    codes.NOT_READY_IN_TIME: "see why with kubectl describe, and run the same again",
    codes.ANOTHER_RUN_WRITES: "wait until the other run is over, and run the same again",
    codes.API_FORBIDDEN: "have the permission granted, or use credentials that may write this",
}


def code_of_write(failure: ApiFailure) -> Code:
    """The code of a write that failed."""
    return _BY_TROUBLE.get(failure.trouble) or code_of_failure(failure)


def diagnose_write(failure: ApiFailure, what: str, provider: str | None = None) -> Diagnostic:
    """One write that failed; ``what`` names the object for people, with ``of`` whose it is."""
    code = code_of_write(failure)
    words = _WORDS.get(failure.trouble)
    said = failure.reason.strip().rstrip(".")
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        detail=f"{_capital(what)} was not written: {f'{words}: ' if words else ''}{said}.{_patience(failure)}",
        subject=Subject(provider=provider),
        evidence=(failure.evidence,),
        fixes=(_fix(code),),
    )


def diagnose_apply_failure(failure: ApplyFailure) -> Diagnostic:
    """Why a run ended: a write that failed, or something that was awaited in vain."""
    provider = failure.owner or None
    what = str(failure.key) if failure.key is not None else "the record of this run"
    of = f" of {failure.owner}" if failure.owner else ""
    if failure.api is not None:
        return diagnose_write(failure.api, f"{what}{of}", provider)
    return Diagnostic(
        code=codes.NOT_READY_IN_TIME,
        severity=Severity.ERROR,
        detail=f"{what}{of} did not become ready: {failure.reason}.",
        subject=Subject(provider=provider),
        fixes=(_fix(codes.NOT_READY_IN_TIME),),
    )


def diagnose_findings(findings: Iterable[Finding], severity: Severity = Severity.ERROR) -> list[Diagnostic]:
    """What cannot be applied by what is known before the first write, one diagnostic an object."""
    return [_of_finding(each, severity) for each in findings]


def _of_finding(finding: Finding, severity: Severity) -> Diagnostic:
    foreign = finding.kind in (FindingKind.FOREIGN, FindingKind.OTHER_PROVIDER)
    code = codes.OBJECT_NOT_OURS if foreign else codes.OBJECT_UNUSABLE
    return Diagnostic(
        code=code,
        severity=severity,
        detail=f"{_capital(finding.detail)}.",
        subject=Subject(provider=finding.owner),
        fixes=(_fix(code),),
    )


def broken_off(done: int, left: int, command: str, cause: Diagnostic | None) -> Diagnostic:
    """The cluster was changed and the work is incomplete: what was done, and how to go on (status 4)."""
    return Diagnostic(
        code=codes.BROKEN_OFF,
        severity=Severity.ERROR,
        detail=(
            f"{_counted(done)} written or found as they should be{f', {left} are left' if left else ''}. The cluster"
            " holds a record of this run: the same command again, or any init or upgrade apply, finishes it with the"
            " same versions."
        ),
        caused_by=cause,
        fixes=(
            Fix(applicability=Applicability.REVIEW, title="finish it: run the same again", command=command),
        ),
    )


def resumed(transaction: Transaction) -> Diagnostic:
    """A run that was broken off has been finished by this one."""
    return Diagnostic(
        code=codes.INSTALLATION_RESUMED,
        severity=Severity.NOTE,
        detail=(
            f"{_begun(transaction)} was broken off {_where(transaction)}. It has been finished with the versions that"
            f" it had chosen: {_versions(transaction)}."
        ),
    )


def interrupted(transaction: Transaction, command: str) -> Diagnostic:
    """A run was broken off and nobody has finished it yet; for what only looks."""
    if transaction.operation is Operation.DELETE:
        return _half_deleted(transaction)
    return Diagnostic(
        code=codes.INSTALLATION_INTERRUPTED,
        severity=Severity.WARNING,
        detail=(
            f"{_begun(transaction)} was broken off {_where(transaction)}. The next init or upgrade apply finishes it"
            f" first, with the versions that it had chosen: {_versions(transaction)}."
        ),
        fixes=(Fix(applicability=Applicability.REVIEW, title="finish it", command=command),),
    )


def _half_deleted(transaction: Transaction) -> Diagnostic:
    words = " ".join(("capyctl delete", *transaction.planned))
    return Diagnostic(
        code=codes.DELETION_INTERRUPTED,
        severity=Severity.WARNING,
        detail=(
            f"{_begun(transaction)} was broken off: {', '.join(transaction.planned)}. Only some objects of these"
            " providers may be left. Nothing is installed or upgraded until it is finished."
        ),
        fixes=(Fix(applicability=Applicability.REVIEW, title=f"finish it: {words}"),),
    )


def overtaken(labels: Sequence[str]) -> Diagnostic:
    """Providers of a broken-off run that somebody has changed or removed since; they stay as they are."""
    return Diagnostic(
        code=codes.RECORD_OVERTAKEN,
        severity=Severity.WARNING,
        detail=(
            f"{', '.join(labels)}: changed or removed by somebody else since a run of capyctl was broken off. The"
            " inventory is the truth; what that run was to bring of it is not brought back."
        ),
    )


def held_elsewhere(state: LeaseState) -> Diagnostic:
    """A live run holds the lease."""
    who = str(state.holder) if state.holder is not None else state.holder_text or "somebody"
    since = f" since {state.acquired_at}" if state.acquired_at else ""
    return Diagnostic(
        code=codes.ANOTHER_RUN_WRITES,
        severity=Severity.ERROR,
        detail=f"{_capital(who)} holds the lease kube-system/capyctl{since}, and renews it. Nothing was written.",
        fixes=(_fix(codes.ANOTHER_RUN_WRITES),),
    )


def changed_meanwhile() -> Diagnostic:
    """Another run wrote between this one's look at the cluster and its lease."""
    return Diagnostic(
        code=codes.ANOTHER_RUN_WRITES,
        severity=Severity.ERROR,
        detail="Another run of capyctl wrote to the cluster after this one had looked at it. Nothing was written.",
        fixes=(_fix(codes.ANOTHER_RUN_WRITES),),
    )


def lease_taken_over(state: LeaseState | None, *, dead: bool) -> Diagnostic:
    """The lease of a run that is gone, or that has not renewed it, was taken over."""
    who = str(state.holder) if state is not None and state.holder is not None else "another run"
    how = "is gone" if dead else "has not renewed it in time"
    return Diagnostic(
        code=codes.LEASE_TAKEN_OVER,
        severity=Severity.NOTE if dead else Severity.WARNING,
        detail=f"The lease kube-system/capyctl was held by {who}, which {how}.",
    )


def fields_taken(applied: Iterable[AppliedObject]) -> list[Diagnostic]:
    """Fields of other field managers that were taken over, one note an object."""
    return [
        Diagnostic(
            code=codes.FIELDS_TAKEN_OVER,
            severity=Severity.NOTE,
            detail=f"{each.key}: {'; '.join(f'{field} ({said})' for field, said in each.taken)}.",
            subject=Subject(provider=each.owner or None),
        )
        for each in applied
        if each.taken
    ]


def _begun(transaction: Transaction) -> str:
    names = {
        Operation.INIT: "An installation",
        Operation.UPGRADE: "An upgrade",
        Operation.DELETE: "A deletion",
    }
    return f"{names[transaction.operation]} begun at {transaction.started_at}"


def _where(transaction: Transaction) -> str:
    return f"in the phase {transaction.phase.value}"


def _versions(transaction: Transaction) -> str:
    parts = [f"cert-manager {transaction.cert_manager}"] if transaction.cert_manager else []
    parts += [f"{each.label}:{each.version}" for each in transaction.plan]
    return ", ".join(parts) or "none"


def _fix(code: Code) -> Fix:
    title = _FIXES.get(code, "run the same again once the server answers")
    return Fix(applicability=Applicability.REVIEW, title=title)


def _patience(failure: ApiFailure) -> str:
    if not failure.trouble.passes or failure.waited < 1:
        return ""
    return f" It was tried again for {format_duration(round(failure.waited))}."


def _counted(number: int) -> str:
    return f"{number} {'object is' if number == 1 else 'objects are'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
