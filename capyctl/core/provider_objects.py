"""The labels of what is installed, the inventory's CRD and its entries, as clusterctl writes them (0.2, 2.1, 2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from capyctl.core.api_object import mapping_at
from capyctl.core.components_objects import CLUSTERCTL_LABEL, replaced
from capyctl.core.identity import ProviderKey
from capyctl.core.inventory import INVENTORY_GROUP, INVENTORY_VERSION, PROVIDER_LABEL
from capyctl.core.object_key import Json

CORE_LABEL: Final = "clusterctl.cluster.x-k8s.io/core"
VERSION_ANNOTATION: Final = "cert-manager.clusterctl.cluster.x-k8s.io/version"
INVENTORY_CRD: Final = f"providers.{INVENTORY_GROUP}"


def inventory_entry(key: ProviderKey, namespace: str, version: str) -> Json:
    """The ``Provider`` object of a provider; ``version`` is the release's tag, character for character."""
    return {
        "apiVersion": f"{INVENTORY_GROUP}/{INVENTORY_VERSION}",
        "kind": "Provider",
        "metadata": {
            "name": key.manifest_label,
            "namespace": namespace,
            "labels": {
                CLUSTERCTL_LABEL: "",
                PROVIDER_LABEL: key.manifest_label,
                CORE_LABEL: "inventory",
            },
        },
        "providerName": key.name,
        "type": key.type.value,
        "version": version,
    }


def cert_manager_objects(objects: Iterable[Json], version: str) -> tuple[Json, ...]:
    """cert-manager's objects with the labels and the annotation by which clusterctl knows that it may upgrade them."""
    return tuple(_marked(dict(each), version) for each in objects)


def _marked(item: dict[str, object], version: str) -> Json:
    labels = {**mapping_at(item, "metadata", "labels"), CLUSTERCTL_LABEL: "", CORE_LABEL: "cert-manager"}
    annotations = {**mapping_at(item, "metadata", "annotations"), VERSION_ANNOTATION: version}
    marked = replaced(item, ("metadata", "labels"), labels)
    return replaced(marked, ("metadata", "annotations"), annotations)
