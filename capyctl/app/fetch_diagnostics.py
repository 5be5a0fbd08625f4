"""Each failure to fetch becomes one diagnostic: one root cause a source, however many questions it cost."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.pattern import pattern
from capyctl.ports.fetch_errors import (
    BadAnswerError,
    FetchError,
    OfflineError,
    RateLimitedError,
    UnauthorizedError,
)

_BY_FAILURE: dict[str, Code] = {
    "dns": codes.SOURCE_UNREACHABLE,
    "refused": codes.SOURCE_UNREACHABLE,
    "reset": codes.SOURCE_UNREACHABLE,
    "connect-timeout": codes.SOURCE_UNREACHABLE,
    "tls": codes.TLS_UNTRUSTED,
    "proxy": codes.PROXY_REFUSED,
    "silence": codes.SOURCE_SILENT,
    "deadline": codes.DEADLINE_PASSED,
    "html": codes.ANSWER_IS_HTML,
    "json-record": codes.ANSWER_IS_RECORD,
    "lfs-pointer": codes.ANSWER_IS_LFS_POINTER,
    "empty": codes.ANSWER_INCOMPLETE,
    "truncated": codes.ANSWER_INCOMPLETE,
    "too-large": codes.ANSWER_TOO_LARGE,
    "size-differs": codes.ANSWER_DIFFERS,
    "digest-differs": codes.ANSWER_DIFFERS,
    "redirect-loop": codes.REDIRECT_REFUSED,
    "redirect-refused": codes.REDIRECT_REFUSED,
}

_BY_ARTIFACT: dict[str, Code] = {
    "digest-differs": codes.ARTIFACT_DIGEST_DIFFERS,
    "artifact-malformed": codes.ARTIFACT_NOT_A_PROVIDER,
    "artifact-version": codes.ARTIFACT_WITHOUT_VERSION,
}
"""Of the route ``oci``, where a digest is part of the question."""

_BY_LOCK: dict[str, Code] = {
    "lock-differs": codes.LOCKED_FILE_DIFFERS,
    "not-locked": codes.NOT_IN_LOCK,
    "lock-not-kept": codes.LOCKED_FILE_NOT_KEPT,
}
"""Of files that were asked for before everything was compared with the lock: those of a run that is finished."""

_BY_GH = 'export GITHUB_TOKEN="$(gh auth token)"'
"""A line for a POSIX shell: the token that GitHub's own program has."""

_HOST = pattern(r"[a-z0-9][a-z0-9.-]*", re.ASCII)
_CHECK_NETWORK = "check the network and the proxy variables"

RELEASE_FAULTS = frozenset(
    {"json-record", "lfs-pointer", "empty", "digest-differs", "size-differs", "binary"}
)
"""Failures that speak of the file as published, not of the way to it: they reject a version, not the run."""


class Failure(Struct, frozen=True, kw_only=True):
    """A failed question and the provider it was for."""

    error: FetchError
    provider: str | None
    version: str | None = None
    file: str | None = None


def code_of(error: FetchError) -> Code:
    """The code of a failure other than absence, which only its question can name."""
    if isinstance(error, RateLimitedError):
        return codes.RATE_LIMITED
    if error.evidence.failure in _BY_LOCK:
        return _BY_LOCK[error.evidence.failure]
    if isinstance(error, OfflineError) or error.evidence.failure == "no-data":
        return codes.NO_DATA_OFFLINE
    if isinstance(error, UnauthorizedError):
        return codes.CREDENTIAL_REJECTED if error.evidence.credential_sent else codes.ACCESS_DENIED
    failure = error.evidence.failure or ""
    if error.evidence.route == "oci" and failure in _BY_ARTIFACT:
        return _BY_ARTIFACT[failure]
    fallback = codes.ANSWER_MALFORMED if isinstance(error, BadAnswerError) else codes.SOURCE_FAILED
    return _BY_FAILURE.get(failure, fallback)


def source_name(evidence: Evidence) -> str:
    """The host that was asked, or the route where there is no host."""
    host = urlsplit(evidence.url or "").hostname
    return host or evidence.route


def diagnose_failures(failures: Iterable[Failure], severity: Severity) -> tuple[Diagnostic, ...]:
    """One diagnostic for each kind of failure, naming every source, with the evidence of every question."""
    groups: dict[Code, list[Failure]] = {}
    for failure in failures:
        groups.setdefault(code_of(failure.error), []).append(failure)
    return tuple(_diagnostic(group, severity) for group in groups.values())


def _diagnostic(group: list[Failure], severity: Severity) -> Diagnostic:
    first = group[0]
    reasons = dict.fromkeys(failure_sentence(item.error) for item in group)
    return Diagnostic(
        code=code_of(first.error),
        severity=severity,
        detail=" ".join(reasons),
        subject=Subject(
            provider=_common(item.provider for item in group),
            version=_common(item.version for item in group),
            file=_common(item.file for item in group),
        ),
        evidence=tuple(dict.fromkeys(item.error.evidence for item in group)),
        fixes=_fixes(first.error),
    )


def _past_the_proxy(host: str) -> str:
    """A line for a POSIX shell; Go, and so clusterctl, reads the small letters only where the large are unset."""
    return f': export NO_PROXY="${{NO_PROXY:-$no_proxy}},{host}"' if _HOST().fullmatch(host) else ""


def failure_sentence(error: FetchError) -> str:
    """What a source said, led by its name once; a server's own words may bring their full stop along."""
    name, reason = source_name(error.evidence), error.reason.rstrip(".")
    if reason.startswith(f"the {name} "):
        return f"T{reason[1:]}."
    return f"{reason}." if reason.startswith(name) else f"{name}: {reason}."


def _common(values: Iterable[str | None]) -> str | None:
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def _fixes(error: FetchError) -> tuple[Fix, ...]:
    if isinstance(error, RateLimitedError):
        wait = f"wait until {error.reset_at}, or " if error.reset_at else ""
        if error.evidence.route == "oci":
            host = urlsplit(error.evidence.url or "").netloc
            title = f"{wait}log in to {host} (docker login or oras login): those who did may ask more often"
            return (Fix(applicability=Applicability.REVIEW, title=title),)
        title = f"{wait}set GITHUB_TOKEN to a token without any scope, whose quota is larger: {_BY_GH}"
        return (Fix(applicability=Applicability.REVIEW, title=title),)
    titles: dict[Code, str] = {
        codes.TLS_UNTRUSTED: "name the authority that signs here: --ca-file FILE or SSL_CERT_FILE",
        codes.PROXY_REFUSED: (
            "have the proxy let this host through, or go past it where that is allowed"
            f"{_past_the_proxy(source_name(error.evidence))}"
        ),
        codes.ANSWER_IS_HTML: "sign in to the network, or have the proxy on the way let this address through",
        codes.SOURCE_UNREACHABLE: _CHECK_NETWORK,
        codes.SOURCE_SILENT: _CHECK_NETWORK,
        codes.SOURCE_FAILED: "try again later",
        codes.CREDENTIAL_REJECTED: (
            "renew the token, or do without it (public data needs none): unset GITHUB_TOKEN GH_TOKEN"
        ),
        codes.ANSWER_IS_RECORD: "check the address for a former name; a redirect that loses headers does this",
        codes.ANSWER_IS_LFS_POINTER: "take another version, or put the file itself under the overrides folder",
        codes.ANSWER_INCOMPLETE: "try again; if it stays so, take another version",
        codes.ANSWER_DIFFERS: "try again; if it stays so, do not use this file and tell its owners",
        codes.REDIRECT_REFUSED: "check the address, and the proxy or mirror on the way",
        codes.ACCESS_DENIED: "give a credential that may read this (GITHUB_TOKEN or GITLAB_ACCESS_TOKEN)",
    }
    if error.evidence.route == "oci":
        named = error.login_host if isinstance(error, UnauthorizedError) else None
        titles |= registry_advice(named or urlsplit(error.evidence.url or "").netloc)
    advice = titles.get(code_of(error))
    return (Fix(applicability=Applicability.REVIEW, title=advice),) if advice else ()


def registry_advice(named: str) -> dict[Code, str]:
    """The way out of each failure that differs where a registry was asked: its logins are those of docker."""
    host = named or "the registry"
    return {
        codes.CREDENTIAL_REJECTED: (
            f"log in to {host} again (docker login or oras login), or log out: public data needs no login"
        ),
        codes.ACCESS_DENIED: (
            f"log in to {host} (docker login or oras login); DOCKER_CONFIG names the folder of another configuration"
        ),
        codes.ARTIFACT_DIGEST_DIFFERS: (
            "use none of it, and push the artifact again from where it is known to be sound"
        ),
        codes.ARTIFACT_NOT_A_PROVIDER: (
            "push metadata.yaml and components.yaml as layers with these titles, as oras push does"
        ),
        codes.ARTIFACT_WITHOUT_VERSION: (
            "push it with the annotation org.opencontainers.image.version, or name it by a tag that is a version"
        ),
    }
