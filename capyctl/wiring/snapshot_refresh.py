"""Makes the embedded snapshot anew, from a folder of recorded data or from the network (``nox -s snapshot``)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from capyctl.adapters.snapshot_build import SnapshotIncompleteError, build_snapshot, collect_snapshot
from capyctl.config.environment import Environment, read_environment
from capyctl.core.invocation import Invocation
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.provider_entry import BUILT_IN, TableEntry
from capyctl.fetching.transcript import Transcript
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion, VersionSource
from capyctl.wiring.request import WorldRequest
from capyctl.wiring.run_end import RunEnd
from capyctl.wiring.world import ConfigurationFailedError, World, open_world

_DEADLINE = 3600.0
"""Seconds; some thousand small files are read."""

_NETWORK = (
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GITHUB_TOKEN",
    "GH_TOKEN",
)
"""What of the environment counts here. The user's own providers and settings have no place in the package."""


class _Everywhere:
    """One source over the whole table: each repository by the sources of its own entry."""

    route = "github"

    def __init__(self, world: World, entries: Mapping[str, TableEntry]) -> None:
        self._sources: dict[RepositoryLocation, ProviderSources] = {
            entry.readable_location: world.catalog.sources(entry) for entry in entries.values()
        }

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Every tag, by the first of the routes that tell tags; no other list has all of them.

        Raises:
            FetchError: as the last route raises it.
        """
        return first_list(self._sources[location].tags, location)

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """A file of a release by its download address.

        Raises:
            FetchError: as the route raises it.
        """
        return self._sources[location].files[0].file(location, tag, name)


def first_list(
    sources: Sequence[VersionSource], location: RepositoryLocation
) -> Answer[tuple[ListedVersion, ...]]:
    """The tags by the first source that tells them.

    Raises:
        FetchError: as the last source raises it.
    """
    for source in sources[:-1]:
        try:
            return source.versions(location)
        except FetchError:
            continue
    return sources[-1].versions(location)


def snapshot_from_network(
    environment: Environment, providers: str | None = None, day: str | None = None
) -> bytes:
    """The snapshot of every repository in the built-in table, or in the table file ``providers``.

    ``day`` is the day that the snapshot bears, YYYY-MM-DD; None stands for today.

    Raises:
        SnapshotIncompleteError: a repository could not be read; nothing is made from half the world.
        ConfigurationFailedError: the table file cannot be used. ValueError: the snapshot would be too large.
    """
    with closing(RunEnd()) as end:
        world = open_world(
            WorldRequest(
                environment=_network_only(environment),
                invocation=Invocation(),
                transcript=Transcript(),
                at_end=end.add,
                providers=providers,
                deadline=_DEADLINE,
            )
        )
        entries = _repositories(world, built_in=providers is None)
        everywhere = _Everywhere(world, entries)
        locations = {
            name: entry.location
            for name, entry in entries.items()
            if isinstance(entry.location, GitHubReleases)
        }
        day = day or world.clock.now()[:10]
        return collect_snapshot(locations, everywhere, everywhere, world.asker, day)


def _network_only(environment: Environment) -> Environment:
    kept = {name: value for name, value in environment.variables.items() if name.upper() in _NETWORK}
    return Environment(
        variables=kept, platform=environment.platform, working_folder=environment.working_folder
    )


def _repositories(world: World, *, built_in: bool) -> dict[str, TableEntry]:
    """One entry for each repository by its name today; entries of the other layer are left out.

    Raises:
        SnapshotIncompleteError: an entry is faulty, or names a place that no snapshot holds.
    """
    faults = [fault.detail for fault in world.table.faults]
    chosen = [entry for entry in world.table.entries if (entry.origin == BUILT_IN) == built_in]
    foreign = [entry for entry in chosen if not _is_on_github(entry)]
    faults += [f"{entry.key.manifest_label}: not on github.com" for entry in foreign if entry.error is None]
    if faults or not chosen:
        raise SnapshotIncompleteError(faults or ["the table has no provider"])
    return {entry.repository_name: entry for entry in chosen}


def _is_on_github(entry: TableEntry) -> bool:
    return isinstance(entry.location, GitHubReleases) and entry.location.host == "github.com"


def embedded_file() -> Path:
    """Where the package keeps its snapshot."""
    return Path(__file__).resolve().parents[1] / "data" / "snapshot.bin"


def main(words: Sequence[str], target: Path) -> int:
    """Write the snapshot of the folder that is named, or of the network, into ``target`` or ``--output``.

    The status is 1 where no snapshot could be made or written; what was there before is then as it was.
    """
    options = _parser().parse_args(words)
    target = options.output or target
    try:
        data = (
            build_snapshot(options.folder)
            if options.folder is not None
            else snapshot_from_network(read_environment(), options.providers)
        )
        _replace(target, data)
    except (SnapshotIncompleteError, ConfigurationFailedError, OSError, ValueError) as error:
        lines = "".join(f"  {line}\n" for line in _reasons(error))
        sys.stderr.write(f"error: no snapshot was made; {target} is as it was\n{lines}")
        return 1
    sys.stdout.write(f"{target}: {len(data)} bytes\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nox -s snapshot --", description=main.__doc__, allow_abbrev=False)
    parser.add_argument(
        "folder", nargs="?", type=Path, help="a folder of recorded data, in place of the network"
    )
    parser.add_argument("--output", type=Path, help="the file to write, in place of the package's own")
    parser.add_argument(
        "--providers", help="a table file whose providers are asked for, in place of the built-in ones"
    )
    return parser


def _reasons(error: Exception) -> tuple[str, ...]:
    if isinstance(error, SnapshotIncompleteError):
        return error.failures
    if isinstance(error, ConfigurationFailedError):
        return tuple(each.detail for each in error.diagnostics)
    return (str(error),)


def _replace(target: Path, data: bytes) -> None:
    """Write beside the file and put it in its place whole: nobody ever sees half a snapshot."""
    beside = target.with_name(f"{target.name}.new")
    try:
        beside.write_bytes(data)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], embedded_file()))
