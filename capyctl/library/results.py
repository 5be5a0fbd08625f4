"""What the functions of the library are given and what they answer."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TypedDict

from msgspec import Struct

from capyctl.app.diagnose import Diagnosis
from capyctl.app.lint import LintedFile
from capyctl.app.versions import ProviderVersions
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.exit_status import ExitStatus
from capyctl.core.identity import ProviderReference
from capyctl.core.resolved import Resolved

Reference = str | ProviderReference
References = Reference | Iterable[Reference]


class RunSettings(TypedDict, total=False):
    """Keyword arguments of every function that asks sources; each stands for the option of its name.

    ``config`` and ``providers`` are paths (``config`` may be an https address), ``deadline`` is seconds,
    ``ca_file`` is a path, ``no_cache`` leaves the disk cache alone. ``environ`` stands in for the variables of this
    process.
    """

    config: str | os.PathLike[str] | None
    providers: str | os.PathLike[str] | None
    offline: bool
    deadline: float
    ca_file: str | os.PathLike[str] | None
    no_cache: bool
    environ: Mapping[str, str] | None


class BoundRunSettings(RunSettings, total=False):
    """The same for functions that can be bound to a lock: ``locked`` is its path, as the option ``--locked``.

    ``bundle`` is the path of a bundle with a lock in it, as ``--bundle``; one of the two may be given. Without a
    reference such a function is then about all that the lock has.
    """

    locked: str | os.PathLike[str] | None
    bundle: str | os.PathLike[str] | None


class Result(Struct, frozen=True, kw_only=True):
    """What every function answers.

    Attributes:
        diagnostics: everything found, root causes and consequences. evidence: everything asked.
        exit_status: what the command of the same name would end with; 3 means that no verdict was possible.
    """

    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...] = ()
    exit_status: ExitStatus

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that stop the work they are about."""
        return tuple(item for item in self.diagnostics if item.is_error)


class ResolveResult(Result, frozen=True, kw_only=True):
    """The chosen version of each provider, in the order of the references."""

    providers: tuple[Resolved, ...] = ()


class DiagnoseResult(Result, frozen=True, kw_only=True):
    """The verdict on each provider."""

    providers: tuple[Diagnosis, ...] = ()


class VersionsResult(Result, frozen=True, kw_only=True):
    """The versions of each provider, newest first."""

    providers: tuple[ProviderVersions, ...] = ()


class PlanResult(Result, frozen=True, kw_only=True):
    """An installation plan for a cluster without providers.

    Attributes:
        cert_manager: its version. providers: in install order. images: sorted, each once.
    """

    cert_manager: str | None = None
    providers: tuple[Resolved, ...] = ()
    images: tuple[str, ...] = ()


class LintResult(Result, frozen=True, kw_only=True):
    """The release files that were looked at."""

    files: tuple[LintedFile, ...] = ()
