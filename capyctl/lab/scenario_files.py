"""File contents in a scenario: given as text, or described and made."""

from __future__ import annotations

import base64
import binascii
import re
import stat
from pathlib import Path

from msgspec import Struct

from capyctl.core.pattern import pattern
from capyctl.core.version import ProviderVersion, parse_version
from capyctl.lab.content import METADATA_API_VERSION, Content, metadata_yaml
from capyctl.lab.manifests import ComponentsShape, cert_manager_yaml, components_yaml
from capyctl.lab.scenario_fields import Fields

_SERIES = pattern(r"(\d+)\.(\d+)(?:-(\d+)\.(\d+))?\s+(\S+)\Z", re.ASCII)
_LARGEST_FILE = 32 * 1024 * 1024
_DEFAULT_CONTRACT = "v1beta1"

Series = tuple[tuple[str, str], ...]


class FilesContext(Struct, frozen=True, kw_only=True):
    """What a made file refers to: the tag it is of, the project's series, the folder of the scenario file."""

    tag: str = ""
    series: Series = ()
    folder: Path | None = None

    @property
    def own_series(self) -> Series:
        """The project's series up to that of the tag."""
        version = parse_version(self.tag)
        return self.series if version is None else tuple(_until(self.series, version))

    @property
    def contracts(self) -> tuple[str, ...]:
        """The contracts that definitions of this tag are labelled with."""
        own = self.own_series[-1][1] if self.own_series else _DEFAULT_CONTRACT
        return ("v1beta1", "v1beta2") if own == "v1beta2" else (own,)


def read_series(fields: Fields, key: str) -> Series | None:
    """Series such as ``1.0-1.10 v1beta1, 1.11 v1beta2``; a range stays within a major. None where absent."""
    text = fields.optional(key)
    if text is None:
        return None
    return tuple(
        pair for part in text.split(",") if part.strip() for pair in _range(fields, key, part.strip())
    )


def read_content(fields: Fields, context: FilesContext) -> Content:
    """One file: ``text``, ``base64``, ``path``, ``metadata``, ``components`` or ``cert_manager``."""
    size = fields.size("size")
    data = _read_data(fields, context)
    fields.finish()
    return Content(data=data, pad_to=size)


def _read_data(fields: Fields, context: FilesContext) -> bytes:
    if "text" in fields:
        return fields.text("text").encode()
    if "base64" in fields:
        return _decoded(fields)
    if "path" in fields:
        return _from_disk(fields, context)
    if "components" in fields:
        return components_yaml(read_shape(fields.inner("components"), context))
    if "cert_manager" in fields:
        return cert_manager_yaml(fields.text("cert_manager") or context.tag)
    if "metadata" in fields:
        return _metadata(fields.inner("metadata"), context)
    raise fields.complaint("", "needs one of text, base64, path, metadata, components, cert_manager")


def read_shape(fields: Fields, context: FilesContext) -> ComponentsShape:
    """What a made components file holds."""
    label = fields.required("label")
    namespaces = (
        fields.texts("namespaces")
        if "namespaces" in fields
        else (fields.text("namespace", f"{label}-system"),)
    )
    shape = ComponentsShape(
        label=label,
        namespaces=namespaces,
        contracts=fields.texts("contracts") or context.contracts,
        image=fields.text("image", f"registry.example.com/{label}-controller:{context.tag or 'v0.0.0'}"),
        variables=fields.texts("variables"),
    )
    fields.finish()
    return shape


def _metadata(fields: Fields, context: FilesContext) -> bytes:
    series = read_series(fields, "series")
    data = metadata_yaml(
        context.own_series if series is None else series,
        api_version=fields.text("api_version", METADATA_API_VERSION) or None,
        kind=fields.text("kind", "Metadata") or None,
    )
    fields.finish()
    return data


def _range(fields: Fields, key: str, text: str) -> list[tuple[str, str]]:
    found = _SERIES().match(text)
    if found is None or (found[3] is not None and found[3] != found[1]):
        raise fields.complaint(key, f"has {text!r}; write '1.4 v1beta1' or '1.0-1.10 v1beta1'")
    first, last = int(found[2]), int(found[4] or found[2])
    return [(f"{found[1]}.{minor}", found[5]) for minor in range(first, last + 1)]


def _until(series: Series, version: ProviderVersion) -> list[tuple[str, str]]:
    return [(name, contract) for name, contract in series if _pair(name) <= version.series]


def _pair(name: str) -> tuple[int, int]:
    major, _, minor = name.partition(".")
    return int(major), int(minor)


def _decoded(fields: Fields) -> bytes:
    try:
        return base64.b64decode(fields.text("base64"), validate=True)
    except binascii.Error as error:
        raise fields.complaint("base64", "is not base64") from error


def _from_disk(fields: Fields, context: FilesContext) -> bytes:
    name = Path(fields.text("path"))
    if context.folder is None or name.is_absolute() or ".." in name.parts:
        raise fields.complaint("path", "must be a path below the scenario file's own folder")
    path = context.folder / name
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise fields.complaint("path", "leads to what is no regular file")
        if about.st_size > _LARGEST_FILE:
            raise fields.complaint("path", "leads to a file that is too large")
        return path.read_bytes()
    except OSError as error:
        raise fields.complaint("path", f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise fields.complaint("path", "has a character that no file name can have") from error
