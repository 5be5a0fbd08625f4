"""Providers that are installed already: kept as they are, without a question to any source (issue 5, 1.1)."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.app.resolution import Target
from capyctl.core.inventory import InstalledProvider, Inventory
from capyctl.core.resolved import Resolved, ResolvedRepository


def kept_as_installed(
    targets: Sequence[Target], installed: Inventory, namespace: str | None
) -> tuple[tuple[Resolved, ...], tuple[Target, ...]]:
    """Those that are there and are asked for in no other version or namespace, and all other targets.

    What a newer release would bring is for an upgrade to say: a pipeline that runs the same ``init`` again after a
    provider has published must not fail for it (clusterctl-cluster 1.4, weakness 23).
    """
    kept: list[Resolved] = []
    others: list[Target] = []
    for target in targets:
        found = _instance(target, installed, namespace)
        if found is None:
            others.append(target)
        else:
            kept.append(_resolved(target, found))
    return tuple(kept), tuple(others)


def _instance(target: Target, installed: Inventory, namespace: str | None) -> InstalledProvider | None:
    instances = installed.instances(target.entry.key)
    if len(instances) != 1 or not instances[0].version_text:
        return None
    (found,) = instances
    elsewhere = namespace is not None and namespace != found.namespace
    other = target.reference.version not in (None, found.version_text)
    return None if elsewhere or other else found


def _resolved(target: Target, found: InstalledProvider) -> Resolved:
    entry = target.entry
    version = found.version
    return Resolved(
        key=entry.key,
        requested=target.reference.version,
        version=found.version_text,
        series=version.series if version is not None else None,
        contract=None,
        repository=ResolvedRepository(
            url=entry.url,
            kind=entry.repository_kind or "https",
            name=entry.repository_name,
            formerly=entry.formerly,
        ),
        files={},
        target_namespace=found.namespace,
    )
