"""Image references and the image overrides of clusterctl's configuration (clusterctl-resolution 10.6).

A reference must be fully qualified, registry host included; `parse_image` gives the reason in the words of
the library that clusterctl uses, since people search for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from capyctl.core.pattern import pattern

ALL_COMPONENTS = "all"
"""The key of the override that every component takes."""

NOT_CANONICAL = "repository name must be canonical"
INVALID_FORMAT = "invalid reference format"

_ALPHANUMERIC = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST_PART = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_HOST_PART}(?:\.{_HOST_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_REFERENCE = pattern(
    rf"(?P<domain>{_DOMAIN})/(?P<path>{_ALPHANUMERIC}(?:/{_ALPHANUMERIC})*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?\Z",
    re.ASCII,
)
_IDENTIFIER = pattern(r"[a-f0-9]{64}\Z", re.ASCII)
_DIGEST = pattern(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+\Z", re.ASCII)
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_PATH_LIMIT = 255


class ImageReferenceError(ValueError):
    """An image reference that clusterctl refuses; ``reason`` is the library's own words."""

    def __init__(self, image: str, reason: str) -> None:
        super().__init__(f"{image!r}: {reason}")
        self.image = image
        self.reason = reason


class Image(Struct, frozen=True, kw_only=True):
    """A fully qualified image: ``repository`` is everything before the last segment, host included."""

    repository: str
    name: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}/{self.name}{tag}{digest}"


class ImageOverride(Struct, frozen=True, kw_only=True):
    """One entry under ``images:``; empty fields change nothing. clusterctl knows ``name`` since v1.13."""

    repository: str = ""
    name: str = ""
    tag: str = ""

    def merged(self, other: ImageOverride) -> ImageOverride:
        """This override with the other's fields where it has any."""
        return ImageOverride(
            repository=other.repository or self.repository,
            name=other.name or self.name,
            tag=other.tag or self.tag,
        )

    def applied(self, image: Image) -> Image:
        """The image with the fields of this override; a digest stays, and then a new tag changes nothing."""
        return Image(
            repository=self.repository.removesuffix("/") or image.repository,
            name=self.name or image.name,
            tag=self.tag or image.tag,
            digest=image.digest,
        )


class OverriddenImage(Struct, frozen=True, kw_only=True):
    """An image after its overrides, and the keys of the overrides that spoke about it."""

    image: str
    keys: tuple[str, ...]


def parse_image(text: str) -> Image:
    """Read a fully qualified image reference.

    Raises:
        ImageReferenceError: no reference, or one that relies on a default registry.
    """
    if _IDENTIFIER().match(text):
        reason = f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
        raise ImageReferenceError(text, reason)
    normal = _with_default_registry(text)
    remote = normal.partition("/")[2].partition(":")[0]
    if remote.lower() != remote:
        raise ImageReferenceError(text, f"{INVALID_FORMAT}: repository name ({remote}) must be lowercase")
    match = _REFERENCE().match(normal)
    if match is None:
        lowered = _REFERENCE().match(normal.lower())
        raise ImageReferenceError(text, "repository name must be lowercase" if lowered else INVALID_FORMAT)
    if len(match["path"]) > _PATH_LIMIT:
        raise ImageReferenceError(text, f"repository name must not be more than {_PATH_LIMIT} characters")
    _check_digest(text, match["digest"] or "")
    if normal != text:
        raise ImageReferenceError(text, NOT_CANONICAL)
    repository, _, name = f"{match['domain']}/{match['path']}".rpartition("/")
    return Image(repository=repository, name=name, tag=match["tag"] or "", digest=match["digest"] or "")


def override_image(text: str, component: str, overrides: Mapping[str, ImageOverride]) -> OverriddenImage:
    """The image after the overrides for all, for the component and for this image of it, later ones first.

    Args:
        text: the reference as written.
        component: a manifest label, or ``cert-manager``.
        overrides: the entries under ``images:`` by key.

    Raises:
        ImageReferenceError: as `parse_image`; asked for even where nothing overrides.
    """
    image = parse_image(text)
    keys = tuple(key for key in (ALL_COMPONENTS, component, f"{component}/{image.name}") if key in overrides)
    merged = ImageOverride()
    for key in keys:
        merged = merged.merged(overrides[key])
    return OverriddenImage(image=str(merged.applied(image)), keys=keys)


def _with_default_registry(text: str) -> str:
    """The reference with the host and folder that Docker's client would add."""
    first, slash, rest = text.partition("/")
    if not slash:
        return f"docker.io/library/{text}"
    if first == "index.docker.io":
        first = "docker.io"
    elif first != "localhost" and not any(mark in first for mark in ".:") and first.lower() == first:
        return f"docker.io/{text}"
    if first == "docker.io" and "/" not in rest:
        rest = f"library/{rest}"
    return f"{first}/{rest}"


def _check_digest(text: str, digest: str) -> None:
    if not digest:
        return
    algorithm, _, encoded = digest.partition(":")
    length = _DIGEST_LENGTHS.get(algorithm)
    if length is None:
        known_form = _DIGEST().match(digest)
        reason = "unsupported digest algorithm" if known_form else "invalid checksum digest format"
    elif len(encoded) != length:
        reason = "invalid checksum digest length"
    elif encoded.lower() != encoded:
        reason = "invalid checksum digest format"
    else:
        return
    raise ImageReferenceError(text, reason)
