"""Provider references from the words and type flags of a command line (cli.md 1)."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from msgspec import Struct

from capyctl.cli.run import Run, RunEndedError
from capyctl.core.codes import MALFORMED_REFERENCE
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.identity import (
    MalformedReferenceError,
    ProviderReference,
    ProviderType,
    parse_reference,
)

_NOTHING = "-"


class GivenReferences(Struct, frozen=True, kw_only=True):
    """The references of a command line.

    Attributes:
        references: positional ones first, then those of flags in install order.
        skipped: types given as ``-``, which stands for none of this type (``init`` only).
        problems: one CAPY0101 for each malformed reference; the run then ends with status 2.
    """

    references: tuple[ProviderReference, ...]
    skipped: frozenset[ProviderType]
    problems: tuple[Diagnostic, ...]


def given_references(
    run: Run, positional: Sequence[str] | None = None, *, skip_allowed: bool = False
) -> GivenReferences:
    """Read the references that were given by word and by type flag.

    Args:
        run: holds the type flags.
        positional: the words.
        skip_allowed: whether ``-`` after a type flag other than ``--core`` stands for no provider.
    """
    references: list[ProviderReference] = []
    problems: list[Diagnostic] = []
    skipped: set[ProviderType] = set()
    given: list[tuple[ProviderType | None, str]] = [(None, text) for text in positional or ()]
    given += [(kind, text) for kind in ProviderType for text in run.provider_flags.get(kind, ())]
    for provider_type, text in given:
        if skip_allowed and text == _NOTHING and provider_type not in (None, ProviderType.CORE):
            skipped.add(provider_type)
            continue
        try:
            references.append(parse_reference(text, provider_type))
        except MalformedReferenceError as error:
            problems.append(malformed_reference(error, provider_type))
    return GivenReferences(references=tuple(references), skipped=frozenset(skipped), problems=tuple(problems))


def one_reference(run: Run, positional: Sequence[str] | None = None) -> ProviderReference:
    """The one reference of a command that takes exactly one.

    Raises:
        RunEndedError: it is malformed. typer.BadParameter: there is none, or more than one.
    """
    given = given_references(run, positional)
    if given.problems:
        raise RunEndedError(given.problems)
    if len(given.references) != 1:
        count = "none was" if not given.references else f"{len(given.references)} were"
        raise typer.BadParameter(f"this command takes exactly one provider; {count} given", param_hint="REF")
    return given.references[0]


def malformed_reference(error: MalformedReferenceError, provider_type: ProviderType | None) -> Diagnostic:
    """A reference that has not the form, as a diagnostic; ``provider_type`` is of the flag that gave it."""
    where = f" (given with --{provider_type.flag})" if provider_type else ""
    return Diagnostic(
        code=MALFORMED_REFERENCE,
        severity=Severity.ERROR,
        detail=f"The reference {error.text!r}{where} cannot be used: {error.reason}.",
    )
