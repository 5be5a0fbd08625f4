"""Reads ``capyctl/data/kubernetes-support.yaml``, which is part of the package."""

from __future__ import annotations

from pathlib import Path

from capyctl.core.kubernetes_support import KubernetesSupport, parse_support


def read_kubernetes_support() -> KubernetesSupport:
    """The supported versions of Kubernetes.

    Raises:
        SupportFileError: the file is damaged.
    """
    return parse_support((Path(__file__).parents[1] / "data" / "kubernetes-support.yaml").read_bytes())
