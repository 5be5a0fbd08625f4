"""The objects of a components file in the target namespace, labelled, and in order (10.5, 10.7).

No object is changed in place: YAML aliases may share parts of it, so each changed part is copied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from capyctl.core.components_facts import (
    CERT_MANAGER_GROUP,
    PROVIDER_LABEL,
    CrdFacts,
    KubernetesObject,
    api_group,
    mapping_at,
    text_at,
)
from capyctl.core.components_typed import KubernetesTypes, TypedError

CLUSTERCTL_LABEL = "clusterctl.cluster.x-k8s.io"
INJECT_CA_FROM = "cert-manager.io/inject-ca-from"

_ADMISSION = "admissionregistration.k8s.io"
_EXTENSIONS = "apiextensions.k8s.io"
_TYPES: dict[tuple[str, str], str] = {
    ("apps/v1", "Deployment"): "Deployment",
    ("apps/v1", "DaemonSet"): "DaemonSet",
    ("rbac.authorization.k8s.io/v1", "RoleBinding"): "RoleBinding",
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"): "ClusterRoleBinding",
    (f"{_ADMISSION}/v1", "MutatingWebhookConfiguration"): "MutatingWebhookConfiguration",
    (f"{_ADMISSION}/v1", "ValidatingWebhookConfiguration"): "ValidatingWebhookConfiguration",
    (f"{_ADMISSION}/v1beta1", "MutatingWebhookConfiguration"): "MutatingWebhookConfiguration.v1beta1",
    (f"{_ADMISSION}/v1beta1", "ValidatingWebhookConfiguration"): "ValidatingWebhookConfiguration.v1beta1",
    (f"{_EXTENSIONS}/v1", "CustomResourceDefinition"): "CustomResourceDefinition",
    (f"{_EXTENSIONS}/v1beta1", "CustomResourceDefinition"): "CustomResourceDefinition.v1beta1",
}
_OWN_GROUPS: dict[str, frozenset[str]] = {
    "Deployment": frozenset({"apps", "extensions"}),
    "DaemonSet": frozenset({"apps", "extensions"}),
    "RoleBinding": frozenset({"rbac.authorization.k8s.io"}),
    "ClusterRoleBinding": frozenset({"rbac.authorization.k8s.io"}),
    "MutatingWebhookConfiguration": frozenset({_ADMISSION}),
    "ValidatingWebhookConfiguration": frozenset({_ADMISSION}),
    "CustomResourceDefinition": frozenset({_EXTENSIONS}),
}
_WITH_CA = frozenset(
    {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "CustomResourceDefinition"}
)
_CLUSTER_WIDE_KINDS = frozenset(
    {
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    }
)
"""clusterctl's own list, whatever the group."""

_CLUSTER_WIDE = frozenset(
    {
        ("apiregistration.k8s.io", "APIService"),
        ("cert-manager.io", "ClusterIssuer"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"),
        (_ADMISSION, "ValidatingAdmissionPolicy"),
        (_ADMISSION, "ValidatingAdmissionPolicyBinding"),
        (_ADMISSION, "MutatingAdmissionPolicy"),
        (_ADMISSION, "MutatingAdmissionPolicyBinding"),
    }
)
"""Cluster-wide kinds that clusterctl does not know and gives a namespace (W-39)."""


class UnpatchableObjectError(Exception):
    """An object that cannot be adjusted; ``reason`` is one sentence with its kind and name."""

    def __init__(self, item: KubernetesObject, problem: str) -> None:
        self.reason = f"{text_at(item, 'kind')} {text_at(item, 'metadata', 'name')!r}: {problem}"
        super().__init__(self.reason)


class ObjectAdjuster:
    """Brings objects into one target namespace and gives them the labels of one provider."""

    def __init__(
        self, target_namespace: str, manifest_label: str, types: KubernetesTypes, crds: Iterable[CrdFacts]
    ) -> None:
        self._target = target_namespace
        self._label = manifest_label
        self._types = types
        self._scopes = {(crd.group, crd.kind): crd.scope for crd in crds}

    def adjusted(self, item: KubernetesObject) -> KubernetesObject:
        """The object in the target namespace, with its references to it and the common labels.

        Raises:
            UnpatchableObjectError: a version or a value that cannot be adjusted.
        """
        kind = text_at(item, "kind")
        original = text_at(item, "metadata", "namespace")
        if kind == "Namespace":
            item = replaced(item, ("metadata", "name"), self._target)
        if self.is_namespaced(item):
            item = replaced(item, ("metadata", "namespace"), self._target)
        if kind in _WITH_CA:
            item = self._with_ca_source(item)
        if kind in _REFERENCES:
            item = typed(item, self._types)
            item = _REFERENCES[kind](item, self._target)
        elif kind == "Certificate":
            item = self._with_dns_names(item, original)
        return self._labelled(item)

    def is_namespaced(self, item: KubernetesObject) -> bool:
        """Whether the object lives in a namespace: by a CRD of the same file, else by kind."""
        kind = text_at(item, "kind")
        group = api_group(text_at(item, "apiVersion"))
        scope = self._scopes.get((group, kind))
        if scope:
            return scope != "Cluster"
        return kind not in _CLUSTER_WIDE_KINDS and (group, kind) not in _CLUSTER_WIDE

    def _with_ca_source(self, item: KubernetesObject) -> KubernetesObject:
        source = mapping_at(item, "metadata", "annotations").get(INJECT_CA_FROM)
        if not isinstance(source, str):
            return item
        parts = source.split("/")
        if len(parts) != 2:
            raise UnpatchableObjectError(
                item, f"the annotation {INJECT_CA_FROM} is {source!r}, not NAMESPACE/CERTIFICATE"
            )
        path = ("metadata", "annotations", INJECT_CA_FROM)
        return replaced(item, path, f"{self._target}/{parts[1]}")

    def _with_dns_names(self, item: KubernetesObject, original: str) -> KubernetesObject:
        names = mapping_at(item, "spec").get("dnsNames")
        if names is None:
            return item
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise UnpatchableObjectError(item, "spec.dnsNames is not a list of texts")
        changed = [name.replace(f".{original}.", f".{self._target}.", 1) for name in names]
        return replaced(item, ("spec", "dnsNames"), changed)

    def _labelled(self, item: KubernetesObject) -> KubernetesObject:
        labels = mapping_at(item, "metadata", "labels")
        if not all(value is None or isinstance(value, str) for value in labels.values()):
            labels = {}
        merged = {key: value or "" for key, value in labels.items()}
        merged[CLUSTERCTL_LABEL] = ""
        merged[PROVIDER_LABEL] = self._label
        return replaced(item, ("metadata", "labels"), merged)


def typed(item: KubernetesObject, types: KubernetesTypes) -> KubernetesObject:
    """The object as its Kubernetes type writes it; an object of a foreign group stays as it is.

    Raises:
        UnpatchableObjectError: another version of the kind, or a value that the type cannot hold.
    """
    kind, api_version = text_at(item, "kind"), text_at(item, "apiVersion")
    type_name = _TYPES.get((api_version, kind))
    if type_name is None:
        if api_group(api_version) in _OWN_GROUPS.get(kind, frozenset()):
            raise UnpatchableObjectError(item, f"the version {api_version} cannot be adjusted")
        return item
    try:
        return types.round_trip(item, type_name)
    except TypedError as error:
        raise UnpatchableObjectError(item, str(error)) from None


def in_order(objects: Iterable[KubernetesObject]) -> list[KubernetesObject]:
    """Namespace, cert-manager.io objects, the rest; the file's own order within each (cli.md 5)."""
    return sorted(objects, key=_rank)


def replaced(item: KubernetesObject, path: tuple[str, ...], value: object) -> KubernetesObject:
    """A copy with another value at the path; mappings on the way that are missing are made."""
    copy = dict(item)
    name, rest = path[0], path[1:]
    if rest:
        inner = copy.get(name)
        value = replaced(inner if isinstance(inner, dict) else {}, rest, value)
    copy[name] = value
    return copy


def _rank(item: KubernetesObject) -> int:
    if text_at(item, "kind") == "Namespace":
        return 0
    return 1 if api_group(text_at(item, "apiVersion")) == CERT_MANAGER_GROUP else 2


def _with_subjects(item: KubernetesObject, target: str) -> KubernetesObject:
    subjects = item.get("subjects")
    if not isinstance(subjects, list):
        return item
    changed = [
        {**subject, "namespace": target} if subject.get("namespace") else subject for subject in subjects
    ]
    return {**item, "subjects": changed}


def _with_webhooks(item: KubernetesObject, target: str) -> KubernetesObject:
    webhooks = item.get("webhooks")
    if not isinstance(webhooks, list):
        return item
    path = ("clientConfig", "service")
    return {**item, "webhooks": [_with_service(webhook, path, target) for webhook in webhooks]}


def _with_conversion(item: KubernetesObject, target: str) -> KubernetesObject:
    path: tuple[str, ...] = ("spec", "conversion", "webhook", "clientConfig", "service")
    if text_at(item, "apiVersion") == f"{_EXTENSIONS}/v1beta1":
        path = ("spec", "conversion", "webhookClientConfig", "service")
    return _with_service(item, path, target)


def _with_service(item: KubernetesObject, path: tuple[str, ...], target: str) -> KubernetesObject:
    if not mapping_at(item, *path):
        return item
    return replaced(item, (*path, "namespace"), target)


_REFERENCES: Mapping[str, Callable[[KubernetesObject, str], KubernetesObject]] = {
    "ClusterRoleBinding": _with_subjects,
    "RoleBinding": _with_subjects,
    "MutatingWebhookConfiguration": _with_webhooks,
    "ValidatingWebhookConfiguration": _with_webhooks,
    "CustomResourceDefinition": _with_conversion,
}
