"""The folder of the disk cache as files: written whole or not at all, without locks, named by digests alone.

Every write is a temporary file in the same folder and a rename, or a hard link where the first of several is to
stay: whatever a killed process leaves behind is either whole or a temporary file that nobody reads (ADR 27).
"""

from __future__ import annotations

import enum
import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

FORMAT = "capyctl-cache/1"
TEMPORARY = "tmp-"
ANSWERS, BODIES, FIRST, LAST, EXPECTED, READINGS = (
    "answers",
    "bodies",
    "first",
    "last",
    "expected",
    "readings",
)
KINDS = (ANSWERS, BODIES, FIRST, LAST, EXPECTED, READINGS)
_FORMAT_FILE = "format"
_LONGEST_FORMAT = 4096
_ATTEMPTS = 5
_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_MAKING = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_NO_FILE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENXIO})
"""What opening says of nothing, of a file in a folder's place, and of a socket."""
_FETCHED = frozenset({ANSWERS, BODIES, READINGS})
"""What can be had again; of a memory that cannot be read, as for a link that leads to itself, the user is told."""
_HEX = frozenset("0123456789abcdef")


_Move = Callable[[Path, Path], bool]


class Bounds(Struct, frozen=True, kw_only=True):
    """The most that a cache keeps.

    Attributes:
        size: bytes of all files. entries: kept answers; the same number holds for each kind of record.
    """

    size: int = 512 * 1024 * 1024
    entries: int = 20_000


class FolderState(enum.Enum):
    """What the folder is: not there or empty, a cache of this version, or something else."""

    NEW = "new"
    OURS = "ours"
    FOREIGN = "foreign"


class CacheFolder:
    """Files of one cache folder. Methods raise ``OSError`` for what the disk refuses, unless they say otherwise.

    Attributes:
        path: the folder. found_format: the first line of a ``format`` that is another one, None where it has none.
        foreign_because: why the folder is no cache of this version, for people.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.found_format: str | None = None
        self.foreign_because = ""
        self._state = FolderState.NEW

    def state(self) -> FolderState:
        """What the folder is; looked at until it is one or the other, and not written to."""
        if self._state is FolderState.NEW:
            self._state = self._look()
        return self._state

    def place(self, kind: str, digest: str) -> Path:
        """Where a file of this kind and digest lies."""
        return Path(self._place(kind, digest))

    def read(self, kind: str, digest: str, limit: int) -> tuple[bytes, float] | None:
        """Content and time of last use; None for what is not there, no regular file, or above ``limit`` bytes."""
        try:
            return _read(self._place(kind, digest), limit)
        except PermissionError:
            # On Windows a file that another process is replacing cannot be opened; it is as good as not there yet.
            if os.name != "nt":
                raise
            return None
        except OSError as error:
            if not _is_absent(error, kind):
                raise
            return None

    def has(self, kind: str, digest: str) -> bool:
        """Whether such a regular file is there."""
        try:
            return stat.S_ISREG(os.stat(self._place(kind, digest)).st_mode)  # noqa: PTH116 - see `_place`
        except OSError as error:
            if not _is_absent(error, kind):
                raise
            return False

    def touch(self, kind: str, digest: str) -> None:
        """Note that a file was used; a folder that is only read stays as it is. Never raises."""
        with suppress(OSError):
            os.utime(self._place(kind, digest))

    def remove(self, kind: str, digest: str) -> None:
        """Remove a file; never raises."""
        remove_quietly(self.place(kind, digest))

    def put(self, kind: str, digest: str, data: bytes) -> bool:
        """Write or replace a file; whether it is a new one. The folder is made where it is not there."""
        is_new = not self.has(kind, digest)
        self._settle(self.place(kind, digest), data, _replace)
        return is_new

    def put_first(self, kind: str, digest: str, data: bytes) -> bool:
        """Write a file unless one is there: of several processes exactly one is told True."""
        return self._settle(self.place(kind, digest), data, _link)

    def _place(self, kind: str, digest: str) -> str:
        """The same as text: a run reads dozens of files, and a path is taken apart when it is made."""
        name = digest if kind == BODIES else f"{digest}.json"
        return f"{self.path}{os.sep}{kind}{os.sep}{digest[:2]}{os.sep}{name}"

    def _settle(self, place: Path, data: bytes, move: _Move) -> bool:
        """Write beside, then move; again where somebody clears or removes the folder meanwhile."""
        for _ in range(_ATTEMPTS - 1):
            try:
                self._make()
                return self._move(place, data, move)
            except (FileNotFoundError, FileExistsError):
                # The latter is what ``mkdir`` says of a folder that is there and gone again.
                self._state = FolderState.NEW
        self._make()
        return self._move(place, data, move)

    def _move(self, place: Path, data: bytes, move: _Move) -> bool:
        temporary = self._temporary()
        try:
            _write(temporary, data)
            if not place.parent.is_dir():
                place.parent.parent.mkdir(mode=0o700, exist_ok=True)
                place.parent.mkdir(mode=0o700, exist_ok=True)
            return move(temporary, place)
        finally:
            remove_quietly(temporary)

    def _make(self) -> None:
        if self._state is FolderState.OURS:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.mkdir(mode=0o700, exist_ok=True)
        if self.state() is FolderState.NEW:
            self._write_format()
        if self.state() is not FolderState.OURS:
            raise FileExistsError(errno.EEXIST, self.foreign_because, str(self.path))

    def _write_format(self) -> None:
        temporary = self._temporary()
        try:
            _write(temporary, f"{FORMAT}\n".encode(), durable=True)
            _name_format(temporary, self.path / _FORMAT_FILE)
        finally:
            remove_quietly(temporary)

    def _temporary(self) -> Path:
        return self.path / f"{TEMPORARY}{os.urandom(12).hex()}"

    def _look(self) -> FolderState:
        try:
            found = _read(self.path / _FORMAT_FILE, _LONGEST_FORMAT)
        except FileNotFoundError:
            return self._without_format()
        if found is None:
            return self._foreign("its format is no file of a few words")
        if found[0].rstrip(b"\r\n") == FORMAT.encode():
            return FolderState.OURS
        self.found_format = line = _first_line(found[0])
        if line is None:
            return self._foreign("its format is empty")
        return self._foreign(f"its format is {line}{' and more' if line.strip() == FORMAT else ''}")

    def _without_format(self) -> FolderState:
        """A folder is made before its ``format``: one that holds nothing else is a new one."""
        try:
            others = [each.name for each in self.path.iterdir() if not each.name.startswith(TEMPORARY)]
        except FileNotFoundError:
            self._refuse_dangling_link()
            return FolderState.NEW
        if not others or _FORMAT_FILE in others:
            return FolderState.NEW
        return self._foreign("it has files and no format")

    def _foreign(self, because: str) -> FolderState:
        self.foreign_because = because
        return FolderState.FOREIGN

    def _refuse_dangling_link(self) -> None:
        """Where nothing is, a folder can be made; not below a link to something that is not there."""
        there = (each for each in (self.path, *self.path.parents) if each.is_symlink() or each.exists())
        last = next(there, self.path)
        if last.is_symlink() and not last.exists():
            raise FileNotFoundError(errno.ENOENT, f"{last} is a link, and nothing is where it leads")


def files_of(folder: Path, kind: str) -> Iterator[os.DirEntry[str]]:
    """The files of one kind that a cache has itself written: by their names, never through a link."""
    for shelf in entries_of(folder / kind):
        if len(shelf.name) != 2 or not shelf.is_dir(follow_symlinks=False):
            continue
        for entry in entries_of(Path(shelf.path)):
            if _is_own(kind, shelf.name, entry.name) and entry.is_file(follow_symlinks=False):
                yield entry


def entries_of(path: Path) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing where it is a link or cannot be read."""
    try:
        if path.is_symlink():
            return []
        with os.scandir(path) as found:
            return list(found)
    except OSError:
        return []


def remove_quietly(path: Path | str) -> bool:
    """Remove a file; whether that was possible."""
    try:
        Path(path).unlink()
    except OSError:
        return False
    return True


def _is_absent(error: OSError, kind: str) -> bool:
    return error.errno in _NO_FILE or (error.errno == errno.ELOOP and kind in _FETCHED)


def _is_own(kind: str, shelf: str, name: str) -> bool:
    digest = name if kind == BODIES else name.removesuffix(".json")
    ending = "" if kind == BODIES else ".json"
    return (
        len(digest) == 64 and name == digest + ending and digest.startswith(shelf) and _HEX.issuperset(digest)
    )


def _read(path: Path | str, limit: int) -> tuple[bytes, float] | None:
    """Content and time of last use of a regular file; whatever else lies there is not waited for."""
    handle = os.open(path, _READING)
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_size > limit:
            return None
        pieces = []
        while piece := os.read(handle, about.st_size + 1):
            pieces.append(piece)
        return b"".join(pieces), about.st_mtime
    finally:
        os.close(handle)


def _write(path: Path, data: bytes, *, durable: bool = False) -> None:
    with os.fdopen(os.open(path, _MAKING, 0o600), "wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())


def _replace(temporary: Path, place: Path) -> bool:
    try:
        temporary.replace(place)
    except PermissionError:
        # On Windows a file that another process is reading cannot be replaced; what is there may stay.
        if os.name != "nt" or not place.is_file():
            raise
    return True


def _link(temporary: Path, place: Path) -> bool:
    """Give a file its name unless the name is taken; some file systems have no links."""
    try:
        place.hardlink_to(temporary)
    except FileExistsError:
        return False
    except FileNotFoundError:
        raise
    except OSError:
        return _copy_first(temporary, place)
    return True


def _copy_first(temporary: Path, place: Path) -> bool:
    """The same without links: only one process can make the file, and a half of it counts as damaged."""
    try:
        _write(place, temporary.read_bytes())
    except FileExistsError:
        return False
    return True


def _name_format(temporary: Path, place: Path) -> None:
    """The first version to come names the folder; without links the last, which is never half written."""
    try:
        place.hardlink_to(temporary)
    except FileExistsError:
        return
    except OSError:
        temporary.replace(place)


def _first_line(found: bytes) -> str | None:
    """As it stands, cut and made printable; None of an empty one."""
    line = found.decode("utf-8", "replace").split("\n")[0].rstrip("\r")
    return "".join(each if each.isprintable() else "?" for each in line[:60]) or None
