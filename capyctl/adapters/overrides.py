"""The overrides layer: ``<base>/<label>/<version>/<file>`` for release files (clusterctl-resolution 9)."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from capyctl.adapters.local_files import is_plain_segment, local_evidence, read_file
from capyctl.adapters.missing_file import is_no_file
from capyctl.core.evidence import Outcome, Question
from capyctl.core.location import RepositoryLocation
from capyctl.ports.fetch_errors import AbsentError, FetchError
from capyctl.ports.fetcher import Answer, FileContent

ROUTE = "override"
_FILES_LIMIT = 10_000


class OverrideFile(Struct, frozen=True, kw_only=True):
    """A file in the overrides folder, by the label, version and name its path stands for."""

    label: str
    version: str
    name: str
    path: Path


class OverrideFolder:
    """One overrides folder and the record of what was read from it (W-43); it need not exist."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._used: set[Path] = set()

    @property
    def base(self) -> Path:
        """The folder itself."""
        return self._base

    def source(self, label: str) -> OverrideSource:
        """The overrides of one manifest label as a source of files."""
        return OverrideSource(self, label)

    def read(self, label: str, version: str, name: str) -> Answer[FileContent]:
        """The override for this file of this version; the version is taken as it is spelled.

        Raises:
            AbsentError: there is none. UnavailableError, BadAnswerError: it is there and cannot be used.
        """
        path = self._base / label / version / name
        if not all(is_plain_segment(part) for part in (label, version, name)):
            evidence = local_evidence(ROUTE, Question.FILE, self._base.absolute())
            raise AbsentError(evidence.judged(Outcome.ABSENT), f"{version!r} can have no override")
        try:
            answer = read_file(path.absolute(), ROUTE)
        except AbsentError:
            raise
        except FetchError:
            self._used.add(path)
            raise
        self._used.add(path)
        return answer

    def files(self) -> tuple[OverrideFile, ...]:
        """Every file that lies where an override could, sorted; none where the folder cannot be read."""
        found: list[OverrideFile] = []
        for label, version, path in self._leaves():
            found.append(OverrideFile(label=label, version=version, name=path.name, path=path))
            if len(found) >= _FILES_LIMIT:
                break
        return tuple(found)

    def used(self) -> tuple[OverrideFile, ...]:
        """The files that were asked for in this run, also those that could not be used, sorted."""
        return tuple(file for file in self.files() if file.path in self._used)

    def unused(self) -> tuple[OverrideFile, ...]:
        """The files that nothing has asked for, sorted."""
        return tuple(file for file in self.files() if file.path not in self._used)

    def _leaves(self) -> list[tuple[str, str, Path]]:
        return [
            (label.name, version.name, path)
            for label in _children(self._base)
            for version in _children(label)
            for path in _children(version)
            if not is_no_file(str(path)) and not path.name.startswith(".")
        ]


class OverrideSource:
    """The overrides of one manifest label; the location of the repository plays no role."""

    def __init__(self, folder: OverrideFolder, label: str) -> None:
        self._folder = folder
        self._label = label

    @property
    def route(self) -> str:
        return ROUTE

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:  # noqa: ARG002
        return self._folder.read(self._label, tag, name)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (OSError, ValueError):
        return []
