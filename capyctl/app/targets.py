"""From references to targets: looked up in the table, with the reason where one stands for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from capyctl.app.resolve import Target
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderReference, ProviderType, split_manifest_label
from capyctl.core.invocation import Invocation
from capyctl.core.provider_table import Lookup, ProviderTable, RowState, TableEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What the references of a command stand for, and what is to be said about them."""

    found: tuple[Target, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFinder:
    """Finds targets in a table.

    Attributes:
        searched: files searched for provider entries, each with what became of it, for people.
        all_types: whether a bare name that several types have stands for all of them (cli.md 1).
    """

    table: ProviderTable
    invocation: Invocation
    searched: tuple[str, ...] = ()
    all_types: bool = False

    def find(self, references: Iterable[ProviderReference]) -> Targets:
        """Every target once, in the order named; each reference that stands for nothing is one error."""
        found: dict[tuple[str, str | None], Target] = {}
        diagnostics: list[Diagnostic] = []
        for reference in references:
            lookup = self.table.find(reference)
            diagnostics += self._about(lookup)
            if len(lookup.entries) > 1 and not self.all_types:
                continue
            for entry in lookup.entries:
                diagnostics += self._about_entry(entry)
                if entry.location is not None:
                    key = (entry.key.manifest_label, reference.version)
                    found.setdefault(key, Target(entry=entry, reference=reference))
        return Targets(found=tuple(found.values()), diagnostics=tuple(diagnostics))

    def _about(self, lookup: Lookup) -> list[Diagnostic]:
        if not lookup.entries:
            return [entry.error for entry in lookup.invalid] or [self._unknown(lookup)]
        if len(lookup.entries) > 1 and not self.all_types:
            return [self._ambiguous(lookup)]
        return [_label_as_name(lookup)] if lookup.label_after_flag else []

    def _about_entry(self, entry: TableEntry) -> list[Diagnostic]:
        found = [*entry.notices, *([entry.error] if entry.error is not None else [])]
        if entry.state is not RowState.ACTIVE:
            found.append(_not_active(entry))
        return found

    def _ambiguous(self, lookup: Lookup) -> Diagnostic:
        labels = [entry.key.manifest_label for entry in lookup.entries]
        text = lookup.reference.text
        version = f":{lookup.reference.version}" if lookup.reference.version else ""
        return Diagnostic(
            code=codes.AMBIGUOUS_NAME,
            severity=Severity.ERROR,
            detail=f"{lookup.reference.name} stands for {', '.join(labels)}; name one by its label.",
            fixes=tuple(
                Fix(
                    applicability=Applicability.REVIEW,
                    title=f"take {label}",
                    command=self.invocation.with_reference(text, f"{label}{version}"),
                )
                for label in labels
            ),
        )

    def _unknown(self, lookup: Lookup) -> Diagnostic:
        reference = lookup.reference
        kind = f" of type {reference.type.value}" if reference.type is not None else ""
        searched = "; ".join(("the built-in table", *self.searched))
        return Diagnostic(
            code=codes.UNKNOWN_PROVIDER,
            severity=Severity.ERROR,
            detail=f"There is no provider {reference.name}{kind}. Searched: {searched}.{_given_up(lookup)}",
            subject=Subject(provider=reference.name),
            fixes=(*self._suggestions(lookup), _stanza(reference)),
        )

    def _suggestions(self, lookup: Lookup) -> list[Fix]:
        reference = lookup.reference
        version = f":{reference.version}" if reference.version else ""
        fixes = []
        for label in lookup.near:
            key = split_manifest_label(label)
            same_type = reference.type is None or key.type is reference.type
            text = key.name if reference.type is not None else label
            command = (
                self.invocation.with_reference(reference.text, f"{text}{version}") if same_type else None
            )
            title = (
                f"did you mean {label}?"
                if same_type
                else f"did you mean {label}? Its flag is --{key.type.flag}"
            )
            fixes.append(Fix(applicability=Applicability.REVIEW, title=title, command=command))
        return fixes


def _given_up(lookup: Lookup) -> str:
    if not lookup.dropped:
        return ""
    row = lookup.dropped[0]
    successor = f" Its successor is {row.successor}." if row.successor else ""
    return f" clusterctl had this provider until {', '.join(row.facts.until)}.{successor}"


def _stanza(reference: ProviderReference) -> Fix:
    key = split_manifest_label(reference.name)
    provider_type = reference.type or key.type
    name = key.name if provider_type is key.type else reference.name
    text = (
        "add it to clusterctl.yaml: providers: [{name: "
        f"{name}, type: {provider_type.value}, "
        f"url: https://github.com/OWNER/NAME/releases/latest/{_components_file(provider_type)}}}]"
    )
    return Fix(applicability=Applicability.REVIEW, title=text)


def _components_file(provider_type: ProviderType) -> str:
    return f"{'core' if provider_type is ProviderType.CORE else provider_type.flag}-components.yaml"


def _label_as_name(lookup: Lookup) -> Diagnostic:
    entry = lookup.entries[0]
    return Diagnostic(
        code=codes.LABEL_AS_NAME,
        severity=Severity.NOTE,
        detail=(
            f"{lookup.reference.name} is a manifest label; the provider's name is {entry.key.name}, its type"
            f" {entry.key.type.value}. It was understood."
        ),
        subject=Subject(provider=entry.key.manifest_label),
    )


def _not_active(entry: TableEntry) -> Diagnostic:
    successor = f" Its successor is {entry.successor}." if entry.successor else ""
    said = f" ({'; '.join(entry.sources)})" if entry.sources else ""
    return Diagnostic(
        code=codes.REPOSITORY_ARCHIVED,
        severity=Severity.WARNING,
        detail=f"The project behind {entry.key.manifest_label} is {entry.state.value}{said}.{successor}",
        subject=Subject(provider=entry.key.manifest_label),
    )
