"""The definitions of installed providers: what contracts they state, and what new ones would do to stored objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import ApiObject, text_at
from capyctl.core.api_reading import ApiFailure, Collection
from capyctl.core.apply_stages import Part
from capyctl.core.definition_change import (
    DefinitionChange,
    contracts_of_definitions,
    definition_change,
)
from capyctl.core.inventory import PROVIDER_LABEL

_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_PAGE = 50
"""A definition has up to a MiB."""


class StatedContracts(Struct, frozen=True, kw_only=True):
    """Contracts by manifest label, as the installed definitions state them."""

    by_label: Mapping[str, frozenset[str]] = field(default_factory=dict)
    failures: tuple[ApiFailure, ...] = ()


def read_stated_contracts(reader: ClusterReader) -> StatedContracts:
    """The contracts that all installed providers' definitions state: one question, metadata alone (F64)."""
    listed = reader.listed(Collection(path=_PATH, label_selector=PROVIDER_LABEL, metadata_only=True))
    if listed.failure is not None:
        return StatedContracts(failures=(listed.failure,))
    return StatedContracts(by_label=contracts_of_definitions(listed.value or (), PROVIDER_LABEL))


class DefinitionChanges(Struct, frozen=True, kw_only=True):
    """What becomes of the definitions that are there already."""

    changes: tuple[DefinitionChange, ...] = ()
    failures: tuple[ApiFailure, ...] = ()


def read_definition_changes(reader: ClusterReader, parts: Sequence[Part]) -> DefinitionChanges:
    """Each rendered definition beside the one that is in the cluster, whoever made that one."""
    rendered = {
        text_at(raw, "metadata", "name"): (raw, part.owner)
        for part in parts
        for raw in part.objects
        if text_at(raw, "kind") == "CustomResourceDefinition"
    }
    if not rendered:
        return DefinitionChanges()
    listed = reader.listed(Collection(path=_PATH, page=_PAGE))
    if listed.failure is not None:
        return DefinitionChanges(failures=(listed.failure,))
    live = _by_name(listed.value or ())
    return DefinitionChanges(
        changes=tuple(
            definition_change(live[name], raw, owner)
            for name, (raw, owner) in rendered.items()
            if name in live
        )
    )


def _by_name(found: Iterable[ApiObject]) -> dict[str, ApiObject]:
    return {each.name: each for each in found}
