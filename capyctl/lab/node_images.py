"""Images as kind builds them, small: an index, a manifest for each platform, two layers (F67-F70)."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping

from msgspec import Struct

from capyctl.lab.world import StoredImage

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_PLATFORMS = ("amd64", "arm64")


class BuiltImage(Struct, frozen=True, kw_only=True):
    """An image's blobs and manifests by digest; ``digest`` is that of its index."""

    digest: str
    manifests: Mapping[str, tuple[str, bytes]]
    blobs: Mapping[str, bytes]


def build_image(tag: str, image: StoredImage) -> BuiltImage:
    """The image behind a tag; the same world gives the same bytes, whatever compression library there is."""
    contains = tag if image.contains is None else image.contains
    base = _layer({"etc/os-release": f"ID=lab\nBUILD={image.revision}\n".encode()})
    own = _layer({"kind/version": contains.encode()} if contains else {"kind/README": b"no version\n"})
    blobs = {digest_of(data): data for data in (base, own)}
    manifests: dict[str, tuple[str, bytes]] = {}
    rows = []
    for architecture in _PLATFORMS:
        config = json.dumps(
            {"architecture": architecture, "os": "linux", "rootfs": {"type": "layers"}}
        ).encode()
        blobs[digest_of(config)] = config
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": _descriptor(_CONFIG, config),
                "layers": [_descriptor(_LAYER, data) for data in (base, own)],
            }
        ).encode()
        manifests[digest_of(manifest)] = (MANIFEST, manifest)
        platform = {"os": "linux", "architecture": architecture}
        rows.append({**_descriptor(MANIFEST, manifest), "platform": platform})
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}).encode()
    manifests[digest_of(index)] = (INDEX, index)
    return BuiltImage(digest=digest_of(index), manifests=manifests, blobs=blobs)


def digest_of(data: bytes) -> str:
    """``sha256:…`` of some bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data)}


def _layer(files: Mapping[str, bytes]) -> bytes:
    """A layer, gzipped without compressing, so that its digest depends on no library."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(target.getvalue(), compresslevel=0, mtime=0)
