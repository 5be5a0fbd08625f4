"""What can be known to go wrong before the first write, without a dry run (issue 5, 3)."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from capyctl.core.api_object import ApiObject, mapping_at, text_at, value_at
from capyctl.core.apply_stages import INVENTORY, Part, StagedObject
from capyctl.core.components_objects import CLUSTERCTL_LABEL
from capyctl.core.field_ownership import other_managers
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.inventory import PROVIDER_LABEL
from capyctl.core.object_key import Json, Kinds, ObjectKey, key_of
from capyctl.core.provider_objects import CORE_LABEL

LARGEST: Final = 1536 * 1024
"""Bytes; etcd takes no larger request (its ``--max-request-bytes``), and the object grows by what the server adds."""

_LARGE: Final = 1400 * 1024


class FindingKind(enum.Enum):
    """Why an object cannot be applied."""

    TOO_LARGE = "too-large"
    TWICE = "twice"
    FOREIGN = "foreign"
    OTHER_PROVIDER = "other-provider"
    NOT_SERVED = "not-served"
    NAMELESS = "nameless"


class Finding(Struct, frozen=True, kw_only=True):
    """One object that cannot be applied.

    Attributes:
        owner: whose object it would be. others: other providers, or managers of what is there.
        detail: one sentence for people.
    """

    kind: FindingKind
    key: ObjectKey
    owner: str
    detail: str
    others: tuple[str, ...] = ()


def check_rendered(parts: Sequence[Part], kinds: Kinds) -> tuple[Finding, ...]:
    """Everything that the rendered objects alone tell: names, kinds, sizes, and one object in two providers."""
    found: list[Finding] = []
    for part in parts:
        for raw in part.objects:
            found += _of_one(raw, part.owner, kinds)
    return (*found, *_twice(parts, kinds))


def check_existing(
    staged: Iterable[StagedObject], existing: Mapping[ObjectKey, ApiObject]
) -> tuple[Finding, ...]:
    """Objects that are there already and are not this provider's (ADR 21).

    A Namespace may be somebody else's: providers share it.
    """
    judged = (_of_existing(each, existing.get(each.key)) for each in staged)
    return tuple(each for each in judged if each is not None)


def is_to_be_left(
    staged: StagedObject, existing: Mapping[ObjectKey, ApiObject], kept: frozenset[str] = frozenset()
) -> bool:
    """Whether an object stays as it is: a Namespace of another provider, or the inventory's CRD, which is there.

    So do all objects of the kinds that are ``kept``.
    """
    found = existing.get(staged.key)
    if found is None:
        return False
    if staged.owner == INVENTORY or staged.key.kind in kept:
        return True
    label = found.labels.get(PROVIDER_LABEL, "")
    return staged.key.kind == "Namespace" and label not in ("", staged.owner)


def _of_one(raw: Json, owner: str, kinds: Kinds) -> Iterator[Finding]:
    key = key_of(raw)
    if not key.kind or not key.name:
        detail = f"an object of {owner} has no kind or no name, so it cannot be applied"
        yield Finding(kind=FindingKind.NAMELESS, key=key, owner=owner, detail=detail)
        return
    served = kinds.kind(key.group, key.kind)
    version = text_at(raw, "apiVersion")
    if served is None or version.rpartition("/")[2] not in served.versions:
        detail = f"{key} is of {version}, which the cluster does not serve and no file of this run defines"
        yield Finding(kind=FindingKind.NOT_SERVED, key=key, owner=owner, detail=detail)
    size = len(json.dumps(raw, separators=(",", ":"), default=str).encode())
    if size > _LARGE:
        detail = f"{key} has {size // 1024} KiB; an object of more than {_LARGE // 1024} KiB cannot be stored"
        yield Finding(kind=FindingKind.TOO_LARGE, key=key, owner=owner, detail=detail)


def _twice(parts: Sequence[Part], kinds: Kinds) -> Iterator[Finding]:
    """Objects of one name in several providers, unless all would make the same of it; Namespaces are shared."""
    seen: dict[ObjectKey, tuple[str, Json]] = {}
    for part in parts:
        for raw in part.objects:
            placed = kinds.placed(raw)
            key = key_of(placed)
            owner, first = seen.setdefault(key, (part.owner, placed))
            if first is placed or key.kind == "Namespace" or not key.name:
                continue
            if owner != part.owner and _without_owner(first) == _without_owner(placed):
                continue
            where = f"in {owner} and in {part.owner}" if owner != part.owner else f"twice in {owner}"
            detail = f"{key} stands {where}, so that one would overwrite the other"
            yield Finding(kind=FindingKind.TWICE, key=key, owner=part.owner, detail=detail, others=(owner,))


def _without_owner(raw: Json) -> Json:
    metadata = mapping_at(raw, "metadata")
    labels = {name: each for name, each in mapping_at(metadata, "labels").items() if name != PROVIDER_LABEL}
    return {**raw, "metadata": {**metadata, "labels": labels}}


def _of_existing(staged: StagedObject, found: ApiObject | None) -> Finding | None:
    if found is None or staged.owner == INVENTORY or staged.key.kind == "Namespace":
        return None
    if value_at(staged.body, "kind") == "Provider" and found.group == "clusterctl.cluster.x-k8s.io":
        return None
    owner = _owner_of(found)
    if owner == staged.owner:
        return None
    managers = other_managers(found)
    if owner:
        detail = f"{staged.key} is there already and belongs to {owner}"
        return Finding(
            kind=FindingKind.OTHER_PROVIDER,
            key=staged.key,
            owner=staged.owner,
            detail=detail,
            others=(owner,),
        )
    written = f", written by {', '.join(managers)}" if managers else ""
    detail = f"{staged.key} is there already and does not belong to {staged.owner}{written}"
    return Finding(
        kind=FindingKind.FOREIGN, key=staged.key, owner=staged.owner, detail=detail, others=managers
    )


def _owner_of(found: ApiObject) -> str:
    """Whose object it is by its labels; empty for nobody's."""
    if found.labels.get(CORE_LABEL) == CERT_MANAGER and CLUSTERCTL_LABEL in found.labels:
        return CERT_MANAGER
    return found.labels.get(PROVIDER_LABEL, "")
