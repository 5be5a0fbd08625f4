"""cert-manager's manifest: applied as it is, images alone overridden (clusterctl-cluster 3.2)."""

from __future__ import annotations

from capyctl.core.api_object import text_at
from capyctl.core.components import plain_objects
from capyctl.core.images import ImageOverride
from capyctl.core.rendered_components import ComponentsRequest

_MANIFEST = b"""
apiVersion: v1
kind: Namespace
metadata: {name: cert-manager}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: leader, namespace: kube-system}
rules: []
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cert-manager, namespace: cert-manager}
spec:
  selector: {matchLabels: {app: cert-manager}}
  template:
    metadata: {labels: {app: cert-manager}}
    spec:
      containers: [{name: controller, image: "quay.io/jetstack/cert-manager-controller:v1.21.1"}]
"""


def _request(data: bytes) -> ComponentsRequest:
    return ComponentsRequest(
        data=data,
        manifest_label="cert-manager",
        lookup=lambda _: None,
        image_overrides={"cert-manager": ImageOverride(repository="mirror.example.com/jetstack")},
    )


def test_namespaces_stay_and_images_are_overridden() -> None:
    namespace, role, deployment = plain_objects(_request(_MANIFEST))
    assert text_at(namespace, "metadata", "name") == "cert-manager"
    assert text_at(role, "metadata", "namespace") == "kube-system"
    assert "mirror.example.com/jetstack/cert-manager-controller:v1.21.1" in str(deployment)
    assert "cluster.x-k8s.io/provider" not in str(deployment)


def test_a_file_that_cannot_be_read_gives_nothing() -> None:
    assert plain_objects(_request(b"kind: [")) == ()
