"""What ``init`` does about each provider in the light of what is installed (clusterctl-cluster 1.2, 1.4)."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.contract import NEWEST_CORE_CONTRACT
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderType
from capyctl.core.inventory import InstalledProvider, Inventory
from capyctl.core.invocation import Invocation
from capyctl.core.resolved import Resolved
from capyctl.core.rules.inventory import core_count_problem


class InstallAction(enum.Enum):
    """What becomes of a provider that was named; only the first of them writes anything."""

    INSTALL = "install"
    KEEP = "keep"
    UPGRADE = "upgrade"
    REFUSE = "refuse"


class Decision(Struct, frozen=True, kw_only=True):
    """The action on one provider, and what is to be said where it is none that ``init`` carries out."""

    resolved: Resolved
    action: InstallAction
    diagnostic: Diagnostic | None = None


def decide_installation(
    providers: Sequence[Resolved], installed: Inventory, invocation: Invocation
) -> tuple[Decision, ...]:
    """The action on each provider, in the order given.

    What is there in the same version and namespace is kept; another version is for an upgrade; a second instance
    is refused, for a cluster holds one of a provider (1.4 rule 1).
    """
    return tuple(_decide(each, installed, invocation) for each in providers)


def _decide(resolved: Resolved, installed: Inventory, invocation: Invocation) -> Decision:
    instances = installed.instances(resolved.key)
    if not instances or resolved.version is None:
        return Decision(resolved=resolved, action=InstallAction.INSTALL)
    place = resolved.target_namespace
    elsewhere = [each for each in instances if place is not None and each.namespace != place]
    if elsewhere:
        return _refused(resolved, elsewhere, invocation)
    others = [each for each in instances if each.version_text != resolved.version]
    if others:
        return _for_an_upgrade(resolved, others[0], invocation)
    return Decision(resolved=resolved, action=InstallAction.KEEP)


def _refused(resolved: Resolved, elsewhere: Sequence[InstalledProvider], invocation: Invocation) -> Decision:
    label = resolved.key.manifest_label
    where = ", ".join(f"{each.namespace} ({each.version_text})" for each in elsewhere)
    there = Fix(
        applicability=Applicability.REVIEW,
        title=f"if {label} is to stay as it is, name the namespace it is in",
        command=invocation.with_option("--target-namespace", elsewhere[0].namespace),
    )
    diagnostic = _error(
        codes.INSTALLED_IN_ANOTHER_NAMESPACE,
        resolved,
        f"{label} is installed already, in the namespace {where}, and was asked for in {resolved.target_namespace}. A"
        " management cluster holds one instance of a provider.",
        there,
    )
    return Decision(resolved=resolved, action=InstallAction.REFUSE, diagnostic=diagnostic)


def _for_an_upgrade(resolved: Resolved, there: InstalledProvider, invocation: Invocation) -> Decision:
    label = resolved.key.manifest_label
    asked = "was asked for" if resolved.requested is not None else "is the newest"
    diagnostic = _error(
        codes.INSTALLED_IN_ANOTHER_VERSION,
        resolved,
        f"{there.instance_name} is installed in version {there.version_text}, and {resolved.version} {asked}. init"
        " installs and does not upgrade.",
        Fix(
            applicability=Applicability.REVIEW,
            title="see what an upgrade would do",
            command=invocation.on_cluster("upgrade", "plan"),
        ),
        Fix(
            applicability=Applicability.REVIEW,
            title=f"keep what is installed: name it as {label}:{there.version_text}, or leave it out",
        ),
    )
    return Decision(resolved=resolved, action=InstallAction.UPGRADE, diagnostic=diagnostic)


def _error(code: Code, resolved: Resolved, detail: str, *fixes: Fix) -> Diagnostic:
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        detail=detail,
        subject=Subject(provider=resolved.key.manifest_label, version=resolved.version),
        fixes=fixes,
    )


def cluster_after(decisions: Sequence[Decision], installed: Inventory) -> tuple[InstalledProvider, ...]:
    """The core providers that the cluster would have afterwards."""
    added = [
        InstalledProvider(
            namespace=each.resolved.target_namespace or "",
            object_name=each.resolved.key.manifest_label,
            name=each.resolved.key.name,
            type_text=each.resolved.key.type.value,
            type=each.resolved.key.type,
            version_text=each.resolved.version or "",
            labels={},
        )
        for each in decisions
        if each.action is InstallAction.INSTALL and each.resolved.key.type is ProviderType.CORE
    ]
    return (*installed.cores, *added)


def installation_findings(decisions: Sequence[Decision], installed: Inventory) -> Iterator[Diagnostic]:
    """Everything that speaks against the plan as a whole, or deserves a word, after each provider's own."""
    yield from (each.diagnostic for each in decisions if each.diagnostic is not None)
    count = core_count_problem(cluster_after(decisions, installed))
    if count is not None:
        yield count
    for each in decisions:
        resolved = each.resolved
        new_core = each.action is InstallAction.INSTALL and resolved.key.type is ProviderType.CORE
        if new_core and resolved.contract not in (None, NEWEST_CORE_CONTRACT):
            yield Diagnostic(
                code=codes.CORE_CONTRACT_OLDER,
                severity=Severity.WARNING,
                detail=(
                    f"{resolved.version} of the core implements {resolved.contract}; the newest clusterctl speaks"
                    f" {NEWEST_CORE_CONTRACT}. Its documentation does not support such an installation, its code allows"
                    " it, and several of its commands refuse the cluster afterwards."
                ),
                subject=Subject(provider=resolved.key.manifest_label, version=resolved.version),
            )
