"""Which core is installed, asked only where a condition raises the question."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from capyctl.app.cluster_questions import ClusterQuestions
from capyctl.core.api_object import items_at, text_at
from capyctl.core.api_reading import Collection
from capyctl.core.inventory import INVENTORY_GROUP, INVENTORY_VERSION, read_inventory_entries

_DEPLOYMENTS: Final = Collection(
    path="/apis/apps/v1/deployments", label_selector="cluster.x-k8s.io/provider=cluster-api"
)


class InstalledCore(Struct, frozen=True, kw_only=True):
    """The version of the core and where it is said: ``the inventory`` or a Deployment; empty where nothing says it."""

    version: str = ""
    said_by: str = ""


def read_core_version(questions: ClusterQuestions) -> InstalledCore:
    """The core's version by clusterctl's inventory, else by the image of its Deployment; one question each."""
    kind = questions.discovery.kind(INVENTORY_GROUP, "Provider")
    if kind is not None:
        version = INVENTORY_VERSION if INVENTORY_VERSION in kind.versions else kind.versions[0]
        listed = questions.reader.listed(kind.collection(version=version))
        questions.evidence += listed.evidence
        core = read_inventory_entries(listed.value or ()).core
        if core is not None and core.version_text:
            return InstalledCore(version=core.version_text, said_by="the inventory")
    return _by_image(questions)


def _by_image(questions: ClusterQuestions) -> InstalledCore:
    listed = questions.reader.listed(_DEPLOYMENTS)
    questions.evidence += listed.evidence
    for each in listed.value or ():
        for container in items_at(each.raw, "spec", "template", "spec", "containers"):
            _, _, tag = text_at(container, "image").partition("@")[0].rpartition(":")
            if text_at(container, "name") == "manager" and tag.startswith("v"):
                return InstalledCore(version=tag, said_by=f"the Deployment {each.namespace}/{each.name}")
    return InstalledCore()
