"""The JSON document of a run, format ``capyctl/1`` (cli.md 4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct

from capyctl.core.advice import fixes_of
from capyctl.core.diagnostics import Diagnostic, Fix, Span
from capyctl.core.evidence import Evidence
from capyctl.report.causes import OrderedDiagnostic, in_order_of_cause
from capyctl.report.evidence_order import evidence_json, identity, in_document_order

FORMAT = "capyctl/1"

Json = dict[str, object]


class EvidenceIds(Struct, frozen=True, kw_only=True):
    """The ids ``E1``, ``E2`` … that evidence has in this document."""

    names: Mapping[Evidence, str]

    def of(self, evidence: Evidence) -> str:
        """The id of a piece of evidence of this run.

        Raises:
            KeyError: it was not handed in with the outcome.
        """
        return self.names[identity(evidence)]


class Ending(Struct, frozen=True, kw_only=True):
    """The last words of a run: the status and its name."""

    word: str
    exit_status: int


class Report(Struct, frozen=True, kw_only=True):
    """A document, and the source line of each span for drawing: ``(diagnostic id, position)`` to text."""

    document: Json
    source_lines: Mapping[tuple[str, int], str]


class Findings(Struct, frozen=True, kw_only=True):
    """What a run found: its diagnostics without the dropped ones, and everything it asked."""

    diagnostics: Sequence[Diagnostic] = ()
    dropped: Collection[Diagnostic] = ()
    evidence: Sequence[Evidence] = ()


def build_report(
    command: str,
    ending: Ending,
    findings: Findings,
    result: Mapping[str, object] | Callable[[EvidenceIds], Mapping[str, object]] | None = None,
) -> Report:
    """The document of one run.

    Args:
        command: the command's words, joined by a blank.
        ending: status and its name.
        findings: diagnostics and evidence, in any order.
        result: the command's own part, or a function that makes it once evidence has its ids.
    """
    ordered = in_order_of_cause(findings.diagnostics, findings.dropped)
    told = [evidence for each in ordered for evidence in each.diagnostic.evidence]
    evidence = in_document_order(told, findings.evidence)
    names = EvidenceIds(names={identity(each): f"E{number}" for number, each in enumerate(evidence, 1)})
    places = {each.diagnostic: f"D{number}" for number, each in enumerate(ordered, 1)}
    document: Json = {
        "format": FORMAT,
        "command": command,
        "status": ending.word,
        "exit_status": ending.exit_status,
        "result": result(names) if callable(result) else result,
        "diagnostics": [_diagnostic_json(each, places, names) for each in ordered],
        "evidence": [evidence_json(each, f"E{number}") for number, each in enumerate(evidence, 1)],
    }
    lines = {
        (places[each.diagnostic], position): span.source
        for each in ordered
        for position, span in enumerate(each.diagnostic.spans)
        if span.source
    }
    return Report(document=document, source_lines=lines)


def _diagnostic_json(
    ordered: OrderedDiagnostic, places: Mapping[Diagnostic, str], names: EvidenceIds
) -> Json:
    diagnostic = ordered.diagnostic
    subject = diagnostic.subject
    return {
        "id": places[diagnostic],
        "code": diagnostic.code.code,
        "name": diagnostic.code.name,
        "severity": diagnostic.severity.value,
        "confidence": diagnostic.confidence.value,
        "summary": diagnostic.code.title,
        "detail": diagnostic.detail,
        "subject": {"provider": subject.provider, "version": subject.version, "file": subject.file},
        "spans": [_span_json(span) for span in diagnostic.spans],
        "evidence": list(dict.fromkeys(names.of(each) for each in diagnostic.evidence)),
        "caused_by": None if ordered.cause is None else places[ordered.cause],
        "fixes": [_fix_json(fix) for fix in fixes_of(diagnostic)],
    }


def _span_json(span: Span) -> Json:
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "label": span.label,
        "primary": span.primary,
    }


def _fix_json(fix: Fix) -> Json:
    return {
        "applicability": fix.applicability.value,
        "title": fix.title,
        "command": fix.command,
        "edit": None if fix.edit is None else {"file": fix.edit.file, "patch": fix.edit.patch},
    }
