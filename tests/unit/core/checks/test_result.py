"""Outcomes, and what they make a run end with (cli.md 3)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.checks.kubernetes import check_of_fit
from capyctl.core.checks.result import (
    CheckedPart,
    CheckName,
    CheckOutcome,
    counted,
    format_age,
    some,
    status_of_checks,
    unread,
    wait_fix,
)
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.exit_status import ExitStatus
from capyctl.core.kubernetes_fit import KubernetesFit
from capyctl.core.kubernetes_version import parse_server_version

_EVIDENCE = Evidence(route="cluster", question=Question.OBJECT, outcome=Outcome.UNAVAILABLE)


def result(outcome: CheckOutcome, *diagnostics: Diagnostic) -> CheckedPart:
    return CheckedPart(name=CheckName.NODES, outcome=outcome, detail="", diagnostics=diagnostics)


def test_the_names_are_those_of_the_surface_in_order() -> None:
    assert [name.value for name in CheckName] == [
        "reachable", "ready", "kubernetes", "nodes", "core", "inventory", "cert-manager", "permissions", "clock",
        "node-tunnels",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ((CheckOutcome.OK, CheckOutcome.SKIPPED), ExitStatus.DONE),
        ((CheckOutcome.OK, CheckOutcome.WAITING), ExitStatus.UNDETERMINED),
        ((CheckOutcome.WAITING, CheckOutcome.FAILED), ExitStatus.PROBLEMS),
        ((), ExitStatus.DONE),
    ],
)
def test_a_failed_part_counts_before_a_waiting_one(
    outcomes: tuple[CheckOutcome, ...], status: ExitStatus
) -> None:
    assert status_of_checks(result(each) for each in outcomes) is status


def test_an_error_counts_by_itself_and_a_warning_does_not() -> None:
    error = Diagnostic(code=codes.CLOCK_SKEW, severity=Severity.ERROR, detail="")
    warning = Diagnostic(code=codes.CLOCK_SKEW, severity=Severity.WARNING, detail="")
    assert status_of_checks([result(CheckOutcome.WAITING, error)]) is ExitStatus.PROBLEMS
    assert status_of_checks([result(CheckOutcome.OK, warning)]) is ExitStatus.DONE


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [
        (ApiTrouble.FORBIDDEN, CheckOutcome.SKIPPED),
        (ApiTrouble.STARTING, CheckOutcome.WAITING),
        (ApiTrouble.MALFORMED, CheckOutcome.FAILED),
    ],
)
def test_what_could_not_be_read(trouble: ApiTrouble, outcome: CheckOutcome) -> None:
    failure = ApiFailure(trouble=trouble, reason="so", evidence=_EVIDENCE)
    found = unread(CheckName.NODES, failure, "the nodes")
    assert (found.outcome, found.failure) == (outcome, failure)


def test_words() -> None:
    assert (counted(1, "node"), counted(2, "node"), counted(0, "address")) == (
        "1 node",
        "2 nodes",
        "0 addresses",
    )
    assert some(["a", "b"]) == "a, b"
    assert some("abcdefg") == "a, b, c, d, e and 2 more"
    assert [format_age(each) for each in (-5, 40.9, 185, 3_700, 90_000, 200_000)] == [
        "0s", "40s", "3m5s", "1h1m", "25h", "2d",
    ]  # fmt: skip
    assert wait_fix("x").command == "x"


def fit(version: str, diagnostic: Diagnostic | None = None) -> KubernetesFit:
    return KubernetesFit(
        asked=None,
        server=parse_server_version({"gitVersion": version}),
        supported=None,
        newest_core=None,
        other_nodes=(),
        summary="",
        diagnostic=diagnostic,
    )


@pytest.mark.parametrize(
    ("version", "severity", "outcome"),
    [
        ("v1.34.3", None, CheckOutcome.OK),
        ("v1.34.3", Severity.WARNING, CheckOutcome.OK),
        ("v1.34.3", Severity.ERROR, CheckOutcome.FAILED),
        ("odd", Severity.WARNING, CheckOutcome.SKIPPED),
    ],
)
def test_a_fit_as_a_part(version: str, severity: Severity | None, outcome: CheckOutcome) -> None:
    told = Diagnostic(code=codes.KUBERNETES_TOO_OLD, severity=severity, detail="") if severity else None
    found = check_of_fit(fit(version, told))
    assert found.outcome is outcome
    assert found.diagnostics == ((told,) if told else ())
