"""The questions that a configuration of end-to-end tests asks for (cli.md 7.4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from capyctl.app.kubernetes_versions import VersionQuestion
from capyctl.config.environment import Environment
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.e2e_variables import (
    LARGEST,
    E2eConfigError,
    VersionVariable,
    is_variable_name,
    version_variables,
)
from capyctl.core.invocation import Invocation
from capyctl.core.release_marker import ReleaseMarker, parse_asked_release

_SHOWN = 10

Questions = tuple[VersionQuestion, ...]


def read_questions(
    path: str, environment: Environment, invocation: Invocation
) -> tuple[Questions, tuple[Diagnostic, ...]]:
    """A question for each variable whose value is a marker; what speaks against the file, then no question.

    A variable that the environment sets to an exact version is passed through, as the project's own tests read
    the environment first (clusterctl-resolution 12.2). One that is an exact version everywhere asks for nothing;
    one without a value in either place has no version, so that a line for it would be missing.
    """
    try:
        found = version_variables(_read(path), path)
    except E2eConfigError as error:
        where = f"line {error.line}: " if error.line is not None else ""
        return (), (_unusable(path, invocation, f"{where}{error.reason}"),)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        return (), (_unusable(path, invocation, f"it cannot be read: {said}"),)
    questions, problems, empty = [], [], []
    for each in found:
        if not is_variable_name(each.name):
            problems.append(_no_name(path, each, invocation))
            continue
        if each.fault is not None:
            problems.append(_of_name(path, each, f"{each.name} {each.fault}.", invocation))
            continue
        given = (environment.get(each.name) or "").strip()
        question = _question(each, given)
        if not (each.value or given):
            empty.append(each)
        elif question is None:
            problems.append(_no_version(path, each, given, invocation))
        else:
            is_passed = isinstance(question.asked, ReleaseMarker) or not each.value or _is_marker(each)
            questions += [question] if is_passed else []
    problems += [_no_value(path, empty, invocation)] if empty else []
    return (() if problems else tuple(questions)), tuple(problems)


def _read(path: str) -> bytes:
    # A device or a pipe is never opened: reading one may block for ever.
    if Path(path).exists() and not Path(path).is_file():
        raise E2eConfigError("it is no regular file")
    with Path(path).open("rb") as file:
        return file.read(LARGEST + 1)


def _question(variable: VersionVariable, given: str) -> VersionQuestion | None:
    asked = parse_asked_release(given or variable.value)
    if asked is None:
        return None
    marker = None if isinstance(asked, ReleaseMarker) else variable.value or None
    return VersionQuestion(asked=asked, name=variable.name, marker=marker)


def _is_marker(variable: VersionVariable) -> bool:
    return isinstance(parse_asked_release(variable.value), ReleaseMarker)


def _no_name(path: str, variable: VersionVariable, invocation: Invocation) -> Diagnostic:
    said = (
        f"{variable.name!r} is no name of a variable: letters, digits and _, no digit first. A shell"
        " that reads the line NAME=VALUE would take it for something else."
    )
    return _of_name(path, variable, said, invocation)


def _of_name(path: str, variable: VersionVariable, said: str, invocation: Invocation) -> Diagnostic:
    """A fault that is shown at the variable's name."""
    return Diagnostic(
        code=codes.E2E_CONFIG_UNUSABLE,
        severity=Severity.ERROR,
        detail=f"{path}: {said} Nothing was resolved.",
        subject=Subject(file=path),
        spans=(variable.name_span,) if variable.name_span is not None else (),
        fixes=(_see_help(invocation),),
    )


def _no_version(path: str, variable: VersionVariable, given: str, invocation: Invocation) -> Diagnostic:
    who = f"the environment sets {variable.name} to" if given else f"{variable.name} is"
    return Diagnostic(
        code=codes.E2E_CONFIG_UNUSABLE,
        severity=Severity.ERROR,
        detail=(
            f"{path}: {who} {given or variable.value!r}, which is neither a marker nor an exact version such as"
            " v1.33.0. Nothing was resolved."
        ),
        subject=Subject(file=path),
        spans=_spans(variable, given),
        fixes=(_see_help(invocation),),
    )


def _no_value(path: str, empty: Sequence[VersionVariable], invocation: Invocation) -> Diagnostic:
    names = ", ".join(each.name for each in empty[:_SHOWN])
    more = f" and {len(empty) - _SHOWN} more" if len(empty) > _SHOWN else ""
    have = "has" if len(empty) == 1 else "have"
    return Diagnostic(
        code=codes.E2E_CONFIG_UNUSABLE,
        severity=Severity.ERROR,
        detail=(
            f"{path}: {names}{more} {have} no value, neither there nor in the environment. Nothing was resolved."
        ),
        subject=Subject(file=path),
        spans=tuple(each.name_span for each in empty[:_SHOWN] if each.name_span is not None),
        fixes=(_see_help(invocation),),
    )


def _spans(variable: VersionVariable, given: str) -> tuple[Span, ...]:
    return (variable.span,) if variable.span is not None and not given else ()


def _unusable(path: str, invocation: Invocation, reason: str) -> Diagnostic:
    return Diagnostic(
        code=codes.E2E_CONFIG_UNUSABLE,
        severity=Severity.ERROR,
        detail=f"{path} is no configuration of end-to-end tests that can be used: {reason}.",
        subject=Subject(file=path),
        fixes=(_see_help(invocation),),
    )


def _see_help(invocation: Invocation) -> Fix:
    return Fix(
        applicability=Applicability.REVIEW,
        title="mend the file; this says what a value may be",
        command=invocation.about("kubernetes-version", "resolve", "--help"),
    )
