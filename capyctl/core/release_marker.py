"""Markers of Kubernetes releases: moving names that stand for one version at a time (cli.md 7.4)."""

from __future__ import annotations

import re

from msgspec import Struct

from capyctl.core.kubernetes_version import KubernetesMinor
from capyctl.core.pattern import pattern

VERSION_LIMIT = 128
"""Most characters of a version; a tag of an image has no more either."""

_MARKER = pattern(
    r"(?P<ci>ci/)?(?P<channel>stable|latest)(?:-(?P<major>0|[1-9]\d{0,3})\.(?P<minor>0|[1-9]\d{0,3}))?\Z",
    re.ASCII,
)
_NUMBER = r"(?:0|[1-9]\d{0,8})"
_PRE_PART = r"(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = pattern(
    rf"v(?P<major>{_NUMBER})\.(?P<minor>{_NUMBER})\.(?P<patch>{_NUMBER})"
    rf"(?:-(?P<pre>{_PRE_PART}(?:\.{_PRE_PART})*))?"
    r"(?:\+(?P<build>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?\Z",
    re.ASCII,
)
_ENDS = " \t\r\n"


class MalformedMarkerError(ValueError):
    """A text is neither a marker nor an exact version; ``hint`` is what it may have meant, or None."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.hint = release_hint(text)
        near = f"; did you mean {self.hint}?" if self.hint is not None else ""
        super().__init__(
            f"{text!r} is neither a marker (stable, latest, stable-X.Y, latest-X.Y, each also with ci/) nor an"
            f" exact version such as v1.33.0{near}"
        )


class ReleaseMarker(Struct, frozen=True, kw_only=True):
    """A marker such as ``stable``, ``latest-1.33`` or ``ci/latest-1.33``.

    Attributes:
        text: as given. is_ci: whether it speaks of CI builds.
        channel: ``stable`` or ``latest``. minor: the minor release it is bound to, or None.
    """

    text: str
    is_ci: bool
    channel: str
    minor: KubernetesMinor | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def path(self) -> str:
        """Where the marker is found below the base address."""
        name = self.text.removeprefix("ci/")
        return f"{'ci' if self.is_ci else 'release'}/{name}.txt"


class ReleaseVersion(Struct, frozen=True, kw_only=True):
    """One exact version as its builds are named.

    Attributes:
        text: with the leading v. pre: ``alpha.1.199``, ``rc.0``, or None. build: what follows the plus, or None.
    """

    text: str
    minor: KubernetesMinor
    patch: int
    pre: str | None = None
    build: str | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def is_stable(self) -> bool:
        """Whether it is a release: neither a pre-release nor a build between releases."""
        return self.pre is None and self.build is None


def parse_marker(text: str) -> ReleaseMarker | None:
    """The marker a text names, or None for what is none."""
    match = _MARKER().match(text)
    if match is None:
        return None
    minor = KubernetesMinor(int(match["major"]), int(match["minor"])) if match["major"] is not None else None
    return ReleaseMarker(text=text, is_ci=match["ci"] is not None, channel=match["channel"], minor=minor)


def parse_release_version(text: str) -> ReleaseVersion | None:
    """The exact version a text is: semantic, with the leading v that tags of Kubernetes have; None otherwise."""
    match = _VERSION().match(text) if len(text) <= VERSION_LIMIT else None
    if match is None:
        return None
    return ReleaseVersion(
        text=text,
        minor=KubernetesMinor(int(match["major"]), int(match["minor"])),
        patch=int(match["patch"]),
        pre=match["pre"],
        build=match["build"],
    )


def read_marker_answer(body: bytes) -> ReleaseVersion | None:
    """The one version that the answer for a marker consists of, blanks around it left out; None for all else.

    The project's own tools take any answer, an error page too, for the version (clusterctl-resolution 12.1).
    """
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        return None
    return parse_release_version(text.strip(_ENDS))


def parse_asked_release(text: str) -> ReleaseMarker | ReleaseVersion | None:
    """The marker or the exact version that a text is; None for all else."""
    return parse_marker(text) or parse_release_version(text)


def release_hint(text: str) -> str | None:
    """What somebody who wrote this meant: a missing v, a minor release alone, letter case; None where unclear."""
    plain = text.strip().lower()
    for candidate in (plain, f"v{plain}", f"stable-{plain.removeprefix('v')}", plain.replace("-v", "-")):
        if parse_asked_release(candidate) is not None:
            return candidate
    return None


def marker_subject(url: str) -> str:
    """What a marker is called in the cache; the same name at another server is another marker."""
    return f"marker {url}"
