"""The functions of the library, one a service."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Unpack

from capyctl.adapters.release_folder import FolderError, read_release_folder
from capyctl.app.lint import LintRequest, is_release_file, lint_provider
from capyctl.app.present import to_resolved
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.object_name import parse_namespace_name
from capyctl.core.status_rules import status_of
from capyctl.library.arguments import choice_of
from capyctl.library.results import (
    BoundRunSettings,
    DiagnoseResult,
    LintResult,
    PlanResult,
    References,
    ResolveResult,
    RunSettings,
    VersionsResult,
)
from capyctl.library.serving import needed_references, read_references, serve
from capyctl.wiring.diagnosing import diagnose_providers
from capyctl.wiring.planning import PlanOptions, plan_installation
from capyctl.wiring.resolving import resolve_providers
from capyctl.wiring.version_listing import versions_of_providers


def resolve(
    references: References = (),
    *,
    contract: str | None = None,
    allow_prerelease: bool = False,
    **settings: Unpack[BoundRunSettings],
) -> ResolveResult:
    """Choose a version of each provider, and check its files.

    Args:
        references: one or several, ``name[:version]`` or manifest labels; with ``locked`` none stand for all it has.
        contract: accept this contract and no other.
        allow_prerelease: take pre-releases too, after every stable version.
        settings: see ``BoundRunSettings``.

    Raises:
        MalformedReferenceError: a reference that cannot be read.
        ValueError: nothing is named, and no lock either; a contract that is none.
    """
    is_bound = bool(settings.get("locked") or settings.get("bundle"))
    named = needed_references(references, is_bound=is_bound)
    options = choice_of(contract, allow_prerelease=allow_prerelease)
    served = serve("resolve", named, settings, lambda world: resolve_providers(world, named, options))
    return ResolveResult(
        providers=tuple(to_resolved(each) for each in served.found or ()),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def diagnose(
    references: References,
    *,
    contract: str | None = None,
    allow_prerelease: bool = False,
    **settings: Unpack[RunSettings],
) -> DiagnoseResult:
    """Ask every source about each provider, compare, judge, and say what clusterctl would do.

    Arguments and errors are those of ``resolve``.
    """
    named = needed_references(references)
    options = choice_of(contract, allow_prerelease=allow_prerelease)
    served = serve(
        "diagnose-provider", named, settings, lambda world: diagnose_providers(world, named, options)
    )
    return DiagnoseResult(
        providers=served.found or (),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def versions(
    references: References, *, verify: bool = False, **settings: Unpack[RunSettings]
) -> VersionsResult:
    """List every version any source knows, with its state; ``verify`` reads the metadata of each.

    References, settings and errors are those of ``resolve``.
    """
    named = needed_references(references)
    served = serve(
        "versions", named, settings, lambda world: versions_of_providers(world, named, verify=verify)
    )
    return VersionsResult(
        providers=served.found or (),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def plan_install(
    references: References = (),
    *,
    contract: str | None = None,
    allow_prerelease: bool = False,
    target_namespace: str | None = None,
    **settings: Unpack[BoundRunSettings],
) -> PlanResult:
    """Plan ``init`` on a cluster without providers: core and kubeadm join where nothing else of their type is named.

    ``target_namespace`` stands for each provider's own; the rest is as in ``resolve``. Nothing is written.

    Raises:
        MalformedReferenceError: a reference that cannot be read. ValueError: a contract or a namespace that is none.
    """
    named = read_references(references)
    options = PlanOptions(
        choice=choice_of(contract, allow_prerelease=allow_prerelease),
        target_namespace=parse_namespace_name(target_namespace),
    )
    served = serve("init --dry-run", named, settings, lambda world: plan_installation(world, named, options))
    plan = served.found
    return PlanResult(
        cert_manager=plan.cert_manager if plan is not None else None,
        providers=plan.providers if plan is not None else (),
        images=plan.images if plan is not None else (),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def lint(files: str | os.PathLike[str] | Mapping[str, bytes], tag: str) -> LintResult:
    """Judge release files before they are published under ``tag``.

    Args:
        files: a folder, one file, or the contents by file name.
        tag: such as ``v1.2.3``.
    """
    if isinstance(files, Mapping):
        contents = dict(files)
    else:
        try:
            contents = read_release_folder(Path(files), is_release_file)
        except FolderError as error:
            found = (_nothing_to_lint(os.fspath(files), error),)
            return LintResult(diagnostics=found, exit_status=status_of(found))
    linted = lint_provider(LintRequest(files=contents, tag=tag))
    return LintResult(
        files=linted.files, diagnostics=linted.diagnostics, exit_status=status_of(linted.diagnostics)
    )


def _nothing_to_lint(path: str, error: FolderError) -> Diagnostic:
    return Diagnostic(
        code=codes.LOCAL_REPOSITORY_MISSING,
        severity=Severity.ERROR,
        detail=f"There is nothing to lint: {error}.",
        subject=Subject(file=path),
    )
