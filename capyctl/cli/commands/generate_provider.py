"""``capyctl generate provider``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from msgspec.structs import replace

from capyctl.adapters.whole_file import WholeFileError
from capyctl.app.generate import Generated
from capyctl.cli.choice_options import (
    AllowPrerelease,
    ContractOption,
    MetadataFrom,
    TargetNamespace,
    choice_options,
)
from capyctl.cli.cluster_options import namespace_name
from capyctl.cli.declare import command_app
from capyctl.cli.files import named_file, not_written, write_atomically
from capyctl.cli.lock_options import Bundle, Locked, bound_run
from capyctl.cli.provider_command import with_references
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import GivenReferences
from capyctl.cli.run import JsonObject, Outcome, TextMaker
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.core.identity import ProviderReference
from capyctl.core.secret_marks import marked_objects, secret_values_of
from capyctl.core.yaml_emit import emit_documents
from capyctl.report.provider_text import description_text
from capyctl.report.resolved_json import resolved_json
from capyctl.wiring.binding import everything_locked
from capyctl.wiring.generation import GenerateOptions, components_of_provider
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
    locked: Locked = None,
    bundle: Bundle = None,
) -> Outcome:
    """Print the components of a provider, ready to apply."""
    place = namespace_name(target_namespace, "--target-namespace")
    choice = choice_options(contract, allow_prerelease, metadata_from)
    options = GenerateOptions(choice=choice, raw=raw, describe=describe, target_namespace=place)
    path = named_file(write_to, "--write-to") if write_to != "-" else None
    return with_references(
        bound_run(ctx, locked, bundle, metadata_from),
        references,
        lambda world, given: _generate(world, given, options, path),
    )


def _generate(world: World, given: GivenReferences, options: GenerateOptions, path: str | None) -> Outcome:
    references = given.references or everything_locked(world)
    if len(references) != 1:
        said = (_one_at_a_time(references),)
        return Outcome(diagnostics=said, evidence=world.evidence(), status=ExitStatus.USAGE)
    served = components_of_provider(world, references[0], options)
    made = served.found
    if made is None:
        return Outcome(diagnostics=served.diagnostics, evidence=served.evidence)
    problems = _written(path, made.objects) if path is not None and made.objects else ()
    printed = made.objects if path is None else ()
    outcome = Outcome(
        result=_json(made),
        text=description_text if options.describe else _text(printed),
        diagnostics=(*served.diagnostics, *problems),
        evidence=served.evidence,
    )
    names = [each.name for each in made.rendered.variables] if made.rendered is not None else []
    secrets = secret_values_of(names, world.settings.lookup.template_variable)
    outcome = replace(outcome, variables=names, secrets=secrets)
    is_published = (options.raw or not names) and _is_from_afar(made)
    return outcome if is_published else _recordable(outcome, made, secrets, printed)


def _is_from_afar(made: Generated) -> bool:
    """Whether every file was published, so that nothing of this machine stands in one that was not expanded."""
    files = made.provider.files.values()
    return all(file is not None and not file.url.startswith("file:") for file in files)


def _recordable(
    outcome: Outcome, made: Generated, secrets: Sequence[str], printed: tuple[object, ...]
) -> Outcome:
    """The outcome, with marks in the place of secret values in its record (cli.md 6, Secrets)."""
    marked = replace(
        outcome,
        result=_json(replace(made, objects=marked_objects(made.objects, secrets))),
        text=_text(marked_objects(printed, secrets))
        if outcome.text is not description_text
        else outcome.text,
    )
    return replace(outcome, recorded=lambda _: marked)


def _json(made: Generated) -> JsonObject:
    rendered = made.rendered
    variables = rendered.variables if rendered is not None else ()
    return {
        "provider": resolved_json(made.provider),
        "variables": [
            {"name": item.name, "required": item.required, "default": item.default} for item in variables
        ],
        "images": list(rendered.images) if rendered is not None else [],
        "components": list(made.objects),
    }


def _text(objects: tuple[object, ...]) -> TextMaker | None:
    return (lambda _result, _style: emit_documents(objects)) if objects else None


def _written(path: str, objects: tuple[object, ...]) -> tuple[Diagnostic, ...]:
    try:
        write_atomically(path, emit_documents(objects))
    except WholeFileError as error:
        return (not_written("The file", path, error),)
    return ()


def _one_at_a_time(references: Sequence[ProviderReference]) -> Diagnostic:
    among = f" of {', '.join(each.text for each in references)}" if references else ""
    return Diagnostic(
        code=codes.USAGE,
        severity=Severity.ERROR,
        detail=f"Name one provider{among}; its components are printed alone.",
    )
