"""Tokens: which one is in use, found where, and which are there without being used (2.2, W-16, F15)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from capyctl.config.lookup import ValueLookup
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.setting import Token

_GITLAB_LOOKALIKES = ("GITLAB_TOKEN", "GITLAB_PRIVATE_TOKEN")
_GITHUB_LOOKALIKES = ("GITHUB_API_TOKEN", "GITHUB_OAUTH_TOKEN", "GITHUB_PAT")


class Tokens(Struct, frozen=True, kw_only=True):
    """The tokens of this run; None is anonymous."""

    github: Token | None = None
    gitlab: Token | None = None
    notes: tuple[Diagnostic, ...] = ()


def find_tokens(lookup: ValueLookup) -> Tokens:
    """GITHUB_TOKEN, the file's ``github-token`` or ``GITHUB_TOKEN``, GH_TOKEN; the same for GitLab.

    An empty value is ignored; clusterctl would send it as an empty credential.
    """
    github = _first(lookup, variables=("GITHUB_TOKEN",), keys=("github-token", "GITHUB_TOKEN"))
    github = github or _first(lookup, variables=("GH_TOKEN",), keys=())
    gitlab = _first(
        lookup, variables=("GITLAB_ACCESS_TOKEN",), keys=("gitlab-access-token", "GITLAB_ACCESS_TOKEN")
    )
    return Tokens(github=github, gitlab=gitlab, notes=tuple(_notes(lookup, github, gitlab)))


def _first(lookup: ValueLookup, *, variables: tuple[str, ...], keys: tuple[str, ...]) -> Token | None:
    for variable in variables:
        value = (lookup.environment.get(variable) or "").strip()
        if value:
            return Token(value=value, origin=variable)
    for key in keys:
        found = lookup.in_file(key)
        if found is not None and found.value.strip():
            return Token(value=found.value.strip(), origin=found.origin)
    return None


def _notes(lookup: ValueLookup, github: Token | None, gitlab: Token | None) -> Iterator[Diagnostic]:
    for variable in ("GITHUB_TOKEN", "GITLAB_ACCESS_TOKEN"):
        value = lookup.environment.get(variable)
        if value is not None and not value.strip():
            yield _note(
                f"{variable} is set to an empty value, which is ignored; clusterctl would send it as an "
                "empty credential."
            )
    if github is None:
        yield from _lookalikes(lookup, _GITHUB_LOOKALIKES, "GITHUB_TOKEN")
    if gitlab is None:
        yield from _lookalikes(lookup, _GITLAB_LOOKALIKES, "GITLAB_ACCESS_TOKEN")


def _lookalikes(lookup: ValueLookup, names: tuple[str, ...], wanted: str) -> Iterator[Diagnostic]:
    found = lookup.environment.non_empty(*names)
    if found is not None:
        yield _note(f"{found[0]} is set, but neither clusterctl nor capyctl reads it; they read {wanted}.")


def _note(detail: str) -> Diagnostic:
    return Diagnostic(code=codes.CREDENTIAL_IGNORED, severity=Severity.NOTE, detail=detail)
