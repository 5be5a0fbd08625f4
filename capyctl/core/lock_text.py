"""A lock as text: one canonical way to write it, and a strict reader of what somebody may have edited (cli.md 7.2).

Reading imports nothing but the standard library and this package's values, for every locked run begins with it.
"""

from __future__ import annotations

import json
from typing import Final

from capyctl.core.json_places import JsonPath, duplicate_key, line_of, path_text
from capyctl.core.lock import (
    FORMAT,
    Lock,
    LockedCertManager,
    LockedFile,
    LockedImage,
    LockedKubernetes,
    LockedProvider,
    LockedRepository,
)
from capyctl.core.lock_agreement import check_cert_manager, check_kubernetes, check_provider
from capyctl.core.lock_values import Faulty, Reading, refuse_constant

LARGEST_LOCK: Final = 16 * 1024 * 1024
"""Bytes; a lock of a hundred providers has a fiftieth of it."""

_FAMILY = "capyctl-lock/"
_MARK = "\ufeff"


class LockError(ValueError):
    """A text is no lock that can be used.

    Attributes:
        reason: what is wrong, one clause without a full stop, that names the place in the lock.
        path: that place, such as ``providers[2].version``; empty for the whole.
        line: its line from 1, where it has one. later: the text says that it is of another format of lock.
    """

    def __init__(self, reason: str, path: str = "", line: int | None = None, *, later: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.line = line
        self.later = later


def lock_text(lock: Lock) -> str:
    """The canonical text of a lock: keys sorted, indent 2, one value a line, a newline at the end."""
    return json.dumps(lock_object(lock), indent=2, sort_keys=True) + "\n"


def lock_object(lock: Lock) -> dict[str, object]:
    """The lock as the JSON object that the file and the document hold, its lists sorted."""
    by_label = sorted(lock.providers, key=lambda each: each.provider)
    by_marker = sorted(lock.kubernetes, key=lambda each: each.marker)
    return {
        "format": FORMAT,
        "capyctl": lock.capyctl,
        "created_at": lock.created_at,
        "providers": [provider_object(each) for each in by_label],
        "cert_manager": _cert_manager_object(lock.cert_manager) if lock.cert_manager is not None else None,
        "kubernetes": [_kubernetes_object(each) for each in by_marker],
    }


def provider_object(entry: LockedProvider) -> dict[str, object]:
    """One provider's entry as JSON."""
    return {
        "provider": entry.provider,
        "requested": entry.requested,
        "version": entry.version,
        "contract": entry.contract,
        **_release_object(entry),
    }


def _cert_manager_object(entry: LockedCertManager) -> dict[str, object]:
    return {"version": entry.version, **_release_object(entry)}


def _release_object(entry: LockedProvider | LockedCertManager) -> dict[str, object]:
    repository = entry.repository
    return {
        "repository": {"name": repository.name, "id": repository.id, "url": repository.url},
        "files": {
            name: {"url": file.url, "sha256": file.sha256, "size": file.size}
            for name, file in sorted(entry.files.items())
        },
        "images": [
            {"image": each.image, "digest": each.digest}
            for each in sorted(entry.images, key=lambda each: each.image)
        ],
    }


def _kubernetes_object(entry: LockedKubernetes) -> dict[str, object]:
    return {
        "marker": entry.marker,
        "version": entry.version,
        "url": entry.url,
        "resolved_at": entry.resolved_at,
        "image": entry.image,
        "digest": entry.digest,
    }


def read_lock(data: bytes) -> Lock:
    """The lock that a file holds.

    Raises:
        LockError: it is no lock, one of another format, or one with a fault; the first fault is named.
    """
    text = _decoded(data)
    try:
        return _lock(Reading(value=_parsed(text)))
    except Faulty as fault:
        raise _located(fault, text) from None


def _decoded(data: bytes) -> str:
    if len(data) > LARGEST_LOCK:
        raise LockError(f"it has {len(data)} bytes, and no lock is larger than {LARGEST_LOCK}")
    try:
        return data.decode("utf-8").removeprefix(_MARK)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LockError("it is not valid UTF-8", line=line) from None


def _parsed(text: str) -> object:
    try:
        return json.loads(text, parse_constant=refuse_constant, object_pairs_hook=_without_duplicates)
    except json.JSONDecodeError as error:
        said = f"it is no JSON: {error.msg[:1].lower()}{error.msg[1:]}, column {error.colno}"
        raise LockError(said, line=error.lineno) from None
    except (ValueError, RecursionError):
        raise LockError(
            "it is no JSON that can be read: a number or a nesting is beyond all bounds"
        ) from None


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Faulty((), "a key stands twice in one object", duplicate=True)
    return found


def _located(fault: Faulty, text: str) -> LockError:
    place = duplicate_key(text) if fault.duplicate else None
    path, line = place if place is not None else (fault.path, line_of(text, fault.path))
    named = path_text(path)
    reason = f"{named}: {fault.reason}" if named else fault.reason
    return LockError(reason, named, line, later=fault.later)


def _lock(root: Reading) -> Lock:
    written = root.text_or_none("format") if root.is_object else None
    if written != FORMAT:
        raise _foreign(written)
    known = root.known(
        ("format", "capyctl", "created_at"), optional=("providers", "cert_manager", "kubernetes")
    )
    cert_manager = known.member("cert_manager") if known.has("cert_manager") else None
    return Lock(
        capyctl=known.text("capyctl"),
        created_at=known.moment("created_at"),
        providers=tuple(_provider(each) for each in known.entries("providers", by="provider")),
        cert_manager=_cert_manager(cert_manager) if cert_manager is not None else None,
        kubernetes=tuple(_kubernetes(each) for each in known.entries("kubernetes", by="marker")),
    )


def _foreign(written: str | None) -> Faulty:
    path: JsonPath = ("format",) if written is not None else ()
    if written is None:
        return Faulty(path, f"it names no format, and {FORMAT} is read here")
    return Faulty(
        path, f"its format is {written[:60]!r}, and {FORMAT} is read here", later=written.startswith(_FAMILY)
    )


_RELEASE_KEYS = ("version", "repository", "files", "images")


def _provider(found: Reading) -> LockedProvider:
    entry = found.known(("provider", "requested", "contract", *_RELEASE_KEYS))
    read = LockedProvider(
        provider=entry.label("provider"),
        requested=entry.text_or_none("requested"),
        version=entry.tag("version"),
        contract=entry.contract_or_none("contract"),
        repository=_repository(entry.member("repository")),
        files=_files(entry.member("files")),
        images=_images(entry),
    )
    check_provider(read, entry.path)
    return read


def _cert_manager(found: Reading) -> LockedCertManager:
    entry = found.known(_RELEASE_KEYS)
    read = LockedCertManager(
        version=entry.tag("version"),
        repository=_repository(entry.member("repository")),
        files=_files(entry.member("files")),
        images=_images(entry),
    )
    check_cert_manager(read, entry.path)
    return read


def _repository(found: Reading) -> LockedRepository:
    entry = found.known(("name", "id", "url"))
    return LockedRepository(
        name=entry.text("name"), id=entry.whole_number_or_none("id"), url=entry.text("url")
    )


def _files(found: Reading) -> dict[str, LockedFile]:
    return {name: _file(found.member(name)) for name in found.file_names()}


def _file(found: Reading) -> LockedFile:
    entry = found.known(("url", "sha256", "size"))
    return LockedFile(url=entry.text("url"), sha256=entry.sha256("sha256"), size=entry.whole_number("size"))


def _images(entry: Reading) -> tuple[LockedImage, ...]:
    found = (each.known(("image", "digest")) for each in entry.entries("images", by="image"))
    return tuple(
        LockedImage(image=each.image("image"), digest=each.digest_or_none("digest")) for each in found
    )


def _kubernetes(found: Reading) -> LockedKubernetes:
    entry = found.known(("marker", "version", "url", "resolved_at", "image", "digest"))
    read = LockedKubernetes(
        marker=entry.marker("marker"),
        version=entry.tag("version"),
        url=entry.text("url"),
        resolved_at=entry.moment("resolved_at"),
        image=entry.image("image"),
        digest=entry.digest_or_none("digest"),
    )
    check_kubernetes(read, entry.path)
    return read
