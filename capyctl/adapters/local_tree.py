"""A local repository: ``{base}/{label}/{version}/{file}`` in the file system (clusterctl-resolution 4.4)."""

from __future__ import annotations

import os
from pathlib import Path

from capyctl.adapters.local_files import is_plain_segment, local_evidence, read_file, unreadable
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import LocalTree, RepositoryLocation
from capyctl.core.version import parse_version
from capyctl.ports.fetch_errors import AbsentError, FetchError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion

ROUTE = "local"
_NAMES_SHOWN = 8
_VERSIONS_LIMIT = 10_000


class LocalTreeSource:
    """Lists and reads a local tree; every error says what is there instead (F09, F10, F11).

    Version folders may be spelled with or without ``v``, and either spelling is found (W-24).
    ``evidence.failure`` of an AbsentError is one of ``base-missing``, ``label-missing``,
    ``no-version-folders``, ``version-missing``, ``file-missing``.
    """

    @property
    def route(self) -> str:
        return ROUTE

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        tree = _local(location)
        folder = Path(tree.base) / tree.label
        evidence = local_evidence(ROUTE, Question.VERSIONS, folder)
        names = _folder_names(folder, tree, evidence)
        tags = [name for name in names if parse_version(name) is not None]
        if not tags:
            raise AbsentError(
                evidence.judged(Outcome.ABSENT, "no-version-folders"),
                f"{folder} has no folder named for a version such as v0.1.0; it holds {_shown(names)}",
            )
        listed = tuple(ListedVersion(tag=tag, assets=_assets(folder / tag)) for tag in tags[:_VERSIONS_LIMIT])
        return Answer(value=listed, evidence=(evidence,))

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        tree = _local(location)
        folder = Path(tree.base) / tree.label
        if not (is_plain_segment(tag) and is_plain_segment(name)):
            raise AbsentError(
                local_evidence(ROUTE, Question.FILE, folder).judged(Outcome.ABSENT, "version-missing"),
                f"{tag!r} and {name!r} cannot both be names inside {folder}",
            )
        evidence = local_evidence(ROUTE, Question.FILE, folder / tag / name)
        version_folder = _version_folder(folder, tag)
        if version_folder is None:
            raise _no_such_version(folder, tree, tag, evidence)
        try:
            return read_file(version_folder / name, ROUTE)
        except AbsentError as error:
            there = _shown(sorted(asset for asset, _ in _assets(version_folder) or ()))
            raise AbsentError(error.evidence, f"{version_folder} has no {name}; it holds {there}") from error


def _local(location: RepositoryLocation) -> LocalTree:
    if not isinstance(location, LocalTree):
        raise TypeError("the local route was asked for a location of another kind")
    return location


def _no_such_version(folder: Path, tree: LocalTree, tag: str, evidence: Evidence) -> FetchError:
    try:
        names = _folder_names(folder, tree, evidence)
    except FetchError as error:
        return error
    return AbsentError(
        evidence.judged(Outcome.ABSENT, "version-missing"),
        f"{folder} has no folder {tag}; it holds {_shown(names)}",
    )


def _version_folder(folder: Path, tag: str) -> Path | None:
    """The folder of a tag in either spelling; the exact one first."""
    spellings = [tag]
    if parse_version(tag) is not None:
        spellings.append(tag[1:] if tag.startswith("v") else f"v{tag}")
    # Unlike Path.is_dir this never raises; why a folder cannot be looked into is said by who lists it.
    return next((folder / name for name in spellings if os.path.isdir(folder / name)), None)  # noqa: PTH112


def _folder_names(folder: Path, tree: LocalTree, evidence: Evidence) -> list[str]:
    """Names of the folders inside the label's folder, sorted."""
    try:
        return sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _missing(folder, tree, evidence) from error
    except (OSError, ValueError) as error:
        raise unreadable(folder, evidence, error) from error


def _missing(folder: Path, tree: LocalTree, evidence: Evidence) -> AbsentError:
    base = Path(tree.base)
    expected = "expected is {base}/{label}/{version}/{file}"
    try:
        names = sorted(entry.name for entry in base.iterdir())
    except (OSError, ValueError):
        return AbsentError(
            evidence.judged(Outcome.ABSENT, "base-missing"), f"the folder {base} does not exist; {expected}"
        )
    return AbsentError(
        evidence.judged(Outcome.ABSENT, "label-missing"),
        f"{base} has no folder {folder.name}; it holds {_shown(names)}; {expected}",
    )


def _assets(folder: Path) -> tuple[tuple[str, int], ...] | None:
    """Files of a version folder with their sizes, or None where it cannot be read."""
    try:
        entries = sorted(folder.iterdir())
        return tuple((entry.name, entry.stat().st_size) for entry in entries if entry.is_file())
    except OSError:
        return None


def _shown(names: list[str]) -> str:
    """A few names for people, control characters escaped."""
    if not names:
        return "nothing"
    shown = ", ".join(name if name.isprintable() else repr(name) for name in names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
