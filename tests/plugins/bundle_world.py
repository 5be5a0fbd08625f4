"""Locks, rows and release files to make bundles of, without a world around them."""

from __future__ import annotations

import hashlib
import io
import random
import tarfile
from collections.abc import Mapping
from pathlib import Path

from capyctl.config.table_files import read_built_in_table
from capyctl.core.bundle.members import Assembled, BundleSource, archive_pieces, assemble
from capyctl.core.bundle.rows import rows_of
from capyctl.core.bundle.scan import Scanned, scan_archive
from capyctl.core.bundle.tar import ending, header, padding
from capyctl.core.bundle.verification import Verified, verify
from capyctl.core.local_path import LocalRules
from capyctl.core.lock import (
    Lock,
    LockedCertManager,
    LockedFile,
    LockedImage,
    LockedKubernetes,
    LockedProvider,
    LockedRepository,
)
from capyctl.core.lock_text import lock_text
from capyctl.core.provider_entry import TableEntry
from capyctl.core.provider_table_file import parse_table_file

_OWN_TABLE = b"""
providers:
  - name: mine
    type: InfrastructureProvider
    url: https://releases.example/capi/infrastructure-mine/latest/components.yaml
    kind: https
  - name: here
    type: AddonProvider
    url: /srv/a folder/addon-here/latest/addon-components.yaml
"""


def metadata(series: str, contract: str = "v1beta1") -> bytes:
    """A metadata.yaml with one series such as ``1.10``."""
    major, minor = series.split(".")
    return (
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"
        f"  - major: {major}\n    minor: {minor}\n    contract: {contract}\n"
    ).encode()


def components(label: str, image: str, *, size: int = 0, noise: int = 0) -> bytes:
    """A small components file; ``size`` bytes more that compress well, ``noise`` bytes more that do not."""
    text = (
        "apiVersion: v1\nkind: Namespace\nmetadata:\n"
        f"  name: {label}-system\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n"
        f"  name: {label}\n  namespace: {label}-system\nspec:\n  selector:\n    matchLabels: {{app: x}}\n  template:\n"
        "    metadata:\n      labels: {app: x}\n"
        f"    spec:\n      containers:\n        - name: manager\n          image: {image}\n"
    )
    text += "# filled\n" * (size // 9)
    if noise:
        digits = random.Random(label).randbytes(noise // 2).hex()  # noqa: S311 - it only has to be incompressible
        text += "".join(f"# {digits[at : at + 100]}\n" for at in range(0, len(digits), 100))
    return text.encode()


class BundleWorld:
    """Release files, and the lock of them."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.providers: list[LockedProvider] = []
        self.cert_manager: LockedCertManager | None = None
        self.kubernetes: tuple[LockedKubernetes, ...] = ()

    def add(
        self,
        label: str,
        version: str,
        repository: str,
        files: Mapping[str, bytes],
        images: tuple[str, ...] = (),
    ) -> BundleWorld:
        """Lock one more provider; ``repository`` is a GitHub ``owner/name`` or a whole address."""
        is_address = ":" in repository
        address = repository if is_address else f"https://github.com/{repository}/releases/latest/x.yaml"
        folder = address.rpartition("/latest/")[0] + ("" if is_address else "/download")
        self.providers.append(
            LockedProvider(
                provider=label,
                requested=None,
                version=version,
                contract="v1beta1",
                repository=LockedRepository(name=repository, id=None if is_address else 7, url=address),
                files={
                    name: self._locked(f"{folder}/{version}/{name}", data) for name, data in files.items()
                },
                images=tuple(LockedImage(image=image, digest=None) for image in images),
            )
        )
        return self

    def with_cert_manager(self, version: str = "v1.21.1") -> BundleWorld:
        """Lock a cert-manager too."""
        base = "https://github.com/cert-manager/cert-manager/releases"
        data = components("cert-manager", f"quay.io/jetstack/cert-manager-controller:{version}")
        self.cert_manager = LockedCertManager(
            version=version,
            repository=LockedRepository(
                name="cert-manager/cert-manager",
                id=3,
                url=f"{base}/v1.21.1/cert-manager.yaml",
            ),
            files={"cert-manager.yaml": self._locked(f"{base}/download/{version}/cert-manager.yaml", data)},
            images=(LockedImage(image=f"quay.io/jetstack/cert-manager-controller:{version}"),),
        )
        return self

    def with_marker(self, image: str, digest: str | None) -> BundleWorld:
        """Lock a marker too."""
        self.kubernetes = (
            LockedKubernetes(
                marker="stable-1.33",
                version="v1.33.5",
                url="https://dl.k8s.io/release/stable-1.33.txt",
                resolved_at="2026-11-21T10:00:00Z",
                image=image,
                digest=digest,
            ),
        )
        return self

    @property
    def lock(self) -> Lock:
        """The lock of all this."""
        return Lock(
            capyctl="0.3.0",
            created_at="2026-11-21T10:00:00Z",
            providers=tuple(sorted(self.providers, key=lambda each: each.provider)),
            cert_manager=self.cert_manager,
            kubernetes=self.kubernetes,
        )

    @property
    def source(self) -> BundleSource:
        """What a bundle of it is made from."""
        lock = self.lock
        labels = [each.provider for each in lock.providers]
        return BundleSource(
            lock=lock, lock_bytes=lock_text(lock).encode(), rows=rows_of(table_entries(), labels)
        )

    def assembled(self) -> Assembled:
        """The bundle, not written yet."""
        return assemble(self.source, self.files)

    def archive(self) -> bytes:
        """The bundle's bytes."""
        return b"".join(archive_pieces(self.assembled()))

    def _locked(self, url: str, data: bytes) -> LockedFile:
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[sha256] = data
        return LockedFile(url=url, sha256=sha256, size=len(data))


def tar_of(contents: Mapping[str, bytes]) -> bytes:
    """An archive in the canonical form of these members, in this order."""
    body = b"".join(header(path, len(data)) + data + padding(len(data)) for path, data in contents.items())
    return body + ending(len(body))


def table_entries() -> tuple[TableEntry, ...]:
    """The built-in rows and two of a user's own."""
    own = parse_table_file(_OWN_TABLE, "own.yaml", LocalRules(), lambda _: None)
    return (*read_built_in_table().rows, *(each for each in own if isinstance(each, TableEntry)))


def small_world() -> BundleWorld:
    """Core and kubeadm at one version, aws at a second major, one provider of a user's own, and cert-manager."""
    world = BundleWorld()
    core, bootstrap = "registry.example/capi:v1.10.4", "registry.example/kubeadm:v1.10.4"
    repository = "kubernetes-sigs/cluster-api"
    world.add(
        "cluster-api",
        "v1.10.4",
        repository,
        {"metadata.yaml": metadata("1.10"), "core-components.yaml": components("capi", core)},
        (core,),
    )
    world.add(
        "bootstrap-kubeadm",
        "v1.10.4",
        repository,
        {"metadata.yaml": metadata("1.10"), "bootstrap-components.yaml": components("kubeadm", bootstrap)},
        (bootstrap,),
    )
    aws = "registry.example/capa:v2.9.1"
    files = {"metadata.yaml": metadata("2.9"), "infrastructure-components.yaml": components("capa", aws)}
    world.add("infrastructure-aws", "v2.9.1", "kubernetes-sigs/cluster-api-provider-aws", files, (aws,))
    own = {
        "metadata.yaml": metadata("0.1"),
        "components.yaml": components("mine", "registry.example/mine:v0.1.0"),
    }
    address = "https://releases.example/capi/infrastructure-mine/latest/components.yaml"
    world.add("infrastructure-mine", "v0.1.0", address, own, ("registry.example/mine:v0.1.0",))
    return world.with_cert_manager()


def judged(archive: bytes) -> Verified:
    """What verification says of these bytes."""
    scanned = scan_archive(io.BytesIO(archive))
    return verify(scanned, lambda file: content(archive, scanned, file.path), "bundle")


def content(archive: bytes, scanned: Scanned, path: str) -> bytes:
    """A member's bytes."""
    member = scanned.members[path]
    return archive[member.offset : member.offset + member.file.size]


def unpacked(archive: bytes) -> dict[str, bytes]:
    """The members as Python's own reader sees them, in order."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        return {member.name: _bytes(tar, member) for member in tar}


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file is not None else b""


def extract(archive: bytes, folder: Path) -> Path:
    """Extract as any tar does."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        tar.extractall(folder, filter="data")
    return folder


def large_world() -> BundleWorld:
    """With a provider whose ConfigMap is compressed."""
    image = "registry.example/capz:v1.19.0"
    files = {
        "metadata.yaml": metadata("1.19"),
        "infrastructure-components.yaml": components("capz", image, size=2**20),
    }
    return small_world().add(
        "infrastructure-azure", "v1.19.0", "kubernetes-sigs/cluster-api-provider-azure", files, (image,)
    )
