"""What is to be said about a provider reference that stands for nothing, or for several (F02 to F04)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderKey, ProviderReference, ProviderType, split_manifest_label
from capyctl.core.invocation import Invocation
from capyctl.core.provider_entry import BUILT_IN, TableEntry
from capyctl.core.provider_lookup import Lookup
from capyctl.core.setting import FileState, SearchedFile

_MARKS = frozenset("{}[],#")
"""Characters that end a plain value between braces in YAML."""


def lookup_diagnostics(
    lookup: Lookup,
    searched: Sequence[SearchedFile],
    invocation: Invocation,
    *,
    several: bool = False,
    addresses: Mapping[str, str] | None = None,
) -> tuple[Diagnostic, ...]:
    """What is to be said about a reference, whatever command it was given to.

    ``several`` says that the command takes every type a bare name has (cli.md 1); ``addresses`` are those of a lock,
    by manifest label.
    """
    if len(lookup.entries) > 1 and not several:
        return (_ambiguous(lookup, invocation),)
    if not lookup.entries:
        broken = tuple(entry.error for entry in lookup.invalid)
        return broken or (_unknown(lookup, searched, invocation, addresses or {}),)
    return (_label_note(lookup, invocation),) if lookup.label_after_flag else ()


def _label_note(lookup: Lookup, invocation: Invocation) -> Diagnostic:
    key, text = lookup.entries[0].key, lookup.reference.text
    version = f":{lookup.reference.version}" if lookup.reference.version else ""
    name = f"{key.name}{version}"
    typed = text in invocation.words or f"--{key.type.flag}={text}" in invocation.words
    fix = Fix(
        applicability=Applicability.SAFE if typed else Applicability.REVIEW,
        title=f"give the name: --{key.type.flag} {name}",
        command=invocation.with_reference(text, name, kind=lookup.reference.type) if typed else None,
    )
    return Diagnostic(
        code=codes.LABEL_AS_NAME,
        severity=Severity.NOTE,
        detail=f"{lookup.reference.name} is a manifest label; the provider is called {key.name} and has the "
        f"type {key.type.value}, which --{key.type.flag} already says.",
        subject=Subject(provider=key.manifest_label),
        fixes=(fix,),
    )


def _ambiguous(lookup: Lookup, invocation: Invocation) -> Diagnostic:
    labels = [entry.key.manifest_label for entry in lookup.entries]
    return Diagnostic(
        code=codes.AMBIGUOUS_NAME,
        severity=Severity.ERROR,
        detail=f"The name {lookup.reference.name} belongs to {', '.join(labels)}. Give one of these labels.",
        fixes=tuple(_instead(lookup.reference, label, invocation) for label in labels),
    )


def _instead(reference: ProviderReference, label: str, invocation: Invocation) -> Fix:
    """The same command with this label, or its name after a flag of its type; another flag is for a person.

    What stands in a spec file is mended there.
    """
    version = f":{reference.version}" if reference.version else ""
    key, kind = split_manifest_label(label), reference.type
    if reference.spec_entry is not None:
        from capyctl.core.spec_edit import name_edit  # noqa: PLC0415 - start-up budget

        edit = name_edit(reference.spec_entry, label)
        title = f"use {label}{version}, in the spec"
        return Fix(applicability=Applicability.REVIEW, title=title, edit=edit)
    text = f"{label if kind is None else key.name}{version}"
    command = invocation.with_reference(reference.text, text, kind=kind) if kind in (None, key.type) else None
    return Fix(applicability=Applicability.REVIEW, title=f"use {label}{version}", command=command)


def _unknown(
    lookup: Lookup, searched: Sequence[SearchedFile], invocation: Invocation, addresses: Mapping[str, str]
) -> Diagnostic:
    reference = lookup.reference
    of_type = f" of type {reference.type.value}" if reference.type is not None else ""
    parts = [f"No provider {reference.name}{of_type} is known.", f"Searched: {_searched(searched)}."]
    parts += [_dropped_text(entry) for entry in lookup.dropped]
    if lookup.near:
        parts.append(f"Did you mean {' or '.join(lookup.near)}?")
    fixes = [_instead(reference, label, invocation) for label in lookup.near]
    return Diagnostic(
        code=codes.UNKNOWN_PROVIDER,
        severity=Severity.ERROR,
        detail=" ".join(parts),
        subject=Subject(provider=None, version=reference.version),
        fixes=(*fixes, _stanza_fix(lookup, addresses)),
    )


def _searched(files: Sequence[SearchedFile]) -> str:
    """The places in words; the many that are absent are only counted."""
    present = [f"{file.path} ({file.state.value})" for file in files if file.state is not FileState.ABSENT]
    absent = len(files) - len(present)
    missing = f"{absent} place{'s' if absent > 1 else ''} where there is no configuration file"
    return ", ".join(["the built-in table", *present, *([missing] if absent else [])])


def _dropped_text(entry: TableEntry) -> str:
    until = " and ".join(entry.facts.until)
    successor = f" Its successor is {entry.successor}." if entry.successor else ""
    return f"{entry.key.manifest_label} was in clusterctl's table until it was dropped in {until}.{successor}"


def _stanza_fix(lookup: Lookup, addresses: Mapping[str, str]) -> Fix:
    """The entry to add to the configuration, with the address of a dropped row or of the lock where there is one."""
    row = lookup.dropped[0] if lookup.dropped else None
    key = row.key if row else _key_of(lookup.reference, addresses)
    name = key.name if key else lookup.reference.name
    address = row.url if row else addresses.get(key.manifest_label if key else name, "ADDRESS")
    quoted = f'"{address}"' if set(address) & _MARKS else address
    return Fix(
        applicability=Applicability.REVIEW,
        title="add it to the configuration: "
        f"providers: [{{name: {name}, type: {key.type.value if key else 'TYPE'}, url: {quoted}}}]",
    )


def _key_of(reference: ProviderReference, addresses: Mapping[str, str]) -> ProviderKey | None:
    """The provider that is meant, where a flag, the prefix of a label or the lock says its type."""
    by_label = split_manifest_label(reference.name)
    if reference.type is not None and by_label.type is not reference.type:
        return ProviderKey(type=reference.type, name=reference.name)
    is_told = reference.type is not None or by_label.type is not ProviderType.CORE
    return by_label if is_told or reference.name in addresses else None


def newer_row_notes(entry: TableEntry, clusterctl: str) -> tuple[Diagnostic, ...]:
    """A note on a row that the named clusterctl release does not have yet (F04)."""
    if entry.origin != BUILT_IN or not entry.facts.since or entry.known_to(clusterctl):
        return ()
    key = entry.key
    note = Diagnostic(
        code=codes.NEWER_THAN_CLUSTERCTL,
        severity=Severity.NOTE,
        detail=f"{key.manifest_label} is not in the table of clusterctl {clusterctl}; it was added later. "
        f"An older clusterctl needs this entry in its configuration: providers: [{{name: {key.name}, "
        f"type: {key.type.value}, url: {entry.url}}}].",
        subject=Subject(provider=key.manifest_label),
    )
    return (note,)
