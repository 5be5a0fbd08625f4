"""Two questions before the first write: does cert-manager take objects, and who has a say in what is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from capyctl.app.apply.writing import ClusterWriter
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiTrouble, Collection
from capyctl.core.api_writing import creating
from capyctl.core.object_key import ObjectKey

_ISSUERS: Final = "/apis/cert-manager.io/v1/namespaces/kube-system/issuers"
_PROBE: Final = {
    "apiVersion": "cert-manager.io/v1",
    "kind": "Issuer",
    "metadata": {"name": "capyctl-probe", "namespace": "kube-system"},
    "spec": {"selfSigned": {}},
}
_ADMISSION: Final = "/apis/admissionregistration.k8s.io/v1"
_GATES: Final = (
    Collection(path=f"{_ADMISSION}/validatingwebhookconfigurations", metadata_only=True),
    Collection(path=f"{_ADMISSION}/mutatingwebhookconfigurations", metadata_only=True),
    Collection(path=f"{_ADMISSION}/validatingadmissionpolicybindings", metadata_only=True),
)
_AT_ONCE: Final = frozenset({ApiTrouble.WEBHOOK_UNAVAILABLE, ApiTrouble.EXISTS, ApiTrouble.NOT_SERVED})


def probe_cert_manager(writer: ClusterWriter) -> ApiFailure | None:
    """Why cert-manager takes no Issuer; None where it does. A dry run leaves nothing behind (weakness 12)."""
    failure = writer.write(creating(_ISSUERS, _PROBE, dry_run=True), final=_AT_ONCE).failure
    return None if failure is None or failure.trouble is ApiTrouble.EXISTS else failure


def admission_gates(reader: ClusterReader, known: Mapping[ObjectKey, ApiObject]) -> bool:
    """Whether a webhook or a policy that is not ours may refuse what is to be written.

    What cannot be listed counts as none: the write itself then tells.
    """
    ours = {key.name for key in known}
    readings = reader.listed_all(list(_GATES))
    return any(each.name not in ours for reading in readings for each in reading.value or ())
