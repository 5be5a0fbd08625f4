"""What is to be said about providers that the Cluster API operator manages (F38, F49, F65, F66)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Fix, Severity, Subject
from capyctl.core.operator_inventory import OperatorCondition, OperatorProvider
from capyctl.core.pattern import pattern

_NO_SERIES = pattern(r"does not match any release series", re.IGNORECASE)
_FETCHING: Final = frozenset({"ComponentsFetchError", "FetchConfigValidationError"})
_UNREACHABLE = pattern(
    r"no such host|timeout|timed out|deadline exceeded|connection refused|connection reset|unreachable"
    r"|\b50[0-4]\b|rate limit|EOF\b|TLS handshake",
    re.IGNORECASE,
)


def operator_findings(providers: Sequence[OperatorProvider]) -> tuple[Diagnostic, ...]:
    """Who manages the cluster, and what each resource says that needs another reading; nothing without them."""
    if not providers:
        return ()
    return (_managed(providers), *(item for each in providers for item in _about(each)))


def _managed(providers: Sequence[OperatorProvider]) -> Diagnostic:
    named = ", ".join(
        f"{each.type.value} {each.name} {each.current or 'of no stated version'}" for each in providers
    )
    return Diagnostic(
        code=codes.MANAGED_BY_OPERATOR,
        severity=Severity.NOTE,
        detail=(
            f"The Cluster API operator manages providers here: {named}. For these an inventory of clusterctl may be"
            " empty by design, and a version is changed in the operator's resource, not with clusterctl."
        ),
    )


def _about(provider: OperatorProvider) -> Iterator[Diagnostic]:
    requested, installed = provider.requested, provider.installed
    if requested and installed and requested != installed:
        yield _finding(
            provider,
            codes.OPERATOR_VERSION_DIFFERS,
            f"Requested is {requested} (spec.version), installed is {installed} (status.installedVersion). Something"
            " changed the version after the request, such as an automatic update, or the operator is still at work.",
            "find out who writes spec.version, and ask for the version that is wanted",
            confidence=Confidence.LIKELY,
        )
    for condition in provider.failing:
        yield _about_condition(provider, condition)


def _about_condition(provider: OperatorProvider, condition: OperatorCondition) -> Diagnostic:
    said = f"The operator says {condition.type}=False, {condition.reason or 'without a reason'}: {condition.message}"
    said = said if said.endswith(".") else f"{said}."
    runs = (
        f"{provider.installed} is installed and runs on" if provider.installed else "Nothing is installed yet"
    )
    if _NO_SERIES().search(condition.message):
        return _finding(
            provider,
            codes.OPERATOR_METADATA_AT_FAULT,
            f"{said} This is a fault of the release's metadata.yaml, which lacks its own series, and no mismatch of"
            f" contracts. {runs}.",
            "ask for the newest version whose own metadata.yaml lists it",
        )
    if _is_out_of_reach(condition):
        return _finding(
            provider,
            codes.OPERATOR_SOURCE_UNREACHABLE,
            f"{said} The source could not be reached; that says nothing about the provider itself. {runs}.",
            "see to the operator's network, proxy or credential; the provider needs nothing",
        )
    return _finding(
        provider,
        codes.OPERATOR_REPORTS_FAILURE,
        f"{said} {runs}.",
        "read the condition, and diagnose the version that the resource asks for",
    )


def _is_out_of_reach(condition: OperatorCondition) -> bool:
    fetching = condition.reason in _FETCHING or "fetch" in condition.message.lower()
    return fetching and bool(_UNREACHABLE().search(condition.message))


def _finding(
    provider: OperatorProvider,
    code: Code,
    detail: str,
    remedy: str,
    confidence: Confidence = Confidence.CERTAIN,
) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=Severity.WARNING,
        confidence=confidence,
        detail=detail,
        subject=Subject(provider=provider.key.manifest_label, version=provider.current or None),
        fixes=(Fix(applicability=Applicability.REVIEW, title=remedy),),
    )
