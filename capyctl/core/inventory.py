"""The providers that clusterctl's inventory records, by any clusterctl (clusterctl-cluster 2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from capyctl.core.api_object import ApiObject, text_at
from capyctl.core.identity import ProviderKey, ProviderType, split_manifest_label
from capyctl.core.version import ProviderVersion, parse_version

INVENTORY_GROUP: Final = "clusterctl.cluster.x-k8s.io"
INVENTORY_VERSION: Final = "v1alpha3"
PROVIDER_LABEL: Final = "cluster.x-k8s.io/provider"

_TYPES: Final[Mapping[str, ProviderType]] = {each.value: each for each in ProviderType}


class InstalledProvider(Struct, frozen=True, kw_only=True):
    """One entry of the inventory; texts are as they came and may be empty or hold anything.

    Attributes:
        object_name: the entry's own name. type_text: its ``type`` as written.
        type: None where no provider type has that name. watched_namespace: deprecated, mostly empty.
        labels: of the entry. created_at: RFC 3339, empty where unknown. uid: of the object, empty where unknown.
    """

    namespace: str
    object_name: str
    name: str
    type_text: str
    type: ProviderType | None
    version_text: str
    watched_namespace: str = ""
    labels: Mapping[str, str]
    created_at: str = ""
    uid: str = ""

    @property
    def key(self) -> ProviderKey | None:
        """Type and name; None where the type is unknown or the name is missing."""
        return ProviderKey(type=self.type, name=self.name) if self.type and self.name else None

    @property
    def manifest_label(self) -> str:
        """The manifest label by type and name; of an unknown type, the entry's own name."""
        return self.key.manifest_label if self.key else self.object_name or self.name

    @property
    def instance_name(self) -> str:
        """Namespace and manifest label, as clusterctl names an installed provider."""
        return f"{self.namespace}/{self.manifest_label}"

    @property
    def version(self) -> ProviderVersion | None:
        """The version, or None where the text is no full version; clusterctl reads it without a ``v`` too."""
        return parse_version(self.version_text)

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields without which nothing can be done with this entry, in the order of the definition."""
        held = {"providerName": self.name, "type": self.type_text, "version": self.version_text}
        return tuple(field for field, text in held.items() if not text)

    @property
    def sort_key(self) -> tuple[int, str, str, str]:
        """Install order (unknown types last), name, namespace."""
        order = self.type.order if self.type else len(ProviderType)
        return (order, self.name, self.namespace, self.object_name)


class Inventory(Struct, frozen=True, kw_only=True):
    """Every entry, sorted by type order, name and namespace."""

    entries: tuple[InstalledProvider, ...] = ()

    @property
    def cores(self) -> tuple[InstalledProvider, ...]:
        """The entries of type CoreProvider; a sound cluster has exactly one."""
        return self.of_type(ProviderType.CORE)

    @property
    def core(self) -> InstalledProvider | None:
        """The one core provider; None where there is none, or more than one."""
        return self.cores[0] if len(self.cores) == 1 else None

    @property
    def is_first_run(self) -> bool:
        """Whether ``init`` adds its defaults: unless the core entries have exactly one name (1.2 step 4)."""
        return not self.default_name(ProviderType.CORE)

    def of_type(self, provider_type: ProviderType) -> tuple[InstalledProvider, ...]:
        """The entries of a type."""
        return tuple(each for each in self.entries if each.type is provider_type)

    def instances(self, key: ProviderKey) -> tuple[InstalledProvider, ...]:
        """The entries of one provider, in whatever namespaces."""
        return tuple(each for each in self.entries if each.key == key)

    def default_name(self, provider_type: ProviderType) -> str:
        """The one name that entries of a type have; empty where they have none or several (2.6)."""
        return _only({each.name for each in self.of_type(provider_type)})

    def version_of(self, key: ProviderKey) -> str:
        """The one version of a provider; empty where it has none or several (2.6)."""
        return _only({each.version_text for each in self.instances(key)})

    def namespace_of(self, key: ProviderKey) -> str:
        """The one namespace of a provider; empty where it has none or several (2.6)."""
        return _only({each.namespace for each in self.instances(key)})

    @property
    def repeated(self) -> Mapping[ProviderKey, tuple[InstalledProvider, ...]]:
        """Providers with more than one instance, which clusterctl's upgrade refuses (2.7)."""
        keys = dict.fromkeys(each.key for each in self.entries if each.key)
        found = {key: self.instances(key) for key in keys}
        return {key: instances for key, instances in found.items() if len(instances) > 1}


def read_inventory_entries(objects: Iterable[ApiObject]) -> Inventory:
    """The inventory that these ``Provider`` objects make up; no object is left out, whatever it lacks.

    Fields stand at the top level. An entry without a ``providerName`` is known by its label or its own name.
    """
    return Inventory(
        entries=tuple(sorted((_entry(each) for each in objects), key=lambda each: each.sort_key))
    )


def _entry(found: ApiObject) -> InstalledProvider:
    type_text = text_at(found.raw, "type")
    return InstalledProvider(
        namespace=found.namespace,
        object_name=found.name,
        name=text_at(found.raw, "providerName"),
        type_text=type_text,
        type=_TYPES.get(type_text),
        version_text=text_at(found.raw, "version"),
        watched_namespace=text_at(found.raw, "watchedNamespace"),
        labels=found.labels,
        created_at=found.created_at,
        uid=found.uid,
    )


def likely_key(entry: InstalledProvider) -> ProviderKey | None:
    """Who an entry without a type or a name probably is, by its label or its object's name."""
    label = entry.labels.get(PROVIDER_LABEL) or entry.object_name
    return entry.key or (split_manifest_label(label) if label else None)


def _only(found: set[str]) -> str:
    return next(iter(found)) if len(found) == 1 else ""
