"""Readings and judgements that may crash without taking the others with them (style C10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.checks.result import CheckedPart, CheckName, CheckOutcome
from capyctl.core.diagnostics import Diagnostic, Severity

T = TypeVar("T")


class Later(Generic[T]):
    """A reading that is made side by side with others, and whose fault belongs to who needs it."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read = read
        self._held: list[T] = []
        self._fault: Exception | None = None

    def __call__(self) -> None:
        """Read."""
        try:
            self._held.append(self._read())
        except Exception as fault:  # noqa: BLE001 - raised again by ``value``, in the check that needs it
            self._fault = fault

    @property
    def value(self) -> T:
        """What was read.

        Raises:
            Exception: what the reading raised. LookupError: nothing was read yet.
        """
        if self._fault is not None:
            raise self._fault
        return self._held[0]


def guarded(name: CheckName, judge: Callable[[], CheckedPart]) -> CheckedPart:
    """The judgement; one that crashes is told as a fault of ours, and the other parts stand."""
    try:
        return judge()
    except Exception as fault:  # noqa: BLE001 - it becomes CAPY0001 for that part
        return CheckedPart(
            name=name,
            outcome=CheckOutcome.SKIPPED,
            detail="capyctl itself failed here",
            diagnostics=(_crashed(name, fault),),
        )


def _crashed(name: CheckName, fault: Exception) -> Diagnostic:
    said = f"{type(fault).__name__}: {fault}"
    return Diagnostic(
        code=codes.INTERNAL_FAULT,
        severity=Severity.WARNING,
        detail=f"The check {name.value} crashed ({said}); the other checks stand. This is a bug in capyctl.",
    )


def skipped(name: CheckName, detail: str) -> CheckedPart:
    """A part that was not asked about."""
    return CheckedPart(name=name, outcome=CheckOutcome.SKIPPED, detail=detail)


def with_diagnostics(result: CheckedPart, *more: Diagnostic) -> CheckedPart:
    """The same with more to be said."""
    return replace(result, diagnostics=(*result.diagnostics, *more))
