"""How clusterctl picks "latest": five candidates, then the highest series of its own contract (section 6)."""

from __future__ import annotations

from typing import Protocol

from capyctl.core.emulation_metadata import decode_metadata
from capyctl.core.emulation_release import ClusterctlRelease
from capyctl.core.emulation_text import ClusterctlError, SemanticVersion, parse_semantic
from capyctl.core.metadata import METADATA

_CANDIDATES = 5
_NOTHING = "failed to find releases tagged with a valid semantic version number"


class Repository(Protocol):
    """A repository client of clusterctl."""

    @property
    def default_version(self) -> str:
        """What the address pins, or what ``latest`` came to."""

    @property
    def components_file(self) -> str:
        """Name of the components file, as cut from the address."""

    def file(self, version: str, name: str) -> bytes:
        """One file of one version.

        Raises:
            ClusterctlError: as clusterctl reports it.
        """

    def expect_files(self, version: str) -> None:
        """Tell that both files of this version are sure to be asked for."""


class ListingRepository(Repository, Protocol):
    """A repository client that can list versions; GitLab's cannot."""

    def versions(self) -> tuple[str, ...]:
        """Every version listed that is semantic.

        Raises:
            ClusterctlError: as clusterctl reports it.
        """

    def expect_candidates(self, versions: list[str]) -> None:
        """Tell that metadata of these versions is likely to be asked for next."""


def latest_contract_release(repository: ListingRepository, release: ClusterctlRelease) -> str:
    """What ``…/releases/latest/…`` means for this release of clusterctl (section 6.2).

    Raises:
        ClusterctlError: as clusterctl reports it.
    """
    latest = _latest_patch(repository, None)
    data = repository.file(latest, METADATA)
    try:
        metadata = decode_metadata(data, release)
    except ClusterctlError:
        return latest
    series = metadata.for_contract(release.contract)
    if series is None:
        return latest
    version = parse_semantic(latest)
    wanted = (series.major, series.minor)
    return latest if (version.major, version.minor) == wanted else _latest_patch(repository, wanted)


def latest_release(repository: ListingRepository) -> str:
    """The newest release whatever its contract.

    Raises:
        ClusterctlError: as clusterctl reports it.
    """
    return _latest_patch(repository, None)


def _latest_patch(repository: ListingRepository, series: tuple[int, int] | None) -> str:
    try:
        listed = repository.versions()
    except ClusterctlError as error:
        raise error.wrapped("failed to get repository versions") from None
    candidates = [f"v{version.text}" for version in _in_order(listed, series)][:_CANDIDATES]
    for index, candidate in enumerate(candidates):
        repository.expect_candidates(candidates[index:] if index else [candidate])
        try:
            repository.file(candidate, METADATA)
        except ClusterctlError as error:
            if not error.not_found:
                raise
        else:
            return candidate
    raise ClusterctlError(_NOTHING)


def _in_order(listed: tuple[str, ...], series: tuple[int, int] | None) -> list[SemanticVersion]:
    versions = (parse_semantic(text) for text in listed)
    fitting = [version for version in versions if series in (None, (version.major, version.minor))]
    return sorted(fitting, key=lambda version: version.order.choice_key, reverse=True)
