"""What a new CustomResourceDefinition does to stored objects (clusterctl-cluster 5.5, 5.7; weakness 14)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from capyctl.core.api_object import ApiObject, items_at, text_at, value_at
from capyctl.core.contract import CRD_LABEL_PREFIX, contract_of_label
from capyctl.core.object_key import Json


class DefinitionChange(Struct, frozen=True, kw_only=True):
    """A definition that is there, beside the one that is to take its place.

    Attributes:
        name: of the definition. owner: whose new file has it.
        lost: versions in which objects may be stored, and which the new definition has not; the API server refuses it.
        storage: the version in which objects are stored from now on; before: until now.
        converts: whether a webhook converts, by the definition that is there or by the new one.
    """

    name: str
    owner: str
    lost: tuple[str, ...] = ()
    before: str = ""
    storage: str = ""
    converts: bool = False

    @property
    def stops_the_webhook(self) -> bool:
        """Whether the old release must not run on while the new definition takes its place.

        Objects are written in another version from then on, through a webhook of which an old process knows nothing.
        """
        return self.converts and bool(self.before) and self.before != self.storage


def definition_change(live: ApiObject, new: Json, owner: str) -> DefinitionChange:
    """Compare the two; both of one name."""
    versions = {text_at(each, "name") for each in items_at(new, "spec", "versions")}
    stored = [each for each in items_at(live.raw, "status", "storedVersions") if isinstance(each, str)]
    return DefinitionChange(
        name=live.name,
        owner=owner,
        lost=tuple(each for each in stored if each not in versions),
        before=_storage(live.raw),
        storage=_storage(new),
        converts=_converts(live.raw) or _converts(new),
    )


def owners_to_stop(changes: Iterable[DefinitionChange]) -> tuple[str, ...]:
    """The providers whose Deployments are scaled down while their definitions change, each once."""
    return tuple(dict.fromkeys(each.owner for each in changes if each.stops_the_webhook))


def contracts_of_definitions(
    definitions: Iterable[ApiObject], provider_label: str
) -> dict[str, frozenset[str]]:
    """By provider, the contracts that its installed definitions state (F64).

    A provider implements a contract if any of its definitions says so; one without such labels is left out.
    """
    found: dict[str, frozenset[str]] = {}
    for each in definitions:
        owner = each.labels.get(provider_label, "")
        stated = {contract_of_label(key) for key in each.labels if key.startswith(CRD_LABEL_PREFIX)}
        contracts = frozenset(contract for contract in stated if contract is not None)
        if owner and contracts:
            found[owner] = found.get(owner, frozenset()) | contracts
    return found


def _storage(definition: Json) -> str:
    stored = (
        text_at(each, "name")
        for each in items_at(definition, "spec", "versions")
        if value_at(each, "storage") is True
    )
    return next(stored, "")


def _converts(definition: Json) -> bool:
    return text_at(definition, "spec", "conversion", "strategy") == "Webhook"
