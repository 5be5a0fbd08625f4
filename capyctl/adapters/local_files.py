"""Bounded reading of files that the user keeps: local trees, overrides, module proxies on disk."""

from __future__ import annotations

import contextlib
import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace

from capyctl.adapters.file_content import checked_content
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, UnavailableError
from capyctl.ports.fetcher import Answer, FileContent

FILE_LIMIT = 32 * 1024 * 1024
"""Most bytes of a local file that are read."""

_SEGMENT_LIMIT = 255
_FORBIDDEN = frozenset('/\\:\0\r\n\t"<>|?*')


def is_plain_segment(text: str) -> bool:
    """Whether ``text`` is one name inside a folder on every system, and can lead nowhere else."""
    return (
        0 < len(text) <= _SEGMENT_LIMIT
        and text not in {".", ".."}
        and text == text.strip()
        and not _FORBIDDEN.intersection(text)
        and text.isprintable()
    )


def local_evidence(route: str, question: Question, path: Path) -> Evidence:
    """Evidence that ``path`` was looked at and something was there."""
    return Evidence(route=route, question=question, outcome=Outcome.FOUND, url=path.as_uri())


def read_file(path: Path, route: str, limit: int = FILE_LIMIT) -> Answer[FileContent]:
    """The complete bytes of a regular file; devices and pipes are never opened.

    Raises:
        AbsentError: there is no such file.
        UnavailableError: the system refuses to read it.
        BadAnswerError: not a regular file, empty, larger than ``limit``, or a Git LFS pointer.
    """
    evidence = local_evidence(route, Question.FILE, path)
    data = read_small(path, evidence, limit)
    evidence = replace(evidence, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    return Answer(value=checked_content(data, evidence, path.as_uri()), evidence=(evidence,))


@contextlib.contextmanager
def open_regular(path: Path, evidence: Evidence) -> Iterator[BinaryIO]:
    """A regular file, open for reading; devices and pipes are never opened.

    Raises:
        AbsentError: there is no such file. UnavailableError: the system refuses to read it.
        BadAnswerError: not a regular file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadAnswerError(evidence.judged(Outcome.BAD, "malformed"), f"{path} is not a regular file")
        stream = path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        missing = evidence.judged(Outcome.ABSENT, "file-missing")
        raise AbsentError(missing, f"{path} does not exist") from error
    except (OSError, ValueError) as error:
        raise unreadable(path, evidence, error) from error
    with stream:
        yield stream


def read_small(path: Path, evidence: Evidence, limit: int) -> bytes:
    """The bytes of a regular file whatever they are, for listings.

    Raises:
        AbsentError, UnavailableError, BadAnswerError: as for ``read_file``, but the content is not judged.
    """
    with open_regular(path, evidence) as stream:
        try:
            data = stream.read(limit + 1)
        except OSError as error:
            raise unreadable(path, evidence, error) from error
    if len(data) > limit:
        too_large = evidence.judged(Outcome.BAD, "too-large")
        raise BadAnswerError(too_large, f"{path} is larger than {limit // 1024} KiB")
    return data


def unreadable(path: Path, evidence: Evidence, error: OSError | ValueError) -> UnavailableError:
    """The error for a path that the system refuses to read, or that is no name of a file."""
    said = error.strerror if isinstance(error, OSError) else str(error)
    reason = f"{path} cannot be read: {said or type(error).__name__}"
    return UnavailableError(evidence.judged(Outcome.UNAVAILABLE, "unreadable"), reason)
