"""What an upgrade does besides applying new releases: where it stops a provider, what it prunes and records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from capyctl.core.api_object import mapping_at, number_at
from capyctl.core.apply_stages import Part, Stage
from capyctl.core.components_objects import replaced
from capyctl.core.installed_objects import LiveObject
from capyctl.core.object_key import Json, ObjectKey
from capyctl.core.transaction import ObjectMark, ProviderRecord, Transaction

STOPPED = "stopped"
"""The flag of a record that names the owners whose Deployments are scaled down, joined by commas."""

_OWN_GROUPS = frozenset(
    {"", "apps", "batch", "autoscaling", "policy", "cert-manager.io", "acme.cert-manager.io"}
)


def before_definitions(stages: Sequence[Stage]) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
    """The stages up to the first that replaces a definition, and the others: a provider is stopped in between."""
    for place, stage in enumerate(stages):
        if any(each.key.kind == "CustomResourceDefinition" for each in stage.objects):
            return tuple(stages[:place]), tuple(stages[place:])
    return tuple(stages), ()


def running_again(part: Part, stopped: Iterable[str]) -> Part:
    """The part with Deployments that run, where its owner was stopped: one that names no number would stay at zero."""
    if part.owner not in stopped:
        return part
    return Part(owner=part.owner, objects=tuple(_running(raw) for raw in part.objects), entry=part.entry)


def _running(raw: Json) -> Json:
    if raw.get("kind") != "Deployment" or number_at(raw, "spec", "replicas") is not None:
        return raw
    return replaced(dict(raw), ("spec",), {**mapping_at(raw, "spec"), "replicas": 1})


def prunable(
    live: Iterable[LiveObject], homes: Mapping[str, frozenset[str]], records: Mapping[str, ProviderRecord]
) -> tuple[LiveObject, ...]:
    """The live objects of providers that an upgrade may take away at all.

    What an earlier run brought, and what clusterctl would delete: objects of kinds that installers make, in a
    provider's own namespaces (``homes``) or in none. Objects of the provider's own kinds are a user's.
    """
    return tuple(
        each
        for each in live
        if each.key in _brought(records.get(each.owner))
        or (_is_of_installers(each.key) and each.key.namespace in {"", *homes.get(each.owner, ())})
    )


def _brought(record: ProviderRecord | None) -> frozenset[ObjectKey]:
    return frozenset(mark.key for mark in record.objects) if record is not None else frozenset()


def _is_of_installers(key: ObjectKey) -> bool:
    return key.group in _OWN_GROUPS or key.group.endswith(".k8s.io")


def remembered(new: Sequence[ObjectMark], old: ProviderRecord | None) -> tuple[ObjectMark, ...]:
    """The marks of a release, and those of Secrets that the one before brought: they are its to take away."""
    held = {mark.key for mark in new}
    before = old.objects if old is not None else ()
    return (*new, *(mark for mark in before if mark.key.kind == "Secret" and mark.key not in held))


def stopped_owners(transaction: Transaction) -> frozenset[str]:
    """The owners that a run had stopped, or was about to."""
    return frozenset(filter(None, transaction.flags.get(STOPPED, "").split(",")))
