"""``capyctl lock``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capyctl.app.lock.markers import Marker
from capyctl.cli.choice_options import AllowPrerelease, ContractOption, choice_options
from capyctl.cli.declare import LongCommand, command_app
from capyctl.cli.provider_command import with_world
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences, given_references
from capyctl.cli.run import JsonObject, Outcome, Run, run_of
from capyctl.config.spec_file import SpecFileError, load_spec
from capyctl.core.exit_status import ExitStatus
from capyctl.core.lock import LOCK_NAME
from capyctl.core.lock_spec import LockSpec
from capyctl.core.lock_text import lock_object
from capyctl.core.release_marker import parse_asked_release, release_hint
from capyctl.core.requirement import Requirement
from capyctl.report.lock_text import changes_json, changes_text, lock_result_text
from capyctl.report.text_style import TextStyle
from capyctl.wiring.lock_checking import check_lock
from capyctl.wiring.lock_services import LockAsked, make_lock
from capyctl.wiring.request import LONG_DEADLINE
from capyctl.wiring.spec_reading import spec_unreadable
from capyctl.wiring.world import World

app = command_app()


_Spec = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="Lock what this spec file names, instead of references."),
]
_Markers = Annotated[
    list[str] | None,
    typer.Option(
        "--kubernetes-version",
        metavar="MARKER",
        help="Lock this marker too, such as stable-1.33; may be given several times.",
        show_default=False,
    ),
]
_ImageDigests = Annotated[
    bool, typer.Option("--image-digests", help="Ask the registries for the digest of every image.")
]
_Check = Annotated[bool, typer.Option("--check", help="Ask the world again, and write nothing.")]
_Update = Annotated[
    bool, typer.Option("--update", help="Lock only what is named anew; every other entry stays.")
]


class _LockCommand(LongCommand, ProviderCommand):
    """Takes providers, and its time."""


@app.command(cls=_LockCommand)
def lock(
    ctx: typer.Context,
    references: References = None,
    spec: _Spec = None,
    kubernetes_version: _Markers = None,
    contract: ContractOption = None,
    allow_prerelease: AllowPrerelease = False,
    image_digests: _ImageDigests = False,
    check: _Check = False,
    update: _Update = False,
) -> Outcome:
    """Record versions, files and digests in capyctl.lock, or hold the world against it."""
    run = run_of(ctx)
    run.patience = LONG_DEADLINE
    given = given_references(run, references)
    if given.problems:
        return Outcome(diagnostics=given.problems, status=ExitStatus.USAGE)
    markers = tuple(_marker(text) for text in kubernetes_version or ())
    options = choice_options(contract, allow_prerelease, None)
    named = bool(given.references or markers)
    if check:
        if named or spec is not None or update or image_digests or contract or allow_prerelease:
            raise typer.BadParameter(
                "it checks all of the lock, and takes nothing else", param_hint="--check"
            )
        return with_world(run, _check)
    _refuse_muddle(given, spec, update=update, named=named)
    asked = LockAsked(
        references=given.references,
        markers=markers,
        requirement=Requirement(contract=options.contract, allow_prerelease=options.allow_prerelease),
        image_digests=image_digests,
        update=update,
        path=Path(LOCK_NAME),
    )
    return _with_spec(run, spec, asked)


def _refuse_muddle(given: GivenReferences, spec: Path | None, *, update: bool, named: bool) -> None:
    if spec is not None and (given.references or update):
        raise typer.BadParameter(
            "a spec file stands in the place of references, and of --update", param_hint="--from"
        )
    if spec is None and not named:
        raise typer.BadParameter(
            "nothing is named: give a provider, --kubernetes-version MARKER, or --from FILE", param_hint="REF"
        )


def _with_spec(run: Run, path: Path | None, asked: LockAsked) -> Outcome:
    spec: LockSpec | None = None
    if path is not None:
        try:
            spec = load_spec(path)
        except SpecFileError as error:
            return Outcome(diagnostics=spec_unreadable(error))
    return with_world(run, lambda world: _make(world, asked, spec))


def _make(world: World, asked: LockAsked, spec: LockSpec | None) -> Outcome:
    served = make_lock(world, asked if spec is None else _of_spec(asked, spec))
    made = served.found
    result: JsonObject | None = {"lock": lock_object(made.lock)} if made is not None else None

    def text(shown: JsonObject, style: TextStyle) -> str:
        written = made is not None and made.written
        return lock_result_text(
            shown, style, written=written, dropped=made.dropped if made is not None else ()
        )

    return Outcome(result=result, text=text, diagnostics=served.diagnostics, evidence=served.evidence)


def _of_spec(asked: LockAsked, spec: LockSpec) -> LockAsked:
    return LockAsked(
        spec=spec,
        markers=asked.markers,
        requirement=asked.requirement,
        image_digests=asked.image_digests,
        path=asked.path,
    )


def _check(world: World) -> Outcome:
    served = check_lock(world, Path(LOCK_NAME))
    found = served.found
    if found is None:
        return Outcome(diagnostics=served.diagnostics, evidence=served.evidence)

    def text(shown: JsonObject, style: TextStyle) -> str:
        return changes_text(shown, style, same=found.same, undecided=found.undecided, unknown=found.unknown)

    no_verdict = served.status is ExitStatus.UNDETERMINED
    return Outcome(
        result={"changes": [changes_json(each) for each in found.changes]},
        text=text,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        status=served.status if no_verdict else None,
    )


def _marker(text: str) -> Marker:
    found = parse_asked_release(text)
    if found is None:
        hint = release_hint(text)
        meant = f"; {hint} may be meant" if hint is not None else ""
        raise typer.BadParameter(
            f"{text!r} is no marker such as stable-1.33, and no exact version such as v1.33.1{meant}",
            param_hint="--kubernetes-version",
        )
    return found
