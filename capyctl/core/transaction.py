"""The record of an installation or an upgrade: how far it came, and what it brings (ADR 22).

It lies in a ConfigMap without labels, beside clusterctl's inventory and never in its place: the ``Provider`` entries
are the truth (clusterctl-cluster 10.1, 6 and 9). It holds no secret: of a Secret not even a digest of its data.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from msgspec import Struct, field

from capyctl.core.api_object import ApiObject, items_at, mapping_at, text_at
from capyctl.core.object_key import Json, ObjectKey, key_of
from capyctl.core.sha256 import SHA256

RECORD_NAMESPACE: Final = "kube-system"
RECORD_NAME: Final = "capyctl-transaction"
FORMAT: Final = "capyctl-transaction/1"

_TRANSACTION_KEY: Final = "transaction"
_PROVIDER_KEY: Final = "provider."
_MOST_OBJECTS: Final = 5000
_LONGEST: Final = 512 * 1024
_E = TypeVar("_E", bound=enum.Enum)


class Operation(enum.Enum):
    """What is being done."""

    INIT = "init"
    UPGRADE = "upgrade"
    DELETE = "delete"


class Phase(enum.Enum):
    """How far it came; a phase is written when it begins, ``FINISHED`` when all is done."""

    BEGUN = "begun"
    CERT_MANAGER = "cert-manager"
    PROVIDERS = "providers"
    INVENTORY = "inventory"
    READINESS = "readiness"
    PRUNING = "pruning"
    FINISHED = "finished"


class ObjectMark(Struct, frozen=True, kw_only=True):
    """An object and the SHA-256 of what was applied; of a Secret without its data."""

    key: ObjectKey
    sha256: str


class ProviderRecord(Struct, frozen=True, kw_only=True):
    """What a provider brings.

    Attributes:
        label: its manifest label. files: SHA-256 by name of the release's files.
        previous: the version before; empty for a new one.
        entry: the uid of its inventory entry while it is deleted; empty otherwise, and where there was none.
    """

    label: str
    version: str
    namespace: str
    contract: str = ""
    previous: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    objects: tuple[ObjectMark, ...] = ()
    entry: str = ""


class Transaction(Struct, frozen=True, kw_only=True):
    """One run's work.

    Attributes:
        run: its id. started_at: RFC 3339 UTC. cert_manager: the version that it brings, empty for none.
        planned: labels of the providers that it brings, in order.
        providers: records by label: those of the plan, and those of finished runs before.
        flags: what else the run was told that must hold when it is finished (``wait-providers``).
    """

    operation: Operation
    run: str
    started_at: str
    phase: Phase = Phase.BEGUN
    cert_manager: str = ""
    planned: tuple[str, ...] = ()
    providers: Mapping[str, ProviderRecord] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.phase is Phase.FINISHED

    @property
    def plan(self) -> tuple[ProviderRecord, ...]:
        """The records of the plan, in order; a label without a record is left out."""
        return tuple(self.providers[label] for label in self.planned if label in self.providers)


def mark_of(raw: Json) -> ObjectMark:
    """The mark of an object as it is applied."""
    bare = raw
    if text_at(raw, "kind") == "Secret":
        bare = {key: value for key, value in raw.items() if key not in ("data", "stringData")}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"), default=str)
    return ObjectMark(key=key_of(raw), sha256=hashlib.sha256(text.encode()).hexdigest())


def record_object(transaction: Transaction) -> Json:
    """The ConfigMap, to be applied: a provider that is no longer in it goes."""
    data = {_TRANSACTION_KEY: _head(transaction)}
    for label, record in transaction.providers.items():
        data[f"{_PROVIDER_KEY}{label}"] = _provider(record)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": RECORD_NAME, "namespace": RECORD_NAMESPACE},
        "data": data,
    }


def phase_patch(transaction: Transaction) -> Json:
    """A merge patch that changes nothing but the head, its phase in it."""
    return {"data": {_TRANSACTION_KEY: _head(transaction)}}


def parse_record(found: ApiObject | None) -> Transaction | None:
    """The transaction in a ConfigMap; None where there is none, or where it is of no form that is known here.

    Whoever may write the ConfigMap may have written anything: what has not the form is left out.
    """
    if found is None:
        return None
    data = mapping_at(found.raw, "data")
    head = _json(text_at(data, _TRANSACTION_KEY))
    operation = _member(Operation, text_at(head, "operation"))
    phase = _member(Phase, text_at(head, "phase"))
    if text_at(head, "format") != FORMAT or operation is None or phase is None:
        return None
    records = [
        record
        for key, value in data.items()
        if key.startswith(_PROVIDER_KEY)
        and isinstance(value, str)
        and (record := _parsed_provider(key.removeprefix(_PROVIDER_KEY), _json(value))) is not None
    ]
    return Transaction(
        operation=operation,
        run=text_at(head, "run"),
        started_at=text_at(head, "started_at"),
        phase=phase,
        cert_manager=text_at(head, "cert_manager"),
        planned=tuple(dict.fromkeys(each for each in items_at(head, "planned") if isinstance(each, str))),
        providers={record.label: record for record in records},
        flags=_texts(mapping_at(head, "flags")),
    )


class ResumeKind(enum.Enum):
    """What an unfinished record means now."""

    NOTHING = "nothing"
    FINISH = "finish"
    CLOSE = "close"


class Resume(Struct, frozen=True, kw_only=True):
    """What is to be done about a record before anything else.

    Attributes:
        transaction: to be finished, with the versions recorded; None where nothing is.
        overtaken: labels that somebody else has brought to another version, or removed, since; they stay as they are.
    """

    kind: ResumeKind
    transaction: Transaction | None = None
    overtaken: tuple[str, ...] = ()


def decide_resume(found: Transaction | None, entries: Mapping[str, str], present: Iterable[str]) -> Resume:
    """What an unfinished record asks for, given the inventory: versions by label.

    ``present`` are the labels of which objects beyond Namespaces and definitions are in the cluster. The inventory is
    the truth: nothing that somebody took away or changed since is brought back (clusterctl-cluster 10.1, 9), least of
    all by the record of a deletion.
    """
    if found is None or found.is_finished or found.operation is Operation.DELETE:
        return Resume(kind=ResumeKind.NOTHING)
    there = frozenset(present)
    overtaken = tuple(each.label for each in found.plan if _is_overtaken(found, each, entries, there))
    left = tuple(label for label in found.planned if label not in overtaken)
    if not left and (found.planned or not found.cert_manager):
        return Resume(kind=ResumeKind.CLOSE, transaction=found, overtaken=overtaken)
    rest = Transaction(
        operation=found.operation,
        run=found.run,
        started_at=found.started_at,
        phase=found.phase,
        cert_manager=found.cert_manager,
        planned=left,
        providers={key: value for key, value in found.providers.items() if key not in overtaken},
        flags=found.flags,
    )
    return Resume(kind=ResumeKind.FINISH, transaction=rest, overtaken=overtaken)


def _is_overtaken(
    found: Transaction, record: ProviderRecord, entries: Mapping[str, str], present: frozenset[str]
) -> bool:
    version = entries.get(record.label)
    if version is not None:
        return version not in (record.version, record.previous)
    if found.operation is Operation.UPGRADE:
        return True
    written = list(Phase).index(found.phase) > list(Phase).index(Phase.PROVIDERS)
    return written and record.label not in present


def _head(transaction: Transaction) -> str:
    return _written(
        {
            "format": FORMAT,
            "operation": transaction.operation.value,
            "run": transaction.run,
            "started_at": transaction.started_at,
            "phase": transaction.phase.value,
            "cert_manager": transaction.cert_manager,
            "planned": list(transaction.planned),
            "flags": dict(transaction.flags),
        }
    )


def _provider(record: ProviderRecord) -> str:
    objects = [
        [each.key.group, each.key.kind, each.key.namespace, each.key.name, each.sha256]
        for each in record.objects
    ]
    return _written(
        {
            "version": record.version,
            "namespace": record.namespace,
            "contract": record.contract,
            "previous": record.previous,
            "files": dict(record.files),
            "objects": objects,
            **({"entry": record.entry} if record.entry else {}),
        }
    )


def _parsed_provider(label: str, found: object) -> ProviderRecord | None:
    version = text_at(found, "version")
    if not label or not version:
        return None
    marks = (_parsed_mark(each) for each in items_at(found, "objects")[:_MOST_OBJECTS])
    return ProviderRecord(
        label=label,
        version=version,
        namespace=text_at(found, "namespace"),
        contract=text_at(found, "contract"),
        previous=text_at(found, "previous"),
        files=_texts(mapping_at(found, "files")),
        objects=tuple(each for each in marks if each is not None),
        entry=text_at(found, "entry"),
    )


def _parsed_mark(found: object) -> ObjectMark | None:
    if not isinstance(found, list) or len(found) != 5:
        return None
    parts = [each for each in found if isinstance(each, str)]
    if len(parts) != 5 or not parts[1] or not parts[3] or not SHA256().match(parts[4]):
        return None
    group, kind, namespace, name, digest = parts
    return ObjectMark(key=ObjectKey(group=group, kind=kind, namespace=namespace, name=name), sha256=digest)


def _json(text: str) -> object:
    if len(text) > _LONGEST:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _written(content: Mapping[str, object] | Sequence[object]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _texts(found: Mapping[str, object]) -> dict[str, str]:
    return {key: value for key, value in found.items() if isinstance(value, str)}


def _member(kind: type[_E], text: str) -> _E | None:
    return next((each for each in kind if each.value == text), None)
