"""What ``upgrade apply`` is asked to bring where: ``[namespace/]name:version`` (clusterctl-cluster 5.4)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.identity import (
    MalformedReferenceError,
    ProviderReference,
    ProviderType,
    parse_reference,
)


class UpgradeReference(Struct, frozen=True, kw_only=True):
    """A provider, the version that it is to have, and the namespace it is in, where that was said."""

    reference: ProviderReference
    namespace: str | None = None

    @property
    def version(self) -> str:
        """The tag; ``parse_upgrade_reference`` lets no reference without one through."""
        return self.reference.version or ""


def parse_upgrade_reference(text: str, provider_type: ProviderType | None = None) -> UpgradeReference:
    """Read one; the version is mandatory.

    Raises:
        MalformedReferenceError: it has not the form.
    """
    namespace, slash, rest = text.rpartition("/")
    if slash and ("/" in namespace or not namespace):
        raise MalformedReferenceError(text, "the form is [namespace/]name:version")
    try:
        reference = parse_reference(rest, provider_type)
        if slash:
            parse_reference(namespace)
    except MalformedReferenceError as error:
        raise MalformedReferenceError(text, error.reason) from error
    if reference.version is None:
        raise MalformedReferenceError(
            text, "an upgrade names the version to go to; the form is [namespace/]name:version"
        )
    return UpgradeReference(reference=reference, namespace=namespace if slash else None)
