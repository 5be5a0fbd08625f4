"""What applying an object would change, path by path; values of Secrets are shown as digests alone (cli.md 6)."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Final, cast

from msgspec import Struct

from capyctl.core.api_object import text_at

_OF_THE_SERVER: Final = frozenset(
    {
        ("metadata", "creationTimestamp"),
        ("metadata", "generation"),
        ("metadata", "managedFields"),
        ("metadata", "resourceVersion"),
        ("metadata", "selfLink"),
        ("metadata", "uid"),
        ("status",),
    }
)
_NAMES: Final = ("name", "type", "key", "mountPath", "containerPort", "port", "ip", "topologyKey")
"""The fields by which Kubernetes tells the entries of a list apart; the first that all entries have."""
_LONGEST = 200
_SECRET_PARTS: Final = frozenset({"data", "stringData"})
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"


class ChangeKind(enum.Enum):
    """What happens to a field."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(Struct, frozen=True, kw_only=True):
    """One field that changes.

    Attributes:
        path: such as ``spec.template.spec.containers[manager].image``. before, after: as JSON in one line, cut; None
            where there is no value.
    """

    kind: ChangeKind
    path: str
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        if self.kind is ChangeKind.ADDED:
            return f"+ {self.path}: {self.after}"
        if self.kind is ChangeKind.REMOVED:
            return f"- {self.path}: {self.before}"
        return f"~ {self.path}: {self.before} -> {self.after}"


def diff_objects(live: Mapping[str, object] | None, after: Mapping[str, object]) -> tuple[Change, ...]:
    """The changes from what is there to what there would be (a server's dry run), sorted by path.

    What the server keeps for itself (times, versions, owners of fields, status) is left out. ``live`` None: all is new.
    """
    secret = text_at(after, "kind") == "Secret"
    old = dict(_leaves(live, (), secret=secret)) if live else {}
    new = dict(_leaves(after, (), secret=secret))
    changes = [_change(path, old.get(path), new.get(path)) for path in {**old, **new}]
    return tuple(sorted((each for each in changes if each is not None), key=lambda each: each.path))


def _change(path: str, before: str | None, after: str | None) -> Change | None:
    if before == after:
        return None
    kind = ChangeKind.CHANGED
    if before is None:
        kind = ChangeKind.ADDED
    elif after is None:
        kind = ChangeKind.REMOVED
    return Change(kind=kind, path=path, before=_cut(before), after=_cut(after))


def _leaves(value: object, path: tuple[str, ...], *, secret: bool) -> Iterator[tuple[str, str]]:
    if path in _OF_THE_SERVER or _LAST_APPLIED in path:
        return
    hidden = secret and bool(path) and path[0] in _SECRET_PARTS and len(path) > 1
    if not hidden and isinstance(value, Mapping) and value:
        for key, each in cast("Mapping[str, object]", value).items():
            yield from _leaves(each, (*path, str(key)), secret=secret)
    elif not hidden and isinstance(value, list) and value:
        for name, each in _entries(value):
            yield from _leaves(each, (*path, f"[{name}]"), secret=secret)
    elif value is not None:
        yield _joined(path), mark_of_value(value) if hidden else _written(value)


def _entries(items: list[object]) -> Iterator[tuple[str, object]]:
    """The entries of a list by name where they have names of their own, else by place."""
    for field in _NAMES:
        names = [each.get(field) if isinstance(each, Mapping) else None for each in items]
        if all(isinstance(name, str | int) for name in names) and len(set(map(str, names))) == len(names):
            yield from ((str(name), each) for name, each in zip(names, items, strict=True))
            return
    yield from ((str(place), each) for place, each in enumerate(items))


def _joined(path: tuple[str, ...]) -> str:
    text = ""
    for part in path:
        dotted = f"[{part}]" if "." in part or "/" in part else f".{part}"
        text += part if part.startswith("[") else dotted
    return text.removeprefix(".")


def mark_of_value(value: object) -> str:
    """What stands in the place of a secret value."""
    return f"sha256:{hashlib.sha256(_written(value).encode('utf-8', 'surrogatepass')).hexdigest()}"


def _written(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
