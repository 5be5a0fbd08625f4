"""A management cluster that cannot be named or asked, as one diagnostic with its ways out (issue 4, 1.1, 1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from capyctl.core import codes
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.durations import format_duration
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.pattern import pattern
from capyctl.ports.cluster import KubeconfigError, KubeconfigTrouble

_SHOWN = 6
_DENIED = pattern(
    r'User "(?P<user>[^"]*)" cannot (?P<verb>\S+) resource "(?P<resource>[^"]*)" in API group "(?P<group>[^"]*)"'
    r'(?: in the namespace "(?P<namespace>[^"]*)")?'
)
"""How an API server says what a user may not do."""

_BY_TROUBLE: dict[ApiTrouble, Code] = {
    ApiTrouble.UNRESOLVED: codes.API_SERVER_UNREACHABLE,
    ApiTrouble.REFUSED: codes.API_SERVER_UNREACHABLE,
    ApiTrouble.RESET: codes.API_SERVER_UNREACHABLE,
    ApiTrouble.SILENT: codes.API_SERVER_UNREACHABLE,
    ApiTrouble.CUT: codes.API_SERVER_UNREACHABLE,
    ApiTrouble.PROXY: codes.API_SERVER_UNREACHABLE,
    ApiTrouble.BUSY: codes.API_SERVER_NOT_READY,
    ApiTrouble.STARTING: codes.API_SERVER_NOT_READY,
    ApiTrouble.FAILED: codes.API_SERVER_NOT_READY,
    ApiTrouble.CERTIFICATE: codes.API_CERTIFICATE_REJECTED,
    ApiTrouble.WRONG_HOST: codes.API_WRONG_HOST,
    ApiTrouble.UNAUTHENTICATED: codes.API_UNAUTHENTICATED,
    ApiTrouble.FORBIDDEN: codes.API_FORBIDDEN,
    ApiTrouble.REJECTED: codes.API_REQUEST_REJECTED,
    ApiTrouble.MALFORMED: codes.API_NOT_KUBERNETES,
    ApiTrouble.CREDENTIAL: codes.API_CREDENTIAL_UNAVAILABLE,
    **{
        each: codes.API_SERVER_NOT_READY if each.passes else codes.API_REQUEST_REJECTED
        for each in ApiTrouble
        if each.is_of_writing
    },
}
_BY_KUBECONFIG: dict[KubeconfigTrouble, Code] = {
    KubeconfigTrouble.FILE_MISSING: codes.KUBECONFIG_MISSING,
    KubeconfigTrouble.FILE_UNREADABLE: codes.KUBECONFIG_UNREADABLE,
    KubeconfigTrouble.FILE_MALFORMED: codes.KUBECONFIG_UNREADABLE,
    KubeconfigTrouble.CONTEXT_UNKNOWN: codes.CONTEXT_UNKNOWN,
    KubeconfigTrouble.CONTEXT_INCOMPLETE: codes.CONTEXT_INCOMPLETE,
    KubeconfigTrouble.NOTHING_FOUND: codes.NO_CLUSTER_NAMED,
}
_FIXES: dict[Code, str] = {
    codes.API_SERVER_UNREACHABLE: "check that the API server runs and that this machine reaches its address; "
    "one that is still coming up is waited for longer with --api-timeout",
    codes.API_SERVER_NOT_READY: "wait until the control plane is up; --api-timeout waits longer",
    codes.API_CERTIFICATE_REJECTED: "take the kubeconfig anew from the cluster, so that it has the cluster's "
    "certificate authority and a client certificate that is valid",
    codes.API_WRONG_HOST: "use an address that stands in the certificate, or name one that does as "
    "tls-server-name in the kubeconfig",
    codes.API_UNAUTHENTICATED: "sign in again, or take the kubeconfig anew: its credential has expired or "
    "belongs to another cluster",
    codes.API_FORBIDDEN: "ask the cluster's administrator for these permissions, or use another context",
    codes.API_CREDENTIAL_UNAVAILABLE: "run the credential plugin of the kubeconfig by hand, or sign in again",
    codes.API_NOT_KUBERNETES: "check the server's address in the kubeconfig, and whether a proxy answers in "
    "its place",
    codes.API_REQUEST_REJECTED: "see what the server says; this may be a server that is too old or too new",
}


def code_of_failure(failure: ApiFailure) -> Code:
    """The code of a question to an API server that has no answer."""
    return _BY_TROUBLE[failure.trouble]


def diagnose_api_failure(
    failure: ApiFailure,
    *,
    about: str = "the API server",
    severity: Severity = Severity.ERROR,
    evidence: Sequence[Evidence] = (),
) -> Diagnostic:
    """One question without an answer.

    ``about`` is what was asked for, for people: ``the Machines of namespace default``. ``evidence`` is of the same
    question; the failure's own need not be in it.
    """
    return diagnose_api_failures([failure], about=about, severity=severity, evidence=evidence)


def diagnose_api_failures(
    failures: Sequence[ApiFailure],
    *,
    about: str = "the API server",
    severity: Severity = Severity.ERROR,
    evidence: Sequence[Evidence] = (),
) -> Diagnostic:
    """Several questions without an answer as one diagnostic; the first failure names the code."""
    code = code_of_failure(failures[0])
    return Diagnostic(
        code=code,
        severity=severity,
        detail=" ".join((f"{_capital(about)} could not be read{_from(failures[0])}.", *_sentences(failures))),
        evidence=tuple(dict.fromkeys((*evidence, *(each.evidence for each in failures)))),
        fixes=(Fix(applicability=Applicability.REVIEW, title=_FIXES[code]),),
    )


def diagnose_readings(
    failures: Iterable[ApiFailure], *, about: str = "the API server", severity: Severity = Severity.ERROR
) -> tuple[Diagnostic, ...]:
    """One diagnostic for each kind of failure, however many questions it cost; missing permissions are one."""
    groups: dict[Code, list[ApiFailure]] = {}
    for each in failures:
        groups.setdefault(code_of_failure(each), []).append(each)
    return tuple(diagnose_api_failures(group, about=about, severity=severity) for group in groups.values())


def unverified(address: str) -> Diagnostic:
    """The kubeconfig says that the server's certificate is not to be checked."""
    return Diagnostic(
        code=codes.API_UNVERIFIED,
        severity=Severity.WARNING,
        detail=f"The kubeconfig has insecure-skip-tls-verify for {address}: whoever answers there is believed, and "
        "is sent the credential.",
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="put the cluster's certificate authority into the kubeconfig "
                "(certificate-authority-data) in place of insecure-skip-tls-verify",
            ),
        ),
    )


def diagnose_kubeconfig(error: KubeconfigError, invocation: Invocation) -> Diagnostic:
    """No cluster can be named."""
    return Diagnostic(
        code=_BY_KUBECONFIG[error.trouble],
        severity=Severity.ERROR,
        detail=f"{_capital(error.reason)}.{_contexts(error)}{_no_other(error)}",
        subject=Subject(file=error.file),
        fixes=(_kubeconfig_fix(error, invocation),),
    )


def _kubeconfig_fix(error: KubeconfigError, invocation: Invocation) -> Fix:
    if error.contexts:
        return Fix(
            applicability=Applicability.REVIEW,
            title="name a context that exists",
            command=invocation.for_show.with_option("--kubeconfig-context", error.contexts[0]),
        )
    title = "name the kubeconfig of the management cluster with --kubeconfig or KUBECONFIG"
    return Fix(applicability=Applicability.REVIEW, title=title)


def _no_other(error: KubeconfigError) -> str:
    """A named file or context is never exchanged for another cluster, which clusterctl does inside a pod."""
    found = error.trouble is not KubeconfigTrouble.NOTHING_FOUND
    return " No other cluster is taken in its place." if found else ""


def _contexts(error: KubeconfigError) -> str:
    if not error.contexts:
        return ""
    shown = ", ".join(error.contexts[:20])
    return f" Contexts that exist: {shown}{', …' if len(error.contexts) > 20 else ''}."


def _from(failure: ApiFailure) -> str:
    """Which server it was, where the question had an address."""
    parts = urlsplit(failure.evidence.url or "")
    return f" from {parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _sentences(failures: Sequence[ApiFailure]) -> list[str]:
    """What was said, each thing once; missing permissions by their user."""
    denied = [_DENIED().search(each.reason) for each in failures]
    rights: dict[str, list[str]] = {}
    for match in denied:
        if match is not None:
            rights.setdefault(match["user"], []).append(_right(match))
    gathered = [f"User {user} may not {_joined(list(dict.fromkeys(of)))}." for user, of in rights.items()]
    others = [each for each, match in zip(failures, denied, strict=True) if match is None]
    return [*gathered, *dict.fromkeys(_sentence(each) for each in others), *_patience(failures)]


def _right(match: re.Match[str]) -> str:
    """Such as ``list machines.cluster.x-k8s.io in namespace default``."""
    group = f".{match['group']}" if match["group"] else ""
    where = f" in namespace {match['namespace']}" if match["namespace"] else ""
    return f"{match['verb']} {match['resource']}{group}{where}"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _patience(failures: Sequence[ApiFailure]) -> list[str]:
    """How long was waited, and what else was in the way meanwhile."""
    longest = max(failures, key=lambda each: each.waited)
    if not longest.trouble.passes or longest.waited < 1:
        return []
    seen = dict.fromkeys(reason for each in failures for reason in each.seen)
    before = f" Before that: {'; '.join(list(seen)[:_SHOWN])}." if seen else ""
    return [f"It was asked again for {format_duration(round(longest.waited))} (--api-timeout).{before}"]


def _sentence(failure: ApiFailure) -> str:
    return f"{_capital(failure.reason.strip().rstrip('.'))}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
