"""The cert-manager that is installed: whose it is, in which version, and what comes of it (clusterctl-cluster 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import Collection
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.version import parse_version

CERT_MANAGER_GROUP: Final = "cert-manager.io"
OWNED_DEPLOYMENTS: Final = Collection(
    path="/apis/apps/v1/deployments",
    label_selector="clusterctl.cluster.x-k8s.io/core=cert-manager",
    metadata_only=True,
)
"""cert-manager's Deployments where clusterctl installed it: they carry its label and the version."""

_VERSION: Final = "cert-manager.clusterctl.cluster.x-k8s.io/version"
_BEFORE_ANNOTATIONS: Final = "v0.11.0"
"""What clusterctl takes the version for where the annotation is missing (3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledCertManager:
    """What is there.

    Attributes:
        present: whether its API is served. owned: whether clusterctl installed it, and upgrades it.
        version: the lowest that clusterctl wrote on it; None where it did not install it.
    """

    present: bool
    owned: bool = False
    version: str | None = None


def installed_cert_manager(deployments: Iterable[ApiObject], *, served: bool) -> InstalledCertManager:
    """What labelled Deployments and discovery tell; without a label it is somebody else's."""
    found = list(deployments)
    if not found:
        return InstalledCertManager(present=served)
    stated = [each.annotations.get(_VERSION, _BEFORE_ANNOTATIONS) for each in found]
    parsed = [version for text in stated if (version := parse_version(text)) is not None]
    lowest = min(parsed).tag if parsed else stated[0]
    return InstalledCertManager(present=True, owned=True, version=lowest)


def cert_manager_note(found: InstalledCertManager, configured: str) -> Diagnostic | None:
    """What an upgrade means for it (3.4); None where there is no cert-manager at all.

    ``configured`` is the version that clusterctl would install.
    """
    if not found.present:
        return None
    return Diagnostic(
        code=codes.CERT_MANAGER_UPGRADE,
        severity=Severity.NOTE,
        detail=_sentence(found, configured),
        subject=Subject(provider="cert-manager", version=found.version),
    )


def _sentence(found: InstalledCertManager, configured: str) -> str:
    if not found.owned or found.version is None:
        return "cert-manager was not installed with the providers; their upgrade leaves it alone."
    current, wanted = parse_version(found.version), parse_version(configured)
    if current is None or wanted is None:
        said = f"cert-manager {found.version} was installed with the providers"
        return f"{said}; it cannot be compared with {configured}."
    if current < wanted:
        return (
            f"cert-manager {found.version} was installed with the providers; upgrade apply replaces it with"
            f" {configured} before anything else."
        )
    newer = f", newer than {configured}, and is not taken back" if current > wanted else ", and is up to date"
    return f"cert-manager {found.version} was installed with the providers{newer}."
