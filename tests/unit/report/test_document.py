from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from capyctl.core import codes
from capyctl.core.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Severity,
    Span,
    Subject,
)
from capyctl.core.evidence import Evidence, Hop, Outcome, Question
from capyctl.report.document import Ending, EvidenceIds, Findings, Report, build_report

VALIDATOR = jsonschema.Draft202012Validator(
    json.loads((Path(__file__).parents[3] / "capyctl" / "data" / "schema.json").read_text("utf-8"))
)
DONE = Ending(word="done", exit_status=0)


def evidence(url: str | None = "https://github.com/a/b", **changes: Any) -> Evidence:  # noqa: ANN401 - handed on
    given: dict[str, Any] = {
        "route": "github-download",
        "question": Question.FILE,
        "outcome": Outcome.FOUND,
        "url": url,
    }
    return Evidence(**(given | changes))


def diagnostic(code: codes.Code, severity: Severity = Severity.ERROR, **changes: Any) -> Diagnostic:  # noqa: ANN401 - handed on
    given: dict[str, Any] = {"code": code, "severity": severity, "detail": "Because."}
    return Diagnostic(**(given | changes))


def build(*diagnostics: Diagnostic, **changes: Any) -> Report:  # noqa: ANN401 - handed on
    return build_report("resolve", DONE, Findings(diagnostics=diagnostics, **changes))


def told(report: Report) -> list[tuple[str, str, str | None]]:
    diagnostics: Any = report.document["diagnostics"]
    return [(each["id"], each["code"], each["caused_by"]) for each in diagnostics]


def test_a_run_without_findings_has_every_key_of_the_page_in_its_order() -> None:
    document = build().document
    assert list(document) == [
        "format", "command", "status", "exit_status", "result", "diagnostics", "evidence",
    ]  # fmt: skip
    assert (document["format"], document["result"], document["diagnostics"]) == ("capyctl/1", None, [])
    VALIDATOR.validate(document)


def test_root_causes_come_first_errors_before_warnings_before_notes() -> None:
    note = diagnostic(codes.SNAPSHOT_DATED, Severity.NOTE)
    warning = diagnostic(codes.REPOSITORY_RENAMED, Severity.WARNING)
    error = diagnostic(codes.OWN_SERIES_MISSING)
    follows = diagnostic(codes.NO_VERSION, caused_by=warning)
    assert told(build(note, follows, warning, error)) == [
        ("D1", "CAPY0302", None),
        ("D2", "CAPY0205", None),
        ("D3", "CAPY0220", None),
        ("D4", "CAPY0406", "D2"),
    ]


def test_among_roots_of_one_severity_the_cause_of_most_comes_first() -> None:
    small = diagnostic(codes.RATE_LIMITED)
    large = diagnostic(codes.SOURCE_FAILED)
    first = diagnostic(codes.NO_VERSION, caused_by=large)
    second = diagnostic(codes.COMPONENTS_MISSING, caused_by=first)
    assert told(build(small, large, second, first)) == [
        ("D1", codes.SOURCE_FAILED.code, None),
        ("D2", "CAPY0203", None),
        ("D3", "CAPY0406", "D1"),
        ("D4", "CAPY0601", "D3"),
    ]


def test_a_cause_that_nobody_listed_is_told_as_well() -> None:
    cause = diagnostic(codes.REPOSITORY_RENAMED, Severity.WARNING)
    assert told(build(diagnostic(codes.NO_VERSION, caused_by=cause))) == [
        ("D1", "CAPY0205", None),
        ("D2", "CAPY0406", "D1"),
    ]


def test_a_dropped_cause_hands_its_consequences_to_its_own_cause() -> None:
    root = diagnostic(codes.SOURCE_SILENT)
    middle = diagnostic(codes.METADATA_MISSING, caused_by=root)
    last = diagnostic(codes.NO_VERSION, caused_by=middle)
    assert told(build(root, middle, last, dropped=[middle])) == [
        ("D1", "CAPY0202", None),
        ("D2", "CAPY0406", "D1"),
    ]


def test_the_order_given_does_not_matter() -> None:
    some = [diagnostic(code) for code in codes.ALL_CODES[3:30]]
    assert told(build(*some)) == told(build(*reversed(some)))


def test_evidence_of_the_first_diagnostic_is_e1_and_unused_evidence_comes_last() -> None:
    used, unused = evidence("https://github.com/z"), evidence("https://github.com/a")
    report = build(diagnostic(codes.NO_VERSION, evidence=(used,)), evidence=[unused, used])
    entries: Any = report.document["evidence"]
    assert [(each["id"], each["url"]) for each in entries] == [
        ("E1", "https://github.com/z"),
        ("E2", "https://github.com/a"),
    ]


def test_evidence_judged_afterwards_is_one_piece_and_its_judgement_counts() -> None:
    answer = evidence(status=200, elapsed_ms=3)
    report = build(evidence=[answer, answer.judged(Outcome.BAD, "html")])
    entries: Any = report.document["evidence"]
    assert [(each["id"], each["outcome"]) for each in entries] == [("E1", "bad")]


def test_the_order_of_evidence_does_not_depend_on_threads() -> None:
    some = [evidence(f"https://github.com/{name}", elapsed_ms=name) for name in range(9)]
    assert build(evidence=some).document == build(evidence=some[::-1]).document


def test_a_result_made_from_ids_sees_those_of_the_document() -> None:
    asked = evidence()

    def result(ids: EvidenceIds) -> dict[str, object]:
        return {"seen": ids.of(asked), "judged": ids.of(asked.judged(Outcome.BAD))}

    report = build_report("resolve", DONE, Findings(evidence=[asked]), result)
    assert report.document["result"] == {"seen": "E1", "judged": "E1"}


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("https://user:secret@host/p?page=2", "https://host/p?page=2"),
        ("https://host/p?X-Amz-Signature=abc&a=1", "https://host/p"),
        ("https://host/p?private_token=abc", "https://host/p"),
        ("https://host/p?sig=abc", "https://host/p"),
        (None, None),
    ],
)
def test_no_address_carries_a_credential_or_a_signature(url: str | None, printed: str | None) -> None:
    entries: Any = build(evidence=[evidence(url)]).document["evidence"]
    assert entries[0]["url"] == printed


def test_final_addresses_and_hops_have_no_query() -> None:
    asked = evidence(
        final_url="https://u:p@objects/x?sig=1", hops=(Hop(url="https://a/b?token=1", status=302),)
    )
    entries: Any = build(evidence=[asked]).document["evidence"]
    assert entries[0]["final_url"] == "https://objects/x"
    assert entries[0]["hops"] == [{"url": "https://a/b", "status": 302}]


def test_a_full_diagnostic_has_the_fields_of_the_page_and_validates() -> None:
    full = diagnostic(
        codes.OWN_SERIES_MISSING,
        confidence=Confidence.LIKELY,
        subject=Subject(provider="bootstrap-x", version="v1.6.0", file="metadata.yaml"),
        spans=(
            Span(
                file="metadata.yaml", line=28, column=5, end_line=28, end_column=13, label="newest",
                source="    minor: 5",
            ),
        ),
        evidence=(evidence(sha256="0" * 64, size=3, status=200, as_of="2026-11-21T10:00:00Z"),),
        fixes=(
            Fix(applicability=Applicability.SAFE, title="take another", command="capyctl resolve x:v1.5.2"),
            Fix(
                applicability=Applicability.UPSTREAM, title="ask",
                edit=Edit(file="metadata.yaml", patch="+x"),
            ),
        ),
    )  # fmt: skip
    report = build(full)
    entries: Any = report.document["diagnostics"]
    assert entries[0] == {
        "id": "D1",
        "code": "CAPY0302",
        "name": "own-series-missing",
        "severity": "error",
        "confidence": "likely",
        "summary": "the version belongs to no release series of its own metadata",
        "detail": "Because.",
        "subject": {"provider": "bootstrap-x", "version": "v1.6.0", "file": "metadata.yaml"},
        "spans": [
            {
                "file": "metadata.yaml", "line": 28, "column": 5, "end_line": 28, "end_column": 13,
                "label": "newest", "primary": True,
            }
        ],
        "evidence": ["E1"],
        "caused_by": None,
        "fixes": [
            {
                "applicability": "safe", "title": "take another", "command": "capyctl resolve x:v1.5.2",
                "edit": None,
            },
            {
                "applicability": "upstream", "title": "ask", "command": None,
                "edit": {"file": "metadata.yaml", "patch": "+x"},
            },
        ],
    }  # fmt: skip
    assert report.source_lines == {("D1", 0): "    minor: 5"}
    VALIDATOR.validate(report.document)
