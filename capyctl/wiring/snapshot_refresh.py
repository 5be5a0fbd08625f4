"""Makes the embedded snapshot anew, from a folder of recorded data or from the network (``nox -s snapshot``)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from capyctl.adapters.snapshot_build import build_snapshot, collect_snapshot
from capyctl.config.environment import read_environment
from capyctl.core.invocation import Invocation
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.fetching.transcript import Transcript
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion, VersionSource
from capyctl.wiring.request import WorldRequest
from capyctl.wiring.world import World, open_world

_DEADLINE = 3600.0
"""Seconds; some thousand small files are read."""


class _Everywhere:
    """One source over the whole table: each repository by the sources of its own entry."""

    route = "github"

    def __init__(self, world: World) -> None:
        self._world = world
        self._entries = {entry.location: entry for entry in world.table.entries if entry.location is not None}

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """The tags by the first list that can be had.

        Raises:
            FetchError: no list could be had.
        """
        sources = self._world.catalog.sources(self._entries[location])
        return _first_list((*sources.tags, *sources.fallback_listings), location)

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """A file of a release by its download address.

        Raises:
            FetchError: as the route raises it.
        """
        return self._world.catalog.sources(self._entries[location]).files[0].file(location, tag, name)


def _first_list(
    sources: Sequence[VersionSource], location: RepositoryLocation
) -> Answer[tuple[ListedVersion, ...]]:
    for source in sources[:-1]:
        try:
            return source.versions(location)
        except FetchError:
            continue
    return sources[-1].versions(location)


def snapshot_from_network() -> bytes:
    """The snapshot of every repository in the built-in table as it is today.

    Raises:
        FetchError: a source did not answer; nothing is made from half the world.
    """
    request = WorldRequest(
        environment=read_environment(),
        invocation=Invocation(),
        transcript=Transcript(),
        at_end=lambda _: None,
        deadline=_DEADLINE,
    )
    world = open_world(request)
    everywhere = _Everywhere(world)
    locations = {
        entry.location.full_name: entry.location
        for entry in world.table.entries
        if isinstance(entry.location, GitHubReleases)
    }
    return collect_snapshot(locations.values(), everywhere, everywhere, world.clock.now()[:10])


def embedded_file() -> Path:
    """Where the package keeps its snapshot."""
    return Path(__file__).resolve().parents[1] / "data" / "snapshot.bin"


def main(words: Sequence[str], target: Path) -> None:
    """Write the snapshot of the folder that is named, or of the network, into ``target``."""
    data = build_snapshot(Path(words[0])) if words else snapshot_from_network()
    target.write_bytes(data)
    sys.stdout.write(f"{target}: {len(data)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:], embedded_file())
