"""An outcome as the text of both streams: the document, or the result and its diagnostics (cli.md 3)."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.ways_out import with_ways_out
from capyctl.cli.options import IgnoreRule, Output
from capyctl.cli.run import Outcome, Run
from capyctl.cli.styles import share_a_terminal, text_style
from capyctl.core.codes import DIAGNOSTICS_IGNORED
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.core.invocation import Invocation
from capyctl.core.status_rules import status_of, with_warnings
from capyctl.report.document import Ending, Findings, Report, build_report
from capyctl.report.human import diagnostics_text, evidence_text
from capyctl.report.redaction import secret_values, without_secrets, word_secrets


class Rendering(Struct, frozen=True, kw_only=True):
    """What goes to each stream, and the status of the run."""

    stdout: str
    stderr: str
    status: ExitStatus


def render(run: Run, outcome: Outcome) -> Rendering:
    """Render one outcome in the form that was asked for, each failure with something that can be pasted."""
    told = with_ways_out(outcome.diagnostics, Invocation(words=tuple(run.argv)))
    outcome = replace(outcome, diagnostics=told)
    dropped = _dropped(outcome.diagnostics, run.options.ignore)
    status = final_status(run, outcome, dropped)
    report = _report(run, outcome, dropped, status)
    debug = run.trace + (_trace_lines(report) if run.options.debug else "")
    if run.options.output is Output.JSON:
        return Rendering(
            stdout=_json_text(report.document, None if outcome.stays else 2), stderr=debug, status=status
        )
    style = text_style(run.options, run.environ, sys.stdout)
    aside = text_style(run.options, run.environ, sys.stderr)
    maker = outcome.yaml if run.options.output is Output.YAML else outcome.text
    result = report.document["result"]
    text = maker(cast(Any, result), style) if maker is not None and result is not None else ""
    said = debug + diagnostics_text(report, aside)
    between = "\n" if text and said and share_a_terminal(sys.stdout, sys.stderr) else ""
    return Rendering(stdout=text, stderr=between + said + _farewell(status), status=status)


def final_status(run: Run, outcome: Outcome, dropped: Collection[Diagnostic]) -> ExitStatus:
    """The status of the run: the command's own, or what its diagnostics ask for; then ``--fail-on``."""
    kept = [each for each in outcome.diagnostics if each not in dropped]
    status = outcome.status if outcome.status is not None else status_of(kept)
    return with_warnings(status, kept) if run.options.fail_on_warning else status


def status_so_far(run: Run, outcome: Outcome) -> ExitStatus:
    """The status that the run would have if it ended with this outcome: for work that only a success allows."""
    return final_status(run, outcome, _dropped(outcome.diagnostics, run.options.ignore))


def _report(run: Run, outcome: Outcome, dropped: Collection[Diagnostic], status: ExitStatus) -> Report:
    diagnostics = [*outcome.diagnostics, *([_ignored_note(len(dropped))] if dropped else [])]
    report = build_report(
        run.command,
        Ending(word=status.word, exit_status=int(status)),
        Findings(diagnostics=diagnostics, dropped=dropped, evidence=outcome.evidence),
        outcome.result,
    )
    secrets = (*secret_values(run.environ), *word_secrets(run.argv))
    for part in ("diagnostics", "evidence"):
        report.document[part] = _masked(report.document[part], secrets)
    return report


def _dropped(diagnostics: Sequence[Diagnostic], rules: Sequence[IgnoreRule]) -> list[Diagnostic]:
    return [each for each in diagnostics if any(_matches(each, rule) for rule in rules)]


def _matches(diagnostic: Diagnostic, rule: IgnoreRule) -> bool:
    return diagnostic.code.code == rule.code and rule.label in (None, diagnostic.subject.provider)


def _ignored_note(count: int) -> Diagnostic:
    were = "1 diagnostic was" if count == 1 else f"{count} diagnostics were"
    return Diagnostic(
        code=DIAGNOSTICS_IGNORED, severity=Severity.NOTE, detail=f"{were} dropped because of --ignore."
    )


def _json_text(document: object, indent: int | None) -> str:
    """JSON in ASCII, so that no terminal, locale or reader can misread it; on one line without an indent."""
    import json  # noqa: PLC0415 - start-up budget; most runs print text

    text = json.dumps(document, indent=indent, ensure_ascii=True)
    return _without_lone_surrogates(text, indent) + "\n"


def _without_lone_surrogates(text: str, indent: int | None) -> str:
    if "\\ud" not in text:
        return text
    import json  # noqa: PLC0415 - start-up budget

    cleaned = json.dumps(json.loads(text), ensure_ascii=False, indent=indent)
    readable = json.loads(cleaned.encode("utf-8", "replace").decode("utf-8"))
    return json.dumps(readable, indent=indent, ensure_ascii=True)


def _masked(value: Any, secrets: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return without_secrets(value, secrets)
    if isinstance(value, list):
        return [_masked(each, secrets) for each in value]
    if isinstance(value, dict):
        return {key: _masked(each, secrets) for key, each in value.items()}
    return value


def _trace_lines(report: Report) -> str:
    evidence = cast(list[dict[str, Any]], report.document["evidence"])
    return "".join(f"debug: {evidence_text(each)}, {each['elapsed_ms'] or 0} ms\n" for each in evidence)


def _farewell(status: ExitStatus) -> str:
    if status is ExitStatus.INTERRUPTED:
        return "interrupted\n"
    return "terminated\n" if status is ExitStatus.TERMINATED else ""
