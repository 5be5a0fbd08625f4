"""What is asked about parts that run in the cluster: cert-manager, and the kubelets of the control plane."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from urllib.parse import quote

from msgspec import Struct

from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import ApiObject, items_at, mapping_at
from capyctl.core.api_reading import ApiFailure, ApiRequest, Collection
from capyctl.core.checks.cert_manager import CRD, NAMESPACE, WebhookTarget, webhook_service
from capyctl.core.checks.node_tunnels import MOST_NODES, SystemPod, TunnelFacts, choose_pod, said_line
from capyctl.core.checks.nodes import NodeFacts
from capyctl.core.checks.ready import count_addresses
from capyctl.core.evidence import Evidence

_DEFINITION = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{CRD}"
_WEBHOOKS = Collection(path="/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations")
_SYSTEM_PODS = "/api/v1/namespaces/kube-system/pods"
_PODS_OF_A_NODE = "100"
_LOG_BYTES = 4096


class CertManagerReading(Struct, frozen=True, kw_only=True):
    """cert-manager's objects; ``crd`` is None where there is none, ``failure`` what could not be read."""

    crd: ApiObject | None = None
    namespace: str = NAMESPACE
    deployments: tuple[ApiObject, ...] = ()
    webhook: WebhookTarget | None = None
    addresses: int | None = None
    failure: ApiFailure | None = None
    evidence: tuple[Evidence, ...] = ()


def read_cert_manager(reader: ClusterReader) -> CertManagerReading:
    """The CRD of Certificates; where it is there, its webhook, then Deployments and addresses behind the webhook."""
    found = reader.read(ApiRequest(path=_DEFINITION))
    if found.value is None:
        return CertManagerReading(failure=found.failure, evidence=found.evidence)
    configurations = reader.listed(_WEBHOOKS)
    webhook = webhook_service(configurations.value or ())
    namespace = webhook.namespace if webhook is not None else NAMESPACE
    place = quote(namespace, safe="")
    deployments, *slices = reader.listed_all(
        [Collection(path=f"/apis/apps/v1/namespaces/{place}/deployments"), *_slices(webhook)]
    )
    answers = (configurations, deployments, *slices)
    held = slices[0].value if slices else None
    return CertManagerReading(
        crd=ApiObject(found.value),
        namespace=namespace,
        deployments=deployments.value or (),
        webhook=webhook,
        addresses=count_addresses(held) if held is not None else None,
        failure=next((each.failure for each in answers if each.failure is not None), None),
        evidence=(*found.evidence, *(piece for each in answers for piece in each.evidence)),
    )


def _slices(webhook: WebhookTarget | None) -> list[Collection]:
    if webhook is None:
        return []
    path = f"/apis/discovery.k8s.io/v1/namespaces/{quote(webhook.namespace, safe='')}/endpointslices"
    return [Collection(path=path, label_selector=f"kubernetes.io/service-name={webhook.name}")]


def read_tunnels(reader: ClusterReader, nodes: Sequence[NodeFacts]) -> list[TunnelFacts]:
    """One log line of one system pod of each control-plane node, side by side: two questions a node."""
    control_plane = [node for node in nodes if node.control_plane][:MOST_NODES]
    if not control_plane:
        return []
    return reader.asker.together([partial(_read_tunnel, reader, node) for node in control_plane])


def _read_tunnel(reader: ClusterReader, node: NodeFacts) -> TunnelFacts:
    query = (("fieldSelector", f"spec.nodeName={node.name}"), ("limit", _PODS_OF_A_NODE))
    listed = reader.read(ApiRequest(path=_SYSTEM_PODS, query=query))
    objects = [ApiObject(mapping_at({"item": item}, "item")) for item in items_at(listed.value, "items")]
    pod = choose_pod(objects, node.name)
    if pod is None:
        return TunnelFacts(node=node, pod=None, failure=listed.failure, evidence=listed.evidence)
    reading = reader.read_text(_log_line(pod))
    return TunnelFacts(
        node=node,
        pod=pod,
        failure=reading.failure,
        line=said_line(reading.value) if reading.value is not None else None,
        evidence=(*listed.evidence, *reading.evidence),
    )


def _log_line(pod: SystemPod) -> ApiRequest:
    return ApiRequest(
        path=f"{_SYSTEM_PODS}/{quote(pod.name, safe='')}/log",
        query=(("container", pod.container), ("tailLines", "1"), ("limitBytes", str(_LOG_BYTES))),
        accept="text/plain, */*",
        limit=4 * _LOG_BYTES,
    )
