"""Whether an earlier clusterctl was broken off while it wrote cert-manager (weakness 19)."""

from __future__ import annotations

from typing import Final

from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_reading import Collection
from capyctl.core.cert_manager import (
    OWNED_DEFINITIONS,
    OWNED_DEPLOYMENTS,
    BegunCertManager,
    begun_cert_manager,
)
from capyctl.core.checks.cert_manager import webhook_service

_WEBHOOKS: Final = Collection(path="/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations")


def find_begun_cert_manager(reader: ClusterReader) -> BegunCertManager | None:
    """What was begun and not finished, in one round; None also where it cannot be told: then it is kept."""
    definitions, deployments, webhooks = reader.listed_all([OWNED_DEFINITIONS, OWNED_DEPLOYMENTS, _WEBHOOKS])
    if definitions.value is None or deployments.value is None or webhooks.value is None:
        return None
    has_webhook = webhook_service(webhooks.value) is not None
    return begun_cert_manager(definitions.value, deployments.value, has_webhook=has_webhook)
