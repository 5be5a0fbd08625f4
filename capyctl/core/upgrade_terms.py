"""Which versions an installed provider may be upgraded to (clusterctl-cluster 5.2 and 5.5, mended by its 10)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.pattern import pattern
from capyctl.core.version import ProviderVersion

SKEW = 3
"""Minor releases that one upgrade of the core or of kubeadm's providers may go ahead (5.5 step 4)."""

_SKEW_SINCE = (1, 10)
_IN_STEP = frozenset(
    {
        ProviderKey(type=ProviderType.CORE, name="cluster-api"),
        ProviderKey(type=ProviderType.BOOTSTRAP, name="kubeadm"),
        ProviderKey(type=ProviderType.CONTROL_PLANE, name="kubeadm"),
    }
)
_CHANNEL = pattern(r"[A-Za-z]*", re.ASCII)


def channel_of(version: ProviderVersion) -> str | None:
    """The channel of a pre-release, ``alpha`` of ``alpha.8``; None for a stable version."""
    match = _CHANNEL().match(version.pre) if version.pre is not None else None
    return match[0].lower() if match is not None else None


def farthest_minor(key: ProviderKey, installed: ProviderVersion) -> int | None:
    """The highest minor that one upgrade may reach, or None where there is no bound.

    clusterctl checks this for the core and for kubeadm's two providers from 1.10.0 on; the major counts for
    nothing.
    """
    bound = key in _IN_STEP and installed.series >= _SKEW_SINCE and not _is_before_first(installed)
    return installed.minor + SKEW if bound else None


def _is_before_first(installed: ProviderVersion) -> bool:
    """Whether this is a pre-release of the very first version that has the bound."""
    return installed.series == _SKEW_SINCE and installed.patch == 0 and installed.is_prerelease


class UpgradeTerms(Struct, frozen=True, kw_only=True):
    """What a version has to be to count as an upgrade.

    Attributes:
        installed: candidates are greater. accepted: contracts they may implement.
        farthest: highest minor; None for any.
        stated: contracts by release series, as newer metadata states them: a series stated with another
            contract than the accepted is left aside without reading each of its releases.
    """

    installed: ProviderVersion
    accepted: frozenset[str]
    farthest: int | None = None
    stated: Mapping[tuple[int, int], str] = field(default_factory=dict)

    @property
    def takes_prereleases(self) -> bool:
        """Whether newer pre-releases count: those of the channel that is installed (F37)."""
        return self.installed.is_prerelease

    def admits(self, version: ProviderVersion) -> bool:
        """Whether a listed version is a candidate, before anything of it is read."""
        if version <= self.installed:
            return False
        if version.is_prerelease and channel_of(version) != channel_of(self.installed):
            return False
        if self.farthest is not None and version.minor > self.farthest:
            return False
        return self.stated.get(version.series) in {None, *self.accepted}
