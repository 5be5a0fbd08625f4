"""The cert-manager that is installed: whose it is, in which version, and what comes of it (clusterctl-cluster 3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

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

OWNED_DEFINITIONS: Final = Collection(
    path="/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    label_selector="clusterctl.cluster.x-k8s.io/core=cert-manager",
    metadata_only=True,
)
"""Its definitions in the same case; they are what is written first."""

_DEPLOYMENTS: Final = ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook")
_VERSION: Final = "cert-manager.clusterctl.cluster.x-k8s.io/version"
_BEFORE_ANNOTATIONS: Final = "v0.11.0"
"""What clusterctl takes the version for where the annotation is missing (3.4)."""


class InstalledCertManager(Struct, frozen=True, kw_only=True):
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


class BegunCertManager(Struct, frozen=True, kw_only=True):
    """A cert-manager of which clusterctl wrote the first objects and not the last.

    Attributes:
        version: that it began with; None where it cannot be told. missing: Deployments that are not there.
    """

    version: str | None
    missing: tuple[str, ...]


def begun_cert_manager(
    definitions: Iterable[ApiObject], deployments: Iterable[ApiObject], *, has_webhook: bool
) -> BegunCertManager | None:
    """What was begun and not finished; None where it is whole, or not clusterctl's (weakness 19).

    ``definitions`` and ``deployments`` are the labelled ones. ``has_webhook``: whether any webhook about cert-manager's
    objects is configured; that is the last thing its manifest has, so that a cert-manager with one is left alone.
    """
    begun = list(definitions)
    if not begun or has_webhook:
        return None
    there = {each.name for each in deployments}
    parsed = [parse_version(each.annotations.get(_VERSION, "")) for each in begun]
    stated = [version for version in parsed if version is not None]
    return BegunCertManager(
        version=min(stated).tag if stated else None,
        missing=tuple(name for name in _DEPLOYMENTS if name not in there),
    )


def begun_note(found: BegunCertManager, version: str) -> Diagnostic:
    """That it is finished now, in the version that is brought."""
    lacking = ", ".join((*found.missing, "its webhook's configuration"))
    return Diagnostic(
        code=codes.CERT_MANAGER_NOT_READY,
        severity=Severity.NOTE,
        detail=(
            f"An installation of cert-manager was broken off before it was whole: {lacking} is not there. It carries"
            f" clusterctl's label and no provider is installed, so that {version} is applied over it first."
        ),
        subject=Subject(provider="cert-manager", version=version),
    )


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
