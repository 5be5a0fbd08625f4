"""The providers that the Cluster API operator manages: its own resources, of any version of its API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from capyctl.core.api_object import ApiObject, items_at, text_at
from capyctl.core.identity import ProviderKey, ProviderType

OPERATOR_GROUP: Final = "operator.cluster.x-k8s.io"
OPERATOR_KINDS: Final[Mapping[str, ProviderType]] = {each.value: each for each in ProviderType}
"""The operator names its kinds as clusterctl names provider types."""


class OperatorCondition(Struct, frozen=True, kw_only=True):
    """One condition of a resource of the operator, as it stands there."""

    type: str
    status: str
    reason: str
    message: str


class OperatorProvider(Struct, frozen=True, kw_only=True):
    """A provider as the operator's resource asks for it and reports it.

    Attributes:
        requested: ``spec.version``; empty leaves the choice to the operator.
        installed: ``status.installedVersion``; empty where nothing is installed yet.
        api_version: as read, for the text of a change to be made.
    """

    namespace: str
    type: ProviderType
    name: str
    requested: str
    installed: str
    api_version: str
    conditions: tuple[OperatorCondition, ...] = ()

    @property
    def key(self) -> ProviderKey:
        """Type and name."""
        return ProviderKey(type=self.type, name=self.name)

    @property
    def current(self) -> str:
        """What runs as far as the resource tells: what is installed, else what is asked for."""
        return self.installed or self.requested

    @property
    def failing(self) -> tuple[OperatorCondition, ...]:
        """The conditions that are False with something to say."""
        return tuple(each for each in self.conditions if each.status == "False" and each.message)


def read_operator_entries(objects: Iterable[ApiObject]) -> tuple[OperatorProvider, ...]:
    """The providers behind these objects, by type order, name and namespace; other kinds are left out."""
    found = [_provider(each, OPERATOR_KINDS[each.kind]) for each in objects if each.kind in OPERATOR_KINDS]
    return tuple(sorted(found, key=lambda each: (*each.key.sort_key, each.namespace)))


def _provider(found: ApiObject, provider_type: ProviderType) -> OperatorProvider:
    return OperatorProvider(
        namespace=found.namespace,
        type=provider_type,
        name=found.name,
        requested=text_at(found.raw, "spec", "version"),
        installed=text_at(found.raw, "status", "installedVersion"),
        api_version=found.api_version,
        conditions=tuple(_condition(each) for each in items_at(found.raw, "status", "conditions")),
    )


def _condition(item: object) -> OperatorCondition:
    return OperatorCondition(
        type=text_at(item, "type"),
        status=text_at(item, "status"),
        reason=text_at(item, "reason"),
        message=text_at(item, "message"),
    )
