"""Reads an archive once, from its first byte to its last, and finds every byte that a bundle would not have.

Nothing is extracted, and no more is held than ``bundle.json``, the lock and the table. The archive's own headers are
believed only where no better is known: ``bundle.json``, its first member, says where each header has to be.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, NoReturn, Protocol

from msgspec import Struct, field

from capyctl.core.bundle.content import (
    INDEX,
    LOCK,
    PROVIDERS,
    BundleFile,
    IndexFileError,
    is_plain_path,
    read_index,
)
from capyctl.core.bundle.faults import Fault, FaultKind
from capyctl.core.bundle.tar import (
    BLOCK,
    REGULAR,
    ZEROS,
    Header,
    NameTooLongError,
    ending,
    first_difference,
    header,
    padding,
    read_header,
    stored_size,
)

_MIB: Final = 1024 * 1024
_PIECE: Final = _MIB
_KINDS: Final = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a pipe",
    b"S": "a sparse file",
}
_LONG_NAME: Final = b"L"
_FORMATS: Final = {
    b"g": "a pax header for all members",
    b"x": "a pax header",
    b"K": "a long name of GNU tar",
    _LONG_NAME: "a long name of GNU tar",
}
"""Headers that say more of the member behind them, as other formats than ustar have them."""

_PACK_AS_USTAR: Final = (
    "extract it and pack it again in the format of a bundle: tar --format=ustar -cf NEW.tar -C FOLDER ."
)
_BEHIND_END: Final = "there are bytes behind the end of the archive"
_ROOT: Final = "."
_WITHOUT_CONTENT: Final = frozenset({b"1", b"2", b"3", b"4", b"6"})
_FOLDER: Final = b"5"


class ByteSource(Protocol):
    """The archive's bytes, uncompressed, in order."""

    def read(self, size: int, /) -> bytes:
        """At most ``size`` bytes, fewer only at the end.

        Raises:
            DamagedStreamError: the compressed form is damaged.
        """


class DamagedStreamError(Exception):
    """A compressed archive that cannot be unpacked to its end; the message is one clause."""


class ScanLimits(Struct, frozen=True, kw_only=True):
    """How much a bundle may cost.

    Attributes:
        member: bytes of one file. total: bytes of all of them. kept: bytes of a file that is held while reading.
        members: how many there may be. faults: after how many the reading ends.
    """

    member: int = 64 * _MIB
    total: int = 2 * 1024 * _MIB
    kept: int = 16 * _MIB
    members: int = 50_000
    faults: int = 50


class ScannedMember(Struct, frozen=True, kw_only=True):
    """A member as it was read; ``offset`` is where its content begins."""

    file: BundleFile
    offset: int


class Scanned(Struct, frozen=True, kw_only=True):
    """What was read.

    Attributes:
        kept: the bytes of the files that say what the others are. complete: whether the end was reached.
        misplaced: the first member that does not stand where ``bundle.json`` would have it, and its header's offset.
        foreign_headers: files with a header that is sound and not ours, and the offset of the first other byte.
        folders: folders that have an entry of their own. ending: what to say of an end that is longer or shorter
            than ours, where no other program packed the archive.
    """

    members: Mapping[str, ScannedMember]
    kept: Mapping[str, bytes]
    faults: tuple[Fault, ...]
    complete: bool
    misplaced: tuple[str, int] | None = None
    foreign_headers: tuple[tuple[str, int], ...] = ()
    folders: tuple[str, ...] = ()
    ending: Fault | None = None


def scan_archive(source: ByteSource, limits: ScanLimits | None = None) -> Scanned:
    """Read an archive; whatever it holds becomes a value, nothing is raised."""
    return _Scan(source, limits or ScanLimits()).run()


class _Stop(Exception):  # noqa: N818 - the reading cannot go on; its fault has been noted
    """The archive cannot be read further."""


class _Scan(Struct):
    source: ByteSource
    limits: ScanLimits
    offset: int = 0
    total: int = 0
    members: dict[str, ScannedMember] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    layout: dict[int, tuple[str, int]] | None = None
    misplaced: tuple[str, int] | None = None
    foreign_headers: list[tuple[str, int]] = field(default_factory=list)
    folders: dict[str, None] = field(default_factory=dict)
    ending: Fault | None = None

    def run(self) -> Scanned:
        complete = False
        try:
            while self._member():
                pass
            complete = True
        except _Stop:
            pass
        except DamagedStreamError as error:
            self.faults.append(Fault(kind=FaultKind.UNREADABLE, reason=str(error), offset=self.offset))
        return Scanned(
            members=self.members,
            kept=self.kept,
            faults=tuple(self.faults),
            complete=complete,
            misplaced=self.misplaced,
            foreign_headers=tuple(self.foreign_headers),
            folders=tuple(self.folders),
            ending=self.ending,
        )

    def _member(self) -> bool:
        """Read one member; False behind the last."""
        at = self.offset
        block = self._take(BLOCK, "its end blocks")
        if block == ZEROS:
            self._end(at)
            return False
        expected = self.layout.get(at) if self.layout is not None else None
        if expected is not None and block == header(*expected):
            self._content(*expected, trusted=True)
        else:
            self._content(*self._judged(block, at, expected))
        return True

    def _judged(self, block: bytes, at: int, expected: tuple[str, int] | None) -> tuple[str, int, bool]:
        """Path and size of a member whose header is not the expected one, and whether it counts as a file."""
        found = read_header(block)
        if found is None:
            if expected is None:
                self._no_header(block, at)
            self._altered(block, header(*expected), at, expected[0])
            return *expected, True
        if found.kind in _FORMATS:
            self._another_format(found, at)
        path, size = _plain(found.path), found.size
        if found.kind not in (REGULAR, _FOLDER):
            said = _KINDS.get(found.kind, f"a member of the unknown kind {found.kind!r}")
            self._note(FaultKind.UNSAFE, f"it is {said}, and a bundle has only regular files", path, at)
            return path, 0 if found.kind in _WITHOUT_CONTENT else size, False
        is_twice = path in self.members or path in self.folders
        unsafe = "it stands twice in the archive" if is_twice else None
        if not is_plain_path(path) and (path, found.kind) != (_ROOT, _FOLDER):
            unsafe = "its path is not one that stays inside the folder it is extracted to, on every system"
        if unsafe is not None:
            self._note(FaultKind.UNSAFE, unsafe, found.path.rstrip("/") or found.path, at)
            return path, size, False
        if found.kind == _FOLDER:
            self.folders[path] = None
            return path, 0, False
        self._check_header(block, at, path, size)
        return path, size, True

    def _another_format(self, found: Header, at: int) -> NoReturn:
        """The archive's format is another; it is not read on, for such headers say what the others really are."""
        content = self.source.read(stored_size(found.size) - BLOCK) if found.size <= _MIB else b""
        behind = self.source.read(BLOCK)
        member = read_header(behind) if len(behind) == BLOCK else None
        names = [member.path] if member is not None and member.kind in (REGULAR, _FOLDER) else []
        if found.kind == _LONG_NAME:
            names = [content.partition(b"\0")[0].decode("ascii", "replace")]
        paths = (_plain(name) for name in (*names, found.path))
        said = f"there is {_FORMATS[found.kind]}, and a bundle has only headers of ustar"
        fault = Fault(
            kind=FaultKind.UNSAFE,
            reason=said,
            path=next((path for path in paths if is_plain_path(path)), None),
            offset=at,
            remedy=_PACK_AS_USTAR,
        )
        self.faults.append(fault)
        raise _Stop

    def _check_header(self, block: bytes, at: int, path: str, size: int) -> None:
        try:
            canonical = header(path, size)
        except (NameTooLongError, ValueError) as error:
            self._note(FaultKind.UNSAFE, str(error), path, at)
            return
        if block != canonical:
            self.foreign_headers.append((path, at + first_difference(block, canonical)))
        elif (at, path) != (0, INDEX) and self.misplaced is None:
            self.misplaced = (path, at)

    def _no_header(self, block: bytes, at: int) -> NoReturn:
        if at == 0:
            guess = header(INDEX, 0)
            is_close = sum(one != other for one, other in zip(block, guess, strict=True)) < 32
            if is_close:
                self._stop(FaultKind.ALTERED, "the first header of the archive has been changed", INDEX, 0)
            self._stop(FaultKind.UNREADABLE, "it is no tar archive", None, 0)
        if self.layout is not None and at > max(self.layout, default=0):
            where = at + first_difference(block, ZEROS)
            self._stop(FaultKind.ALTERED, "something else stands behind the last file", None, where)
        self._stop(FaultKind.ALTERED, "there is no header of a member where one has to be", None, at)

    def _content(self, path: str, size: int, trusted: bool) -> None:
        """Read a member's content and padding, and keep what is known of it."""
        if size > self.limits.member or self.total + size > self.limits.total:
            self._stop(FaultKind.TOO_LARGE, f"it has {size} bytes, more than are read", path, self.offset)
        if len(self.members) + len(self.folders) > self.limits.members:
            self._stop(FaultKind.TOO_LARGE, "the archive has more members than are read", path, self.offset)
        self.total += size
        begin = self.offset
        is_kept = trusted and path in (INDEX, LOCK, PROVIDERS) and size <= self.limits.kept
        digest, pieces = hashlib.sha256(), []
        while self.offset < begin + size:
            piece = self._take(min(_PIECE, begin + size - self.offset), path)
            digest.update(piece)
            if is_kept:
                pieces.append(piece)
        fill = padding(size)
        at, found = self.offset, self._take(len(fill), path)
        if found != fill:
            self._altered(found, fill, at, path)
        if trusted:
            file = BundleFile(path=path, size=size, sha256=digest.hexdigest())
            self.members[path] = ScannedMember(file=file, offset=begin)
        if is_kept:
            self.kept[path] = b"".join(pieces)
            self._learn(path, begin)

    def _learn(self, path: str, begin: int) -> None:
        """From ``bundle.json`` at the very beginning: where every other header has to be."""
        if path != INDEX or begin != BLOCK:
            return
        try:
            files = read_index(self.kept[INDEX])
        except IndexFileError:
            return
        self.layout = {}
        at = self.offset
        for each in files:
            self.layout[at] = (each.path, each.size)
            at += stored_size(each.size)

    def _end(self, at: int) -> None:
        """The end blocks, from the one that was read: all empty, and nothing behind; programs differ in how many."""
        ours = at + len(ending(at))
        while found := self.source.read(_PIECE):
            begin = self.offset
            self.offset += len(found)
            if found != bytes(len(found)):
                where = begin + first_difference(found, bytes(len(found)))
                is_behind = where >= ours
                said = _BEHIND_END if is_behind else "something else stands behind the last file"
                self._stop(FaultKind.ALTERED, said, None, ours if is_behind else where)
            if self.offset - at > self.limits.member:
                self._stop(FaultKind.TOO_LARGE, "its end has more empty blocks than are read", None, at)
        is_short = self.offset < ours
        said = "the archive ends before its end blocks do" if is_short else _BEHIND_END
        kind = FaultKind.UNREADABLE if is_short else FaultKind.ALTERED
        where = min(self.offset, ours)
        if self.offset % BLOCK or self.offset < at + 2 * BLOCK:
            self._stop(kind, said, None, where)
        if self.offset != ours:
            self.ending = Fault(kind=kind, reason=said, offset=where)

    def _take(self, size: int, what: str) -> bytes:
        data = self.source.read(size)
        self.offset += len(data)
        if len(data) < size:
            path = what if is_plain_path(what) else None
            said = f"the archive ends after {self.offset} bytes, before {'the end of ' if path else ''}{what}"
            self._stop(FaultKind.UNREADABLE, said, path, self.offset)
        return data

    def _altered(self, found: bytes, expected: bytes, at: int, path: str) -> None:
        where = at + first_difference(found, expected)
        self._note(FaultKind.ALTERED, "a byte that belongs to no file is another", path, where)

    def _note(self, kind: FaultKind, reason: str, path: str | None, offset: int) -> None:
        self.faults.append(Fault(kind=kind, reason=reason, path=path, offset=offset))
        if len(self.faults) >= self.limits.faults:
            raise _Stop

    def _stop(self, kind: FaultKind, reason: str, path: str | None, offset: int) -> NoReturn:
        self._note(kind, reason, path, offset)
        raise _Stop


def _plain(path: str) -> str:
    """A path as archives of a whole folder have it, without the mark of that folder and of a folder's entry."""
    return (path.rstrip("/") or path).removeprefix("./")
