"""How the world differs from a lock, one row a difference (cli.md 7.2), and what two locks have in common."""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.lock import (
    Lock,
    LockedCertManager,
    LockedFile,
    LockedImage,
    LockedKubernetes,
    LockedProvider,
    LockedRepository,
)
from capyctl.core.lock_text import lock_object

Release = TypeVar("Release", LockedProvider, LockedCertManager)


class What(enum.Enum):
    """What of an entry differs."""

    VERSION = "version"
    FILE = "file"
    REPOSITORY_ID = "repository-id"
    REPOSITORY_NAME = "repository-name"
    KUBERNETES_VERSION = "kubernetes-version"
    IMAGE = "image"


class LockChange(Struct, frozen=True, kw_only=True):
    """One difference.

    Attributes:
        provider: a manifest label, or ``cert-manager``. file: a release file, or an image of the provider.
        marker: of Kubernetes. locked, found: the values; ``found`` is None for what is gone.
        locked_at, found_at: RFC 3339.
    """

    what: What
    locked: str
    found: str | None
    locked_at: str
    found_at: str
    provider: str | None = None
    file: str | None = None
    marker: str | None = None

    @property
    def sort_key(self) -> tuple[str, str, str, str]:
        """Providers by label, then markers; rows of one in the order of ``what``."""
        order = str(list(What).index(self.what))
        return (self.provider or "~", self.marker or "", order, self.file or "")


def in_order(changes: Iterable[LockChange]) -> tuple[LockChange, ...]:
    """The rows in the order in which they are told, each once."""
    return tuple(sorted(dict.fromkeys(changes), key=lambda each: each.sort_key))


class Times(Struct, frozen=True, kw_only=True):
    """When an entry was locked, and when the world was asked again; RFC 3339."""

    locked_at: str
    found_at: str

    def row(self, what: What, locked: str, found: str | None) -> LockChange:
        """A row of these times."""
        return LockChange(
            what=what, locked=locked, found=found, locked_at=self.locked_at, found_at=self.found_at
        )


def file_changes(
    label: str, locked: Mapping[str, LockedFile], found: Mapping[str, str | None], times: Times
) -> tuple[LockChange, ...]:
    """Files whose bytes are others, or that are gone; ``found`` has a digest or None for each that was asked."""
    return tuple(
        replace(times.row(What.FILE, file.sha256, found[name]), provider=label, file=name)
        for name, file in locked.items()
        if name in found and found[name] != file.sha256
    )


def repository_changes(
    label: str, locked: LockedRepository, name: str | None, number: int | None, times: Times
) -> tuple[LockChange, ...]:
    """Another repository under the old name, or the same one under another; None for what is not known."""
    rows = []
    if locked.id is not None and number is not None and locked.id != number:
        rows.append(times.row(What.REPOSITORY_ID, str(locked.id), str(number)))
    if name is not None and name.lower() != locked.name.lower():
        rows.append(times.row(What.REPOSITORY_NAME, locked.name, name))
    return tuple(replace(row, provider=label) for row in rows)


def image_changes(
    label: str, locked: Iterable[LockedImage], found: Mapping[str, str | None], times: Times
) -> tuple[LockChange, ...]:
    """Images whose digest is another one, or that are gone; ``found`` as for files. The row's file is the image."""
    return tuple(
        replace(times.row(What.IMAGE, each.digest, found[each.image]), provider=label, file=each.image)
        for each in locked
        if each.digest is not None and each.image in found and found[each.image] != each.digest
    )


def marker_changes(
    locked: LockedKubernetes,
    versions: Mapping[str, str | None],
    images: Mapping[str, str | None],
    times: Times,
) -> tuple[LockChange, ...]:
    """A marker that stands for another version or for none now, and its node image; both ``found`` as for files."""
    rows = []
    if locked.marker in versions and versions[locked.marker] != locked.version:
        rows.append(times.row(What.KUBERNETES_VERSION, locked.version, versions[locked.marker]))
    if locked.digest is not None and locked.image in images and images[locked.image] != locked.digest:
        rows.append(times.row(What.IMAGE, locked.digest, images[locked.image]))
    return tuple(replace(row, marker=locked.marker) for row in rows)


def same_answers(one: Lock, other: Lock) -> bool:
    """Whether two locks differ in nothing but times and the version of capyctl that made them."""
    return _without_times(one) == _without_times(other)


def _without_times(lock: Lock) -> dict[str, object]:
    plain = replace(
        lock,
        capyctl="",
        created_at="",
        kubernetes=tuple(replace(each, resolved_at="") for each in lock.kubernetes),
    )
    return lock_object(plain)


def with_known(made: Lock, before: Lock | None, unasked: Collection[str] = ()) -> Lock:
    """A lock with what could not be asked this time and was known before, where all bytes are the same.

    The addresses of files stay too: a forge has several for the same file.

    ``unasked`` are the markers whose image the registry did not tell about.
    """
    if before is None:
        return made
    old_cert_manager, cert_manager = before.cert_manager, made.cert_manager
    if old_cert_manager is not None and cert_manager is not None:
        cert_manager = _with_known(cert_manager, old_cert_manager)
    return replace(
        made,
        providers=tuple(_with_known(each, before.provider(each.provider)) for each in made.providers),
        cert_manager=cert_manager,
        kubernetes=tuple(
            _kubernetes_with_known(each, before.marker(each.marker)) if each.marker in unasked else each
            for each in made.kubernetes
        ),
    )


def _with_known(made: Release, before: Release | None) -> Release:
    if before is None or not _same_bytes(made, before):
        return made
    repository = made.repository
    same_name = repository.name.lower() == before.repository.name.lower()
    if repository.id is None and same_name:
        repository = replace(repository, id=before.repository.id)
    is_same_release = same_name and repository.url == before.repository.url and made.version == before.version
    # The same bytes may come by another way this time: which one answered first is no answer of its own.
    return replace(made, repository=repository, files=before.files if is_same_release else made.files)


def _same_bytes(made: LockedProvider | LockedCertManager, before: LockedProvider | LockedCertManager) -> bool:
    return {name: file.sha256 for name, file in made.files.items()} == {
        name: file.sha256 for name, file in before.files.items()
    }


def _kubernetes_with_known(made: LockedKubernetes, before: LockedKubernetes | None) -> LockedKubernetes:
    if before is None or before.version != made.version:
        return made
    return replace(made, digest=before.digest)
