"""Deleting providers from a management cluster, for the command line and the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from msgspec import Struct, field

from capyctl.app.apply.delete import DeletedObject, delete_stages
from capyctl.app.apply.record import RECORD_PATH, TransactionRecord
from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.cluster_inventory import ClusterInventory, read_inventory
from capyctl.app.deletion.look import DeletionLook, Found, whole_discovery
from capyctl.app.deletion.outcomes import (
    broken_off,
    command_to_finish,
    deletion_interrupted,
    deletion_resumed,
    not_gone,
    stays,
    would_be_refused,
)
from capyctl.app.deletion.refusals import about_found, about_selection, shared
from capyctl.app.deletion.rehearsal import rehearse_deletion
from capyctl.app.install.write_diagnostics import diagnose_write, interrupted
from capyctl.core.api_writing import deleting
from capyctl.core.deletion import DeletionRequest, DeletionStage, shared_namespaces
from capyctl.core.deletion_record import DeletionRecords, deletion_records
from capyctl.core.deletion_selection import Selection, select_providers
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import ProviderReference
from capyctl.core.object_key import ObjectKey
from capyctl.core.rules.inventory import no_inventory
from capyctl.core.rules.operator import operator_findings
from capyctl.core.transaction import Operation, Transaction
from capyctl.wiring.installing import Looked, WritingRun


class DeletionOptions(Struct, frozen=True, kw_only=True):
    """What is to be deleted, and how.

    Attributes:
        references: None for all providers. force: although Clusters, or objects of definitions, exist.
    """

    references: tuple[ProviderReference, ...] | None
    include_crd: bool = False
    include_namespace: bool = False
    force: bool = False
    dry_run: bool = False


class Deletion(Struct, kw_only=True):
    """One deletion on one cluster.

    Attributes:
        deleted: what is gone, in the order that it went; in a dry run, what would go.
        looked: whether it is known what there is to delete. cause: why it was broken off.
    """

    options: DeletionOptions
    deleted: list[DeletedObject] = field(default_factory=list)
    looked: bool = False
    cause: Diagnostic | None = None

    def work(self, writing: WritingRun) -> None:
        """Look, check, rehearse, then delete; everything that is to be said goes into ``writing.said``."""
        reader = writing.cluster.reader
        inventory = read_inventory(reader)
        failures = [*inventory.failures]
        looked = writing.look(inventory.discovery) if not failures else Looked()
        failures += looked.failures
        if failures:
            writing.said += diagnose_readings(failures, about="the installed providers")
            return
        selection = select_providers(self.options.references, inventory.inventory, looked.record)
        request = DeletionRequest(
            namespaces=selection.places,
            include_crd=self.options.include_crd,
            include_namespace=self.options.include_namespace,
        )
        found = self._find(writing, inventory, looked, selection, request)
        self._say(writing, inventory, selection, request, found)
        if any(each.is_error for each in writing.said):
            return
        self.looked = True
        begun = (writing.run, writing.world.clock.now())
        records = deletion_records(selection.chosen, request, looked.record, begun)
        if self.options.dry_run:
            self.deleted += [DeletedObject(key=each.key, owner=each.owner) for each in found.objects]
            writing.said += _unfinished(looked.record, writing)
        elif selection.chosen and self._may_begin(writing, found):
            self._delete(writing, found, records)

    def _find(
        self,
        writing: WritingRun,
        inventory: ClusterInventory,
        looked: Looked,
        selection: Selection,
        request: DeletionRequest,
    ) -> Found:
        if not selection.chosen:
            return Found()
        reader = writing.cluster.reader
        look = DeletionLook(
            reader=reader,
            inventory=inventory,
            served=whole_discovery(reader, looked.discovery),
            record=looked.record,
            force=self.options.force,
        )
        return look.find(selection, request)

    def _say(
        self,
        writing: WritingRun,
        inventory: ClusterInventory,
        selection: Selection,
        request: DeletionRequest,
        found: Found,
    ) -> None:
        invocation = writing.world.invocation
        said = writing.said
        said += operator_findings(inventory.operator)
        if inventory.has_cluster_api and not inventory.inventory.entries and not inventory.operator:
            said.append(no_inventory(inventory.storage))
        said += about_selection(selection, invocation)
        said += about_found(found, invocation, force=self.options.force)
        said += shared(shared_namespaces(request, inventory.inventory), invocation)
        said += stays(found, request)

    def _may_begin(self, writing: WritingRun, found: Found) -> bool:
        """Nothing is written before the server has been asked about every object."""
        refused = rehearse_deletion(writing.writer, found.objects)
        writing.said += [would_be_refused(each) for each in refused]
        return not refused

    def _delete(self, writing: WritingRun, found: Found, records: DeletionRecords) -> None:
        writing.ending = partial(self._ending, writing, found)
        if not writing.begin(None):
            return
        if records.during is not None and not self._record(writing, records.during):
            writing.finish()  # the lease is all that was written
            return
        if not all(self._delete_stage(writing, stage) for stage in found.stages):
            return
        stored = records.during is not None or records.after is not None
        if stored and not self._record(writing, records.after):
            return
        writing.finish()
        if records.finished is not None:
            writing.said.append(deletion_resumed(records.finished))
        writing.said += _unfinished(records.left, writing)

    def _record(self, writing: WritingRun, record: Transaction | None) -> bool:
        """Write the record; where there is nothing to be recorded any more, it goes."""
        failure = (
            TransactionRecord(writing.guarded, record).begin()
            if record is not None
            else writing.guarded.write(deleting(RECORD_PATH)).failure
        )
        if failure is not None:
            self._stop(writing, [diagnose_write(failure, "the record of this run")])
        return failure is None

    def _delete_stage(self, writing: WritingRun, stage: DeletionStage) -> bool:
        limit = writing.cluster.settings.api_timeout
        result = delete_stages(writing.guarded, [stage], limit=limit, waits=_Watcher(writing=writing).waits)
        self.deleted += result.deleted
        if result.failures:
            self._stop(writing, [not_gone(each, limit) for each in result.failures])
        return not result.failures

    def _stop(self, writing: WritingRun, causes: Sequence[Diagnostic]) -> None:
        writing.said += causes
        self.cause = causes[0]

    def _ending(self, writing: WritingRun, found: Found) -> Diagnostic:
        gone = {each.key for each in self.deleted}
        left = sum(1 for each in found.objects if each.key not in gone)
        return broken_off(len(gone), left, writing.world.invocation.command(), self.cause)


class _Watcher(Struct, frozen=True, kw_only=True):
    """Tells what is awaited where somebody watches."""

    writing: WritingRun

    def waits(self, lacking: Mapping[ObjectKey, str], seconds: float) -> None:
        """One line: the first object that is still there, and why."""
        waiting = self.writing.cluster.waiting
        if waiting is None or not lacking:
            return
        key, reason = next(iter(lacking.items()))
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        source = urlsplit(self.writing.cluster.connection.api.address).netloc
        waiting.waiting(source, "deletion", f"{key}{more}: {reason}", seconds)


def _unfinished(record: Transaction | None, writing: WritingRun) -> list[Diagnostic]:
    """What was broken off before and stays unfinished, as a warning."""
    if record is None or record.is_finished:
        return []
    invocation = writing.world.invocation
    if record.operation is Operation.DELETE:
        return [deletion_interrupted(record, invocation.on_cluster(*command_to_finish(record)))]
    words = ("init",) if record.operation is Operation.INIT else ("upgrade", "apply")
    return [interrupted(record, invocation.on_cluster(*words))]
