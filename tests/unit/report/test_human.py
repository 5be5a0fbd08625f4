from __future__ import annotations

from typing import Any

import pytest

from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.evidence import Evidence, Hop, Outcome, Question
from capyctl.report.document import Ending, Findings, build_report
from capyctl.report.human import diagnostics_text
from capyctl.report.text_style import TextStyle

PLAIN = TextStyle()


def text_of(*diagnostics: Diagnostic, style: TextStyle = PLAIN) -> str:
    report = build_report("resolve", Ending(word="done", exit_status=0), Findings(diagnostics=diagnostics))
    return diagnostics_text(report, style)


def series_missing(**changes: Any) -> Diagnostic:  # noqa: ANN401 - handed on
    given: dict[str, Any] = {
        "code": codes.OWN_SERIES_MISSING,
        "severity": Severity.ERROR,
        "detail": "The metadata.yaml of this release lists series up to 1.5, and v1.6.0 is of series 1.6.",
        "subject": Subject(provider="bootstrap-k0sproject-k0smotron", version="v1.6.0"),
    }
    return Diagnostic(**(given | changes))


def test_a_whole_diagnostic_reads_like_the_example_of_the_style_page() -> None:
    download = Evidence(
        route="github-download",
        question=Question.FILE,
        outcome=Outcome.FOUND,
        url="https://github.com/k0sproject/k0smotron/releases/download/v1.6.0/metadata.yaml",
        hops=(Hop(url="https://github.com/k0sproject/k0smotron", status=302),),
        status=200,
        size=612,
        sha256="4b1e" + "0" * 60,
    )
    whole = series_missing(
        spans=(
            Span(
                file="metadata.yaml",
                line=29,
                column=5,
                end_line=29,
                end_column=13,
                label="newest series in this file",
                source="    minor: 5\n",
            ),
        ),
        evidence=(download,),
        fixes=(
            Fix(
                applicability=Applicability.SAFE,
                title="take v1.5.2, the newest version inside a listed series",
                command="capyctl init --bootstrap k0sproject-k0smotron:v1.5.2",
            ),
        ),
    )
    assert text_of(whole) == (
        "error[CAPY0302]: the version belongs to no release series of its own metadata\n"
        "  provider  bootstrap-k0sproject-k0smotron v1.6.0\n"
        " --> metadata.yaml:29:5\n"
        " 29 |     minor: 5\n"
        "    |     ^^^^^^^^ newest series in this file\n"
        "  The metadata.yaml of this release lists series up to 1.5, and v1.6.0 is of\n"
        "  series 1.6.\n"
        "  evidence  E1 github-download\n"
        "               github.com/k0sproject/k0smotron/releases/download/v1.6.0/metadata.yaml\n"
        "               -> 302 -> 200, 612 B, sha256 4b1e0000..\n"
        "fix (safe): take v1.5.2, the newest version inside a listed series\n"
        "    capyctl init --bootstrap k0sproject-k0smotron:v1.5.2\n"
        "explain: capyctl explain CAPY0302\n"
    )


def test_a_consequence_is_folded_under_its_cause() -> None:
    cause = series_missing()
    follows = Diagnostic(
        code=codes.NO_VERSION,
        severity=Severity.ERROR,
        detail="Nothing is left to choose.",
        subject=Subject(provider="bootstrap-k0sproject-k0smotron"),
        caused_by=cause,
    )
    folded = text_of(follows, cause)
    assert folded.count("explain:") == 1
    assert "  so also   error[CAPY0406]: no version can be chosen" in folded
    assert "Nothing is left" not in folded
    assert "Nothing is left" in text_of(follows, cause, style=TextStyle(verbosity=1))


def test_quiet_tells_errors_only_even_where_their_cause_is_a_warning() -> None:
    warning = series_missing(severity=Severity.WARNING, code=codes.REPOSITORY_RENAMED)
    error = series_missing(caused_by=warning)
    note = Diagnostic(code=codes.SNAPSHOT_DATED, severity=Severity.NOTE, detail="Of a day.")
    quiet = text_of(warning, error, note, style=TextStyle(quiet=True))
    assert "error[CAPY0302]" in quiet
    assert "CAPY0205" not in quiet
    assert "CAPY0220" not in quiet


def test_nothing_found_is_nothing_told() -> None:
    assert text_of() == ""


def test_uncertain_findings_say_so() -> None:
    assert "likely" not in text_of(series_missing())
    assert "  how sure  likely\n" in text_of(series_missing(confidence=Confidence.LIKELY))


def test_only_three_pieces_of_evidence_unless_more_is_wanted() -> None:
    many = tuple(
        Evidence(route="local", question=Question.FILE, outcome=Outcome.ABSENT, url=f"/srv/{number}")
        for number in range(5)
    )
    few = text_of(series_missing(evidence=many))
    assert few.count("  evidence  ") == 3
    assert "and 2 more; -v shows them" in few
    assert text_of(series_missing(evidence=many), style=TextStyle(verbosity=1)).count("  evidence  ") == 5


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\x1b[31mred", "a\ufffd[31mred"),
        ("title\x07", "title\ufffd"),
        ("[bold]kept[/bold]", "[bold]kept[/bold]"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("\x9b31m", "\ufffd31m"),
    ],
)
def test_remote_text_is_disarmed_and_never_markup(hostile: str, shown: str) -> None:
    told = text_of(series_missing(detail=hostile, subject=Subject(provider=hostile)))
    assert shown in told
    assert hostile == shown or hostile not in told


def test_text_is_ascii_where_the_terminal_has_no_more() -> None:
    told = text_of(series_missing(detail="Größe “x” → y…"), style=TextStyle(ascii_only=True))
    assert told.isascii()
    assert 'Gr\\xf6\\xdfe "x" -> y...' in told


def test_colour_changes_nothing_but_the_colour() -> None:
    colored = text_of(series_missing(), style=TextStyle(color=True))
    assert "\x1b[1;31merror[CAPY0302]\x1b[0m" in colored
    plain = colored
    for escape in ("\x1b[1;31m", "\x1b[1;32m", "\x1b[0m", "\x1b[2m"):
        plain = plain.replace(escape, "")
    assert plain == text_of(series_missing())


def test_prose_stays_within_eighty_columns() -> None:
    told = text_of(series_missing(detail="word " * 300))
    assert max(len(line) for line in told.splitlines()) <= 80
