"""Our aggregates beside those that real core managers wrote, shape by shape (issue 4, sections 1.7 and 4; F73)."""

from __future__ import annotations

from dataclasses import dataclass

from tests.plugins.cluster_api import CoreManager

_CP = "cluster.x-k8s.io/control-plane"
_NAME = "cluster.x-k8s.io/cluster-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A Cluster being set up in a namespace of its own."""

    manager: CoreManager
    namespace: str
