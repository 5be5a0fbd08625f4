"""Markers of Kubernetes for a lock: each asked once, and the node image of its version (cli.md 7.2, 7.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.lock.images import AskedImages, ask_images
from capyctl.app.marker_diagnostics import about_failure, about_series
from capyctl.app.questions import Reply, ask
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.lock import LockedKubernetes
from capyctl.core.node_image import is_ever_published, node_image
from capyctl.core.release_marker import ReleaseMarker, ReleaseVersion, parse_release_version
from capyctl.ports.asking import Asker
from capyctl.ports.registry import Registry
from capyctl.ports.release_markers import ReleaseMarkers, ResolvedMarker

Marker = ReleaseMarker | ReleaseVersion
"""What ``--kubernetes-version`` names: a marker, or an exact version, which is its own answer."""

_ROUTE = "https"


class AskedMarkers(Struct, frozen=True, kw_only=True):
    """What markers stand for now.

    Attributes:
        locked: one entry for each that was resolved, without its digest. gone: why others stand for nothing, by marker.
        unanswered: why it is not known what still others stand for.
        misleading: that some of ``locked`` are of another series than their markers name; no lock holds such a value.
        asked: the evidence of each marker that was asked for.
    """

    locked: tuple[LockedKubernetes, ...]
    gone: Mapping[str, Diagnostic] = field(default_factory=dict)
    unanswered: tuple[Diagnostic, ...] = ()
    misleading: tuple[Diagnostic, ...] = ()
    asked: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything that was asked."""
        return tuple(piece for pieces in self.asked.values() for piece in pieces)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Why some were not resolved, or cannot be locked."""
        return (*self.gone.values(), *self.unanswered, *map(_unfit, self.misleading))

    @property
    def versions(self) -> dict[str, str | None]:
        """Versions by marker, None for one that stands for nothing; what is not known is left out."""
        return {**dict.fromkeys(self.gone), **{each.marker: each.version for each in self.locked}}


def ask_markers(
    markers: Sequence[Marker],
    source: Callable[[], ReleaseMarkers],
    asker: Asker,
    now: str,
    invocation: Invocation,
) -> AskedMarkers:
    """Ask for each marker once, side by side; ``source`` is opened only where there is one.

    Raises:
        Exception: what ``source`` raises.
    """
    moving = [each for each in dict.fromkeys(markers) if isinstance(each, ReleaseMarker)]
    exact = [each for each in dict.fromkeys(markers) if isinstance(each, ReleaseVersion)]
    opened = source() if moving else None
    calls = [partial(ask, _ROUTE, partial(opened.resolve, marker)) for marker in moving if opened is not None]
    replies: list[Reply[ResolvedMarker]] = asker.together(calls) if calls else []
    locked = [_entry(reply.answer.value) for reply in replies if reply.answer is not None]
    locked += [_own_answer(version, now) for version in exact]
    gone: dict[str, Diagnostic] = {}
    unanswered: list[Diagnostic] = []
    for marker, reply in zip(moving, replies, strict=True):
        said = about_failure(marker, reply.error, invocation) if reply.error is not None else ()
        if reply.is_absent:
            gone[marker.text] = said[0]
        else:
            unanswered += said
    return AskedMarkers(
        locked=tuple(sorted(locked, key=lambda each: each.marker)),
        gone=gone,
        unanswered=tuple(unanswered),
        misleading=tuple(
            about_series(reply.answer, invocation)
            for reply in replies
            if reply.answer is not None and reply.answer.value.is_of_another_series
        ),
        asked={marker.text: reply.evidence for marker, reply in zip(moving, replies, strict=True)},
    )


def ask_node_images(
    locked: Sequence[LockedKubernetes], registry: Callable[[], Registry], asker: Asker
) -> AskedImages:
    """Ask for the node images of versions that have one: builds between releases never do (F67)."""
    return ask_images((each.image for each in locked if _has_image(each.version)), registry, asker)


def with_digests(locked: Sequence[LockedKubernetes], images: AskedImages) -> tuple[LockedKubernetes, ...]:
    """The entries with what the registry said."""
    return tuple(replace(each, digest=images.found.get(each.image)) for each in locked)


def _unfit(warning: Diagnostic) -> Diagnostic:
    """What a run can go on with, and a lock cannot hold."""
    title = "until it is mended, lock an exact version in the place of the marker"
    fixes = (*warning.fixes, Fix(applicability=Applicability.REVIEW, title=title))
    return replace(warning, severity=Severity.ERROR, fixes=fixes)


def _has_image(version: str) -> bool:
    parsed = parse_release_version(version)
    return parsed is not None and is_ever_published(parsed)


def _entry(found: ResolvedMarker) -> LockedKubernetes:
    return LockedKubernetes(
        marker=found.marker.text,
        version=found.version.text,
        url=found.url,
        resolved_at=found.resolved_at,
        image=node_image(found.version.text),
    )


def _own_answer(version: ReleaseVersion, now: str) -> LockedKubernetes:
    return LockedKubernetes(
        marker=version.text, version=version.text, url="", resolved_at=now, image=node_image(version.text)
    )
