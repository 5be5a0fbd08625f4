"""A bundle as a file: opened, unpacked where it is compressed, read from its first byte to its last (cli.md 7.5)."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BufferedRandom
from pathlib import Path
from threading import Lock as ThreadLock
from typing import IO, BinaryIO, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.whole_file import whole_file
from capyctl.core.bundle.content import INDEX, BundleFile
from capyctl.core.bundle.faults import Fault, FaultKind
from capyctl.core.bundle.fixed_gzip import (
    SEALED_SIZE,
    TRAILER_SIZE,
    is_seal_of,
    is_sealed_header,
    sealed_header,
    trailer,
)
from capyctl.core.bundle.scan import DamagedStreamError, Scanned, scan_archive
from capyctl.core.bundle.verification import Verified, verify

ROUTE: Final = "bundle"
_PIECE: Final = 1024 * 1024
_GZIP: Final = b"\x1f\x8b"
_BEGIN: Final = 64 * 1024
_FIRST: Final = INDEX.encode().ljust(100, b"\0")
"""The name of the first member, as a tar begins with it."""
_CHANGED: Final = 3
"""How many bytes of it may differ for it to count as ours that was damaged."""


class BundleFileError(Exception):
    """A file that cannot be opened or read; the message is one clause without the file's name."""


class BundleChangedError(Exception):
    """A bundle was written to while it was in use; the message names the member."""


class _Hashing(Protocol):
    def update(self, data: bytes, /) -> object: ...


class OpenBundle(Struct, frozen=True, kw_only=True):
    """A bundle that was read and judged, its file still open.

    Attributes:
        path: as it was named. digest: ``sha256:…`` of the file. verified: what it turned out to be.
    """

    path: str
    digest: str
    verified: Verified
    archive: IO[bytes]
    scanned: Scanned
    reading: ThreadLock

    @property
    def route(self) -> str:
        """Name of the route in evidence."""
        return ROUTE

    @property
    def index(self) -> BundleFile:
        """``bundle.json``, which does not list itself; a bundle that is whole has one."""
        return self.scanned.members[INDEX].file

    def body(self, sha256: str) -> bytes | None:
        """The bytes of the file with this digest, compared with it; None where the bundle has none."""
        wanted = next((each for each in self.verified.files if each.sha256 == sha256), None)
        return self.content(wanted) if wanted is not None else None

    def content(self, file: BundleFile) -> bytes:
        """The bytes of a member, compared with what was judged.

        Raises:
            BundleChangedError: they are others by now. BundleFileError: they cannot be read.
        """
        begin = self.scanned.members[file.path].offset
        try:
            with self.reading:
                self.archive.seek(begin)
                data = self.archive.read(file.size)
        except OSError as error:
            raise BundleFileError(f"it cannot be read: {error.strerror or 'unknown reason'}") from error
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise BundleChangedError(f"{file.path} was changed while the bundle was in use")
        return data


@contextmanager
def open_bundle(path: str) -> Iterator[OpenBundle]:
    """Read a bundle through, judge it, and keep it open for its members to be read.

    Raises:
        BundleFileError: there is no such file, it is no regular file, or it cannot be read.
    """
    with ExitStack() as stack:
        try:
            bundle = _opened(path, stack)
        except OSError as error:
            raise BundleFileError(f"it cannot be read: {error.strerror or 'unknown reason'}") from error
        yield bundle


def _opened(path: str, stack: ExitStack) -> OpenBundle:
    file = stack.enter_context(_regular(path))
    digest = hashlib.sha256()
    begin = file.read(len(_GZIP))
    file.seek(0)
    archive: IO[bytes] = file
    source: _Hashed | _Unpacked = _Hashed(file, digest)
    if begin == _GZIP:
        spool = tempfile.TemporaryFile(prefix="capyctl-bundle-")  # noqa: SIM115 - the stack closes it
        archive = stack.enter_context(spool)
        source = _Unpacked(_Hashed(file, digest), archive)
    scanned = scan_archive(source)
    reading = ThreadLock()
    unjudged = OpenBundle(
        path=path, digest="", verified=Verified(faults=()), archive=archive, scanned=scanned, reading=reading
    )
    try:
        verified = verify(scanned, unjudged.content, path)
    except BundleChangedError as error:
        verified = Verified(faults=(Fault(kind=FaultKind.CHANGED, reason=str(error)),))
    if isinstance(source, _Unpacked) and source.is_foreign:
        verified = replace(verified, is_repacked=verified.is_whole)
    return OpenBundle(
        path=path,
        digest=f"sha256:{digest.hexdigest()}",
        verified=verified,
        archive=archive,
        scanned=scanned,
        reading=reading,
    )


def _regular(path: str) -> BinaryIO:
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise BundleFileError("it is no regular file")
        return Path(path).open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BundleFileError("there is no such file") from error
    except (OSError, ValueError) as error:
        said = (error.strerror if isinstance(error, OSError) else None) or "unknown reason"
        raise BundleFileError(f"it cannot be read: {said}") from error


class _Hashed:
    """Reads, and hashes everything that is read."""

    def __init__(self, file: BinaryIO, digest: _Hashing) -> None:
        self._file = file
        self._digest = digest

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        return data


class _Unpacked:
    """Unpacks a compressed archive while it is read, no more at a time than is asked for; keeps it in ``spool``."""

    def __init__(self, file: _Hashed, spool: IO[bytes]) -> None:
        self._file = file
        self._spool = spool
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._input = self._header = b""
        self.is_foreign = False
        self._behind = hashlib.sha256()
        self._checksum = 0
        self._size = 0
        self._ended = False

    def read(self, size: int, /) -> bytes:
        pieces: list[bytes] = []
        missing = size
        while missing and not self._ended:
            piece = self._piece(missing)
            pieces.append(piece)
            missing -= len(piece)
        data = b"".join(pieces)
        self._spool.write(data)
        return data

    def _piece(self, most: int) -> bytes:
        if not self._header:
            self._header = self._file.read(SEALED_SIZE)
            self.is_foreign = not is_sealed_header(self._header)
            if self.is_foreign:  # zlib reads another program's header, and its trailer
                self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
                self._input = self._header
        is_new = not self._input
        self._input = self._input or self._more(_PIECE)
        try:
            data = self._inflate.decompress(self._input, most)
        except zlib.error:
            raise DamagedStreamError("its compressed form is damaged") from None
        self._checksum = zlib.crc32(data, self._checksum)
        self._size += len(data)
        is_over = is_new and not self._input and not data
        self._input = self._inflate.unconsumed_tail
        if self._inflate.eof:
            self._end()
        elif is_over:
            raise DamagedStreamError("it ends in the middle of its compressed form")
        return data

    def _more(self, size: int) -> bytes:
        data = self._file.read(size)
        self._behind.update(data)
        return data

    def _end(self) -> None:
        self._ended = True
        if self.is_foreign:
            if self._inflate.unused_data or self._more(1):
                raise DamagedStreamError("there are bytes behind the end of its compressed form")
            return
        rest = self._inflate.unused_data
        rest += self._more(max(TRAILER_SIZE + 1 - len(rest), 0))
        if len(rest) < TRAILER_SIZE:
            raise DamagedStreamError("it ends in the middle of its compressed form")
        if len(rest) > TRAILER_SIZE:
            raise DamagedStreamError("there are bytes behind the end of its compressed form")
        if rest != trailer(self._checksum, self._size):
            raise DamagedStreamError("its compressed form does not have the checksum and size it states")
        if not is_seal_of(self._header, self._behind.digest()):
            raise DamagedStreamError("its compressed form is not the one that capyctl wrote")


def begins_as_bundle(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as a bundle does, or did until it was damaged; no fix writes over another (ADR 40)."""
    try:
        with _regular(os.fspath(path)) as file:
            begin = file.read(_BEGIN)
    except (BundleFileError, OSError):
        return False
    if is_sealed_header(begin[:SEALED_SIZE]):
        return True
    if begin.startswith(_GZIP):
        try:
            begin = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(begin, len(_FIRST))
        except zlib.error:
            return False
    changed = sum(one != other for one, other in zip(begin, _FIRST, strict=False))
    return not begin or (len(begin) >= len(_FIRST) and changed <= _CHANGED)


def write_bundle(path: str | os.PathLike[str], pieces: Iterator[bytes], *, compress: bool) -> str:
    """Write an archive whole or not at all; the digest of the file, ``sha256:…``.

    Raises:
        WholeFileError: it cannot be written; an older file is still there.
    """
    with whole_file(path) as file:
        digest = _write_sealed(file, pieces) if compress else _write_plain(file, pieces)
    return f"sha256:{digest}"


def _write_plain(file: IO[bytes], pieces: Iterator[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
        file.write(piece)
    return digest.hexdigest()


def _write_sealed(file: BufferedRandom, pieces: Iterator[bytes]) -> str:
    """Compressed; its header has a digest of what follows, which is known at the end."""
    behind = hashlib.sha256()
    file.write(sealed_header(behind.digest()))
    for piece in _deflated(pieces):
        behind.update(piece)
        file.write(piece)
    file.seek(0)
    file.write(sealed_header(behind.digest()))
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def _deflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    checksum = size = 0
    for piece in pieces:
        checksum = zlib.crc32(piece, checksum)
        size += len(piece)
        yield deflate.compress(piece)
    yield deflate.flush()
    yield trailer(checksum, size)
