"""Storing and loading the record of a transaction (ADR 22)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from capyctl.app.apply.writing import ClusterWriter
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiRequest, Reading
from capyctl.core.api_writing import applying, merging
from capyctl.core.transaction import (
    RECORD_NAME,
    RECORD_NAMESPACE,
    Phase,
    Transaction,
    parse_record,
    phase_patch,
    record_object,
)

RECORD_PATH = f"/api/v1/namespaces/{RECORD_NAMESPACE}/configmaps/{RECORD_NAME}"
RECORD_REQUEST = ApiRequest(path=RECORD_PATH)
"""The one question that brings the record; ``read_record`` makes a transaction of its answer."""


def read_record(reading: Reading[Mapping[str, object]]) -> Transaction | None:
    """The transaction of an answer; None where there is none, or none of a form known here."""
    return parse_record(ApiObject(reading.value)) if reading.value is not None else None


class TransactionRecord:
    """The record of one run; ``mark`` is the one of an ApplyPolicy."""

    def __init__(self, writer: ClusterWriter, transaction: Transaction) -> None:
        self._writer = writer
        self._transaction = transaction

    @property
    def transaction(self) -> Transaction:
        """As it was last written, or will be first."""
        return self._transaction

    def begin(self) -> ApiFailure | None:
        """Write the whole record: the first write of a run after its lease."""
        return self._writer.write(applying(RECORD_PATH, record_object(self._transaction), force=True)).failure

    def mark(self, phase: Phase) -> ApiFailure | None:
        """Note that a phase begins."""
        self._transaction = replace(self._transaction, phase=phase)
        return self._writer.write(merging(RECORD_PATH, phase_patch(self._transaction))).failure

    def finish(self) -> ApiFailure | None:
        """Note that nothing is left to do: the record stays as the list of what is installed."""
        return self.mark(Phase.FINISHED)
