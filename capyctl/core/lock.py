"""A lock: which versions, files and images a site has settled on, as values (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from capyctl.core.version import spellings_of

FORMAT = "capyctl-lock/1"

LOCK_NAME = "capyctl.lock"
"""The file that ``lock`` writes in the current folder."""


class LockedFile(Struct, frozen=True, kw_only=True):
    """One release file: the address it was read from, its sha256 (64 hex digits), its size in bytes."""

    url: str
    sha256: str
    size: int


class LockedImage(Struct, frozen=True, kw_only=True):
    """An image and its digest (``sha256:…``); None where it does not exist or was not asked for."""

    image: str
    digest: str | None = None


class LockedRepository(Struct, frozen=True, kw_only=True):
    """A repository: its canonical name, the forge's numeric id where it has one, the address used."""

    name: str
    id: int | None
    url: str


class LockedProvider(Struct, frozen=True, kw_only=True):
    """One provider by its manifest label; ``requested`` is a tag, a constraint, or None for the newest."""

    provider: str
    requested: str | None
    version: str
    contract: str | None
    repository: LockedRepository
    files: Mapping[str, LockedFile]
    images: tuple[LockedImage, ...]

    @property
    def names_tag(self) -> bool:
        """Whether it was asked for by its tag, so that nothing but a request decides its version."""
        return self.requested is not None and self.version in spellings_of(self.requested)


class LockedCertManager(Struct, frozen=True, kw_only=True):
    """The cert-manager of the lock and its manifest."""

    version: str
    repository: LockedRepository
    files: Mapping[str, LockedFile]
    images: tuple[LockedImage, ...]


class LockedKubernetes(Struct, frozen=True, kw_only=True):
    """What a marker stood for at ``resolved_at`` (RFC 3339), and the node image of that version."""

    marker: str
    version: str
    url: str
    resolved_at: str
    image: str
    digest: str | None = None


class Lock(Struct, frozen=True, kw_only=True):
    """A whole lock; lists sorted by provider and by marker. ``created_at`` is RFC 3339 in UTC."""

    capyctl: str
    created_at: str
    providers: tuple[LockedProvider, ...] = ()
    cert_manager: LockedCertManager | None = None
    kubernetes: tuple[LockedKubernetes, ...] = ()

    def provider(self, label: str) -> LockedProvider | None:
        """The entry of a manifest label, or None."""
        return next((each for each in self.providers if each.provider == label), None)

    def marker(self, marker: str) -> LockedKubernetes | None:
        """The entry of a marker, or None."""
        return next((each for each in self.kubernetes if each.marker == marker), None)
