"""Whether the images of a lock can be those of the components it locks, on whatever machine it was made.

Variables and image overrides of that machine are not known. A variable may stand for anything in its place; an override
gives a repository and a tag, a name too since clusterctl v1.13, and never takes an image away or adds one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from msgspec import Struct

from capyctl.core.components_images import ImageCollector
from capyctl.core.components_objects import UnpatchableObjectError
from capyctl.core.components_text import ComponentsText, UnreadableComponentsError
from capyctl.core.components_typed import KubernetesTypes
from capyctl.core.diagnostics import Subject
from capyctl.core.pattern import pattern

_OPEN = pattern(
    r"^[ \t]*(?:-[ \t]+)*(?:\$\{|[\"']?(?:kind|apiVersion|spec|template|jobTemplate|containers|initContainers)[\"']?:"
    r"[^\n]*\$\{)",
    re.MULTILINE,
)
"""Where a variable may decide which containers there are."""


_DOCUMENT = pattern(r"^---", re.MULTILINE)
_WITHOUT_PODS = pattern(
    r"^kind:[ \t]*[\"']?(?!Deployment|DaemonSet|StatefulSet|ReplicaSet|Job|CronJob|Pod|ReplicationController)"
    r"[A-Za-z]+[\"']?[ \t\r]*$(?![\s\S]*^\$\{)",
    re.MULTILINE,
)
"""A document of a kind that has no containers, and no line that a variable begins at its first column."""

_WRITTEN = pattern(rb"image[\"']?:[ \t]*[\"']?([^\s\"',}#]+)")
"""It begins with letters alone, so that megabytes are searched as fast as for a word."""


class Differing(Struct, frozen=True, kw_only=True):
    """Images of a lock that its components do not have, and references of these that it lacks."""

    foreign: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


def written_images(data: bytes) -> frozenset[str]:
    """Whatever a text names as an image, or under a key that ends so.

    Where these are a lock's images, nothing has to be read any further.
    """
    return frozenset(each.decode("utf-8", "replace") for each in _WRITTEN().findall(data))


def image_references(data: bytes) -> tuple[str, ...] | None:
    """The references of a components file as written, each once; None where a variable may add others."""
    text = ComponentsText(data=data, subject=Subject())
    collector = ImageCollector(component="", overrides={}, types=KubernetesTypes())
    documents = _DOCUMENT().split(data.decode("utf-8", "replace"))
    if any(_OPEN().search(each) and not _WITHOUT_PODS().search(each) for each in documents):
        return None
    try:
        for item in text.raw_objects():
            collector.visited(item)
    except (UnreadableComponentsError, UnpatchableObjectError):
        return None
    return tuple(dict.fromkeys(collector.images))


def compare_images(
    locked: Collection[str], references: Sequence[str], *, names_are_kept: bool
) -> Differing | None:
    """How images differ from what these references can become; None where nothing can be said against them.

    Args:
        locked: of one entry of a lock.
        references: of its components, each once, as ``image_references`` gives them.
        names_are_kept: whether it is known that no override gave an image another name; otherwise one that is
            foreign and one that is lacking may be the same.
    """
    foreign = tuple(each for each in locked if not any(_becomes(one, each) for one in references))
    lacking = tuple(each for each in references if not any(_becomes(each, one) for one in locked))
    too_many = len(set(locked)) > len(references)
    if foreign and lacking and not (names_are_kept or too_many):
        return None
    if too_many and not foreign:
        foreign = tuple(each for each in locked if each not in references)
    return Differing(foreign=foreign, lacking=lacking) if foreign or lacking else None


def _becomes(reference: str, image: str) -> bool:
    """Whether a reference may become an image, by its variables and by a repository and a tag from elsewhere."""
    before, is_open, rest = reference.partition("${")
    name, digest = _name_and_digest(before if is_open else reference)
    if is_open:
        after = rest.rpartition("}")[2]
        if "/" in after:
            name, digest = _name_and_digest(after)
        elif "/" in before and ":" in before.rpartition("/")[2]:
            return _name_and_digest(image)[0] == name
        else:
            return True
    return reference == image or (name, digest) == _name_and_digest(image)


def _name_and_digest(text: str) -> tuple[str, str]:
    named, _, digest = text.rpartition("/")[2].partition("@")
    return named.partition(":")[0], digest
