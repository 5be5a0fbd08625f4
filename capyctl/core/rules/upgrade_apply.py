"""What keeps an upgrade from being applied, and what is to be known of one (clusterctl-cluster 2.7, 5.5, 5.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.contract import accepted_contracts
from capyctl.core.definition_change import DefinitionChange
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.inventory import InstalledProvider
from capyctl.core.upgrade_terms import SKEW, farthest_minor
from capyctl.core.version import ProviderVersion, parse_version


class UpgradeStep(Struct, frozen=True, kw_only=True):
    """One provider that is to be brought to another version.

    Attributes:
        tag: of the version. reason: why this one, a clause.
    """

    installed: InstalledProvider
    tag: str

    @property
    def label(self) -> str:
        """The provider's manifest label."""
        return self.installed.manifest_label

    @property
    def target(self) -> ProviderVersion | None:
        """The version; None where the tag is none."""
        return parse_version(self.tag)


def step_problems(steps: Iterable[UpgradeStep]) -> tuple[Diagnostic, ...]:
    """Steps that go too far at once (an error), or back (a warning; clusterctl takes both as they are)."""
    return tuple(found for step in steps for found in (_too_far(step), _goes_back(step)) if found is not None)


def _too_far(step: UpgradeStep) -> Diagnostic | None:
    key, installed, target = step.installed.key, step.installed.version, step.target
    if key is None or installed is None or target is None:
        return None
    limit = farthest_minor(key, installed)
    if limit is None or target.minor <= limit:
        return None
    return Diagnostic(
        code=codes.UPGRADE_TOO_FAR,
        severity=Severity.ERROR,
        detail=(
            f"{step.label} is {installed}, and {target} is {target.minor - installed.minor} minor releases after it;"
            f" one upgrade goes {SKEW} ahead at most, to {installed.major}.{limit}."
        ),
        subject=Subject(provider=step.label, version=step.tag),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="go there in steps: capyctl upgrade plan names them",
            ),
        ),
    )


def _goes_back(step: UpgradeStep) -> Diagnostic | None:
    installed, target = step.installed.version, step.target
    if installed is None or target is None or target >= installed:
        return None
    return Diagnostic(
        code=codes.UPGRADE_GOES_BACK,
        severity=Severity.WARNING,
        detail=(
            f"{step.label} is {installed}, and {target} is older. Objects that the newer release stored may be more"
            " than the older one can read."
        ),
        subject=Subject(provider=step.label, version=step.tag),
    )


def left_behind(
    staying: Iterable[InstalledProvider], contracts: Mapping[str, frozenset[str]], core_contract: str
) -> tuple[Diagnostic, ...]:
    """Installed providers that are not upgraded and do not fit the core afterwards (5.5).

    ``contracts`` are those of the installed versions by label; what is not known is no reason to refuse (F64).
    """
    accepted = accepted_contracts(core_contract)
    found = []
    for each in staying:
        held = contracts.get(each.manifest_label, frozenset())
        if not held or held & accepted:
            continue
        found.append(
            Diagnostic(
                code=codes.UPGRADE_LEAVES_BEHIND,
                severity=Severity.ERROR,
                detail=(
                    f"{each.manifest_label} {each.version_text} stays as it is and implements {_either(held)}; a core"
                    f" of contract {core_contract} works with {_either(accepted)}."
                ),
                subject=Subject(provider=each.manifest_label, version=each.version_text),
                fixes=(
                    Fix(
                        applicability=Applicability.REVIEW,
                        title=f"upgrade {each.manifest_label} in the same run",
                    ),
                ),
            )
        )
    return tuple(found)


def without_source(staying: InstalledProvider, contracts: frozenset[str]) -> Diagnostic:
    """An installed provider that no source is known for: it stays, and the others are upgraded (F64)."""
    known = (
        f"its definitions in the cluster state {_either(contracts)}"
        if contracts
        else "its definitions in the cluster state no contract"
    )
    return Diagnostic(
        code=codes.UPGRADE_WITHOUT_SOURCE,
        severity=Severity.NOTE if contracts else Severity.WARNING,
        detail=(
            f"{staying.manifest_label} is installed but has no known source, so it stays at {staying.version_text};"
            f" {known}, and that is what its contract was judged by. It keeps no other provider from being upgraded."
        ),
        subject=Subject(provider=staying.manifest_label, version=staying.version_text),
    )


def not_installed(name: str, namespace: str | None, installed: Sequence[InstalledProvider]) -> Diagnostic:
    """A provider that was named and is not there (in that namespace)."""
    place = f" in the namespace {namespace}" if namespace is not None else ""
    there = ", ".join(f"{each.instance_name} {each.version_text}" for each in installed) or "nothing"
    return Diagnostic(
        code=codes.UPGRADE_NOT_INSTALLED,
        severity=Severity.ERROR,
        detail=f"{name} is not installed{place}, so it cannot be upgraded. Installed: {there}.",
        subject=Subject(provider=name),
        fixes=(Fix(applicability=Applicability.REVIEW, title="install it with capyctl init"),),
    )


def contract_not_planned(contract: str, offered: Iterable[str]) -> Diagnostic:
    """No upgrade leads to this contract."""
    known = ", ".join(offered)
    also = f" The plan has {known}." if known else ""
    return Diagnostic(
        code=codes.UPGRADE_NOT_PLANNED,
        severity=Severity.ERROR,
        detail=f"No upgrade of this management cluster leads to the contract {contract}.{also}",
        fixes=(Fix(applicability=Applicability.REVIEW, title="see where one leads: capyctl upgrade plan"),),
    )


def plan_unusable(file: str, reason: str) -> Diagnostic:
    """A file that ``--plan`` names and that is no saved plan."""
    return Diagnostic(
        code=codes.UPGRADE_PLAN_UNUSABLE,
        severity=Severity.ERROR,
        detail=f"{file} cannot be applied: {reason}.",
        subject=Subject(file=file),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="save the plan anew: capyctl upgrade plan --out FILE",
            ),
        ),
    )


def plan_changed(file: str, changes: Iterable[str]) -> Diagnostic:
    """A saved plan that fits no more."""
    return Diagnostic(
        code=codes.UPGRADE_PLAN_CHANGED,
        severity=Severity.ERROR,
        detail=f"The plan in {file} no longer holds, and nothing was changed: {'; '.join(changes)}.",
        subject=Subject(file=file),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="look at what changed and save the plan anew: capyctl upgrade plan --out FILE",
            ),
        ),
    )


def stored_versions_lost(change: DefinitionChange, step: UpgradeStep | None) -> Diagnostic:
    """A new definition without a version in which objects are stored (weakness 14)."""
    kind = change.name.partition(".")[0]
    versions = ", ".join(change.lost)
    return Diagnostic(
        code=codes.STORED_VERSION_DROPPED,
        severity=Severity.ERROR,
        detail=(
            f"Objects of {change.name} may be stored as {versions} (its status.storedVersions), which the definition of"
            f" {change.owner}{f' {step.tag}' if step else ''} no longer has. The API server would refuse it in the"
            " midst of the upgrade."
        ),
        subject=Subject(provider=change.owner, version=step.tag if step else None),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=(
                    f"write every object of {kind} once as it is, so that it is stored as {change.before}, then take"
                    f" {versions} out of status.storedVersions of {change.name}; or go by a release in between that"
                    " migrates them"
                ),
            ),
        ),
    )


def scales_down(change: DefinitionChange) -> Diagnostic:
    """A provider stops for a moment, since its conversion webhook changes what is stored."""
    return Diagnostic(
        code=codes.UPGRADE_SCALES_DOWN,
        severity=Severity.NOTE,
        detail=(
            f"{change.name} is stored as {change.storage} from now on, not as {change.before}, and a webhook of"
            f" {change.owner} converts it: its Deployments are scaled to zero while its definitions are replaced, and"
            " run again right after."
        ),
        subject=Subject(provider=change.owner),
    )


def _either(contracts: Iterable[str]) -> str:
    return " or ".join(sorted(contracts, reverse=True))
