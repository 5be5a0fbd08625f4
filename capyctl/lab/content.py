"""Contents of release files: given bytes, or made in the shape that real providers publish."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_METADATA_API_VERSION = "clusterctl.cluster.x-k8s.io/v1alpha3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes of a file. ``pad_to``: grow it to about that many bytes with one more definition, as real files have."""

    data: bytes
    pad_to: int = 0

    def render(self) -> bytes:
        """The bytes as served."""
        missing = self.pad_to - len(self.data)
        return self.data if missing <= 0 else self.data + _padding(missing)

    def sha256(self) -> str:
        """64 hex digits of the bytes as served."""
        return hashlib.sha256(self.render()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentsShape:
    """What a made components file holds.

    Attributes:
        label: the provider's manifest label. namespaces: Namespace objects; the first is where the rest lives.
        contracts: contract labels of the definition. image: of the controller. variables: put into a Secret as they are.
    """

    label: str
    namespaces: tuple[str, ...]
    contracts: tuple[str, ...] = ("v1beta1", "v1beta2")
    image: str = "registry.example.com/controller:v0.0.0"
    variables: tuple[str, ...] = ()


def metadata_yaml(
    series: Sequence[tuple[str, str]],
    *,
    api_version: str | None = _METADATA_API_VERSION,
    kind: str | None = "Metadata",
) -> bytes:
    """A metadata.yaml with these ``major.minor`` and contract pairs, in this order; None leaves a field out."""
    lines = [f"apiVersion: {api_version}"] if api_version is not None else []
    lines += [f"kind: {kind}"] if kind is not None else []
    lines.append("releaseSeries:" if series else "releaseSeries: []")
    for name, contract in series:
        major, _, minor = name.partition(".")
        lines += [f"  - major: {major}", f"    minor: {minor}", f"    contract: {contract}"]
    return "\n".join(lines).encode() + b"\n"


def components_yaml(shape: ComponentsShape) -> bytes:
    """A components file that clusterctl accepts: one of each kind that matters to its processing."""
    home = shape.namespaces[0] if shape.namespaces else "default"
    documents = [_namespace(name) for name in shape.namespaces]
    documents += [_definition(shape), _account(home), _rules(shape, home), _certificate(home), _issuer(home)]
    documents += [_secret(shape, home)] if shape.variables else []
    documents += [_service(home), _deployment(shape, home), _webhook(shape, home)]
    return "---\n".join(documents).encode()


def cert_manager_yaml(version: str) -> bytes:
    """A stand-in for cert-manager.yaml: its namespace, two definitions and three deployments."""
    documents = [_namespace("cert-manager")]
    documents += [_cert_manager_definition(kind, version) for kind in ("certificate", "issuer")]
    documents += [_cert_manager_deployment(part, version) for part in ("controller", "cainjector", "webhook")]
    return "---\n".join(documents).encode()


def lfs_pointer(content: bytes) -> bytes:
    """The text Git LFS leaves in a file's place."""
    digest = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n".encode()


def _padding(missing: int) -> bytes:
    head = (
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n"
        "  name: paddings.lab.example.com\nspec:\n  group: lab.example.com\n  scope: Namespaced\n"
        "  names: {kind: Padding, listKind: PaddingList, plural: paddings, singular: padding}\n"
        "  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n"
        "        type: object\n        properties:\n"
    )
    row = "          field{:06d}:\n            description: A field that only takes room.\n            type: string\n"
    rows = max(1, (missing - len(head)) // len(row.format(0)))
    return (head + "".join(row.format(number) for number in range(rows))).encode()


def _namespace(name: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n"


def _labels(labels: Mapping[str, str]) -> str:
    return "".join(f"    {key}: {value}\n" for key, value in labels.items())


def _plural(shape: ComponentsShape) -> tuple[str, str]:
    kind = "".join(part.capitalize() for part in shape.label.split("-")) + "Thing"
    return kind, f"{kind.lower()}s"


def _definition(shape: ComponentsShape) -> str:
    kind, plural = _plural(shape)
    labels = {f"cluster.x-k8s.io/{contract}": contract for contract in shape.contracts}
    return (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n"
        f"  labels:\n    cluster.x-k8s.io/provider: {shape.label}\n{_labels(labels)}"
        f"  name: {plural}.lab.cluster.x-k8s.io\nspec:\n  group: lab.cluster.x-k8s.io\n  scope: Namespaced\n"
        f"  names: {{kind: {kind}, listKind: {kind}List, plural: {plural}, singular: {kind.lower()}}}\n  versions:\n"
        + "".join(_served(contract, storage=contract == shape.contracts[-1]) for contract in shape.contracts)
    )


def _served(version: str, *, storage: bool) -> str:
    return (
        f"  - name: {version}\n    served: true\n    storage: {str(storage).lower()}\n"
        "    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\n"
    )


def _account(home: str) -> str:
    return f"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: manager\n  namespace: {home}\n"


def _rules(shape: ComponentsShape, home: str) -> str:
    role = f"{shape.label}-manager-role"
    return (
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: {role}\nrules:\n"
        "- apiGroups: [lab.cluster.x-k8s.io]\n  resources: ['*']\n  verbs: ['*']\n---\n"
        f"apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: {role}\n"
        f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {role}}}\n"
        f"subjects:\n- kind: ServiceAccount\n  name: manager\n  namespace: {home}\n"
    )


def _certificate(home: str) -> str:
    return (
        f"apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata:\n  name: serving\n  namespace: {home}\n"
        f"spec:\n  dnsNames: [webhook.{home}.svc]\n  issuerRef: {{kind: Issuer, name: selfsigned}}\n"
        "  secretName: webhook-cert\n"
    )


def _issuer(home: str) -> str:
    return (
        f"apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata:\n  name: selfsigned\n  namespace: {home}\n"
        "spec:\n  selfSigned: {}\n"
    )


def _secret(shape: ComponentsShape, home: str) -> str:
    values = "".join(f"  value{number}: {text}\n" for number, text in enumerate(shape.variables))
    return (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: manager-credentials\n  namespace: {home}\n"
        f"type: Opaque\nstringData:\n{values}"
    )


def _service(home: str) -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata:\n  name: webhook\n  namespace: {home}\n"
        f"spec:\n  ports:\n  - port: 443\n    targetPort: 9443\n  selector:\n    control-plane: {home}\n"
    )


def _deployment(shape: ComponentsShape, home: str) -> str:
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: controller-manager\n  namespace: {home}\n"
        f"spec:\n  replicas: 1\n  selector:\n    matchLabels:\n      control-plane: {home}\n  template:\n"
        f"    metadata:\n      labels:\n        control-plane: {home}\n    spec:\n      serviceAccountName: manager\n"
        f"      containers:\n      - name: manager\n        image: {shape.image}\n        args: [--leader-elect]\n"
    )


def _webhook(shape: ComponentsShape, home: str) -> str:
    _, plural = _plural(shape)
    return (
        "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n"
        f"  annotations:\n    cert-manager.io/inject-ca-from: {home}/serving\n  name: {shape.label}-validating\n"
        f"webhooks:\n- name: validation.{shape.label}.lab.cluster.x-k8s.io\n  admissionReviewVersions: [v1]\n"
        f"  clientConfig:\n    service: {{name: webhook, namespace: {home}, path: /validate}}\n"
        "  failurePolicy: Fail\n  sideEffects: None\n  rules:\n  - apiGroups: [lab.cluster.x-k8s.io]\n"
        f"    apiVersions: ['*']\n    operations: [CREATE, UPDATE]\n    resources: [{plural}]\n"
    )


def _cert_manager_definition(kind: str, version: str) -> str:
    title = kind.capitalize()
    return (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n"
        f"  labels:\n    app.kubernetes.io/version: {version}\n  name: {kind}s.cert-manager.io\nspec:\n"
        f"  group: cert-manager.io\n  scope: Namespaced\n"
        f"  names: {{kind: {title}, listKind: {title}List, plural: {kind}s, singular: {kind}}}\n  versions:\n"
        + _served("v1", storage=True)
    )


def _cert_manager_deployment(part: str, version: str) -> str:
    name = "cert-manager" if part == "controller" else f"cert-manager-{part}"
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  namespace: cert-manager\n"
        f"  labels:\n    app.kubernetes.io/version: {version}\nspec:\n  replicas: 1\n"
        f"  selector:\n    matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n"
        f"    spec:\n      containers:\n      - name: {name}\n"
        f"        image: quay.io/jetstack/cert-manager-{part}:{version}\n"
    )
