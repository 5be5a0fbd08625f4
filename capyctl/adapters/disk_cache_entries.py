"""Entries of the disk cache as JSON that proves itself: a damaged one is recognised and counts as not kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from capyctl.core.evidence import Hop
from capyctl.core.kept_answer import AnswerKey, KeptAnswer, Sighting, digest_of

_Second = TypeVar("_Second", int, str)
_HEAD = len('{"sha256":"","entry":') + 64
LONGEST_ENTRY = 512 * 1024
"""Bytes; longer ones are not written and not read."""


def sealed(entry: Mapping[str, object]) -> bytes:
    """An entry as one line of JSON together with the sha256 of what it says."""
    import json  # noqa: PLC0415 - most runs only read

    return sealed_text(json.dumps(entry, sort_keys=True, separators=(",", ":")).encode("ascii"))


def unsealed(data: bytes) -> Mapping[str, Any] | None:
    """What ``sealed`` was given; None for anything that is not whole."""
    text = unsealed_text(data)
    try:
        entry = _json(text) if text is not None else None
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def sealed_text(text: bytes) -> bytes:
    """A JSON value as it is, with the sha256 of its bytes: for values too large to be taken apart in every run."""
    return b'{"sha256":"%s","entry":%s}\n' % (hashlib.sha256(text).hexdigest().encode("ascii"), text)


def unsealed_text(data: bytes) -> bytes | None:
    """What ``sealed_text`` was given; None for anything that is not whole."""
    text = data[_HEAD:-2]
    return text if data == sealed_text(text) else None


def answer_entry(answer: KeptAnswer) -> Mapping[str, object]:
    """An answer as it is written: what it does not have is left out."""
    key = answer.key
    found: dict[str, object] = {
        "url": key.url,
        "accept": key.accept,
        "credential": key.credential,
        "status": answer.status,
        "stored_at": answer.stored_at,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
        "body": answer.sha256,
        "size": answer.size,
        "location": answer.location,
        "final_url": answer.final_url,
        "hops": [[hop.url, hop.status] for hop in answer.hops] or None,
        "media_type": answer.media_type,
        "headers": [list(pair) for pair in answer.headers] or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def read_answer(entry: Mapping[str, Any], key: AnswerKey) -> KeptAnswer | None:
    """The answer to ``key``; None where the entry is another's, or holds what no answer has."""
    found = AnswerKey(
        url=entry.get("url", ""), accept=entry.get("accept", ""), credential=entry.get("credential")
    )
    texts = {
        name: entry.get(name) for name in ("etag", "last_modified", "location", "final_url", "media_type")
    }
    numbers = (entry.get("status"), entry.get("size", 0))
    if found != key or not all(isinstance(each, int) for each in numbers):
        return None
    if not all(isinstance(each, str | None) for each in (*texts.values(), entry.get("body"))):
        return None
    hops, headers = _pairs(entry.get("hops", ()), int), _pairs(entry.get("headers", ()), str)
    if hops is None or headers is None or not isinstance(entry.get("stored_at"), str):
        return None
    return KeptAnswer(
        key=key,
        status=entry["status"],
        stored_at=entry["stored_at"],
        sha256=entry.get("body"),
        size=entry.get("size"),
        hops=tuple(Hop(url=url, status=status) for url, status in hops),
        headers=headers,
        etag=texts["etag"],
        last_modified=texts["last_modified"],
        location=texts["location"],
        final_url=texts["final_url"],
        media_type=texts["media_type"],
    )


def sighting_entry(of: str, sighting: Sighting) -> Mapping[str, object]:
    """What was seen of a subject, given by its digest."""
    return {"of": of, "value": sighting.value, "seen_at": sighting.seen_at, "url": sighting.url}


def read_sighting(entry: Mapping[str, Any], of: str) -> Sighting | None:
    """What was seen of this subject; None where the entry is another's."""
    value, seen_at, url = entry.get("value"), entry.get("seen_at"), entry.get("url")
    if entry.get("of") != of or not isinstance(value, str) or not isinstance(seen_at, str):
        return None
    return Sighting(value=value, seen_at=seen_at, url=url) if isinstance(url, str | None) else None


def expected_entry(of: str, files: Sequence[tuple[str, str]]) -> Mapping[str, object]:
    """Tags and names of files of a repository, given by its digest."""
    return {"of": of, "files": [list(pair) for pair in files]}


def read_expected(entry: Mapping[str, Any], of: str) -> tuple[tuple[str, str], ...] | None:
    """Tags and names; None where the entry is another's."""
    return _pairs(entry.get("files"), str) if entry.get("of") == of else None


def digest_of_name(kind: str, name: str) -> str:
    """64 hex digits for a subject that has only a name; ``kind`` keeps namesakes of two kinds apart."""
    return digest_of(kind, name)


def _json(text: bytes) -> object:
    """What ``sealed`` wrote; a lone surrogate, which an address that nobody serves may hold, is nothing for msgspec."""
    try:
        return msgspec.json.decode(text)
    except ValueError:
        import json  # noqa: PLC0415 - start-up budget

        return json.loads(text)


def _pairs(found: object, second: type[_Second]) -> tuple[tuple[str, _Second], ...] | None:
    """Pairs of a text and a value of one type, as JSON has them."""
    if not isinstance(found, list | tuple):
        return None
    pairs = [each for each in found if isinstance(each, list) and len(each) == 2]
    sound = [(one, two) for one, two in pairs if isinstance(one, str) and isinstance(two, second)]
    return tuple(sound) if len(sound) == len(found) else None
