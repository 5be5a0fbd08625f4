"""The answer of a service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.exit_status import ExitStatus

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served(Generic[T]):
    """What a service found, all that is to be said about it, all that was asked, and the status (cli.md 3)."""

    found: T
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...]
    status: ExitStatus
