"""A last look at the bytes of a file that no HTTP client has judged: from a folder or out of a zip."""

from __future__ import annotations

import hashlib

from capyctl.adapters.http_kind import BodyError, check_kind
from capyctl.core.evidence import Evidence, Outcome
from capyctl.ports.fetch_errors import BadAnswerError
from capyctl.ports.fetcher import FileContent
from capyctl.ports.http import Expect


def checked_content(data: bytes, evidence: Evidence, url: str) -> FileContent:
    """The bytes with their digest, judged by the same rules as a download.

    Raises:
        BadAnswerError: empty, or of a kind that no release file has.
    """
    try:
        check_kind(data, Expect.YAML, None)
    except BodyError as error:
        bad = evidence.judged(Outcome.BAD, error.failure)
        raise BadAnswerError(bad, f"{url} cannot be used: {error.reason}") from error
    return FileContent(data=data, sha256=hashlib.sha256(data).hexdigest(), url=url)
