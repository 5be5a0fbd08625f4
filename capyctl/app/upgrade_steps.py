"""The way to a version that is too far for one upgrade: the hops, each the newest sound version that is allowed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.resolution import ProviderResolution, Target
from capyctl.app.upgrade_subject import KnownProvider
from capyctl.core.kubernetes_support import KubernetesSupport
from capyctl.core.kubernetes_version import KubernetesMinor
from capyctl.core.selection import Judgement
from capyctl.core.upgrade_terms import SKEW, UpgradeTerms, farthest_minor
from capyctl.core.version import ProviderVersion

Resolve = Callable[[Sequence[Target]], Sequence[ProviderResolution]]


class Path(Struct, kw_only=True):
    """The way from what is installed to ``final``.

    Attributes:
        hops: judgements so far. stuck: nothing sound lies within the next step.
    """

    known: KnownProvider
    terms: UpgradeTerms
    final: Judgement
    hops: list[Judgement] = field(default_factory=list)
    stuck: bool = False

    @property
    def at(self) -> ProviderVersion:
        """The version that has been reached."""
        return self.hops[-1].version if self.hops else self.known.version

    @property
    def limit(self) -> int | None:
        """The highest minor of the next step; None for any."""
        return farthest_minor(self.known.key, self.at)

    @property
    def tags(self) -> tuple[str, ...]:
        """The hops by tag; empty where the way is stuck before its first."""
        return tuple(hop.version.tag for hop in self.hops)

    def arrive(self) -> bool:
        """Whether nothing is left to look for; takes the last step where it is near enough."""
        if not self.stuck and (not self.hops or self.at != self.final.version):
            limit = self.limit
            if limit is None or self.final.version.minor <= limit:
                self.hops.append(self.final)
        return self.stuck or (bool(self.hops) and self.at == self.final.version)


class StepFinder(Struct, frozen=True, kw_only=True):
    """Finds hops.

    Attributes:
        resolve: chooses versions under terms, side by side. server: what the server behaves as, None if unknown.
    """

    resolve: Resolve
    support: KubernetesSupport
    server: KubernetesMinor | None

    def walk(self, paths: Sequence[Path]) -> None:
        """Lengthen every path until it arrives or is stuck, each round side by side."""
        while pending := [path for path in paths if not path.arrive()]:
            self._advance(pending)

    def _advance(self, pending: Sequence[Path]) -> None:
        preferred = [(path, self._minor(path)) for path in pending]
        missed = self._take(preferred)
        again = [(path, path.limit or 0) for path, minor in missed if minor != path.limit]
        for path, minor in missed:
            path.stuck = minor == path.limit
        for path, _ in self._take(again):
            path.stuck = True

    def _take(self, wanted: Sequence[tuple[Path, int]]) -> list[tuple[Path, int]]:
        """Ask for the newest sound version up to each minor; returns those without one."""
        targets = [
            path.known.wanted(replace(path.terms, installed=path.at, farthest=minor))
            for path, minor in wanted
        ]
        missed = []
        for (path, minor), resolution in zip(wanted, self.resolve(targets) if targets else (), strict=True):
            if resolution.chosen is not None:
                path.hops.append(resolution.chosen)
            else:
                missed.append((path, minor))
        return missed

    def _minor(self, path: Path) -> int:
        """The minor to aim at: the highest within reach whose core supports this server, else the highest.

        One from which the newest version is near enough goes first, so that the server decides between ways of
        the same length only.
        """
        limit = path.limit or 0
        last = max(path.at.minor + 1, path.final.version.minor - SKEW)
        within = [minor for minor in range(limit, last - 1, -1) if self._fits(path.at.major, minor)]
        return within[0] if within else limit

    def _fits(self, major: int, minor: int) -> bool:
        """Whether the first release of a series is known to support the server, or a later one."""
        row = next((each for each in self.support.rows if each.series == (major, minor)), None)
        return row is not None and self.server is not None and row.first_for(self.server) is not None
