"""Who a provider is: its type, its name, its manifest label, and how users write that down."""

import enum
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from capyctl.core.spec_entry import SpecEntry

CERT_MANAGER = "cert-manager"
"""What stands for cert-manager wherever providers have their manifest labels."""

_RFC1123 = "abcdefghijklmnopqrstuvwxyz0123456789-"
_LABEL_LIMIT = 63


class ProviderType(enum.Enum):
    """The seven provider types, in clusterctl's install order (clusterctl-resolution 1.4)."""

    CORE = "CoreProvider"
    BOOTSTRAP = "BootstrapProvider"
    CONTROL_PLANE = "ControlPlaneProvider"
    INFRASTRUCTURE = "InfrastructureProvider"
    IPAM = "IPAMProvider"
    RUNTIME_EXTENSION = "RuntimeExtensionProvider"
    ADDON = "AddonProvider"

    order: int
    """Position in the install order; 0 is installed first."""

    def __init__(self, _kind: str) -> None:
        self.order = len(type(self).__members__)

    __hash__ = object.__hash__
    """Members are compared by identity; ``Enum`` hashes their names, in Python, at every look into a dict (ADR 35)."""

    @property
    def flag(self) -> str:
        """The command line flag of this type without dashes, such as ``control-plane``."""
        return self.name.lower().replace("_", "-")

    @property
    def label_prefix(self) -> str:
        """What a manifest label of this type begins with; empty for core."""
        return "" if self is ProviderType.CORE else f"{self.flag}-"


class ProviderKey(Struct, frozen=True, kw_only=True):
    """What makes a provider unique: its type and its name."""

    type: ProviderType
    name: str

    @property
    def manifest_label(self) -> str:
        """The label clusterctl writes on every object of this provider, such as ``bootstrap-kubeadm``."""
        return f"{self.type.label_prefix}{self.name}"

    @property
    def sort_key(self) -> tuple[int, str]:
        """Install order, then name by code point, as clusterctl lists providers."""
        return (self.type.order, self.name)


class ProviderReference(Struct, frozen=True, kw_only=True):
    """A provider as a user named it: a name or label, an optional type (from a flag), an optional tag.

    ``spec_entry`` is where it stands in a spec file; None where it was typed, or is a default.
    """

    text: str
    name: str
    type: ProviderType | None = None
    version: str | None = None
    spec_entry: "SpecEntry | None" = None


class MalformedReferenceError(ValueError):
    """A reference that does not have the form ``name[:version]``.

    Attributes:
        text: the reference as typed; of an address what may be shown.
        reason: one sentence on what is wrong with it.
    """

    def __init__(self, text: str, reason: str) -> None:
        if "//" in text:
            from capyctl.core.shown_address import shown_address  # noqa: PLC0415 - start-up budget

            text = shown_address(text)
        super().__init__(f"{text!r}: {reason}")
        self.text = text
        self.reason = reason


def parse_reference(text: str, provider_type: ProviderType | None = None) -> ProviderReference:
    """Read ``name[:version]`` as clusterctl does (clusterctl-resolution 1.1); the version keeps its case.

    Raises:
        MalformedReferenceError: an address, more than one colon, an empty part, or a name that is no RFC 1123 label.
    """
    if "//" in text:
        raise MalformedReferenceError(text, "it is an address; the form is name[:version]")
    parts = text.split(":")
    if len(parts) > 2:
        raise MalformedReferenceError(text, "there is more than one colon; the form is name[:version]")
    name = parts[0].lower()
    if not name:
        raise MalformedReferenceError(text, "the name is empty; the form is name[:version]")
    if len(name) > _LABEL_LIMIT:
        raise MalformedReferenceError(text, f"the name is longer than {_LABEL_LIMIT} characters")
    if name.strip(_RFC1123) or name.startswith("-") or name.endswith("-"):
        raise MalformedReferenceError(
            text, "a name consists of letters, digits and '-', and begins and ends with a letter or digit"
        )
    if len(parts) == 2 and not parts[1]:
        raise MalformedReferenceError(text, "the version after the colon is empty")
    return ProviderReference(
        text=text, name=name, type=provider_type, version=parts[1] if len(parts) == 2 else None
    )


def split_manifest_label(label: str) -> ProviderKey:
    """The key a manifest label stands for; a label without a known prefix is a core provider's name."""
    for provider_type in ProviderType:
        prefix = provider_type.label_prefix
        if prefix and label.startswith(prefix) and len(label) > len(prefix):
            return ProviderKey(type=provider_type, name=label[len(prefix) :])
    return ProviderKey(type=ProviderType.CORE, name=label)
