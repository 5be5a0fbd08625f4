"""Images of a lock that the components it locks cannot have: the list was edited by hand (issue 6, item 3)."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.lock.contradictions import Contradiction
from capyctl.core.evidence import printable
from capyctl.core.lock import LockedCertManager, LockedProvider
from capyctl.core.provider_table import TableEntry
from capyctl.ports.fetcher import FileContent

_SHOWN = 5
"""How many images are named; a provider may have hundreds."""


def images_contradicted(
    components: ComponentsPolicy,
    entry: TableEntry,
    locked: LockedProvider | LockedCertManager,
    name: str,
    content: FileContent,
) -> Contradiction | None:
    """Where the lock has other images than the components with the locked digest can have.

    Args:
        components: reads the file as this run would; its image overrides may be others than where the lock was made.
        entry: of the table.
        locked: of the lock.
        name: of the file of components.
        content: its bytes, which have the locked digest.
    """
    images = tuple(each.image for each in locked.images)
    if _are_written(images, content.data):
        return None
    rendered = components.read(entry, locked.version, content)
    if not any(item.is_error for item in rendered.diagnostics) and set(rendered.images) == set(images):
        return None
    renames = any(each.name for each in components.image_overrides.values())
    return _differing(entry.key.manifest_label, images, name, content.data, names_are_kept=not renames)


def contradicted_by(
    label: str, images: Sequence[str], name: str, data: bytes, *, names_are_kept: bool
) -> Contradiction | None:
    """The same by the file alone, without anything of this machine."""
    if _are_written(images, data):
        return None
    return _differing(label, images, name, data, names_are_kept=names_are_kept)


def _are_written(images: Sequence[str], data: bytes) -> bool:
    """Whether these are the images that the file writes, so that nothing has to be read."""
    from capyctl.core.locked_images import written_images  # noqa: PLC0415 - start-up budget

    return written_images(data) == frozenset(images)


def _differing(
    label: str, images: Sequence[str], name: str, data: bytes, *, names_are_kept: bool
) -> Contradiction | None:
    from capyctl.core.locked_images import compare_images, image_references  # noqa: PLC0415 - start-up budget

    references = image_references(data)
    if references is None:
        return None
    differing = compare_images(images, references, names_are_kept=names_are_kept)
    if differing is None:
        return None
    has = f"has {_listed(differing.foreign)}" if differing.foreign else ""
    lacks = f"lacks {_listed(differing.lacking)}" if differing.lacking else ""
    found = " and ".join(each for each in (has, lacks) if each)
    names = _listed(references) if references else "no image"
    return Contradiction(
        label=label, place=("images",), reason=f"it {found}, and {name} with its sha256 names {names}"
    )


def _listed(images: Sequence[str]) -> str:
    more = f" and {len(images) - _SHOWN} more" if len(images) > _SHOWN else ""
    return f"{', '.join(printable(each)[:200] for each in images[:_SHOWN])}{more}"
