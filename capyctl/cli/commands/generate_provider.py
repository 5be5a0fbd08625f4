"""``capyctl generate provider``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from capyctl.app.present import component_findings, to_resolved
from capyctl.app.resolution import ProviderResolution
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.resolve import Resolver
from capyctl.cli.choice_options import (
    AllowPrerelease,
    ContractOption,
    MetadataFrom,
    TargetNamespace,
    choice_options,
)
from capyctl.cli.declare import command_app
from capyctl.cli.files import write_atomically
from capyctl.cli.provider_command import with_references
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import JsonObject, Outcome, TextMaker, run_of
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.core.yaml_emit import emit_documents
from capyctl.report.provider_text import description_text
from capyctl.report.resolved_json import resolved_json
from capyctl.wiring.notes import common_notes
from capyctl.wiring.world import World

app = command_app()


@app.command(cls=ProviderCommand)
def provider(
    ctx: typer.Context,
    references: References = None,
    raw: Annotated[bool, typer.Option("--raw", help="Leave variables as they stand.")] = False,
    describe: Annotated[bool, typer.Option("--describe", help="Describe instead of printing.")] = False,
    target_namespace: TargetNamespace = None,
    write_to: Annotated[
        str | None, typer.Option("--write-to", metavar="FILE", help="Write the components to FILE.")
    ] = None,
    contract: ContractOption = None,
    allow_prerelease: AllowPrerelease = False,
    metadata_from: MetadataFrom = None,
) -> Outcome:
    """Print the components of a provider, ready to apply."""
    options = choice_options(contract, allow_prerelease, metadata_from)

    def work(world: World, given: GivenReferences) -> Outcome:
        targets = world.finder().find(given.references)
        if len(given.references) > 1:
            return Outcome(diagnostics=(_one_at_a_time(),), status=ExitStatus.USAGE)
        components = world.components(render=not describe, raw=raw, target_namespace=target_namespace)
        resolver = Resolver(catalog=world.catalog, asker=world.asker, components=components)
        resolutions = resolver.resolve(options.request(targets.found))
        evidence = (*world.evidence(), *(piece for each in resolutions for piece in each.evidence))
        about = (*targets.diagnostics, *common_notes(world, evidence))
        if not resolutions:
            return Outcome(diagnostics=about, evidence=evidence)
        return _outcome(world, resolutions[0], about, describe=describe, write_to=write_to)

    return with_references(run_of(ctx), references, work)


def _outcome(
    world: World,
    resolution: ProviderResolution,
    about: tuple[Diagnostic, ...],
    *,
    describe: bool,
    write_to: str | None,
) -> Outcome:
    rendered = resolution.rendered
    found = (*diagnose_resolution(resolution, world.invocation), *component_findings(resolution))
    if describe:
        # Looking demands nothing: what only matters to whoever installs is a warning here (F56).
        found = tuple(
            item for item in found if not item.is_error or item in resolution_errors(resolution, found)
        )
    failed = resolution.chosen is None or any(item.is_error for item in found)
    lacking = () if rendered is not None or failed else (_not_here(resolution),)
    objects = rendered.objects if rendered is not None and not failed else ()
    result: JsonObject = {
        "provider": resolved_json(to_resolved(resolution)),
        "variables": [
            {"name": item.name, "required": item.required, "default": item.default}
            for item in (rendered.variables if rendered is not None else ())
        ],
        "images": list(rendered.images) if rendered is not None else [],
        "components": list(objects),
    }
    problems = _written(write_to, objects) if write_to not in (None, "", "-") and objects else ()
    return Outcome(
        result=result,
        text=_text(describe=describe, objects=objects, written=bool(write_to) and write_to != "-"),
        diagnostics=(*about, *found, *lacking, *problems),
        evidence=(*world.evidence(), *resolution.evidence),
    )


def resolution_errors(
    resolution: ProviderResolution, found: tuple[Diagnostic, ...]
) -> tuple[Diagnostic, ...]:
    """The errors that speak against the version, not against this user's settings."""
    theirs = component_findings(resolution)
    return tuple(item for item in found if item.is_error and item not in theirs)


def _text(*, describe: bool, objects: tuple[object, ...], written: bool) -> TextMaker | None:
    if describe:
        return description_text
    if not objects or written:
        return None
    return lambda _result, _style: _yaml(objects)


def _yaml(objects: tuple[object, ...]) -> str:
    return emit_documents(objects)


def _written(path: str | None, objects: tuple[object, ...]) -> tuple[Diagnostic, ...]:
    try:
        write_atomically(Path(path or ""), emit_documents(objects))
    except OSError as error:
        return (
            Diagnostic(
                code=codes.SETTING_INVALID,
                severity=Severity.ERROR,
                detail=f"The file {path} cannot be written: {error.strerror or 'unknown reason'}.",
            ),
        )
    return ()


def _one_at_a_time() -> Diagnostic:
    return Diagnostic(
        code=codes.USAGE,
        severity=Severity.ERROR,
        detail="Name one provider; its components are printed alone.",
    )


def _not_here(resolution: ProviderResolution) -> Diagnostic:
    label = resolution.target.entry.key.manifest_label
    return Diagnostic(
        code=codes.FILE_NOT_AVAILABLE_OFFLINE,
        severity=Severity.ERROR,
        detail=f"The components of {label} cannot be had in this run, so there is nothing to print.",
    )
