"""The function of the library that resolves markers of Kubernetes releases."""

from __future__ import annotations

from typing import Unpack

from capyctl.app.kubernetes_versions import ResolvedVersion, VersionQuestion
from capyctl.core.release_marker import MalformedMarkerError, parse_asked_release
from capyctl.library.results import BoundRunSettings, Result
from capyctl.library.serving import serve
from capyctl.wiring.kubernetes_versions import resolve_kubernetes_versions


class KubernetesVersionResult(Result, frozen=True, kw_only=True):
    """What a marker stands for.

    Attributes:
        version: None where it could not be resolved.
        resolved_at: RFC 3339 time of the answer; url: the address asked. Both None for an exact version.
    """

    marker: str
    version: str | None = None
    resolved_at: str | None = None
    url: str | None = None


def resolve_kubernetes_version(marker: str, **settings: Unpack[BoundRunSettings]) -> KubernetesVersionResult:
    """Resolve a marker such as ``stable``, ``latest-1.33`` or ``ci/latest``, once.

    An exact version is its own answer and asks nobody. With ``locked`` the value is the lock's, with ``offline``
    the one that this machine got last. A value that differs from an earlier one is a warning.

    Raises:
        MalformedMarkerError: it is neither a marker nor an exact version.
    """
    asked = parse_asked_release(marker)
    if asked is None:
        raise MalformedMarkerError(marker)
    served = serve(
        f"kubernetes-version resolve {marker}",
        (),
        settings,
        lambda world: resolve_kubernetes_versions(world, (VersionQuestion(asked=asked),)),
    )
    found = next(iter(served.found or ()), ResolvedVersion(marker=marker))
    return KubernetesVersionResult(
        marker=found.marker,
        version=found.version,
        resolved_at=found.resolved_at,
        url=found.url,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )
