"""Judges what was read of a bundle: every byte of it follows from the lock, the table's rows and the locked files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from msgspec import Struct, field

from capyctl.core.bundle.config_map import NoConfigMapError, config_map, config_map_path, is_config_map_of
from capyctl.core.bundle.content import (
    INDEX,
    LOCK,
    PROVIDERS,
    BundleFile,
    IndexFileError,
    images_of,
    read_index,
    release_path,
)
from capyctl.core.bundle.faults import Fault, FaultKind
from capyctl.core.bundle.members import BundleSource, config_map_source, fixed_members
from capyctl.core.bundle.release import Release, releases_of
from capyctl.core.bundle.rows import read_rows
from capyctl.core.bundle.scan import Scanned
from capyctl.core.lock import Lock, LockedFile
from capyctl.core.lock_text import LockError, read_lock
from capyctl.core.provider_table_file import TableFileError

ReadMember = Callable[[BundleFile], bytes]
"""Gives the bytes of a member whose digest has been found right."""


class Verified(Struct, frozen=True, kw_only=True):
    """What a bundle turned out to be; ``source`` is None where it could not be understood, and then there are faults.

    Attributes:
        needed: release files that the lock names. present: those that are there with their bytes.
        is_repacked: whether another program packed the files, which are all as they were.
    """

    faults: tuple[Fault, ...]
    source: BundleSource | None = None
    files: tuple[BundleFile, ...] = ()
    images: tuple[str, ...] = ()
    needed: int = 0
    present: int = 0
    is_repacked: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether there is nothing to be said against it."""
        return not self.faults


def verify(scanned: Scanned, read: ReadMember, origin: str) -> Verified:
    """Judge an archive that was read; ``origin`` is how its provider table is called in messages."""
    if not scanned.complete:
        return Verified(faults=scanned.faults)
    return _Verification(scanned, read, origin).run()


class _Verification(Struct):
    scanned: Scanned
    read: ReadMember
    origin: str
    faults: list[Fault] = field(default_factory=list)
    listed: dict[str, BundleFile] = field(default_factory=dict)
    told: set[str | None] = field(default_factory=set)

    def run(self) -> Verified:
        self.faults += self.scanned.faults
        self.told |= {each.path for each in self.faults}
        if not self._read_index():
            return Verified(faults=tuple(self.faults))
        self._compare_with_index()
        source = self._source()
        if source is None:
            return Verified(faults=tuple(self.faults))
        self._compare_with_lock(source)
        wanted = _release_paths(source.lock)
        present = sum(self._has(path, file) for path, file in wanted.items())
        self._count_files(wanted)
        is_repacked = self._is_repacked()
        return Verified(
            faults=tuple(self.faults),
            source=source,
            files=tuple(self.listed.values()),
            images=images_of(source.lock),
            needed=len(wanted),
            present=present,
            is_repacked=is_repacked,
        )

    def _read_index(self) -> bool:
        data = self._held(INDEX)
        if data is None:
            if INDEX not in self.told:
                self._fault(FaultKind.UNREADABLE, "it has no bundle.json, so it is no bundle of capyctl")
            return False
        try:
            self.listed = {each.path: each for each in read_index(data)}
        except IndexFileError as error:
            kind = FaultKind.LATER_FORMAT if error.later else FaultKind.CHANGED
            self._fault(kind, str(error), INDEX)
            return False
        return True

    def _compare_with_index(self) -> None:
        members = self.scanned.members
        for path, file in self.listed.items():
            if path not in members:
                self._fault(FaultKind.MISSING, "bundle.json lists it, and the archive does not have it", path)
            elif members[path].file != file:
                self._fault(FaultKind.CHANGED, _difference(members[path].file, file), path)
        for path in members:
            if path != INDEX and path not in self.listed:
                self._fault(FaultKind.FOREIGN, "bundle.json does not list it", path)
        parents = {str(parent) for path in self.listed for parent in PurePosixPath(path).parents}
        for path in self.scanned.folders:
            if path not in parents:
                self._fault(FaultKind.FOREIGN, "bundle.json lists no file in this folder", path)

    def _source(self) -> BundleSource | None:
        lock_bytes = self._sound(LOCK)
        rows_bytes = self._sound(PROVIDERS)
        if lock_bytes is None or rows_bytes is None:
            return None
        try:
            return BundleSource(
                lock=read_lock(lock_bytes), lock_bytes=lock_bytes, rows=read_rows(rows_bytes, self.origin)
            )
        except LockError as error:
            self._fault(FaultKind.CHANGED, f"it is no lock that can be used: {error.reason}", LOCK)
        except TableFileError as error:
            self._fault(FaultKind.CHANGED, f"it is no provider table that can be used: {error}", PROVIDERS)
        return None

    def _sound(self, path: str) -> bytes | None:
        """The bytes of a file that says what the others are; None where it is not there as it was."""
        member = self.scanned.members.get(path)
        if path not in self.listed:
            self._fault(FaultKind.MISSING, "every bundle has it, and bundle.json does not list it", path)
        if member is None or member.file != self.listed.get(path):
            return None
        return self._held(path)

    def _held(self, path: str) -> bytes | None:
        """The bytes of a file that was held while reading."""
        if path in self.scanned.members and path not in self.scanned.kept:
            self._fault(FaultKind.TOO_LARGE, "it is larger than such a file can be", path)
        return self.scanned.kept.get(path)

    def _compare_with_lock(self, source: BundleSource) -> None:
        """Every file is what the lock and the table lead to, and no other is there."""
        usable = {label for label, row in source.rows.items() if row.location is not None}
        missing = next((each.provider for each in source.lock.providers if each.provider not in usable), None)
        if missing is not None:
            said = f"it has no row that can be used for {missing}, which the lock has"
            self._fault(FaultKind.CHANGED, said, PROVIDERS)
        maps = {config_map_path(each.label, each.version): each for each in releases_of(source.lock)}
        expected = fixed_members(source)
        for path, member in expected.items():
            size, sha256 = _size_and_digest(member)
            listed = self.listed.get(path)
            if listed is None:
                self._fault(FaultKind.MISSING, "the lock calls for it, and the bundle does not have it", path)
            elif (listed.size, listed.sha256) != (size, sha256):
                self._fault(FaultKind.CHANGED, "it is not what the lock and the provider table lead to", path)
        for path in self.listed:
            if path not in expected and path not in maps:
                self._fault(FaultKind.FOREIGN, "the lock does not lead to such a file", path)
        for path, release in maps.items():
            self._check_config_map(path, release)

    def _check_config_map(self, path: str, release: Release) -> None:
        files = self._release_files(release)
        if files is None or path in self.told:
            return
        listed = self.listed.get(path)
        source = config_map_source(release, files)
        if source is None:
            if listed is not None:
                self._fault(FaultKind.FOREIGN, "this release has no ConfigMap", path)
            return
        try:
            if listed is None:
                config_map(source)
                self._fault(FaultKind.MISSING, "the lock calls for it, and the bundle does not have it", path)
            elif not is_config_map_of(self.read(listed), source):
                self._fault(FaultKind.CHANGED, "it does not hold the release's files as locked", path)
        except NoConfigMapError:
            if listed is not None:
                self._fault(FaultKind.FOREIGN, "this release has no ConfigMap", path)

    def _release_files(self, release: Release) -> Mapping[str, bytes] | None:
        """The bytes of a release by digest; None where one of them is not there as locked."""
        found: dict[str, bytes] = {}
        for name, file in release.files.items():
            path = release_path(release.label, release.version, name)
            if not self._has(path, file):
                return None
            found[file.sha256] = self.read(self.scanned.members[path].file)
        return found

    def _has(self, path: str, file: LockedFile) -> bool:
        member = self.scanned.members.get(path)
        return member is not None and (member.file.size, member.file.sha256) == (file.size, file.sha256)

    def _count_files(self, wanted: Mapping[str, LockedFile]) -> None:
        lacking = sorted(path for path in wanted if path not in self.scanned.members)
        if lacking:
            count = f"{len(wanted)} files needed, {len(wanted) - len(lacking)} present"
            self.faults.append(
                Fault(kind=FaultKind.INCOMPLETE, reason=f"{count}; lacking: {', '.join(lacking)}")
            )

    def _is_repacked(self) -> bool:
        """Whether another program's headers, folders, order or end are all that is to be said.

        One header that differs is a header that was changed; programs that pack archives change them all. So it is
        with an end of another length alone.
        """
        scanned = self.scanned
        is_packed = len(scanned.foreign_headers) > 1 or bool(scanned.folders)
        if scanned.foreign_headers and not is_packed:
            path, at = scanned.foreign_headers[0]
            said = "a byte that belongs to no file is another"
            self.faults.append(Fault(kind=FaultKind.ALTERED, reason=said, path=path, offset=at))
        if scanned.ending is not None and not is_packed:
            self.faults.append(scanned.ending)
        is_otherwise = bool(scanned.foreign_headers or scanned.folders or scanned.misplaced is not None)
        return is_otherwise and not self.faults

    def _fault(self, kind: FaultKind, reason: str, path: str | None = None) -> None:
        """Note a fault; one for each path, for the first one found is the cause of the others."""
        if path is None or path not in self.told:
            self.told.add(path)
            self.faults.append(Fault(kind=kind, reason=reason, path=path))


def _release_paths(lock: Lock) -> dict[str, LockedFile]:
    return {
        release_path(release.label, release.version, name): file
        for release in releases_of(lock)
        for name, file in release.files.items()
    }


def _size_and_digest(member: bytes | LockedFile) -> tuple[int, str]:
    if isinstance(member, LockedFile):
        return member.size, member.sha256
    return len(member), hashlib.sha256(member).hexdigest()


def _difference(found: BundleFile, listed: BundleFile) -> str:
    if found.size != listed.size:
        return f"it has {found.size} bytes, and bundle.json lists {listed.size}"
    return f"its sha256 is {found.sha256}, and bundle.json lists {listed.sha256}"
