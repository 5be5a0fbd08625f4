"""What the record of capyctl's runs says while providers are deleted, and afterwards (ADR 22)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.deletion import DeletionRequest
from capyctl.core.deletion_owner import is_label_value
from capyctl.core.deletion_selection import Leaving
from capyctl.core.inventory import InstalledProvider
from capyctl.core.transaction import Operation, Phase, ProviderRecord, Transaction


class DeletionRecords(Struct, frozen=True, kw_only=True):
    """The record of one deletion.

    Attributes:
        during: written before the first object goes; None where an unfinished installation of other providers
            has to stay what is recorded.
        after: written when all is gone; None where no provider is left to be recorded, so that the record goes too.
        finished: the broken-off deletion that this one finishes; None where there is none.
        left: what was broken off before and is still unfinished afterwards.
    """

    during: Transaction | None
    after: Transaction | None
    finished: Transaction | None = None
    left: Transaction | None = None


def deletion_records(
    chosen: Iterable[Leaving],
    request: DeletionRequest,
    before: Transaction | None,
    begun: tuple[str, str],
) -> DeletionRecords:
    """What is recorded; ``before`` is the last run's record, ``begun`` this run's id and when it began.

    Nothing that was deleted is recorded any more, so that no later run brings it back.
    """
    leaving = {each.label: each for each in chosen if is_label_value(each.label)}
    providers = dict(before.providers) if before is not None else {}
    others = {label: record for label, record in providers.items() if label not in leaving}
    unfinished = before if before is not None and not before.is_finished else None
    rest = (
        tuple(label for label in unfinished.planned if label not in leaving) if unfinished is not None else ()
    )
    left = replace(unfinished, planned=rest, providers=others) if unfinished is not None and rest else None
    was_deletion = unfinished is not None and unfinished.operation is Operation.DELETE
    run, moment = begun
    mine = {label: _leaving(providers.get(label), each) for label, each in leaving.items()}
    during = Transaction(
        operation=Operation.DELETE,
        run=run,
        started_at=moment,
        planned=(*mine, *rest),
        providers={**others, **mine},
        flags=_flags(request),
    )
    done = replace(during, phase=Phase.FINISHED, planned=(), providers=others, flags={})
    return DeletionRecords(
        during=during if left is None or was_deletion else None,
        after=left or (done if others else None),
        finished=unfinished if was_deletion and left is None else None,
        left=left,
    )


def _leaving(known: ProviderRecord | None, leaving: Leaving) -> ProviderRecord:
    """What is recorded of it already, with the entry that goes; an entry that has gone before stays named."""
    record = known or ProviderRecord(
        label=leaving.label, version=leaving.version or "unknown", namespace=leaving.namespace
    )
    return replace(record, entry=leaving.entry.uid) if leaving.entry is not None else record


def _flags(request: DeletionRequest) -> dict[str, str]:
    given = {"include-crd": request.include_crd, "include-namespace": request.include_namespace}
    return {name: "true" for name, value in given.items() if value}


def half_deleted(record: Transaction | None, entries: Iterable[InstalledProvider]) -> Transaction | None:
    """A deletion that was broken off while the inventory still has one of the entries that were to go.

    Then that provider may be there in part only, and nothing may be built on it. One that has no entry any more,
    another version, or an entry made anew since, is of no concern: the inventory is the truth.
    """
    if record is None or record.is_finished or record.operation is not Operation.DELETE:
        return None
    going = {each.label: each for each in record.plan}
    half = any(
        (mine := going.get(each.manifest_label)) is not None
        and mine.version == each.version_text
        and each.uid in (mine.entry or each.uid, "")
        for each in entries
    )
    return record if half else None
