"""Variables that stand only in Secrets of a components file: who keeps those needs no value for them (ADR 24)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from capyctl.core.api_object import text_at
from capyctl.core.envsubst import EnvsubstError, substitute
from capyctl.core.object_key import Json
from capyctl.core.yaml_text import YamlError, YamlLimits, checked_text, decode_text, split_documents
from capyctl.core.yaml_values import documents_of

_SECRET: Final = ("v1", "Secret")
_VALUES: Final = ("data", "stringData")


def secrets_by_variable(
    data: bytes, missing: Collection[str], lookup: Callable[[str], str | None]
) -> Mapping[str, frozenset[str]]:
    """The names of the Secrets that each of these variables stands in, for those that stand nowhere else.

    A variable that stands in anything else, in the arguments of an expression, in a comment between objects, or in
    the name of its Secret, is not among them; nor is one in an object that can be read only after substitution.
    """
    holders: dict[str, set[str]] = {}
    elsewhere: set[str] = set()
    try:
        for piece in split_documents(decode_text(data, YamlLimits())):
            expanded, named = _expanded(piece.text, lookup)
            lacking = named.intersection(missing)
            name = _secret_name(piece.text, expanded) if lacking else None
            if name is None:
                elsewhere |= lacking
            else:
                for each in lacking:
                    holders.setdefault(each, set()).add(name)
    except (YamlError, EnvsubstError):
        return {}
    return {each: frozenset(names) for each, names in holders.items() if each not in elsewhere}


def without_values(raw: Json, names: Collection[str]) -> Json:
    """The object, without its values where it is one of the Secrets of these names."""
    if not _is_secret(raw) or text_at(raw, "metadata", "name") not in names:
        return raw
    return {key: value for key, value in raw.items() if key not in _VALUES}


def _is_secret(value: Json) -> bool:
    return (text_at(value, "apiVersion"), text_at(value, "kind")) == _SECRET


def _expanded(text: str, lookup: Callable[[str], str | None]) -> tuple[str, frozenset[str]]:
    """The text after substitution, and every variable in it, those in the arguments of others as well."""
    if "${" not in text:
        return text, frozenset()
    named: set[str] = set()

    def told(name: str) -> str | None:
        named.add(name)
        return lookup(name)

    return substitute(text, told), frozenset(named)


def _secret_name(text: str, expanded: str) -> str | None:
    """The name of the Secret that a document is, whatever its variables say; None where it is anything else."""
    try:
        before = documents_of(text, YamlLimits())
        after = documents_of(checked_text(expanded, YamlLimits()), YamlLimits())
    except YamlError:
        return None
    identities = {_identity(each.value) for each in (*before, *after)}
    if len(before) != 1 or len(after) != 1 or len(identities) != 1:
        return None
    *what, name = identities.pop()
    return name if tuple(what) == _SECRET and name and "$" not in name else None


def _identity(value: object) -> tuple[str, str, str]:
    found = value if isinstance(value, dict) else {}
    return text_at(found, "apiVersion"), text_at(found, "kind"), text_at(found, "metadata", "name")
