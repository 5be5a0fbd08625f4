"""One write to the API server as data: server-side apply, create, merge patch or delete."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from capyctl.core.repr_without import repr_without

FIELD_MANAGER: Final = "capyctl"
"""The name under which the API server keeps what capyctl applied (ADR 21)."""


class Verb(enum.Enum):
    """What is done, with its HTTP method and the media type of its body."""

    APPLY = ("PATCH", "application/apply-patch+yaml")
    CREATE = ("POST", "application/json")
    MERGE = ("PATCH", "application/merge-patch+json")
    DELETE = ("DELETE", "application/json")


class ApiWrite(Struct, frozen=True, kw_only=True):
    """One write; nothing is stored where ``dry_run`` is set.

    Attributes:
        path: of the object, for ``CREATE`` of its collection. body: never printed, it may hold secrets.
        force: take fields over from other managers (``APPLY`` alone). limit: most bytes of answer accepted.
        silence: seconds without an answer after which it is given up.
    """

    verb: Verb
    path: str
    body: Mapping[str, object] | None = None
    force: bool = False
    dry_run: bool = False
    accept: str = "application/json"
    limit: int = 64 * 1024 * 1024
    silence: float = 30.0

    def __repr__(self) -> str:
        return repr_without(self, "body")

    @property
    def method(self) -> str:
        """Of HTTP."""
        return self.verb.value[0]

    @property
    def media_type(self) -> str:
        """Of the body."""
        return self.verb.value[1]

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Who writes, whether by force, and whether only for show."""
        said: list[tuple[str, str]] = []
        if self.verb is not Verb.DELETE:
            said.append(("fieldManager", FIELD_MANAGER))
        if self.verb is Verb.APPLY:
            said.append(("force", "true" if self.force else "false"))
        if self.dry_run:
            said.append(("dryRun", "All"))
        return tuple(said)


def applying(
    path: str, body: Mapping[str, object], *, force: bool = False, dry_run: bool = False
) -> ApiWrite:
    """Server-side apply of a whole object: created where it is not there."""
    return ApiWrite(verb=Verb.APPLY, path=path, body=body, force=force, dry_run=dry_run)


def creating(collection: str, body: Mapping[str, object], *, dry_run: bool = False) -> ApiWrite:
    """Create an object that must not exist yet."""
    return ApiWrite(verb=Verb.CREATE, path=collection, body=body, dry_run=dry_run)


def merging(path: str, body: Mapping[str, object], *, dry_run: bool = False) -> ApiWrite:
    """A merge patch; ``metadata.resourceVersion`` in it makes the server refuse a change in between."""
    return ApiWrite(verb=Verb.MERGE, path=path, body=body, dry_run=dry_run)


def deleting(path: str, *, uid: str = "", resource_version: str = "", dry_run: bool = False) -> ApiWrite:
    """Delete an object, its dependents after it; with ``uid`` that very one and no successor of its name."""
    held = {"uid": uid, "resourceVersion": resource_version}
    preconditions = {key: value for key, value in held.items() if value}
    body: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
    }
    if preconditions:
        body["preconditions"] = preconditions
    if dry_run:
        # Where a delete has a body, the server reads no options from the query.
        body["dryRun"] = ["All"]
    return ApiWrite(verb=Verb.DELETE, path=path, body=body, dry_run=dry_run)
