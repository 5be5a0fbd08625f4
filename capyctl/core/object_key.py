"""Which object: group, kind, namespace and name, whatever its version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from msgspec import Struct, field

from capyctl.core.api_object import ApiObject, group_of, items_at, mapping_at, text_at
from capyctl.core.discovery import Discovery, ServedKind

Json = Mapping[str, object]


class ObjectKey(Struct, frozen=True, kw_only=True, order=True):
    """Names one object of a cluster; ``namespace`` is empty for a cluster-scoped one."""

    group: str
    kind: str
    namespace: str = ""
    name: str

    def __str__(self) -> str:
        place = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {place}{self.name}"


def key_of(raw: Json) -> ObjectKey:
    """The key of an object in whatever form."""
    return ObjectKey(
        group=group_of(text_at(raw, "apiVersion")),
        kind=text_at(raw, "kind"),
        namespace=text_at(raw, "metadata", "namespace"),
        name=text_at(raw, "metadata", "name"),
    )


def key_of_object(found: ApiObject) -> ObjectKey:
    """The key of an object that was read."""
    return key_of(found.raw)


class Kinds(Struct, frozen=True, kw_only=True):
    """The kinds that can be written: those that the server serves, and those that a rendered CRD will bring."""

    served: Discovery
    coming: Mapping[tuple[str, str], ServedKind] = field(default_factory=dict)

    def kind(self, group: str, kind: str) -> ServedKind | None:
        """The kind, by what will hold once everything is written."""
        return self.coming.get((group, kind)) or self.served.kind(group, kind)

    def is_served(self, raw: Json) -> bool:
        """Whether the server serves an object's kind and version now."""
        found = self.served.kind(group_of(text_at(raw, "apiVersion")), text_at(raw, "kind"))
        return found is not None and _version(raw) in found.versions

    def placed(self, raw: Json) -> Json:
        """The object with a namespace exactly where its kind wants one; as it is where the kind is unknown."""
        found = self.kind(group_of(text_at(raw, "apiVersion")), text_at(raw, "kind"))
        namespace = text_at(raw, "metadata", "namespace")
        if found is None or bool(namespace) == found.namespaced:
            return raw
        metadata = {key: value for key, value in mapping_at(raw, "metadata").items() if key != "namespace"}
        return {**raw, "metadata": {**metadata, "namespace": "default"} if found.namespaced else metadata}

    def path(self, raw: Json) -> str | None:
        """The path of an object in its own version; None where its kind is unknown."""
        found = self.kind(group_of(text_at(raw, "apiVersion")), text_at(raw, "kind"))
        if found is None:
            return None
        key = key_of(raw)
        return found.object_path(key.name, namespace=key.namespace, version=_version(raw))

    def path_of(self, key: ObjectKey) -> str | None:
        """The path of an object by its key, in the version that the server prefers."""
        found = self.kind(key.group, key.kind)
        return None if found is None else found.object_path(key.name, namespace=key.namespace)


def kinds_with(served: Discovery, rendered: Iterable[Json]) -> Kinds:
    """The kinds of a server, and those of the definitions among rendered objects."""
    coming = {(each.group, each.kind): each for raw in rendered if (each := defined_kind(raw)) is not None}
    return Kinds(served=served, coming=coming)


def defined_kind(raw: Json) -> ServedKind | None:
    """The kind that a CustomResourceDefinition defines; None for anything else."""
    if text_at(raw, "kind") != "CustomResourceDefinition":
        return None
    kind, plural = text_at(raw, "spec", "names", "kind"), text_at(raw, "spec", "names", "plural")
    versions = [
        text_at(each, "name")
        for each in items_at(raw, "spec", "versions")
        if mapping_at({"each": each}, "each").get("served") is True
    ]
    if not kind or not plural or not any(versions):
        return None
    return ServedKind(
        group=text_at(raw, "spec", "group"),
        kind=kind,
        plural=plural,
        namespaced=text_at(raw, "spec", "scope") != "Cluster",
        versions=tuple(filter(None, versions)),
    )


def namespace_path(name: str) -> str:
    """The path of a Namespace."""
    return f"/api/v1/namespaces/{quote(name, safe='')}"


def _version(raw: Json) -> str:
    return text_at(raw, "apiVersion").rpartition("/")[2]
