"""Each failure to fetch becomes one diagnostic with the code of its cause (catalogue F15, F25, F32)."""

from __future__ import annotations

import pytest

from capyctl.app.fetch_diagnostics import Failure, code_of, diagnose_failures, source_name
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Severity
from capyctl.core.evidence import Outcome, Question
from capyctl.ports.fetch_errors import (
    BadAnswerError,
    FetchError,
    OfflineError,
    RateLimitedError,
    ServerFailedError,
    TimedOutError,
    UnauthorizedError,
    UnreachableError,
)
from tests.unit.app.fakes import evidence, failed


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (failed(UnreachableError, "r", failure="dns"), codes.SOURCE_UNREACHABLE),
        (failed(UnreachableError, "r", failure="refused"), codes.SOURCE_UNREACHABLE),
        (failed(UnreachableError, "r", failure="reset"), codes.SOURCE_UNREACHABLE),
        (failed(UnreachableError, "r", failure="connect-timeout"), codes.SOURCE_UNREACHABLE),
        (failed(UnreachableError, "r", failure="tls"), codes.TLS_UNTRUSTED),
        (failed(UnreachableError, "r", failure="proxy"), codes.PROXY_REFUSED),
        (failed(TimedOutError, "r", failure="silence"), codes.SOURCE_SILENT),
        (failed(TimedOutError, "r", failure="deadline"), codes.DEADLINE_PASSED),
        (failed(ServerFailedError, "r", failure="http-503"), codes.SOURCE_FAILED),
        (failed(RateLimitedError, "r", status=429), codes.RATE_LIMITED),
        (failed(UnauthorizedError, "r", status=401, credential_sent=True), codes.CREDENTIAL_REJECTED),
        (failed(UnauthorizedError, "r", status=401), codes.ACCESS_DENIED),
        (failed(OfflineError, "r"), codes.NO_DATA_OFFLINE),
        (failed(ServerFailedError, "snapshot", failure="no-data"), codes.NO_DATA_OFFLINE),
        (failed(BadAnswerError, "r", failure="redirect-loop"), codes.REDIRECT_REFUSED),
        (failed(BadAnswerError, "r", failure="too-large"), codes.ANSWER_TOO_LARGE),
        (failed(BadAnswerError, "r", failure="binary"), codes.ANSWER_MALFORMED),
        (failed(BadAnswerError, "r"), codes.ANSWER_MALFORMED),
    ],
)
def test_the_code_of_a_failure(error: FetchError, code: Code) -> None:
    assert code_of(error) is code


def failure(
    error: FetchError, provider: str = "a", version: str | None = None, file: str | None = None
) -> Failure:
    return Failure(error=error, provider=provider, version=version, file=file)


def test_one_diagnostic_a_kind_however_many_questions_it_cost() -> None:
    dead = [failed(UnreachableError, route, f"{route} refused", failure="refused") for route in ("x", "y")]
    denied = failed(UnauthorizedError, "z", status=403)
    found = diagnose_failures(
        [failure(dead[0], version="v1", file="f"), failure(denied), failure(dead[1], version="v1")],
        Severity.WARNING,
    )
    assert [(item.code, item.severity) for item in found] == [
        (codes.SOURCE_UNREACHABLE, Severity.WARNING),
        (codes.ACCESS_DENIED, Severity.WARNING),
    ]
    assert found[0].detail == "x refused. y refused."
    assert found[0].evidence == (dead[0].evidence, dead[1].evidence)
    assert (found[0].subject.provider, found[0].subject.version, found[0].subject.file) == ("a", "v1", None)


def test_providers_that_differ_leave_the_subject_open() -> None:
    error = failed(UnreachableError, "x", failure="dns")
    [found] = diagnose_failures([failure(error, "a"), failure(error, "b")], Severity.ERROR)
    assert found.subject.provider is None
    assert len(found.evidence) == 1


@pytest.mark.parametrize(
    ("reason", "detail"),
    [
        ("github.com answered 503", "github.com answered 503."),
        ("github.com answered 403: come back later.", "github.com answered 403: come back later."),
        ("the proxy answered 502", "github.com: the proxy answered 502."),
        ("the github.com of today has no tag v9", "The github.com of today has no tag v9."),
    ],
)
def test_a_source_is_named_once_and_a_sentence_ends_once(reason: str, detail: str) -> None:
    [found] = diagnose_failures([failure(failed(UnreachableError, "github.com", reason))], Severity.ERROR)
    assert found.detail == detail


def test_no_failure_no_diagnostic() -> None:
    assert diagnose_failures([], Severity.ERROR) == ()


def test_the_way_out_of_a_used_up_quota_names_the_time() -> None:
    """Numbers of issue 3: a reset time beyond the deadline ends at once, with the time."""
    piece = evidence("github-api", Question.VERSIONS, Outcome.UNAVAILABLE, status=403)
    at = RateLimitedError(piece, "used up", reset_at="2026-11-21T11:00:00Z", limit=60)
    [found] = diagnose_failures([failure(at)], Severity.ERROR)
    assert "2026-11-21T11:00:00Z" in found.fixes[0].title
    assert "GITHUB_TOKEN" in found.fixes[0].title
    [without] = diagnose_failures([failure(RateLimitedError(piece, "used up"))], Severity.ERROR)
    assert without.fixes[0].title.startswith("set GITHUB_TOKEN")


def test_a_failure_without_advice_has_no_fix() -> None:
    [found] = diagnose_failures([failure(failed(BadAnswerError, "r", failure="too-large"))], Severity.ERROR)
    assert found.fixes == ()


def test_a_source_is_named_by_its_host() -> None:
    assert source_name(evidence("github-web", url="https://github.com/a/b")) == "github.com"
    assert source_name(evidence("local", url="/srv/tree")) == "local"
    assert source_name(evidence("snapshot")) == "snapshot"
