"""Taking away what a new release of a provider no longer has (issue 5, 1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from capyctl.app.apply.delete import DeletionResult, delete_stages
from capyctl.app.apply.writing import ClusterWriter
from capyctl.core.deletion import DeletionStage
from capyctl.core.installed_objects import LiveObject, to_prune
from capyctl.core.object_key import ObjectKey
from capyctl.core.transaction import ProviderRecord


def prune_stages(
    live: Sequence[LiveObject],
    rendered: Mapping[str, Iterable[ObjectKey]],
    records: Mapping[str, ProviderRecord],
) -> tuple[DeletionStage, ...]:
    """What is to go, by provider in the order of ``rendered``; to be shown in a dry run as it is.

    ``live`` are labelled objects (``live.read_live``), ``records`` what earlier runs brought, both by label.
    """
    stages = []
    for label, keys in rendered.items():
        own = [each for each in live if each.owner == label]
        gone = to_prune(own, keys, records.get(label))
        if gone:
            stages.append(DeletionStage(name=f"{label}-pruned", objects=gone))
    return tuple(stages)


def prune(writer: ClusterWriter, stages: Sequence[DeletionStage], *, limit: float = 60.0) -> DeletionResult:
    """Take it away, after the new release is applied: until then the old one works on."""
    return delete_stages(writer, stages, limit=limit)
