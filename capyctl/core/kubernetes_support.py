"""Which Kubernetes a management cluster may run, by release of the core (clusterctl-cluster 8.4), as data.

The data is ``capyctl/data/kubernetes-support.yaml``; `parse_support` reads it, nothing here opens a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from capyctl.core.api_object import items_at, text_at
from capyctl.core.kubernetes_version import (
    KubernetesMinor,
    KubernetesVersion,
    parse_kubernetes_version,
    parse_minor,
)
from capyctl.core.version import ProviderVersion, in_order_of_choice, parse_version
from capyctl.core.yaml_nodes import YamlLimits
from capyctl.core.yaml_text import YamlError
from capyctl.core.yaml_values import load_values

FORMAT = "capyctl-kubernetes-support/1"
_LIMITS = YamlLimits(size=1024 * 1024, line=64 * 1024, alias_nodes=1000)


class SupportFileError(ValueError):
    """The data that comes with capyctl is damaged; the message says where."""


class SupportedRange(Struct, frozen=True, kw_only=True):
    """The Kubernetes releases that one core release supports, both ends included.

    Attributes:
        core: the version or the series that it is about, such as ``v1.12.3``. source: who says so.
    """

    core: str
    oldest: KubernetesMinor
    newest: KubernetesMinor
    source: str

    def __contains__(self, minor: KubernetesMinor) -> bool:
        return self.oldest <= minor <= self.newest

    def __str__(self) -> str:
        return f"{self.oldest} to {self.newest}"


class CoreSupport(Struct, frozen=True, kw_only=True):
    """A release series of the core and what it supports.

    Attributes:
        newest: of its first release. later: patch releases that raised it, oldest first.
    """

    series: tuple[int, int]
    oldest: KubernetesMinor
    newest: KubernetesMinor
    later: tuple[tuple[ProviderVersion, KubernetesMinor], ...]
    source: str

    def of(self, version: ProviderVersion) -> SupportedRange:
        """What one release of this series supports."""
        reached = [newest for since, newest in self.later if since <= version]
        newest = max([self.newest, *reached])
        return SupportedRange(core=version.tag, oldest=self.oldest, newest=newest, source=self.source)

    def first_for(self, minor: KubernetesMinor) -> str | None:
        """The first release of this series that supports a Kubernetes release; None where none does."""
        if self.oldest <= minor <= self.newest:
            return f"v{self.series[0]}.{self.series[1]}.0"
        reached = (since.tag for since, newest in self.later if self.oldest <= minor <= newest)
        return next(reached, None)


class CoreAdvice(Struct, frozen=True, kw_only=True):
    """The newest core that supports a server.

    Attributes:
        series: such as ``v1.12``. first: its first release that does. tag: a release known to exist, the newest;
            None where no list of releases is at hand.
    """

    series: str
    first: str
    tag: str | None
    supported: SupportedRange

    def __str__(self) -> str:
        if self.tag is not None:
            return self.tag
        return self.series if self.first.endswith(".0") else f"{self.series} ({self.first} or later)"


class MinimumVersion(Struct, frozen=True, kw_only=True):
    """The oldest server that clusterctl works with, from one of its releases on.

    Attributes:
        topology: the same while ``CLUSTER_TOPOLOGY`` is true; None for no difference.
    """

    since: str
    version: KubernetesVersion
    topology: KubernetesVersion | None
    source: str

    def required(self, *, topology: bool) -> KubernetesVersion:
        """The version required."""
        return self.topology if topology and self.topology is not None else self.version


class KubernetesSupport(Struct, frozen=True, kw_only=True):
    """All of it. ``rows`` and ``minimums`` are in ascending order; ``as_of`` is the day of the data."""

    rows: tuple[CoreSupport, ...]
    minimums: tuple[MinimumVersion, ...]
    as_of: str

    @property
    def minimum(self) -> MinimumVersion:
        """What the newest clusterctl enforces."""
        return self.minimums[-1]

    @property
    def oldest(self) -> KubernetesMinor:
        """The oldest Kubernetes that any core in the data supports."""
        return min(row.oldest for row in self.rows)

    @property
    def newest(self) -> KubernetesMinor:
        """The newest Kubernetes that any core in the data supports."""
        return max(newest for row in self.rows for newest in (row.newest, *(each for _, each in row.later)))

    def of_core(self, version: str) -> SupportedRange | None:
        """What a core release supports; None where the version cannot be read or its series is not in the data."""
        parsed = parse_version(version)
        if parsed is None:
            return None
        return next((row.of(parsed) for row in self.rows if row.series == parsed.series), None)

    def newest_core_for(self, minor: KubernetesMinor, tags: Iterable[str] = ()) -> CoreAdvice | None:
        """The newest core that supports a Kubernetes release; None where none in the data does.

        Args:
            minor: the server's, emulation counted.
            tags: releases of the core that are known to exist; pre-releases among them are left aside.
        """
        known = [parsed for tag in tags if (parsed := parse_version(tag)) and not parsed.is_prerelease]
        fitting = ((row, row.first_for(minor)) for row in reversed(self.rows))
        return next((_advice(row, first, known) for row, first in fitting if first is not None), None)


def _advice(row: CoreSupport, first: str, known: Sequence[ProviderVersion]) -> CoreAdvice:
    least = _version(first)
    fitting = in_order_of_choice(each for each in known if each.series == row.series and each >= least)
    tag = fitting[0].tag if fitting else None
    return CoreAdvice(
        series=f"v{row.series[0]}.{row.series[1]}",
        first=first,
        tag=tag,
        supported=row.of(fitting[0] if fitting else least),
    )


def parse_support(data: bytes) -> KubernetesSupport:
    """The data.

    Raises:
        SupportFileError: it is damaged or of another format.
    """
    try:
        content = next(iter(load_values(data, _LIMITS)), None)
    except YamlError as error:
        raise SupportFileError(str(error)) from None
    if text_at(content, "format") != FORMAT:
        raise SupportFileError(f"its format is not {FORMAT}")
    rows = tuple(_row(item) for item in items_at(content, "core"))
    minimums = tuple(_minimum(item) for item in items_at(content, "minimum"))
    if not rows or not minimums:
        raise SupportFileError("it names no core, or no minimum")
    return KubernetesSupport(rows=rows, minimums=minimums, as_of=text_at(content, "as_of"))


def _row(item: object) -> CoreSupport:
    series = _minor(item, "series")
    return CoreSupport(
        series=(series.major, series.minor),
        oldest=_minor(item, "oldest"),
        newest=_minor(item, "newest"),
        later=tuple(
            (_version(text_at(each, "since")), _minor(each, "newest")) for each in items_at(item, "later")
        ),
        source=text_at(item, "source"),
    )


def _minimum(item: object) -> MinimumVersion:
    version = parse_kubernetes_version(text_at(item, "version"))
    if version is None:
        raise SupportFileError(f"{text_at(item, 'version')!r} is no version of Kubernetes")
    topology = parse_kubernetes_version(text_at(item, "topology"))
    return MinimumVersion(
        since=text_at(item, "since"), version=version, topology=topology, source=text_at(item, "source")
    )


def _minor(item: object, name: str) -> KubernetesMinor:
    found = parse_minor(text_at(item, name))
    if found is None:
        raise SupportFileError(f"{text_at(item, name)!r} is no release series")
    return found


def _version(text: str) -> ProviderVersion:
    found = parse_version(text)
    if found is None:
        raise SupportFileError(f"{text!r} is no version")
    return found
