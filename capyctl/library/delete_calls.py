"""The function of the library that deletes providers from a management cluster."""

from __future__ import annotations

from functools import partial
from typing import TypedDict, Unpack

from msgspec import Struct

from capyctl.core.status_rules import status_of
from capyctl.library.cluster_calls import ClusterRunSettings, cluster_settings
from capyctl.library.results import References, Result
from capyctl.library.serving import read_references, serve
from capyctl.wiring.cluster import ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.deleting import Deletion, DeletionOptions
from capyctl.wiring.installing import writing_run
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


class DeletionSettings(TypedDict, total=False):
    """How much goes, as the options of ``delete``."""

    include_crd: bool
    include_namespace: bool
    force: bool
    dry_run: bool


class DeletedEntry(Struct, frozen=True, kw_only=True):
    """An object that is gone, or would go; ``namespace`` is None for one of the whole cluster."""

    kind: str
    namespace: str | None
    name: str
    provider: str | None


class DeletionResult(Result, frozen=True, kw_only=True):
    """What is gone, in the order that it went; in a dry run, what would go."""

    deleted: tuple[DeletedEntry, ...] = ()


def delete(
    references: References | None = None,
    *,
    options: DeletionSettings | None = None,
    **settings: Unpack[ClusterRunSettings],
) -> DeletionResult:
    """Delete providers from a management cluster: addons first, the core last.

    Args:
        references: one or several, ``name[:version]`` or manifest labels; None stands for every provider.
        options: how much goes.
        settings: see ``ClusterRunSettings``.

    Raises:
        MalformedReferenceError: a reference that cannot be read.
        ValueError: there are references, and none in them; a time to wait that is less than nothing.
    """
    named = read_references(references) if references is not None else None
    if named == ():
        raise ValueError("no provider is named; None stands for all of them")
    there = cluster_settings(settings)
    wanted = options or DeletionSettings()
    deletion = Deletion(
        options=DeletionOptions(
            references=named,
            include_crd=wanted.get("include_crd", False),
            include_namespace=wanted.get("include_namespace", False),
            force=wanted.get("force", False),
            dry_run=wanted.get("dry_run", False),
        )
    )
    flags = [f"--{name.replace('_', '-')}" for name, value in wanted.items() if value]
    words = " ".join(("delete", *flags, *(["--all"] if named is None else [])))
    served = serve(words, named or (), settings, partial(_work, deletion, there))
    gone = ((each.key, each.owner) for each in deletion.deleted)
    return DeletionResult(
        deleted=tuple(
            DeletedEntry(
                kind=key.kind, namespace=key.namespace or None, name=key.name, provider=owner or None
            )
            for key, owner in gone
        ),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def _work(deletion: Deletion, there: ClusterSettings, world: World) -> Served[None]:
    try:
        cluster = open_cluster(world, there)
    except ClusterNotNamedError as error:
        said = error.diagnostics
        return Served(found=None, diagnostics=said, evidence=world.evidence(), status=status_of(said))
    with writing_run(world, cluster) as writing:
        deletion.work(writing)
    return Served(
        found=None,
        diagnostics=(*writing.told(), *cluster.notes),
        evidence=writing.evidence(),
        status=writing.status,
    )
