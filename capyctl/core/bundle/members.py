"""Every member of a bundle, from the lock, the provider table's rows and the bytes of the locked files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from capyctl.core.bundle.clusterctl_tree import CONFIGURATION, configuration_bytes
from capyctl.core.bundle.config_map import ConfigMapSource, NoConfigMapError, config_map, config_map_path
from capyctl.core.bundle.content import (
    IMAGES,
    INDEX,
    LOCK,
    PROVIDERS,
    BundleFile,
    by_path,
    described,
    images_of,
    index_bytes,
    release_path,
)
from capyctl.core.bundle.goproxy import goproxy_files
from capyctl.core.bundle.oci import artifact_of, blob_path, layout_files
from capyctl.core.bundle.release import Release, releases_of
from capyctl.core.bundle.rows import Rows, github_host, rows_bytes
from capyctl.core.bundle.tar import ending, header, padding, stored_size
from capyctl.core.lock import Lock, LockedFile
from capyctl.core.metadata import METADATA

_GITHUB: Final = "https://github.com/"

Member = bytes | LockedFile
"""The content of a member: its bytes, or the locked file whose bytes it is."""


class BundleSource(Struct, frozen=True, kw_only=True):
    """What a bundle is made from, apart from the release files.

    Attributes:
        lock_bytes: the lock's file as it is. rows: of all the lock's providers.
    """

    lock: Lock
    lock_bytes: bytes
    rows: Rows


class LeftOut(Struct, frozen=True, kw_only=True):
    """A ConfigMap that a bundle does not have, and why, as one clause."""

    label: str
    version: str
    path: str
    reason: str


class Assembled(Struct, frozen=True, kw_only=True):
    """A bundle that only has to be written.

    Attributes:
        files: every file but ``bundle.json``, with its digest, in the archive's order. index: ``bundle.json``.
        contents: the bytes by path, ``bundle.json`` included. left_out: ConfigMaps that cannot be.
    """

    files: tuple[BundleFile, ...]
    index: bytes
    contents: Mapping[str, bytes]
    left_out: tuple[LeftOut, ...]


def fixed_members(source: BundleSource) -> dict[str, Member]:
    """Every member whose bytes are known without a release file at hand: all but the operator's."""
    releases = releases_of(source.lock)
    artifacts = [artifact_of(release) for release in releases if release.is_provider]
    images = images_of(source.lock)
    members: dict[str, Member] = {
        LOCK: source.lock_bytes,
        IMAGES: "".join(f"{image}\n" for image in images).encode("utf-8"),
        PROVIDERS: rows_bytes(source.rows),
        CONFIGURATION: configuration_bytes(releases),
        **goproxy_files(_modules(source)),
        **layout_files(artifacts),
    }
    for release in releases:
        for name, file in release.files.items():
            members[release_path(release.label, release.version, name)] = file
            if release.is_provider:
                members.setdefault(blob_path(f"sha256:{file.sha256}"), file)
    return members


def assemble(source: BundleSource, files: Mapping[str, bytes]) -> Assembled:
    """The whole bundle; ``files`` has the bytes of every locked file by its sha256, checked by the caller.

    Raises:
        KeyError: the bytes of a locked file are not among ``files``.
    """
    listed: list[BundleFile] = []
    contents: dict[str, bytes] = {}
    for path, member in fixed_members(source).items():
        if isinstance(member, LockedFile):
            contents[path] = files[member.sha256]
            listed.append(BundleFile(path=path, size=member.size, sha256=member.sha256))
        else:
            contents[path] = member
            listed.append(described(path, member))
    left_out: list[LeftOut] = []
    for release in releases_of(source.lock):
        made = config_map_source(release, files)
        if made is None:
            continue
        path = config_map_path(release.label, release.version)
        try:
            contents[path] = config_map(made)
        except NoConfigMapError as error:
            left_out.append(LeftOut(label=made.label, version=made.version, path=path, reason=str(error)))
        else:
            listed.append(described(path, contents[path]))
    ordered = tuple(by_path(listed))
    index = index_bytes(ordered)
    return Assembled(
        files=ordered, index=index, contents={INDEX: index, **contents}, left_out=tuple(left_out)
    )


def config_map_source(release: Release, files: Mapping[str, bytes]) -> ConfigMapSource | None:
    """What the ConfigMap of a release is made of; None where it can have none: cert-manager, or half a release."""
    components = release.components
    if not release.is_provider or components is None or METADATA not in release.files:
        return None
    return ConfigMapSource(
        label=release.label,
        version=release.version,
        metadata=files[release.files[METADATA].sha256],
        components=files[release.files[components].sha256],
    )


def _modules(source: BundleSource) -> list[tuple[str, str]]:
    """Repository paths as a module proxy names them, and the locked tags."""
    found: list[tuple[str, str]] = []
    for release in releases_of(source.lock):
        host = github_host(source.rows.get(release.label))
        if host is None and release.repository.url.startswith(_GITHUB):
            host = "github.com"
        if host is not None:
            found.append((f"{host}/{release.repository.name}", release.version))
    return found


def archive_pieces(made: Assembled) -> Iterator[bytes]:
    """The archive, piece by piece.

    Raises:
        NameTooLongError: a path does not fit into a tar header.
    """
    offset = 0
    for path in (INDEX, *(each.path for each in made.files)):
        data = made.contents[path]
        offset += stored_size(len(data))
        yield header(path, len(data))
        yield data
        yield padding(len(data))
    yield ending(offset)
