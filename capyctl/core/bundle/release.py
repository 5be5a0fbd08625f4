"""A locked release as the parts of a bundle see it: a provider's, or cert-manager's."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from capyctl.core.identity import CERT_MANAGER
from capyctl.core.lock import Lock, LockedFile, LockedRepository
from capyctl.core.metadata import METADATA


class Release(Struct, frozen=True, kw_only=True):
    """One release of the lock; ``label`` is ``cert-manager`` for cert-manager's."""

    label: str
    version: str
    repository: LockedRepository
    files: Mapping[str, LockedFile]

    @property
    def is_provider(self) -> bool:
        """Whether this is a provider's release."""
        return self.label != CERT_MANAGER

    @property
    def components(self) -> str | None:
        """The name of the file to install: what is not metadata, and named for components where there are more."""
        others = sorted(name for name in self.files if name != METADATA)
        named = [name for name in others if "components" in name]
        return next(iter((*named, *others)), None)


def releases_of(lock: Lock) -> tuple[Release, ...]:
    """The providers of the lock by label, then cert-manager."""
    found = [
        Release(label=each.provider, version=each.version, repository=each.repository, files=each.files)
        for each in sorted(lock.providers, key=lambda each: each.provider)
    ]
    manager = lock.cert_manager
    if manager is not None:
        found.append(
            Release(
                label=CERT_MANAGER,
                version=manager.version,
                repository=manager.repository,
                files=manager.files,
            )
        )
    return tuple(found)
