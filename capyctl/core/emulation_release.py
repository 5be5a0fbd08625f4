"""The releases of clusterctl that can be emulated, as data (clusterctl-resolution 2.3, 6.5, 7.3, 8.1)."""

from __future__ import annotations

from msgspec import Struct


class ClusterctlRelease(Struct, frozen=True, kw_only=True):
    """What one release of clusterctl does differently from others.

    Attributes:
        version: its tag. contract: compiled into it. compatible: contracts it installs, own one first.
        validates_metadata: whether apiVersion, kind and an empty list of series are refused (since v1.11.0).
        explains_failures: whether ``init`` prints the long texts about series and fetching (since v1.11.0).
        keeps_accept: whether an asset's redirect keeps the Accept header (since v1.13.0, cluster-api#12241).
        lowercases_tag: whether a pinned tag is lower-cased with the name (before v1.10.3).
        cert_manager: default version of cert-manager.
        scheme: name of the type registry in decode errors.
    """

    version: str
    contract: str
    compatible: tuple[str, ...]
    validates_metadata: bool
    explains_failures: bool
    keeps_accept: bool
    lowercases_tag: bool
    cert_manager: str
    scheme: str


V1_10_1 = ClusterctlRelease(
    version="v1.10.1",
    contract="v1beta1",
    compatible=("v1beta1",),
    validates_metadata=False,
    explains_failures=False,
    keeps_accept=False,
    lowercases_tag=True,
    cert_manager="v1.17.1",
    scheme="pkg/runtime/scheme.go:100",
)

V1_13_6 = ClusterctlRelease(
    version="v1.13.6",
    contract="v1beta2",
    compatible=("v1beta2", "v1beta1"),
    validates_metadata=True,
    explains_failures=True,
    keeps_accept=True,
    lowercases_tag=False,
    cert_manager="v1.21.1",
    scheme="pkg/runtime/scheme.go:111",
)

EMULATED_RELEASES = (V1_10_1, V1_13_6)
"""The releases that ``diagnose-provider`` has rows for: both are run in the differential tests."""
