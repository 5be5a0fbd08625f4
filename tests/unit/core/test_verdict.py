"""The verdict on a provider (cli.md 5)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.status_rules import UNAVAILABLE
from capyctl.core.verdict import Verdict, verdict_on


def diagnostic(code: Code, severity: Severity, cause: Diagnostic | None = None) -> Diagnostic:
    return Diagnostic(code=code, severity=severity, detail="", caused_by=cause)


@pytest.mark.parametrize(
    ("severities", "verdict"),
    [
        ([], Verdict.SOUND),
        ([Severity.NOTE], Verdict.SOUND),
        ([Severity.NOTE, Severity.WARNING], Verdict.DEGRADED),
    ],
)
def test_where_a_version_can_be_chosen(severities: list[Severity], verdict: Verdict) -> None:
    found = [diagnostic(codes.SOURCE_SILENT, severity) for severity in severities]
    assert verdict_on(found, chosen=True) is verdict


def test_broken_and_undetermined() -> None:
    bad = diagnostic(codes.METADATA_MISSING, Severity.ERROR)
    dead = diagnostic(codes.SOURCE_SILENT, Severity.ERROR)
    assert verdict_on([bad], chosen=False) is Verdict.BROKEN
    assert verdict_on([], chosen=False) is Verdict.BROKEN
    assert verdict_on([bad, dead], chosen=False) is Verdict.UNDETERMINED


def test_a_consequence_counts_as_its_cause() -> None:
    dead = diagnostic(codes.RATE_LIMITED, Severity.ERROR)
    assert verdict_on([diagnostic(codes.NO_VERSION, Severity.ERROR, dead)], chosen=False) is (
        Verdict.UNDETERMINED
    )


def test_a_source_that_did_not_matter_leaves_the_verdict() -> None:
    """cli.md 5: broken where no source that matters was unavailable."""
    spare = diagnostic(codes.SOURCE_SILENT, Severity.WARNING)
    bad = diagnostic(codes.OWN_SERIES_MISSING, Severity.ERROR)
    assert verdict_on([spare, bad], chosen=False) is Verdict.BROKEN


def test_what_could_not_be_had_is_network_quota_credential_and_data() -> None:
    """cli.md 3: status 3 for network, rate limit, credential, no data offline."""
    names = {code.name for code in UNAVAILABLE}
    assert {"source-unreachable", "rate-limited", "credential-rejected", "no-data-offline"} <= names
    assert codes.METADATA_MISSING not in UNAVAILABLE
