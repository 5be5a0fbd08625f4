"""Objects of a management cluster with providers, as clusterctl and the operator write them (clusterctl-cluster 2)."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_OPEN: Json = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_TYPES = {
    "": "CoreProvider",
    "bootstrap": "BootstrapProvider",
    "control-plane": "ControlPlaneProvider",
    "infrastructure": "InfrastructureProvider",
    "ipam": "IPAMProvider",
    "runtime-extension": "RuntimeExtensionProvider",
    "addon": "AddonProvider",
}


def definition(
    group: str,
    kind: str,
    *versions: str,
    plural: str = "",
    storage: str = "",
    labels: dict[str, str] | None = None,
    namespaced: bool = True,
    subresources: Json | None = None,
) -> Json:
    """A CustomResourceDefinition that takes any object; the last version is stored unless another one is named."""
    name = plural or f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{name}.{group}", "labels": labels or {}},
        "spec": {
            "group": group,
            "scope": "Namespaced" if namespaced else "Cluster",
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": name, "singular": kind.lower()},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": version == (storage or versions[-1]),
                    "subresources": subresources or {},
                    "schema": {"openAPIV3Schema": _OPEN},
                }
                for version in versions
            ],
        },
    }


def inventory_definition() -> Json:
    """The CRD of clusterctl's inventory, without the schema's details."""
    return definition(
        "clusterctl.cluster.x-k8s.io",
        "Provider",
        "v1alpha3",
        labels={"clusterctl.cluster.x-k8s.io/core": "inventory"},
    )


def clusters_definition(contract: str = "v1beta2") -> Json:
    """The CRD of Clusters, stored in the version that its core's contract has; a test may change it either way."""
    known = ("v1alpha4", "v1beta1", "v1beta2")
    stated = known[1 : known.index(contract) + 1] or (contract,)
    labels = {f"cluster.x-k8s.io/{version}": version for version in stated}
    return definition(
        "cluster.x-k8s.io",
        "Cluster",
        *known,
        storage=contract,
        labels={**labels, "clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": "cluster-api"},
    )


def operator_definitions(version: str = "v1alpha2") -> list[Json]:
    """The operator's CRDs."""
    group = "operator.cluster.x-k8s.io"
    return [definition(group, kind, version, subresources={"status": {}}) for kind in _TYPES.values()]


def provider_entry(label: str, version: object, namespace: str, **changes: object) -> Json:
    """An entry of the inventory as clusterctl writes it; ``changes`` replace fields, None takes one away."""
    prefix = next(
        (each for each in sorted(_TYPES, key=len, reverse=True) if label.startswith(f"{each}-")), ""
    )
    entry: Json = {
        "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3",
        "kind": "Provider",
        "metadata": {
            "name": label,
            "namespace": namespace,
            "labels": {
                "clusterctl.cluster.x-k8s.io": "",
                "cluster.x-k8s.io/provider": label,
                "clusterctl.cluster.x-k8s.io/core": "inventory",
            },
        },
        "providerName": label.removeprefix(f"{prefix}-") if prefix else label,
        "type": _TYPES[prefix],
        "version": version,
        **changes,
    }
    return {key: value for key, value in entry.items() if value is not None}


def operator_provider(
    label: str,
    requested: str | None,
    installed: str | None,
    *,
    namespace: str = "capi-operator-system",
    conditions: list[Json] | None = None,
    version: str = "v1alpha2",
) -> Json:
    """A resource of the operator."""
    entry = provider_entry(label, "", namespace)
    status: Json = {"installedVersion": installed} if installed else {}
    return {
        "apiVersion": f"operator.cluster.x-k8s.io/{version}",
        "kind": entry["type"],
        "metadata": {"name": entry["providerName"], "namespace": namespace},
        "spec": {"version": requested} if requested else {},
        "status": {**status, "conditions": conditions or []},
    }


def deployment(name: str, namespace: str, labels: dict[str, str], annotations: dict[str, str]) -> Json:
    """A Deployment that nobody runs."""
    pod = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "manager", "image": "x.invalid/y:z"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": labels, "annotations": annotations},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": pod},
    }


def cert_manager_of_clusterctl(version: str | None) -> Json:
    """cert-manager's controller as clusterctl installs it; None leaves the annotation out."""
    annotation = "cert-manager.clusterctl.cluster.x-k8s.io/version"
    labels = {"clusterctl.cluster.x-k8s.io": "", "clusterctl.cluster.x-k8s.io/core": "cert-manager"}
    return deployment("cert-manager", "cert-manager", labels, {annotation: version} if version else {})
