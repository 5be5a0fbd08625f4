"""What has to be watched to learn of changes to a described Cluster: a stream a kind, whatever it has of Machines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from capyctl.app.cluster_questions import ClusterQuestions
from capyctl.core.api_object import ObjectReference
from capyctl.core.api_reading import ApiRequest
from capyctl.core.conditions import CORE_GROUP

_ACCEPT: Final = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
_OWN_KINDS: Final = ("Machine", "MachineSet", "MachineDeployment", "MachinePool")
_MOST_STREAMS: Final = 16


def watch_requests(
    questions: ClusterQuestions, name: str, referred: Iterable[ObjectReference]
) -> tuple[ApiRequest, ...]:
    """The Cluster by its name, everything else by its label; each answer holds metadata alone."""
    kinds = [(CORE_GROUP, each) for each in _OWN_KINDS] + [(each.group, each.kind) for each in referred]
    by_label = f"cluster.x-k8s.io/cluster-name={name}"
    found = [_request(questions, (CORE_GROUP, "Cluster"), ("fieldSelector", f"metadata.name={name}"))]
    found += [_request(questions, kind, ("labelSelector", by_label)) for kind in dict.fromkeys(kinds)]
    return tuple(each for each in found if each is not None)[:_MOST_STREAMS]


def _request(
    questions: ClusterQuestions, kind: tuple[str, str], selector: tuple[str, str]
) -> ApiRequest | None:
    served = questions.served(*kind)
    if served is None:
        return None
    described, _, version = served
    collection = described.collection(version=version, namespace=questions.namespace)
    query = (("watch", "true"), ("allowWatchBookmarks", "true"), selector)
    return ApiRequest(path=collection.path, query=query, accept=_ACCEPT)
