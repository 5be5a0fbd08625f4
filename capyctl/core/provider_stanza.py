"""A provider entry as written, and the checks that make a row of it (clusterctl-resolution 3.3)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from capyctl.core import codes
from capyctl.core.address_edit import address_fix, kind_fix
from capyctl.core.address_variables import MalformedExpressionError, UnsetVariablesError, expand_variables
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.local_path import LocalRules
from capyctl.core.object_name import is_object_name
from capyctl.core.provider_entry import BUILT_IN, InvalidEntry, RowFacts, TableEntry
from capyctl.core.repository_url import KINDS, AddressFinding, parse_repository_url
from capyctl.core.repr_without import repr_without
from capyctl.core.shown_address import shown_address

_LABEL_LIMIT = 63
_CORE_NAME = "cluster-api"
_SHOWN = 100


class ProviderStanza(Struct, frozen=True, kw_only=True):
    """Name, type, address and kind as written; an absent or wrongly typed field is empty.

    Attributes:
        origin: ``built-in`` or the file. position: place in that file's list, from 1.
        span: the entry's address in the file, or the entry itself. text: the file, where it can be edited.
    """

    name: str
    type: str
    url: str
    kind: str | None = None
    origin: str = BUILT_IN
    position: int = 1
    span: Span | None = None
    facts: RowFacts = field(default_factory=RowFacts)
    text: str | None = None

    def __repr__(self) -> str:
        return repr_without(self, "text")


def entry_from_stanza(
    stanza: ProviderStanza, rules: LocalRules, lookup: Callable[[str], str | None]
) -> TableEntry | InvalidEntry:
    """Check one entry and read its address; a bad one carries its error and spoils nothing else (W-25)."""
    provider_type = next((item for item in ProviderType if item.value == stanza.type), None)
    problem = _identity_problem(stanza, provider_type)
    if problem is not None or provider_type is None:
        error = _diagnostic(stanza, _error(codes.CONFIGURATION_ENTRY_INVALID, problem or ""))
        return InvalidEntry(
            name=stanza.name,
            type=stanza.type,
            url=shown_address(stanza.url),
            origin=stanza.origin,
            error=error,
        )
    key = ProviderKey(type=provider_type, name=stanza.name)
    return _addressed(stanza, key, rules, lookup)


def _identity_problem(stanza: ProviderStanza, provider_type: ProviderType | None) -> str | None:
    """Why the entry's name and type name no provider, in the order of clusterctl's own checks."""
    name = stanza.name
    if not name:
        return "it has no name"
    if name != name.lower():
        return f"the name {name[:_SHOWN]!r} must be in lower case"
    if (name == _CORE_NAME) != (provider_type is ProviderType.CORE):
        return f"the name {_CORE_NAME} and the type CoreProvider belong together"
    if not is_object_name(name):
        return f"the name {name[:_SHOWN]!r} may hold letters, digits, '-' and '.' only"
    if provider_type is None:
        known = ", ".join(item.value for item in ProviderType)
        return f"the type {stanza.type[:_SHOWN]!r} of {name} is none of {known}"
    return None


def _addressed(
    stanza: ProviderStanza, key: ProviderKey, rules: LocalRules, lookup: Callable[[str], str | None]
) -> TableEntry:
    notices = [_unusable_name(stanza)] if "." in key.name or len(key.name) > _LABEL_LIMIT else []
    if not stanza.url:
        return _faulty(stanza, key, _error(codes.CONFIGURATION_ENTRY_INVALID, "it has no url"))
    try:
        url = expand_variables(stanza.url, lookup)
    except UnsetVariablesError as error:
        return _faulty(
            stanza, key, _error(codes.VARIABLE_UNDEFINED, f"its url names a variable, but {error}")
        )
    except MalformedExpressionError as error:
        return _faulty(
            stanza, key, _error(codes.CONFIGURATION_ENTRY_INVALID, f"its url cannot be read: {error}")
        )
    parsed = parse_repository_url(url, key.manifest_label, stanza.kind, rules)
    if parsed.error is not None:
        fixes = _artifact_fixes(stanza, url, parsed.error) or _kind_fixes(
            stanza, url, key.manifest_label, rules
        )
        return _faulty(stanza, key, parsed.error, url, fixes)
    notices += [_notice(stanza, key, finding) for finding in parsed.findings]
    return TableEntry(
        key=key,
        url=shown_address(url, parsed.location),
        kind=stanza.kind,
        location=parsed.location,
        notices=tuple(notices),
        origin=stanza.origin,
        span=stanza.span,
        facts=stanza.facts,
        text=stanza.text,
    )


def _artifact_fixes(stanza: ProviderStanza, url: str, finding: AddressFinding) -> tuple[Fix, ...]:
    """The address of an artifact as it was probably meant, or else its form (cli.md 7.5)."""
    if url[:6].lower() != "oci://":
        return ()
    new = finding.rewritten
    if new is None:
        form = "oci://HOST/REPOSITORY:TAG, or oci://HOST/REPOSITORY@sha256:… with the artifact's digest"
        return (Fix(applicability=Applicability.REVIEW, title=f"write the address as {form}"),)
    return (address_fix(f"write url: {new}", text=stanza.text, span=stanza.span, old=stanza.url, new=new),)


def _kind_fixes(stanza: ProviderStanza, url: str, label: str, rules: LocalRules) -> tuple[Fix, ...]:
    """The kind that is lacking, where the address has the form of one kind only."""
    if stanza.kind is not None:
        return ()
    kinds = [kind for kind in KINDS if parse_repository_url(url, label, kind, rules).error is None]
    return (kind_fix(kinds[0], text=stanza.text, span=stanza.span),) if len(kinds) == 1 else ()


def _faulty(
    stanza: ProviderStanza,
    key: ProviderKey,
    finding: AddressFinding,
    url: str | None = None,
    fixes: tuple[Fix, ...] = (),
) -> TableEntry:
    error = _diagnostic(stanza, finding, key.manifest_label, fixes)
    return TableEntry(
        key=key,
        url=shown_address(stanza.url if url is None else url),
        kind=stanza.kind,
        error=error,
        origin=stanza.origin,
        span=stanza.span,
        facts=stanza.facts,
    )


def _unusable_name(stanza: ProviderStanza) -> Diagnostic:
    detail = (
        f"the name {stanza.name[:_SHOWN]!r} can be listed but never asked for: "
        f"references take no dots and no more than {_LABEL_LIMIT} characters"
    )
    return _diagnostic(
        stanza, AddressFinding(code=codes.NAME_UNUSABLE, severity=Severity.WARNING, detail=detail)
    )


def _notice(stanza: ProviderStanza, key: ProviderKey, finding: AddressFinding) -> Diagnostic:
    new = finding.rewritten
    fixes = (
        (address_fix(f"write url: {new}", text=stanza.text, span=stanza.span, old=stanza.url, new=new),)
        if new is not None
        else ()
    )
    return _diagnostic(stanza, finding, key.manifest_label, fixes)


def _error(code: Code, detail: str) -> AddressFinding:
    return AddressFinding(code=code, severity=Severity.ERROR, detail=detail)


def _diagnostic(
    stanza: ProviderStanza,
    finding: AddressFinding,
    label: str | None = None,
    fixes: tuple[Fix, ...] = (),
) -> Diagnostic:
    place = f"entry {stanza.position} of providers"
    if stanza.span is None:  # else the place stands beside it, file and line
        place += f" in {stanza.origin}"
    if stanza.name:
        place += f" ({stanza.name[:_SHOWN]})"
    return Diagnostic(
        code=finding.code,
        severity=finding.severity,
        detail=f"In {place}: {finding.detail}.",
        subject=Subject(provider=label, file=None if stanza.origin == BUILT_IN else stanza.origin),
        spans=(stanza.span,) if stanza.span is not None else (),
        fixes=fixes,
    )
