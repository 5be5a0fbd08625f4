"""What is written in which order, and what is awaited in between, as data (ADR 21).

Namespaces, then cert-manager.io objects, then the rest (clusterctl-cluster 10.1, 3), for all providers side by side;
a provider's inventory entry comes when all its objects are written, so that an entry never promises more than there is.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from capyctl.core.api_object import items_at, mapping_at, text_at, value_at
from capyctl.core.components_objects import INJECT_CA_FROM, replaced
from capyctl.core.object_key import Json, Kinds, ObjectKey, key_of
from capyctl.core.readiness import Awaited
from capyctl.core.repr_without import repr_without
from capyctl.core.transaction import Phase

INVENTORY: Final = "inventory"

_EARLY: Final[Mapping[str, int]] = {
    "CustomResourceDefinition": 0,
    "PriorityClass": 1,
    "ServiceAccount": 1,
    "Secret": 1,
    "ConfigMap": 1,
    "Role": 2,
    "ClusterRole": 2,
    "RoleBinding": 3,
    "ClusterRoleBinding": 3,
    "Service": 3,
}
_WORKLOADS: Final = frozenset({"Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob", "Pod"})
_GATES: Final = frozenset(
    {
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "APIService",
    }
)
_CERTIFICATES: Final = frozenset({"cert-manager.io", "acme.cert-manager.io"})


class _Place(enum.Enum):
    """The stages of one part, in order."""

    NAMESPACES = "namespaces"
    CERTIFICATES = "certificates"
    BASE = "base"
    CUSTOM = "custom"
    WORKLOADS = "workloads"
    GATES = "gates"


class StagedObject(Struct, frozen=True, kw_only=True):
    """An object to be applied.

    Attributes:
        owner: manifest label of its provider, ``cert-manager`` or ``inventory``. body: never printed.
    """

    key: ObjectKey
    path: str
    body: Json
    owner: str

    def __repr__(self) -> str:
        return repr_without(self, "body")


class Goal(Struct, frozen=True, kw_only=True):
    """What is awaited before the next stage: of these objects, for at most ``limit`` seconds."""

    awaited: Awaited
    keys: tuple[ObjectKey, ...]
    limit: float


class Stage(Struct, frozen=True, kw_only=True):
    """Objects that may be written side by side, in this order, and what is awaited after them.

    Attributes:
        phase: of the transaction; a stage of a new phase is recorded when it begins.
    """

    name: str
    phase: Phase
    objects: tuple[StagedObject, ...] = ()
    goals: tuple[Goal, ...] = ()


class Part(Struct, frozen=True, kw_only=True):
    """A provider or cert-manager as rendered: labelled objects in whatever order, and its inventory entry."""

    owner: str
    objects: tuple[Json, ...]
    entry: Json | None = None


class Limits(Struct, frozen=True, kw_only=True):
    """Seconds that are waited at most: for definitions, cert-manager (its timeout), and providers (0: not at all)."""

    definitions: float = 60.0
    cert_manager: float = 600.0
    providers: float = 0.0


def install_stages(
    cert_manager: Part | None,
    providers: Sequence[Part],
    kinds: Kinds,
    *,
    inventory: Sequence[Json] = (),
    limits: Limits | None = None,
) -> tuple[Stage, ...]:
    """The stages of an installation or an upgrade; ``inventory`` holds the inventory's CRD where it is missing.

    Objects of kinds that nobody knows are left out: ``apply_checks`` has refused them before.
    """
    limits = limits or Limits()
    owned = [_staged(raw, INVENTORY, kinds) for raw in inventory]
    before = _Sorted(_all_staged((cert_manager,) if cert_manager else (), kinds))
    after = _Sorted(_all_staged(providers, kinds))
    entries = [_staged(part.entry, part.owner, kinds) for part in providers if part.entry is not None]
    stages = (
        *before.stages(Phase.CERT_MANAGER, [each for each in owned if each], limits.cert_manager, limits),
        *after.stages(Phase.PROVIDERS, [], 0.0, limits),
        Stage(name="inventory", phase=Phase.INVENTORY, objects=tuple(each for each in entries if each)),
        Stage(name="readiness", phase=Phase.READINESS, goals=after.readiness(limits.providers)),
    )
    return tuple(stage for stage in stages if stage.objects or stage.goals)


def staged_objects(stages: Iterable[Stage]) -> tuple[StagedObject, ...]:
    """Every object of the stages, in order."""
    return tuple(each for stage in stages for each in stage.objects)


class _Sorted(Struct, frozen=True):
    """The objects of one part of the work by what they need."""

    objects: Sequence[StagedObject]

    def stages(
        self, phase: Phase, first: Sequence[StagedObject], limit: float, limits: Limits
    ) -> tuple[Stage, ...]:
        """``first`` goes with the namespaces; ``limit`` is waited for what this part runs, if it is any."""
        by_place: dict[_Place, list[StagedObject]] = {place: [] for place in _Place}
        for each in self.objects:
            by_place[_place(each)].append(each)
        base, gates = sorted(by_place[_Place.BASE], key=_rank), by_place[_Place.GATES]
        definitions = _keys(base, "CustomResourceDefinition")
        established = _goals(Awaited.ESTABLISHED, definitions, limits.definitions)
        running = (*self.readiness(limit), *_endpoint_goals(gates, limit))
        return (
            Stage(
                name=f"{phase.value}-namespaces", phase=phase, objects=(*first, *by_place[_Place.NAMESPACES])
            ),
            Stage(
                name=f"{phase.value}-certificates", phase=phase, objects=tuple(by_place[_Place.CERTIFICATES])
            ),
            Stage(name=f"{phase.value}-base", phase=phase, objects=tuple(base), goals=established),
            Stage(name=f"{phase.value}-custom", phase=phase, objects=tuple(by_place[_Place.CUSTOM])),
            Stage(name=f"{phase.value}-workloads", phase=phase, objects=tuple(by_place[_Place.WORKLOADS])),
            Stage(name=f"{phase.value}-gates", phase=phase, objects=tuple(gates), goals=running),
        )

    def readiness(self, limit: float) -> tuple[Goal, ...]:
        """That every Deployment of this part is available."""
        return _goals(Awaited.AVAILABLE, _keys(self.objects, "Deployment"), limit)


def _all_staged(parts: Iterable[Part], kinds: Kinds) -> list[StagedObject]:
    """Every object of the parts once: of one that several bring, the first stands (a shared Namespace)."""
    found: dict[ObjectKey, StagedObject] = {}
    for part in parts:
        for raw in part.objects:
            staged = _staged(raw, part.owner, kinds)
            if staged is not None:
                found.setdefault(staged.key, staged)
    return list(found.values())


def _staged(raw: Json, owner: str, kinds: Kinds) -> StagedObject | None:
    placed = kinds.placed(raw)
    path = kinds.path(placed)
    if path is None:
        return None
    return StagedObject(key=key_of(placed), path=path, body=_without_injected(placed), owner=owner)


def _without_injected(raw: Json) -> Json:
    """The object without the certificate authorities that cert-manager writes into it.

    Manifests hold a placeholder there; applied again, it would take the real one away until cert-manager is back.
    """
    if INJECT_CA_FROM not in mapping_at(raw, "metadata", "annotations"):
        return raw
    body = dict(raw)
    path = ("spec", "conversion", "webhook", "clientConfig")
    if "caBundle" in mapping_at(body, *path):
        body = replaced(body, path, _bare(mapping_at(body, *path)))
    webhooks = items_at(body, "webhooks")
    if webhooks:
        body["webhooks"] = [_bare_webhook(each) for each in webhooks]
    return body


def _bare_webhook(webhook: object) -> object:
    client = value_at(webhook, "clientConfig")
    if not isinstance(webhook, dict) or not isinstance(client, dict):
        return webhook
    return {**webhook, "clientConfig": _bare(client)}


def _bare(client: Json) -> Json:
    return {key: value for key, value in client.items() if key != "caBundle"}


def _place(staged: StagedObject) -> _Place:
    """Its stage; what is of no built-in kind waits for the definitions."""
    kind, group = staged.key.kind, staged.key.group
    if kind == "Namespace":
        return _Place.NAMESPACES
    if group in _CERTIFICATES:
        return _Place.CERTIFICATES
    if kind in _WORKLOADS:
        return _Place.WORKLOADS
    if kind in _GATES:
        return _Place.GATES
    is_built_in = "." not in group or group.endswith(".k8s.io")
    return _Place.BASE if is_built_in else _Place.CUSTOM


def _rank(staged: StagedObject) -> int:
    return _EARLY.get(staged.key.kind, len(_EARLY))


def _keys(objects: Iterable[StagedObject], kind: str) -> tuple[ObjectKey, ...]:
    return tuple(each.key for each in objects if each.key.kind == kind)


def _goals(awaited: Awaited, keys: Iterable[ObjectKey], limit: float) -> tuple[Goal, ...]:
    wanted = tuple(dict.fromkeys(keys))
    return (Goal(awaited=awaited, keys=wanted, limit=limit),) if wanted and limit > 0 else ()


def _endpoint_goals(gates: Iterable[StagedObject], limit: float) -> tuple[Goal, ...]:
    """That the Services which these webhook configurations name have an endpoint."""
    keys = []
    for gate in gates:
        for webhook in items_at(gate.body, "webhooks"):
            name, namespace = (
                text_at(webhook, "clientConfig", "service", part) for part in ("name", "namespace")
            )
            if name and namespace:
                keys.append(ObjectKey(group="", kind="Service", namespace=namespace, name=name))
    return _goals(Awaited.ENDPOINTS, keys, limit)
