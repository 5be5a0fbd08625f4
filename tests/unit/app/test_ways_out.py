"""The same command, put so that it can be answered."""

from __future__ import annotations

from capyctl.app.ways_out import with_ways_out
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.invocation import Invocation

RESOLVE = Invocation(words=("resolve", "aws", "-o", "json"))


def found(code: Code, severity: Severity = Severity.ERROR, cause: Diagnostic | None = None) -> Diagnostic:
    return Diagnostic(code=code, severity=severity, detail="It failed.", caused_by=cause)


def commands(items: tuple[Diagnostic, ...]) -> list[str | None]:
    return [fix.command for item in items for fix in item.fixes]


def test_a_source_out_of_reach_leaves_the_answer_from_local_data() -> None:
    told = with_ways_out([found(codes.SOURCE_SILENT)], RESOLVE)
    assert commands(told) == ["capyctl resolve aws -o json --offline"]


def test_a_passed_deadline_asks_for_more_time() -> None:
    told = with_ways_out([found(codes.DEADLINE_PASSED)], RESOLVE)
    assert commands(told) == ["capyctl resolve aws -o json --deadline 2m"]


def test_consequences_follow_their_cause_and_get_no_command_of_their_own() -> None:
    cause = found(codes.SOURCE_UNREACHABLE)
    told = with_ways_out([cause, found(codes.NO_VERSION, cause=cause)], RESOLVE)
    assert told[1].caused_by is told[0]
    assert told[1].fixes == ()


def test_nothing_is_added_where_another_source_answered_or_offline_has_no_answer() -> None:
    warned = found(codes.SOURCE_FAILED, Severity.WARNING)
    assert commands(with_ways_out([warned], RESOLVE)) == []
    generate = Invocation(words=("generate", "provider", "-i", "aws"))
    assert commands(with_ways_out([found(codes.SOURCE_FAILED)], generate)) == []
