"""What is to be said about the providers recorded in a cluster, before anything is asked about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from capyctl.core import codes
from capyctl.core.contract import NEWEST_CORE_CONTRACT
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.inventory import InstalledProvider, likely_key

_OLDER_CLUSTERCTL: Mapping[str, str] = {"v1beta1": "v1.10", "v1alpha4": "v0.4", "v1alpha3": "v0.3"}
"""The last clusterctl series that speaks a contract (clusterctl-cluster 0)."""


def entry_problem(entry: InstalledProvider) -> Diagnostic | None:
    """What keeps an entry of the inventory from being used (F06); None for one that can be used."""
    fault = _fault(entry)
    if fault is None:
        return None
    likely = likely_key(entry)
    guess = f" Its labels and name suggest {likely.manifest_label}." if likely and entry.key is None else ""
    return Diagnostic(
        code=codes.INVENTORY_ENTRY_BROKEN,
        severity=Severity.ERROR,
        detail=(
            f"The inventory entry {entry.namespace}/{entry.object_name} {fault}.{guess} Nothing can be planned for it; "
            "clusterctl would stop here for all providers."
        ),
        subject=Subject(provider=entry.manifest_label or None, version=entry.version_text or None),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="give the entry the providerName, type and version of what runs, or delete it if nothing does",
            ),
        ),
    )


def _fault(entry: InstalledProvider) -> str | None:
    if entry.missing:
        return f"has no {' and no '.join(entry.missing)}"
    if entry.type is None:
        return f"has the type {entry.type_text!r}, which is none of {', '.join(each.value for each in ProviderType)}"
    if entry.version is None:
        return f"has the version {entry.version_text!r}, which is no full semantic version"
    return None


def unknown_provider(entry: InstalledProvider, known: Iterable[ProviderKey]) -> Diagnostic:
    """An installed provider that the table in use does not have (F06)."""
    others = [key.manifest_label for key in known if key.name == entry.name]
    also = f" The table has that name as {', '.join(others)}." if others else ""
    stanza = (
        f"add it to the configuration: providers: [{{name: {entry.name}, type: {entry.type_text}, url: ADDRESS}}], or"
        " name the configuration that it was installed with, with --config"
    )
    return Diagnostic(
        code=codes.INSTALLED_PROVIDER_UNKNOWN,
        severity=Severity.ERROR,
        detail=(
            f"{entry.name} (type {entry.type_text}, namespace {entry.namespace}, version {entry.version_text}) is"
            f" installed, and neither the built-in table nor the configuration has it.{also} That concerns the other"
            " providers in nothing."
        ),
        subject=Subject(provider=entry.manifest_label, version=entry.version_text),
        fixes=(Fix(applicability=Applicability.REVIEW, title=stanza),),
    )


def core_count_problem(
    cores: Iterable[InstalledProvider], namespaces_with_deployment: frozenset[str] | None = None
) -> Diagnostic | None:
    """Not exactly one core provider (F63); None where there is one.

    Args:
        cores: the entries of type CoreProvider.
        namespaces_with_deployment: namespaces with a Deployment of the core; None where nobody looked.
    """
    found = tuple(cores)
    if len(found) == 1:
        return None
    named = ", ".join(f"{each.instance_name} {each.version_text}" for each in found)
    orphans = [
        each.instance_name
        for each in found
        if namespaces_with_deployment is not None and each.namespace not in namespaces_with_deployment
    ]
    behind = f" No Deployment stands behind {', '.join(orphans)}." if orphans else ""
    remedy = (
        f"delete the entry with no Deployment behind it: {', '.join(orphans)}"
        if orphans and len(orphans) < len(found)
        else "delete the entry that was not made by the tool that installed the core"
    )
    return Diagnostic(
        code=codes.CORE_PROVIDER_COUNT,
        severity=Severity.ERROR,
        detail=(
            f"The inventory has {len(found)} core providers{f': {named}' if named else ''}; there must be exactly"
            f" one.{behind}"
        ),
        subject=Subject(provider=found[0].manifest_label if found else "cluster-api"),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=remedy if found else "record the core that runs, or install one",
            ),
        ),
    )


def repeated_providers(
    repeated: Mapping[ProviderKey, tuple[InstalledProvider, ...]],
) -> tuple[Diagnostic, ...]:
    """Providers with several instances, which no upgrade can be applied to (2.7)."""
    return tuple(
        Diagnostic(
            code=codes.SEVERAL_INSTANCES,
            severity=Severity.ERROR,
            detail=(
                f"{key.manifest_label} is installed {len(instances)} times:"
                f" {', '.join(f'{each.instance_name} {each.version_text}' for each in instances)}. One instance of a"
                " provider is supported in a cluster, and clusterctl applies no upgrade until one of them is gone."
            ),
            subject=Subject(provider=key.manifest_label),
            fixes=(
                Fix(
                    applicability=Applicability.REVIEW,
                    title="delete the inventory entry of the instance that does not work, and its components",
                ),
            ),
        )
        for key, instances in repeated.items()
        if key.type is not ProviderType.CORE
    )


def no_inventory(storage: str | None) -> Diagnostic:
    """Cluster API is there and nothing records its providers (F66)."""
    contract = f" (Clusters are stored as {storage})" if storage else ""
    return Diagnostic(
        code=codes.INVENTORY_MISSING,
        severity=Severity.WARNING,
        detail=(
            f"The definitions of Cluster API are installed{contract}, and neither an inventory of clusterctl nor a"
            " resource of the operator says which providers run. They were installed by other means, and are upgraded"
            " by the same."
        ),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="upgrade them as they were installed, or write an inventory entry for each",
            ),
        ),
    )


def older_contract(storage: str) -> Diagnostic | None:
    """A cluster whose contract is older than the newest clusterctl's (F51); None where it is not."""
    if storage not in _OLDER_CLUSTERCTL or storage == NEWEST_CORE_CONTRACT:
        return None
    last = _OLDER_CLUSTERCTL[storage]
    return Diagnostic(
        code=codes.CLUSTER_CONTRACT_OLDER,
        severity=Severity.NOTE,
        detail=(
            f"This cluster speaks {storage}. The newest clusterctl speaks {NEWEST_CORE_CONTRACT}: of its commands only"
            " upgrade plan and upgrade apply work here; init, describe, move, delete and get kubeconfig refuse, until"
            f" the core is upgraded. clusterctl {last} has them for {storage}."
        ),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"use clusterctl {last} for those commands, or upgrade",
            ),
        ),
    )
