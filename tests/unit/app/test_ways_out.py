"""The same command, put so that it can be answered."""

from __future__ import annotations

import pytest

from capyctl.app.ways_out import with_ways_out
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity, Subject
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.invocation import Invocation

RESOLVE = Invocation(words=("resolve", "aws", "-o", "json"))


def found(
    code: Code,
    severity: Severity = Severity.ERROR,
    cause: Diagnostic | None = None,
    subject: Subject | None = None,
    fixes: tuple[Fix, ...] = (),
    host: str | None = None,
) -> Diagnostic:
    asked = (evidence(host),) if host is not None else ()
    return Diagnostic(
        code=code,
        severity=severity,
        detail="It failed.",
        caused_by=cause,
        subject=subject or Subject(),
        fixes=fixes,
        evidence=asked,
    )


def evidence(host: str) -> Evidence:
    return Evidence(
        route="https", question=Question.FILE, outcome=Outcome.UNAVAILABLE, url=f"https://{host}/x"
    )


def safe(command: str) -> Fix:
    return Fix(applicability=Applicability.SAFE, title="do it", command=command)


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
    assert commands(with_ways_out(told, RESOLVE)) == commands(told)


def test_a_deadline_that_is_long_already_is_not_made_shorter() -> None:
    patient = Invocation(words=("resolve", "aws", "--deadline=5m"))
    assert commands(with_ways_out([found(codes.DEADLINE_PASSED)], patient)) == [
        "capyctl config view --deadline 5m"
    ]
    hasty = Invocation(words=("resolve", "aws", "--deadline", "5s"))
    assert commands(with_ways_out([found(codes.DEADLINE_PASSED)], hasty)) == [
        "capyctl resolve aws --deadline 2m"
    ]


def test_a_companys_own_host_is_not_in_the_snapshot() -> None:
    about = Subject(provider="infrastructure-acme")
    told = with_ways_out([found(codes.SOURCE_FAILED, subject=about, host="ghe.corp.example")], RESOLVE)
    assert commands(told) == ["capyctl diagnose-provider infrastructure-acme --output json"]
    told = with_ways_out([found(codes.SOURCE_FAILED, subject=about, host="github.com")], RESOLVE)
    assert commands(told) == ["capyctl resolve aws -o json --offline"]


@pytest.mark.parametrize(
    ("code", "label", "line", "command"),
    [
        (codes.METADATA_MISSING, "addon-helm", "resolve addon-helm", "capyctl versions addon-helm"),
        (codes.METADATA_MISSING, "addon-helm", "versions addon-helm", "capyctl diagnose-provider addon-helm"),
        (
            codes.OWN_SERIES_MISSING,
            "addon-helm",
            "resolve helm --config c.yaml --providers t.yaml",
            "capyctl versions addon-helm --verify --config c.yaml --providers t.yaml",
        ),
        (codes.REPOSITORY_NOT_FOUND, "addon-helm", "versions helm", "capyctl config provider addon-helm"),
        (codes.REPOSITORY_NOT_FOUND, "cert-manager", "init --dry-run", "capyctl config view"),
        (codes.REPOSITORY_NOT_FOUND, "addon-a.b", "resolve x", "capyctl config view"),
        (codes.LOCAL_PATH_INVALID, "addon-a", "config provider a", "capyctl config view"),
        (codes.NO_DATA_OFFLINE, "addon-helm", "resolve helm --offline", "capyctl resolve helm"),
        (codes.NO_DATA_OFFLINE, "addon-helm", "resolve helm", "capyctl config view"),
        (codes.USAGE, None, "generate provider a b", "capyctl generate provider --help"),
        (codes.MALFORMED_REFERENCE, None, "resolve a:", "capyctl config repositories"),
        (codes.COMMAND_OF_CLUSTERCTL, None, "move", "capyctl --help"),
        (codes.INTERNAL_FAULT, None, "resolve a", "capyctl resolve a --debug --record capyctl-run.json"),
        (codes.INTERNAL_FAULT, None, "resolve a --record r", "capyctl resolve a --record r --debug"),
        (codes.SCENARIO_INVALID, None, "lab run x.yaml -- true", "capyctl lab list"),
        (
            codes.NAMESPACE_UNDETERMINED,
            "addon-helm",
            "generate provider helm",
            "capyctl generate provider helm --target-namespace addon-helm-system",
        ),
        (codes.NAMESPACE_UNDETERMINED, "addon-helm", "init --dry-run", "capyctl config provider addon-helm"),
    ],
)
def test_the_next_step_where_nothing_mends_it_for_good(
    code: Code, label: str | None, line: str, command: str
) -> None:
    told = with_ways_out(
        [found(code, subject=Subject(provider=label))], Invocation(words=tuple(line.split()))
    )
    assert commands(told)[-1] == command


def test_the_variables_of_a_version_are_described() -> None:
    about = Subject(provider="infrastructure-aws", version="v2.8.1")
    told = with_ways_out([found(codes.VARIABLES_UNSET, subject=about)], Invocation(words=("init",)))
    assert commands(told)[-1] == "capyctl generate provider infrastructure-aws:v2.8.1 --describe"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (codes.METADATA_MISSING, "versions helm"),
        (codes.CONFIGURATION_UNREADABLE, "config view"),
        (codes.MALFORMED_REFERENCE, "config repositories a:"),
        (codes.INTERNAL_FAULT, "resolve a --debug --record r.json"),
        (codes.COMMAND_NOT_STARTED, "lab run sound -- nothing"),
    ],
)
def test_no_step_repeats_what_was_just_run(code: Code, line: str) -> None:
    told = with_ways_out([found(code)], Invocation(words=tuple(line.split())))
    assert not any(commands(told))


def test_what_can_be_pasted_already_is_left_alone_and_an_edit_for_the_authors_is_for_them() -> None:
    mended = found(
        codes.METADATA_API_VERSION, subject=Subject(provider="addon-helm"), fixes=(safe("capyctl x"),)
    )
    assert commands(with_ways_out([mended], RESOLVE)) == ["capyctl x"]
    edit = Edit(file="metadata.yaml", patch="")
    theirs = Fix(applicability=Applicability.UPSTREAM, title="write it", edit=edit)
    upstream = found(codes.METADATA_API_VERSION, subject=Subject(provider="addon-helm"), fixes=(theirs,))
    assert commands(with_ways_out([upstream], RESOLVE))[1:] == [
        "capyctl versions addon-helm --verify --output json"
    ]
    lint = Invocation(words=("lint-provider", "release", "--tag", "v1.0.0"))
    assert commands(with_ways_out([upstream], lint)) == [None]


def test_a_note_is_no_failure() -> None:
    assert commands(with_ways_out([found(codes.CONTRACT_NOT_ACCEPTED, Severity.NOTE)], RESOLVE)) == []


def test_a_fix_that_leaves_the_same_code_elsewhere_is_not_safe() -> None:
    """cli.md 4: after a safe one the document no longer has that code."""
    one = found(codes.METADATA_MISSING, Severity.WARNING, fixes=(safe("capyctl a"),))
    same = found(codes.METADATA_MISSING, Severity.WARNING, fixes=(safe("capyctl a"),))
    other = found(codes.METADATA_MISSING, Severity.WARNING, fixes=(safe("capyctl b"),))
    for together, wanted in (
        ([one], Applicability.SAFE),
        ([one, same], Applicability.SAFE),
        ([one, other], Applicability.REVIEW),
        ([one, found(codes.NO_VERSION, cause=other)], Applicability.REVIEW),
    ):
        assert with_ways_out(together, RESOLVE)[0].fixes[0].applicability is wanted


def test_a_cert_manager_that_is_not_there_comes_from_the_configuration() -> None:
    missing = found(codes.VERSION_NOT_FOUND, subject=Subject(provider="cert-manager", version="v9.9.9"))
    assert commands(with_ways_out([missing], Invocation(words=("init",)))) == ["capyctl config view"]
