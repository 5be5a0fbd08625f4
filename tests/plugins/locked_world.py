"""Locks of what a world of the lab has, made from the world's own values and not by capyctl."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

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
from capyctl.core.lock_text import lock_text
from capyctl.lab.content import Content
from capyctl.lab.world import Release, Repository, World

CREATED_AT = "2026-11-01T12:00:00Z"
CORE, BOOTSTRAP, CONTROL_PLANE = "cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm"
AWS, HELM = "infrastructure-aws", "addon-helm"
CERT_MANAGER_VERSION = "v1.20.2"

_CAPI = "kubernetes-sigs/cluster-api"
_PROVIDERS: Mapping[str, tuple[str, str, str]] = {
    CORE: (_CAPI, "core-components.yaml", "v1beta1"),
    BOOTSTRAP: (_CAPI, "bootstrap-components.yaml", "v1beta1"),
    CONTROL_PLANE: (_CAPI, "control-plane-components.yaml", "v1beta1"),
    AWS: (f"{_CAPI}-provider-aws", "infrastructure-components.yaml", "v1beta1"),
    HELM: (f"{_CAPI}-addon-provider-helm", "addon-components.yaml", "v1beta1"),
}
VERSIONS: Mapping[str, str] = {
    CORE: "v1.10.9",
    BOOTSTRAP: "v1.10.9",
    CONTROL_PLANE: "v1.10.9",
    AWS: "v2.8.1",
    HELM: "v0.6.3",
}
"""Sound versions, none of them the newest of its repository."""


def locked_world(
    world: World,
    labels: Sequence[str] = (CORE, BOOTSTRAP, CONTROL_PLANE, AWS, HELM),
    versions: Mapping[str, str] | None = None,
    contracts: Mapping[str, str] | None = None,
) -> Lock:
    """The lock of these providers and of a cert-manager that is not the newest."""
    chosen = {**VERSIONS, **(versions or {})}
    providers = [_provider(world, label, chosen[label], (contracts or {}).get(label)) for label in labels]
    repository = _repository(world, "cert-manager/cert-manager")
    return Lock(
        capyctl="0.0.0",
        created_at=CREATED_AT,
        providers=tuple(sorted(providers, key=lambda each: each.provider)),
        cert_manager=LockedCertManager(
            version=CERT_MANAGER_VERSION,
            repository=_locked_repository(repository),
            files=_files(repository, CERT_MANAGER_VERSION, ("cert-manager.yaml",)),
            images=tuple(
                LockedImage(image=f"quay.io/jetstack/cert-manager-{part}:{CERT_MANAGER_VERSION}")
                for part in ("cainjector", "controller", "webhook")
            ),
        ),
    )


def marker(version: str) -> LockedKubernetes:
    """A locked marker that stands for this version."""
    return LockedKubernetes(
        marker="stable",
        version=version,
        url="https://dl.k8s.io/release/stable.txt",
        resolved_at=CREATED_AT,
        image=f"kindest/node:{version}",
    )


def write_lock(path: Path, lock: Lock) -> Path:
    """The lock as a file."""
    path.write_text(lock_text(lock), encoding="utf-8")
    return path


def with_other_bytes(world: World, repository: str, tag: str, name: str, data: bytes) -> World:
    """The world after a file of a release was replaced."""
    return _changed(world, repository, tag, lambda files: {**files, name: Content(data=data)})


def without_file(world: World, repository: str, tag: str, name: str) -> World:
    """The world after a file of a release was taken away."""

    def removed(files: Mapping[str, Content]) -> Mapping[str, Content]:
        return {each: content for each, content in files.items() if each != name}

    return _changed(world, repository, tag, removed)


def with_repository(world: World, repository: str, **changes: object) -> World:
    """The world with facts about a repository changed."""
    return replace(
        world,
        repositories=tuple(
            replace(each, **changes) if each.name == repository else each for each in world.repositories
        ),
    )


def content_of(world: World, label: str, version: str, name: str) -> bytes:
    """The bytes of a release file."""
    return _release(_repository(world, _PROVIDERS[label][0]), version).files[name].render()


def _changed(world: World, repository: str, tag: str, change: object) -> World:
    found = _repository(world, repository)
    releases = tuple(
        replace(each, files=change(each.files), tree=each.sources) if each.tag == tag else each  # type: ignore[operator]
        for each in found.releases
    )
    return with_repository(world, repository, releases=releases)


def _repository(world: World, name: str) -> Repository:
    return next(each for each in world.repositories if each.name == name)


def _release(repository: Repository, tag: str) -> Release:
    found = repository.release(tag)
    assert found is not None, (repository.name, tag)
    return found


def _provider(world: World, label: str, version: str, contract: str | None) -> LockedProvider:
    name, components, usual = _PROVIDERS[label]
    repository = _repository(world, name)
    return LockedProvider(
        provider=label,
        requested=None,
        version=version,
        contract=contract or usual,
        repository=_locked_repository(repository),
        files=_files(repository, version, ("metadata.yaml", components)),
        images=(LockedImage(image=f"registry.example.com/{label}-controller:{version}"),),
    )


def _locked_repository(repository: Repository) -> LockedRepository:
    return LockedRepository(
        name=repository.name,
        id=repository.number,
        url=f"https://github.com/{repository.name}/releases/latest",
    )


def _files(repository: Repository, version: str, names: Sequence[str]) -> Mapping[str, LockedFile]:
    release = _release(repository, version)
    found = {name: release.files[name].render() for name in names}
    base = f"https://github.com/{repository.name}/releases/download/{version}"
    return {
        name: LockedFile(url=f"{base}/{name}", sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for name, data in found.items()
    }
