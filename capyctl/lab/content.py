"""Contents of release files: bytes, padded to a real file's size where that matters."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

from msgspec import Struct

METADATA_API_VERSION = "clusterctl.cluster.x-k8s.io/v1alpha3"

_PADDING_HEAD = """\
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: paddings.lab.example.com
spec:
  group: lab.example.com
  scope: Namespaced
  names: {kind: Padding, listKind: PaddingList, plural: paddings, singular: padding}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
"""
_PADDING_ROW = """\
          field{:06d}:
            description: A field that only takes room.
            type: string
"""


class Content(Struct, frozen=True, kw_only=True):
    """Bytes of a file.

    ``pad_to`` grows it to about that many bytes with one more definition, as in real files.
    """

    data: bytes
    pad_to: int = 0

    def render(self) -> bytes:
        """The bytes as served."""
        missing = self.pad_to - len(self.data)
        return self.data if missing <= 0 else self.data + _padding(missing)


class Rendered(Struct, frozen=True, kw_only=True):
    """Bytes as served and their digest, 64 hex digits."""

    data: bytes
    sha256: str


class ContentShelf:
    """Renders each content once while a lab runs; a listing states the size and digest of every asset."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rendered: dict[Content, Rendered] = {}

    def of(self, content: Content) -> Rendered:
        """The rendered content."""
        with self._lock:
            known = self._rendered.get(content)
            if known is None:
                data = content.render()
                known = Rendered(data=data, sha256=hashlib.sha256(data).hexdigest())
                self._rendered[content] = known
        return known


def metadata_yaml(
    series: Sequence[tuple[str, str]],
    *,
    api_version: str | None = METADATA_API_VERSION,
    kind: str | None = "Metadata",
) -> bytes:
    """A metadata.yaml of these ``major.minor`` and contract pairs, in this order; None leaves a field out."""
    lines = [f"apiVersion: {api_version}"] if api_version is not None else []
    lines += [f"kind: {kind}"] if kind is not None else []
    lines.append("releaseSeries:" if series else "releaseSeries: []")
    for name, contract in series:
        major, _, minor = name.partition(".")
        lines += [f"  - major: {major}", f"    minor: {minor}", f"    contract: {contract}"]
    return "\n".join(lines).encode() + b"\n"


def lfs_pointer(content: bytes) -> bytes:
    """The text Git LFS leaves in a file's place."""
    digest = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n".encode()


def _padding(missing: int) -> bytes:
    rows = max(1, (missing - len(_PADDING_HEAD)) // len(_PADDING_ROW.format(0)))
    return (_PADDING_HEAD + "".join(_PADDING_ROW.format(number) for number in range(rows))).encode()
