"""One network failure met by several providers is one root cause (cli.md 4, issue 3 item 7)."""

from __future__ import annotations

from capyctl.app.folding import fold_failures
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence
from tests.unit.app.fakes import evidence


def diagnostic(
    code: Code,
    provider: str | None,
    detail: str = "github.com: it was silent for 4 s.",
    *,
    cause: Diagnostic | None = None,
    severity: Severity = Severity.ERROR,
    proof: tuple[Evidence, ...] = (),
    version: str | None = None,
) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=severity,
        detail=detail,
        subject=Subject(provider=provider, version=version),
        evidence=proof,
        caused_by=cause,
    )


SILENT = codes.SOURCE_SILENT


def test_one_failure_of_three_providers_is_one_diagnostic_with_all_its_consequences() -> None:
    failures = [diagnostic(SILENT, name, proof=(evidence(name),)) for name in ("a", "b", "c")]
    following = [diagnostic(codes.NO_VERSION, item.subject.provider, "none", cause=item) for item in failures]
    whole, *rest = fold_failures([failures[0], following[0], failures[1], following[1], *failures[2:]])
    assert (whole.code, whole.subject.provider) == (SILENT, None)
    assert whole.detail == "github.com: it was silent for 4 s."
    assert [piece.route for piece in whole.evidence] == ["a", "b", "c"]
    assert [item.caused_by for item in rest] == [whole, whole]


def test_hosts_that_differ_are_all_named() -> None:
    first = diagnostic(SILENT, "a", "x.example: silent. y.example: silent.")
    second = diagnostic(SILENT, "b", "y.example: silent. z.example: silent.")
    [whole] = fold_failures([first, second])
    assert whole.detail == "x.example: silent. y.example: silent. z.example: silent."


def test_one_provider_keeps_its_name() -> None:
    pair = [diagnostic(SILENT, "a", version="v1"), diagnostic(SILENT, "a", "more.", version="v1")]
    [whole] = fold_failures(pair)
    assert (whole.subject.provider, whole.subject.version) == ("a", "v1")


def test_what_differs_in_severity_or_speaks_of_providers_stays_apart() -> None:
    found = (
        diagnostic(SILENT, "a"),
        diagnostic(SILENT, "b", severity=Severity.WARNING),
        diagnostic(codes.METADATA_MISSING, "a"),
        diagnostic(codes.METADATA_MISSING, "b"),
    )
    assert fold_failures(found) == found


def test_consequences_of_consequences_follow_too() -> None:
    failures = [diagnostic(SILENT, "a"), diagnostic(SILENT, "b")]
    partial = diagnostic(codes.VERSION_LIST_PARTIAL, "a", cause=failures[0], severity=Severity.WARNING)
    last = diagnostic(codes.NO_VERSION, "a", cause=partial)
    whole, middle, end = fold_failures([*failures, partial, last])
    assert middle.caused_by is whole
    assert end.caused_by is middle


# A project that ended is why nothing of it can be chosen (F19).


def archived(provider: str, severity: Severity = Severity.WARNING) -> Diagnostic:
    return diagnostic(codes.REPOSITORY_ARCHIVED, provider, "archived", severity=severity)


def test_the_end_of_a_project_is_the_cause_of_its_old_contract() -> None:
    refused = diagnostic(codes.CONTRACT_NOT_ACCEPTED, "nested")
    summary = diagnostic(codes.NO_VERSION, "nested", cause=refused)
    end, contract, none = fold_failures([archived("nested"), refused, summary])
    assert (end.code, end.severity) == (codes.REPOSITORY_ARCHIVED, Severity.ERROR)
    assert contract.caused_by is end
    assert none.caused_by is contract


def test_the_end_of_a_project_is_said_once_with_all_evidence() -> None:
    by_table = archived("nested")
    by_forge = diagnostic(
        codes.REPOSITORY_ARCHIVED, "nested", severity=Severity.WARNING, proof=(evidence("github-api"),)
    )
    [end] = fold_failures([by_table, by_forge])
    assert end.severity is Severity.WARNING
    assert [piece.route for piece in end.evidence] == ["github-api"]


def test_other_faults_of_an_ended_project_stand_for_themselves() -> None:
    missing = diagnostic(codes.METADATA_MISSING, "nested")
    other = diagnostic(codes.CONTRACT_NOT_ACCEPTED, "another")
    found = (archived("nested"), missing, other)
    assert fold_failures(found) == found
