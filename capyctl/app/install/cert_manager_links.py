"""Why cert-manager does not become ready: the first broken link from the nodes to its webhook (F61)."""

from __future__ import annotations

from capyctl.app.apply.writing import ClusterWriter
from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.install.probing import probe_cert_manager
from capyctl.core.api_reading import Collection
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.rules.cert_manager_links import CertManagerLinks, first_broken_link

_NAMESPACE = "/namespaces/cert-manager"
_ASKED = (
    Collection(path="/api/v1/nodes"),
    Collection(path=f"/api/v1{_NAMESPACE}/pods"),
    Collection(path=f"/apis/discovery.k8s.io/v1{_NAMESPACE}/endpointslices"),
    Collection(path="/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"),
)


def find_broken_link(reader: ClusterReader, writer: ClusterWriter) -> Diagnostic | None:
    """The first link that is broken, with what to do; None where every link holds or none could be looked at."""
    nodes, pods, slices, webhooks = reader.listed_all(list(_ASKED))
    probed = probe_cert_manager(writer)
    return first_broken_link(
        CertManagerLinks(
            nodes=nodes.value,
            pods=pods.value,
            slices=slices.value,
            webhooks=webhooks.value,
            probe=probed,
        )
    )
