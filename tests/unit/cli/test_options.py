from __future__ import annotations

import pytest
import typer

from capyctl.cli.options import (
    ColorWhen,
    CommonOptions,
    IgnoreRule,
    Output,
    common_options,
    take_verbosity,
    wanted_output,
    wanted_record,
)
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus, worst
from capyctl.core.status_rules import status_of, with_warnings


def options(*ignore: str, environ: dict[str, str] | None = None, **flags: object) -> CommonOptions:
    return common_options(flags, ignore, 0, environ or {})


def test_without_flags_and_variables_everything_has_its_default() -> None:
    assert options() == CommonOptions()


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("CAPYCTL_PROVIDERS", "t.yaml", CommonOptions(providers="t.yaml")),
        ("CAPYCTL_OUTPUT", "json", CommonOptions(output=Output.JSON)),
        ("CAPYCTL_OFFLINE", "1", CommonOptions(offline=True)),
        ("CAPYCTL_OFFLINE", "0", CommonOptions()),
        ("CAPYCTL_OFFLINE", "", CommonOptions()),
        ("CAPYCTL_DEADLINE", "1h30m", CommonOptions(deadline=5400)),
        ("CAPYCTL_NO_CACHE", "1", CommonOptions(no_cache=True)),
        ("NO_COLOR", "1", CommonOptions(color=ColorWhen.NEVER)),
        ("FORCE_COLOR", "1", CommonOptions(color=ColorWhen.ALWAYS)),
    ],
)
def test_a_variable_has_its_flags_meaning(variable: str, value: str, expected: CommonOptions) -> None:
    assert options(environ={variable: value}) == expected


def test_a_flag_wins_over_its_variable() -> None:
    environ = {
        "CAPYCTL_PROVIDERS": "v", "CAPYCTL_OUTPUT": "json", "CAPYCTL_DEADLINE": "nonsense", "NO_COLOR": "1",
    }  # fmt: skip
    given = options(environ=environ, providers="f", output="text", deadline="5m", color="always")
    assert given == CommonOptions(providers="f", deadline=300, color=ColorWhen.ALWAYS)


@pytest.mark.parametrize(
    ("flags", "environ"),
    [
        ({"output": "xml"}, {}),
        ({"color": "sometimes"}, {}),
        ({"deadline": "soon"}, {}),
        ({"deadline": "0"}, {}),
        ({"deadline": "-5s"}, {}),
        ({"fail_on": "note"}, {}),
        ({}, {"CAPYCTL_OUTPUT": "xml"}),
        ({}, {"CAPYCTL_DEADLINE": "soon"}),
        ({}, {"CAPYCTL_OFFLINE": "perhaps"}),
        ({}, {"CAPYCTL_NO_CACHE": "perhaps"}),
    ],
)
def test_a_value_that_an_option_does_not_take_is_refused(
    flags: dict[str, object], environ: dict[str, str]
) -> None:
    with pytest.raises(typer.BadParameter):
        options(environ=environ, **flags)


def test_ignore_takes_codes_and_names_with_or_without_a_label() -> None:
    assert options("CAPY0205", "capy0302=infrastructure-aws", "no-version").ignore == (
        IgnoreRule(code="CAPY0205"),
        IgnoreRule(code="CAPY0302", label="infrastructure-aws"),
        IgnoreRule(code="CAPY0406"),
    )
    with pytest.raises(typer.BadParameter):
        options("CAPY9999")


@pytest.mark.parametrize(
    ("words", "rest", "level"),
    [
        ("resolve aws", "resolve aws", 0),
        ("-v resolve aws", "resolve aws", 1),
        ("-v 5 resolve aws", "resolve aws", 5),
        ("-v5 resolve aws", "resolve aws", 5),
        ("-v=5 resolve aws", "resolve aws", 5),
        ("resolve -v aws", "resolve aws", 1),
        ("resolve aws -v", "resolve aws", 1),
        ("resolve -v v1.5.2", "resolve v1.5.2", 1),
        ("resolve -v -1", "resolve -1", 1),
        ("resolve -v 1.5", "resolve 1.5", 1),
        ("resolve -vv", "resolve", 2),
        ("resolve --verbose 3", "resolve", 3),
        ("resolve --verbose=3", "resolve", 3),
        ("resolve --v 3", "resolve", 3),
        ("resolve -v 0", "resolve", 0),
        ("resolve --version", "resolve --version", 0),
        ("lab run x -- clusterctl -v 5", "lab run x -- clusterctl -v 5", 0),
        ("resolve -o=json -b=aws", "resolve -o json -b aws", 0),
    ],
)
def test_only_a_whole_number_after_v_is_taken(words: str, rest: str, level: int) -> None:
    assert take_verbosity(words.split()) == (rest.split(), level)


@pytest.mark.parametrize(
    ("words", "variable", "output"),
    [
        ("x", "", Output.TEXT),
        ("x -o json", "", Output.JSON),
        ("x -ojson", "", Output.JSON),
        ("x -o=json", "", Output.JSON),
        ("x --output json", "", Output.JSON),
        ("x --output=json", "", Output.JSON),
        ("x", "json", Output.JSON),
        ("x -o text", "json", Output.TEXT),
        ("x -o json -o text", "", Output.TEXT),
        ("x -o", "", Output.TEXT),
        ("x -o xml", "json", Output.TEXT),
        ("lab run x -- other -o json", "", Output.TEXT),
    ],
)
def test_json_is_recognised_in_words_that_cannot_be_understood(
    words: str, variable: str, output: Output
) -> None:
    assert wanted_output(words.split(), {"CAPYCTL_OUTPUT": variable}) is output


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("x", None),
        ("x --record r.json", "r.json"),
        ("--record=r.json x --wrong", "r.json"),
        ("x --record a --record b", "b"),
        ("x --record", None),
        ("x --record=", None),
        ("lab run x -- other --record r.json", None),
        ("lab run x --record r.json -- other --record s.json", "r.json"),
    ],
)
def test_a_record_is_left_although_the_words_cannot_be_understood(words: str, path: str | None) -> None:
    assert wanted_record(words.split()) == path


def test_of_several_outcomes_the_first_of_the_page_counts() -> None:
    """The order of cli.md 3: 70, 130, 4, 2, 1, 3, 0."""
    order = [70, 130, 4, 2, 1, 3, 0]
    for position, number in enumerate(order):
        assert worst(ExitStatus(each) for each in reversed(order[position:])) == number


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (0, "done"), (1, "problems"), (2, "usage"), (3, "undetermined"), (4, "partial"), (70, "fault"),
        (130, "interrupted"), (143, "interrupted"),
    ],
)  # fmt: skip
def test_every_status_has_its_word(status: int, word: str) -> None:
    assert ExitStatus(status).word == word


def diagnostic(
    code: codes.Code, severity: Severity = Severity.ERROR, cause: Diagnostic | None = None
) -> Diagnostic:
    return Diagnostic(code=code, severity=severity, detail="", caused_by=cause)


def test_the_status_follows_from_root_errors() -> None:
    silent = diagnostic(codes.SOURCE_SILENT)
    renamed = diagnostic(codes.REPOSITORY_RENAMED, Severity.WARNING)
    assert status_of([]) is ExitStatus.DONE
    assert status_of([renamed]) is ExitStatus.DONE
    assert status_of([silent]) is ExitStatus.UNDETERMINED
    assert status_of([silent, diagnostic(codes.NO_VERSION, cause=silent)]) is ExitStatus.UNDETERMINED
    assert status_of([diagnostic(codes.NO_VERSION, cause=renamed)]) is ExitStatus.PROBLEMS
    assert status_of([silent, diagnostic(codes.OWN_SERIES_MISSING)]) is ExitStatus.PROBLEMS
    assert status_of([silent, diagnostic(codes.MALFORMED_REFERENCE)]) is ExitStatus.USAGE


def test_fail_on_warning_makes_a_warning_a_problem() -> None:
    note = diagnostic(codes.SNAPSHOT_DATED, Severity.NOTE)
    warning = diagnostic(codes.REPOSITORY_RENAMED, Severity.WARNING)
    assert with_warnings(ExitStatus.DONE, [note]) is ExitStatus.DONE
    assert with_warnings(ExitStatus.DONE, [note, warning]) is ExitStatus.PROBLEMS
    assert with_warnings(ExitStatus.UNDETERMINED, [warning]) is ExitStatus.PROBLEMS
    assert with_warnings(ExitStatus.USAGE, [warning]) is ExitStatus.USAGE
