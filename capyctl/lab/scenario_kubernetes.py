"""Release markers and registries of a scenario file as values of ``lab/world.py``."""

from __future__ import annotations

from collections.abc import Mapping

from capyctl.lab.content import Content
from capyctl.lab.scenario_fields import Fields
from capyctl.lab.scenario_files import FilesContext, read_content
from capyctl.lab.world import ImageRegistry, StoredImage


def read_markers(fields: Fields) -> Mapping[str, tuple[Content, ...]]:
    """Marker to what it answers: a text, a list of texts for one question after the other, or a content."""
    return {marker: _answers(fields, marker, value) for marker, value in fields.raw_items()}


def read_registry(host: str, fields: Fields) -> ImageRegistry:
    """A registry: ``tokens`` and ``blobs`` are hosts, ``repositories`` have tags with images."""
    registry = ImageRegistry(
        host=fields.checked_host(host),
        tokens=fields.host("tokens"),
        blobs=fields.host("blobs"),
        repositories={
            name: {tag: _images(tags, tag) for tag, _ in tags.raw_items()}
            for name, tags in fields.inner("repositories").items()
        },
    )
    fields.finish()
    return registry


def _answers(fields: Fields, marker: str, value: object) -> tuple[Content, ...]:
    if isinstance(value, list):
        return tuple(Content(data=text.encode()) for text in fields.texts(marker))
    if isinstance(value, Mapping):
        return (read_content(fields.inner(marker), FilesContext()),)
    return (Content(data=fields.required(marker).encode()),)


def _images(tags: Fields, tag: str) -> tuple[StoredImage | None, ...]:
    value = tags.take(tag)
    listed = value if isinstance(value, list) else [value if value is not None else {}]
    return tuple(_image(tags, tag, each) if each is not None else None for each in listed)


def _image(tags: Fields, tag: str, value: object) -> StoredImage:
    if not isinstance(value, Mapping):
        raise tags.complaint(tag, "must be an image such as {}, or a list of images and nulls")
    fields = tags.made({str(key): item for key, item in value.items()})
    image = StoredImage(contains=fields.optional("contains"), revision=fields.number("revision", 1))
    fields.finish()
    return image
