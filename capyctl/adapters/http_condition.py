"""Validators of kept answers: which are fit to be sent, where to, and what a 304 has to say (RFC 9110 13)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from capyctl.adapters.http_origin import same_host
from capyctl.core.kept_answer import KeptAnswer
from capyctl.core.pattern import pattern

# RFC 9110 8.8.3, and the bare tokens that some object stores send. Neither a list nor ``*`` can be spelled so.
_ETAG = pattern(r'(?:W/)?"[\x21\x23-\x7e]{0,254}"|[A-Za-z0-9._:+/=-]{1,256}', re.ASCII)
_DATE = pattern(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}"
    r" \d{2}:\d{2}:\d{2} GMT",
    re.ASCII,
)


def sound_etag(text: str | None) -> str | None:
    """An ETag that may be kept and sent, else None: hostile ones are no validators."""
    return text if text is not None and len(text) <= 256 and _ETAG().fullmatch(text) else None


def sound_date(text: str | None) -> str | None:
    """A Last-Modified of the one form that HTTP generates, else None."""
    return text if text is not None and _DATE().fullmatch(text) else None


def has_validator(kept: KeptAnswer) -> bool:
    """Whether the answer can be asked for conditionally."""
    return sound_etag(kept.etag) is not None or sound_date(kept.last_modified) is not None


def condition_headers(kept: KeptAnswer | None, url: str) -> dict[str, str]:
    """What is sent to ``url``: nothing to another host than the one that the kept answer came from.

    The ETag goes alone where there is one: a date tells seconds apart and no more (RFC 9110 8.8.2.2).
    """
    if kept is None or not same_host(url, kept.final_url or kept.key.url):
        return {}
    etag, date = sound_etag(kept.etag), sound_date(kept.last_modified)
    if etag is not None:
        return {"If-None-Match": etag}
    return {"If-Modified-Since": date} if date is not None else {}


def confirms(headers: Mapping[str, str], kept: KeptAnswer) -> bool:
    """Whether a 304 speaks of what was asked for: one under another ETag does not."""
    stated = headers.get("etag")
    return stated is None or kept.etag is None or _opaque(stated) == _opaque(kept.etag)


def _opaque(etag: str) -> str:
    """The part that the weak comparison looks at (RFC 9110 8.8.3.2)."""
    return etag.removeprefix("W/")
