"""``capyctl delete``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from capyctl.cli.cluster_options import ApiTimeout, Kubeconfig, KubeconfigContext, cluster_settings
from capyctl.cli.declare import command_app
from capyctl.cli.provider_options import ProviderCommand, References
from capyctl.cli.references import given_references
from capyctl.cli.run import Outcome, Run, run_of
from capyctl.cli.writing_command import with_writes
from capyctl.core.exit_status import ExitStatus
from capyctl.core.identity import ProviderReference
from capyctl.ports.cluster import ClusterChoice
from capyctl.report.deletion_text import deleted_json, deletion_text
from capyctl.wiring.deleting import Deletion, DeletionOptions
from capyctl.wiring.installing import WritingRun

app = command_app()


@app.command(cls=ProviderCommand)
def delete(
    ctx: typer.Context,
    references: References = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Delete every provider that is installed.")
    ] = False,
    include_namespace: Annotated[
        bool, typer.Option("--include-namespace", help="Delete the providers' namespaces too, all in them.")
    ] = False,
    include_crd: Annotated[
        bool, typer.Option("--include-crd", help="Delete the providers' definitions (CRDs) too.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Although Clusters exist, or objects of definitions that are to be deleted."
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; write nothing.")] = False,
    kubeconfig: Kubeconfig = None,
    kubeconfig_context: KubeconfigContext = None,
    api_timeout: ApiTimeout = None,
) -> Outcome:
    """Delete providers from a management cluster: addons first, the core last."""
    run = run_of(ctx)
    settings = cluster_settings(ClusterChoice(kubeconfig=kubeconfig, context=kubeconfig_context), api_timeout)
    named = _named(run, references, everything=everything)
    if isinstance(named, Outcome):
        return named
    options = DeletionOptions(
        references=named,
        include_crd=include_crd,
        include_namespace=include_namespace,
        force=force,
        dry_run=dry_run,
    )
    return with_writes(run, settings, _Work(options))


def _named(
    run: Run, positional: list[str] | None, *, everything: bool
) -> tuple[ProviderReference, ...] | Outcome | None:
    """The references; None for all providers, by ``--all``.

    Raises:
        typer.BadParameter: there are neither, or both.
    """
    given = given_references(run, positional)
    if given.problems:
        return Outcome(diagnostics=given.problems, status=ExitStatus.USAGE)
    if everything and given.references:
        raise typer.BadParameter("it names every provider, so no other one can be named", param_hint="--all")
    if not everything and not given.references:
        raise typer.BadParameter("name the providers to be deleted, or give --all", param_hint="REF")
    return None if everything else given.references


class _Work:
    """One deletion, and its outcome at any moment."""

    def __init__(self, options: DeletionOptions) -> None:
        self._deletion = Deletion(options=options)

    def work(self, writing: WritingRun) -> None:
        """Delete."""
        self._deletion.work(writing)

    def outcome(self, writing: WritingRun) -> Outcome:
        """What is gone; nothing where it was never known what there is."""
        if not self._deletion.looked:
            return Outcome()
        text = partial(
            deletion_text,
            place=writing.cluster.connection.api.address,
            dry_run=self._deletion.options.dry_run,
        )
        gone = ((each.key, each.owner) for each in self._deletion.deleted)
        return Outcome(result=deleted_json(gone), text=text)
