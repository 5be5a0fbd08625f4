"""Digests of images, asked of their registries side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from msgspec import Struct

from capyctl.app.questions import Reply, ask
from capyctl.core.evidence import Evidence
from capyctl.ports.asking import Asker
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.registry import ArtifactReference, Registry

_ROUTE = "oci"
_DOCKER_HUB = "registry-1.docker.io"
_HUB_NAMES = frozenset({"docker.io", "index.docker.io"})


class AskedImages(Struct, frozen=True, kw_only=True):
    """What registries said, by image as it is written."""

    replies: dict[str, Reply[str]]

    @property
    def found(self) -> dict[str, str | None]:
        """Digests, and None for images that are not there; those that nobody told about are left out."""
        return {
            image: reply.answer.value if reply.answer is not None else None
            for image, reply in self.replies.items()
            if reply.is_found or reply.is_absent
        }

    @property
    def errors(self) -> dict[str, FetchError]:
        """Why an image could not be asked about."""
        return {
            image: reply.error
            for image, reply in self.replies.items()
            if reply.error is not None and not reply.is_absent
        }

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything that was asked."""
        return tuple(piece for reply in self.replies.values() for piece in reply.evidence)


def ask_images(images: Iterable[str], registry: Callable[[], Registry], asker: Asker) -> AskedImages:
    """Ask for the digest of each image once; one that names its digest is asked about too, whether it is there.

    ``registry`` is opened only where there is something to ask.
    """
    wanted = {image: reference for image in images if (reference := artifact_of(image)) is not None}
    if not wanted:
        return AskedImages(replies={})
    opened = registry()
    calls = [partial(ask, _ROUTE, partial(opened.digest, reference)) for reference in wanted.values()]
    return AskedImages(replies=dict(zip(wanted, asker.together(calls), strict=True)))


def artifact_of(image: str) -> ArtifactReference | None:
    """Where an image is found, as container tools read its name; None for what is no name of one."""
    name, at, digest = image.partition("@")
    head, slash, tail = name.rpartition("/")
    plain, colon, tag = tail.partition(":")
    path = f"{head}{slash}{plain}"
    host, _, repository = path.partition("/")
    if not ("." in host or ":" in host or host == "localhost"):
        host, repository = _DOCKER_HUB, path
    if not repository or (colon and not tag) or (at and not digest):
        return None
    if host in _HUB_NAMES or host == _DOCKER_HUB:
        host = _DOCKER_HUB
        repository = repository if "/" in repository else f"library/{repository}"
    return ArtifactReference(host=host, repository=repository, reference=digest or tag or "latest")
