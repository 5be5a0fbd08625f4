"""Whether what a registry answers is a manifest: a portal's page has a digest too, and would pass for an image."""

from __future__ import annotations

import json
from typing import Final

from capyctl.adapters.http_kind import BodyError, check_kind
from capyctl.ports.http import Expect

MANIFEST_TYPES: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_SAYS_NOTHING = frozenset({"", "application/json", "application/octet-stream", "text/plain"})
"""What servers say that do not know what they serve."""

_SCHEMA = 2


def media_type_of(content_type: str) -> str:
    """The media type in a ``Content-Type``, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def check_manifest(data: bytes, media_type: str) -> None:
    """Tell a manifest from anything else.

    Raises:
        BodyError: ``html``, ``empty``, ``binary``, ``lfs-pointer`` or ``malformed``.
    """
    check_kind(data, Expect.JSON, media_type)
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _malformed("it is no JSON") from error
    if not isinstance(record, dict):
        raise _malformed("it is no object")
    own = record.get("mediaType")
    if own not in MANIFEST_TYPES and (own is not None or record.get("schemaVersion") != _SCHEMA):
        raise _malformed(f"it says neither schemaVersion {_SCHEMA} nor a media type of one")
    if media_type not in MANIFEST_TYPES and media_type not in _SAYS_NOTHING:
        raise _malformed(f"it came as {media_type}")


def _malformed(why: str) -> BodyError:
    return BodyError("malformed", f"the answer is no manifest: {why}")
