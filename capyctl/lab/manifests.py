"""Kubernetes manifests in the shape that real providers publish, made for the lab."""

from __future__ import annotations

from collections.abc import Iterator
from string import Template

from msgspec import Struct

_NAMESPACE = Template("""\
apiVersion: v1
kind: Namespace
metadata:
  name: $home
""")

_DEFINITION = Template("""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  labels:
    $labels
  name: $plural.$group
spec:
  group: $group
  scope: Namespaced
  names: {kind: $kind, listKind: ${kind}List, plural: $plural, singular: $singular}
  versions:
""")

_SERVED_VERSION = Template("""\
  - name: $version
    served: true
    storage: $storage
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
""")

_MANAGER = Template("""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: manager
  namespace: $home
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: $label-manager-role
rules:
- apiGroups: [lab.cluster.x-k8s.io]
  resources: ['*']
  verbs: ['*']
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: $label-manager-role
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: $label-manager-role}
subjects:
- kind: ServiceAccount
  name: manager
  namespace: $home
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: serving
  namespace: $home
spec:
  dnsNames: [webhook.$home.svc]
  issuerRef: {kind: Issuer, name: selfsigned}
  secretName: webhook-cert
---
apiVersion: cert-manager.io/v1
kind: Issuer
metadata:
  name: selfsigned
  namespace: $home
spec:
  selfSigned: {}
---
apiVersion: v1
kind: Service
metadata:
  name: webhook
  namespace: $home
spec:
  ports:
  - port: 443
    targetPort: 9443
  selector:
    control-plane: $home
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: controller-manager
  namespace: $home
spec:
  replicas: 1
  selector:
    matchLabels:
      control-plane: $home
  template:
    metadata:
      labels:
        control-plane: $home
    spec:
      serviceAccountName: manager
      containers:
      - name: manager
        image: $image
        args: [--leader-elect]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  annotations:
    cert-manager.io/inject-ca-from: $home/serving
  name: $label-validating
webhooks:
- name: validation.$label.lab.cluster.x-k8s.io
  admissionReviewVersions: [v1]
  clientConfig:
    service: {name: webhook, namespace: $home, path: /validate}
  failurePolicy: Fail
  sideEffects: None
  rules:
  - apiGroups: [lab.cluster.x-k8s.io]
    apiVersions: ['*']
    operations: [CREATE, UPDATE]
    resources: ['*']
""")

_SECRET = Template("""\
apiVersion: v1
kind: Secret
metadata:
  name: manager-credentials
  namespace: $home
type: Opaque
stringData:
  $values
""")

_CERT_MANAGER_PART = Template("""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $name
  namespace: cert-manager
  labels:
    app.kubernetes.io/version: $version
spec:
  replicas: 1
  selector:
    matchLabels:
      app: $name
  template:
    metadata:
      labels:
        app: $name
    spec:
      containers:
      - name: $name
        image: quay.io/jetstack/cert-manager-$part:$version
""")

_DOCUMENT_END = "---\n"


class ComponentsShape(Struct, frozen=True, kw_only=True):
    """What a made components file holds.

    Attributes:
        label: the provider's manifest label. image: of the controller.
        namespaces: Namespace objects; the first is where everything else lives.
        contracts: contract labels of the definition. variables: put into a Secret as they are.
    """

    label: str
    namespaces: tuple[str, ...]
    contracts: tuple[str, ...] = ("v1beta1", "v1beta2")
    image: str = "registry.example.com/controller:v0.0.0"
    variables: tuple[str, ...] = ()


def components_yaml(shape: ComponentsShape) -> bytes:
    """A components file that clusterctl accepts: one of each kind that matters to its processing."""
    return _DOCUMENT_END.join(_components(shape)).encode()


def cert_manager_yaml(version: str) -> bytes:
    """A stand-in for cert-manager.yaml: its namespace, two definitions and three deployments."""
    return _DOCUMENT_END.join(_cert_manager(version)).encode()


def _components(shape: ComponentsShape) -> Iterator[str]:
    home = shape.namespaces[0] if shape.namespaces else "default"
    for name in shape.namespaces:
        yield _NAMESPACE.substitute(home=name)
    kind = "".join(part.capitalize() for part in shape.label.split("-")) + "Thing"
    labels = {"cluster.x-k8s.io/provider": shape.label}
    labels |= {f"cluster.x-k8s.io/{contract}": contract for contract in shape.contracts}
    yield _definition(kind, "lab.cluster.x-k8s.io", labels, shape.contracts)
    if shape.variables:
        values = "\n  ".join(f"value{number}: {text}" for number, text in enumerate(shape.variables))
        yield _SECRET.substitute(home=home, values=values)
    yield _MANAGER.substitute(home=home, label=shape.label, image=shape.image)


def _cert_manager(version: str) -> Iterator[str]:
    yield _NAMESPACE.substitute(home="cert-manager")
    for kind in ("Certificate", "Issuer"):
        yield _definition(kind, "cert-manager.io", {"app.kubernetes.io/version": version}, ("v1",))
    for part in ("controller", "cainjector", "webhook"):
        name = "cert-manager" if part == "controller" else f"cert-manager-{part}"
        yield _CERT_MANAGER_PART.substitute(name=name, part=part, version=version)


def _definition(kind: str, group: str, labels: dict[str, str], versions: tuple[str, ...]) -> str:
    singular = kind.lower()
    head = _DEFINITION.substitute(
        kind=kind,
        group=group,
        singular=singular,
        plural=f"{singular}s",
        labels="\n    ".join(f"{key}: {value}" for key, value in labels.items()),
    )
    rows = (
        _SERVED_VERSION.substitute(version=version, storage=str(version == versions[-1]).lower())
        for version in versions
    )
    return head + "".join(rows)
