"""A last look at the bytes of a file that no HTTP client has judged: from a folder or out of a zip."""

from __future__ import annotations

import hashlib

from capyctl.core.evidence import Evidence, Outcome
from capyctl.ports.fetch_errors import BadAnswerError
from capyctl.ports.fetcher import FileContent

_LFS_MARK = b"version https://git-lfs.github.com/spec/"


def checked_content(data: bytes, evidence: Evidence, url: str) -> FileContent:
    """The bytes with their digest.

    Raises:
        BadAnswerError: nothing but blanks, or a Git LFS pointer in place of the file.
    """
    if not data.strip():
        raise BadAnswerError(evidence.judged(Outcome.BAD, "empty"), "the file is empty")
    if data.startswith(_LFS_MARK):
        raise BadAnswerError(
            evidence.judged(Outcome.BAD, "lfs-pointer"), "a Git LFS pointer is there, not the file"
        )
    return FileContent(data=data, sha256=hashlib.sha256(data).hexdigest(), url=url)
