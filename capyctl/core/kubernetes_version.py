"""Versions of Kubernetes: what a server says of itself, what a node runs, what somebody asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from capyctl.core.api_object import text_at
from capyctl.core.pattern import pattern

_LIMIT = 128
_VERSION = pattern(
    r"v?(?P<major>\d{1,4})\.(?P<minor>\d{1,4})(?:\.(?P<patch>\d{1,6}))?"
    r"(?:-(?P<pre>[0-9A-Za-z.-]+))?(?:\+(?P<build>[0-9A-Za-z._-]+))?\Z",
    re.ASCII,
)
_STAGE = pattern(r"(?:alpha|beta|rc)(?:[.-]|\d|\Z)", re.ASCII)
_NUMBER = pattern(r"(?P<number>\d{1,4})\+?\Z", re.ASCII)


class KubernetesMinor(Struct, frozen=True, order=True):
    """A minor release of Kubernetes, such as 1.34; ordered."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


class KubernetesVersion(Struct, frozen=True, kw_only=True):
    """A version as a server or a node states it.

    Attributes:
        text: as stated. stage: ``alpha.1.199``, ``rc.0``; None for a release.
        vendor: what a distribution adds after a dash (``eks-a737599``, ``gke.1589018``); it is no pre-release.
        build: what follows a plus (``rke2r1``, ``25278540780516``).
    """

    text: str
    minor: KubernetesMinor
    patch: int
    stage: str | None = None
    vendor: str | None = None
    build: str | None = None

    def __str__(self) -> str:
        return self.text


class AskedVersion(Struct, frozen=True, kw_only=True):
    """A version that somebody asks for: a minor release, or one exact version.

    Attributes:
        text: as given. said_by: ``--kubernetes-version`` or ``KUBERNETES_VERSION``. patch: None for any.
    """

    text: str
    said_by: str
    minor: KubernetesMinor
    patch: int | None = None
    stage: str | None = None
    build: str | None = None

    def fits(self, actual: KubernetesVersion) -> bool:
        """Whether a version is the one asked for.

        A vendor's suffix and a build that was not asked for count for nothing; a pre-release of what was asked
        for is another version.
        """
        if self.minor != actual.minor:
            return False
        if self.patch is None:
            return True
        return (self.patch, self.stage) == (actual.patch, actual.stage) and self.build in (None, actual.build)


class ServerVersion(Struct, frozen=True, kw_only=True):
    """The answer of ``/version``.

    Attributes:
        text: ``gitVersion`` as stated. version: None where it cannot be read.
        emulated, minimum_compatible: where the server tells them (Kubernetes 1.33 and later).
    """

    text: str
    version: KubernetesVersion | None
    emulated: KubernetesMinor | None = None
    minimum_compatible: KubernetesMinor | None = None

    @property
    def effective(self) -> KubernetesMinor | None:
        """The release whose behaviour the server shows: the emulated one, else its own."""
        return self.emulated or (self.version.minor if self.version is not None else None)

    @property
    def emulates_another(self) -> bool:
        """Whether the server behaves as a release that is not its own."""
        return self.version is not None and self.emulated not in (None, self.version.minor)


def parse_kubernetes_version(text: str) -> KubernetesVersion | None:
    """The version a text states, or None for what is none (``kwok-v0.7.0``, an empty text)."""
    match = _VERSION().match(text) if len(text) <= _LIMIT else None
    if match is None or match["patch"] is None:
        return None
    stage, vendor = _stage_and_vendor(match["pre"])
    return KubernetesVersion(
        text=text,
        minor=KubernetesMinor(int(match["major"]), int(match["minor"])),
        patch=int(match["patch"]),
        stage=stage,
        vendor=vendor,
        build=match["build"],
    )


def parse_minor(text: str) -> KubernetesMinor | None:
    """The minor release that a text such as ``1.34``, ``v1.34`` or ``v1.34.3`` names."""
    match = _VERSION().match(text) if len(text) <= _LIMIT else None
    return KubernetesMinor(int(match["major"]), int(match["minor"])) if match is not None else None


def parse_asked(text: str, said_by: str) -> AskedVersion | None:
    """What ``v1.31``, ``1.31`` or ``v1.31.2`` asks for; None for what is no version (a marker, a word)."""
    stripped = text.strip()
    match = _VERSION().match(stripped) if len(stripped) <= _LIMIT else None
    if match is None or (match["patch"] is None and (match["pre"] or match["build"])):
        return None
    stage, _ = _stage_and_vendor(match["pre"])
    return AskedVersion(
        text=stripped,
        said_by=said_by,
        minor=KubernetesMinor(int(match["major"]), int(match["minor"])),
        patch=int(match["patch"]) if match["patch"] is not None else None,
        stage=stage,
        build=match["build"],
    )


def parse_server_version(body: Mapping[str, object]) -> ServerVersion:
    """What ``/version`` answered; a field that is missing or has another form is None."""
    text = text_at(body, "gitVersion")
    return ServerVersion(
        text=text,
        version=parse_kubernetes_version(text),
        emulated=_minor(body, "emulationMajor", "emulationMinor"),
        minimum_compatible=_minor(body, "minCompatibilityMajor", "minCompatibilityMinor"),
    )


def _minor(body: Mapping[str, object], major: str, minor: str) -> KubernetesMinor | None:
    """Two numbers as texts; some vendors write a plus behind the second."""
    first, second = (_NUMBER().match(text_at(body, name)) for name in (major, minor))
    if first is None or second is None:
        return None
    return KubernetesMinor(int(first["number"]), int(second["number"]))


def _stage_and_vendor(pre: str | None) -> tuple[str | None, str | None]:
    if pre is None:
        return None, None
    return (pre, None) if _STAGE().match(pre) else (None, pre)
