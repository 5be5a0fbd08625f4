"""``capyctl kubernetes-version resolve``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.appended_lines import AppendError, append_lines
from capyctl.app.kubernetes_versions import ResolvedVersion, VersionQuestion
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.e2e_config import read_questions
from capyctl.cli.files import named_file
from capyctl.cli.lock_options import Locked, bound_run
from capyctl.cli.locked_versions import questions_of_lock
from capyctl.cli.provider_command import with_world
from capyctl.cli.run import JsonObject, Outcome, Run
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.e2e_variables import is_variable_name
from capyctl.core.exit_status import ExitStatus
from capyctl.core.invocation import Invocation
from capyctl.core.release_marker import MalformedMarkerError, parse_asked_release
from capyctl.report.text_style import TextStyle
from capyctl.wiring.kubernetes_versions import resolve_kubernetes_versions
from capyctl.wiring.world import World

app = command_app()

_DEFAULT_NAME = "KUBERNETES_VERSION"


class _Wanted(Struct, frozen=True, kw_only=True):
    """The options of this command; ``questions`` are those of MARKER, or None where a file or a lock names them."""

    questions: tuple[VersionQuestion, ...] | None
    e2e_config: str | None
    env_file: str | None
    env_name: str


@app.command("resolve", cls=CapyCommand)
def resolve(
    ctx: typer.Context,
    marker: Annotated[
        str | None,
        typer.Argument(
            metavar="[MARKER]", help="stable, latest-1.33, ci/latest and so on, or an exact version."
        ),
    ] = None,
    locked: Locked = None,
    env_file: Annotated[
        str | None,
        typer.Option("--env-file", metavar="FILE", help="Add the line NAME=VERSION at the end of this file."),
    ] = None,
    env_name: Annotated[
        str | None,
        typer.Option("--env-name", metavar="NAME", help="NAME in that line (KUBERNETES_VERSION)."),
    ] = None,
    e2e_config: Annotated[
        str | None,
        typer.Option("--e2e-config", metavar="FILE", help="Resolve its variables KUBERNETES_VERSION*."),
    ] = None,
) -> Outcome:
    """Resolve a marker of Kubernetes releases into the one version it stands for now."""
    wanted = _Wanted(
        questions=_questions(marker, e2e_config, locked),
        e2e_config=e2e_config,
        env_file=named_file(env_file, "--env-file"),
        env_name=_env_name(env_name, env_file, e2e_config),
    )
    run = bound_run(ctx, locked)
    return with_world(run, lambda world: _resolve(run, world, wanted))


def _questions(
    marker: str | None, e2e_config: str | None, locked: str | None
) -> tuple[VersionQuestion, ...] | None:
    if marker is not None and e2e_config is not None:
        raise typer.BadParameter("give either a marker or --e2e-config FILE", param_hint="MARKER")
    if marker is None and e2e_config is None and locked is None:
        raise typer.BadParameter(
            "give a marker, or --e2e-config FILE, or --locked FILE for all that a lock has",
            param_hint="MARKER",
        )
    if marker is None:
        return None
    asked = parse_asked_release(marker)
    if asked is None:
        raise typer.BadParameter(str(MalformedMarkerError(marker)), param_hint="MARKER")
    return (VersionQuestion(asked=asked),)


def _env_name(name: str | None, env_file: str | None, e2e_config: str | None) -> str:
    if name is None:
        return _DEFAULT_NAME
    if not is_variable_name(name):
        raise typer.BadParameter(
            f"{name!r} is no name of a variable: letters, digits and _, no digit first",
            param_hint="--env-name",
        )
    if e2e_config is not None:
        raise typer.BadParameter("with --e2e-config the file's own names are used", param_hint="--env-name")
    if env_file is None:
        raise typer.BadParameter(
            "it names the variable in --env-file, which is missing", param_hint="--env-name"
        )
    return name


def _resolve(run: Run, world: World, wanted: _Wanted) -> Outcome:
    questions, said = _asked(world, wanted)
    if said:
        return Outcome(diagnostics=(*said, *world.notes), evidence=world.evidence())
    served = resolve_kubernetes_versions(world, questions)
    outcome = Outcome(
        result=_result(served.found, wanted),
        text=_text,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
    )
    if wanted.env_file is None or any(each.version is None for each in served.found):
        return outcome
    return _with_file(run, outcome, wanted, served.found)


def _asked(world: World, wanted: _Wanted) -> tuple[tuple[VersionQuestion, ...], tuple[Diagnostic, ...]]:
    """The questions, or what speaks against asking any."""
    if wanted.questions is not None:
        return wanted.questions, ()
    if wanted.e2e_config is not None:
        return read_questions(wanted.e2e_config, world.settings.environment, world.invocation)
    return questions_of_lock(world, one_line=wanted.env_file is not None)


def _with_file(run: Run, outcome: Outcome, wanted: _Wanted, found: Sequence[ResolvedVersion]) -> Outcome:
    """The outcome after a line for each version was added; none is added in a run that fails."""
    from capyctl.cli.render import status_so_far  # noqa: PLC0415 - start-up: most runs render once, at the end

    if status_so_far(run, outcome) is not ExitStatus.DONE:
        return outcome
    return replace(
        outcome,
        diagnostics=(*_written(wanted, found, Invocation(words=tuple(run.argv))), *outcome.diagnostics),
    )


def _written(
    wanted: _Wanted, found: Sequence[ResolvedVersion], invocation: Invocation
) -> tuple[Diagnostic, ...]:
    """Add a line for each version; nothing where the run found a problem."""
    lines = [f"{each.name or wanted.env_name}={each.version}" for each in found]
    try:
        append_lines(wanted.env_file or "", lines)
    except AppendError as error:
        return (
            Diagnostic(
                code=codes.VARIABLES_NOT_WRITTEN,
                severity=Severity.ERROR,
                detail=f"Nothing was added to the file of --env-file: {error.reason}.",
                subject=Subject(file=wanted.env_file),
                fixes=(
                    Fix(
                        applicability=Applicability.REVIEW,
                        title="name a file that can be written, or take the version from the result",
                        command=invocation.without("--env-file"),
                    ),
                ),
            ),
        )
    return ()


def _result(found: Sequence[ResolvedVersion], wanted: _Wanted) -> JsonObject | None:
    """One marker; where several can be asked for, its shape with nothing in it, and a row for each."""
    if wanted.e2e_config is not None:
        rows = [{"name": each.name, **_fields(each)} for each in found]
        return {**_fields(ResolvedVersion(marker="")), "marker": None, "variables": rows}
    if len(found) > 1:
        rows = [_fields(each) for each in found]
        return {**_fields(ResolvedVersion(marker="")), "marker": None, "markers": rows}
    return _fields(found[0]) if found else None


def _fields(each: ResolvedVersion) -> dict[str, object]:
    return {
        "marker": each.marker,
        "version": each.version,
        "resolved_at": each.resolved_at,
        "url": each.url,
    }


def _text(shown: JsonObject, _: TextStyle) -> str:
    """The version alone, or a line for each variable or marker; what was not resolved is left out."""
    for key, name in (("variables", "name"), ("markers", "marker")):
        rows = shown.get(key)
        if isinstance(rows, list):
            return "".join(f"{row[name]}={row['version']}\n" for row in rows if row["version"] is not None)
    return f"{shown['version']}\n" if shown["version"] is not None else ""
