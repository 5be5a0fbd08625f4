"""The core provider and the inventory: what is recorded as installed, by whom, and what is wrong with the record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.checks.result import CheckedPart, CheckName, CheckOutcome, counted, some
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.inventory import PROVIDER_LABEL, InstalledProvider, Inventory
from capyctl.core.operator_inventory import OperatorProvider
from capyctl.core.rules.inventory import (
    core_count_problem,
    entry_problem,
    no_inventory,
    older_contract,
    repeated_providers,
    unknown_provider,
)
from capyctl.core.rules.operator import operator_findings

_CORE_NAME = "cluster-api"
_MOST_TOLD = 20
"""Entries of one kind of fault that are told one by one; the rest is counted."""


class InstalledFacts(Struct, frozen=True, kw_only=True):
    """What was read.

    Attributes:
        storage: the API version in which Clusters are stored; None without Cluster API.
        has_definitions: whether the CRD of Clusters is there. labelled: provider labels that CRDs carry.
        known: providers of the table in use. deployed: namespaces with a Deployment of a core; None if not asked.
    """

    inventory: Inventory
    operator: tuple[OperatorProvider, ...] = ()
    storage: str | None = None
    has_definitions: bool = False
    labelled: frozenset[str] = frozenset()
    known: Collection[ProviderKey] = ()
    deployed: frozenset[str] | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def operator_core(self) -> OperatorProvider | None:
        """The core that the operator manages."""
        return next((each for each in self.operator if each.type is ProviderType.CORE), None)

    @property
    def core_version(self) -> str | None:
        """The version of the one core that is recorded; None where none is, or more than one."""
        core = self.inventory.core
        if core is not None:
            return core.version_text or None
        if self.inventory.cores or self.operator_core is None:
            return None
        return self.operator_core.current or None

    @property
    def is_empty(self) -> bool:
        """Whether nothing of Cluster API is here: fit for ``init``."""
        return not (self.inventory.entries or self.operator or self.has_definitions)


def labels_of_definitions(definitions: Iterable[ApiObject]) -> frozenset[str]:
    """The provider labels that CustomResourceDefinitions carry."""
    return frozenset(label for each in definitions if (label := each.labels.get(PROVIDER_LABEL)))


def judge_core(facts: InstalledFacts) -> CheckedPart:
    """Version, owner and contract of the core; an empty cluster is no fault."""
    said = tuple(_core_findings(facts))
    outcome = CheckOutcome.SKIPPED if _has_no_core(facts) else CheckOutcome.OK
    if any(item.is_error for item in said):
        outcome = CheckOutcome.FAILED
    return CheckedPart(
        name=CheckName.CORE,
        outcome=outcome,
        detail=_core_detail(facts),
        evidence=facts.evidence,
        diagnostics=said,
    )


def _has_no_core(facts: InstalledFacts) -> bool:
    return not (facts.inventory.cores or facts.operator_core or facts.has_definitions)


def _core_findings(facts: InstalledFacts) -> Iterator[Diagnostic]:
    managed = facts.operator_core is not None
    if facts.inventory.cores or (facts.inventory.entries and not managed):
        problem = core_count_problem(facts.inventory.cores, facts.deployed)
        if problem is not None:
            yield replace(problem, evidence=facts.evidence)
    elif facts.has_definitions and not managed and _CORE_NAME not in facts.labelled:
        yield replace(no_inventory(facts.storage), evidence=facts.evidence)
    older = older_contract(facts.storage) if facts.storage is not None else None
    if older is not None:
        yield replace(older, evidence=facts.evidence)


def _core_detail(facts: InstalledFacts) -> str:
    contract = f", contract {facts.storage}" if facts.storage is not None else ""
    cores = facts.inventory.cores
    if len(cores) > 1:
        return f"{len(cores)} core providers: {some(_named(each) for each in cores)}{contract}"
    if cores:
        return f"{_named(cores[0])}{contract}"
    if facts.operator_core is not None:
        core = facts.operator_core
        current = core.current or "of no stated version"
        return f"{core.name} {current} in {core.namespace}, managed by the operator{contract}"
    if facts.has_definitions:
        return f"Cluster API is here, and nothing records its version{contract}"
    if facts.inventory.entries:
        return "the inventory has no core provider"
    return "no Cluster API here; the cluster is free for init"


def _named(entry: InstalledProvider) -> str:
    return f"{entry.manifest_label} {entry.version_text or 'of no stated version'} in {entry.namespace}"


def judge_inventory(facts: InstalledFacts) -> CheckedPart:
    """The entries, those that are odd (as warnings), and what was begun without being recorded (F06, F60, F66)."""
    said = tuple(_inventory_findings(facts))
    failed = any(item.is_error for item in said)
    outcome = CheckOutcome.FAILED if failed else CheckOutcome.OK
    if not (facts.inventory.entries or facts.operator or said):
        outcome = CheckOutcome.SKIPPED
    return CheckedPart(
        name=CheckName.INVENTORY,
        outcome=outcome,
        detail=_inventory_detail(facts),
        evidence=facts.evidence,
        diagnostics=said,
    )


def _inventory_detail(facts: InstalledFacts) -> str:
    parts = []
    if facts.inventory.entries:
        labels = dict.fromkeys(each.manifest_label for each in facts.inventory.entries)
        parts.append(f"{counted(len(facts.inventory.entries), 'provider')}: {some(labels)}")
    if facts.operator:
        named = dict.fromkeys(each.key.manifest_label for each in facts.operator)
        parts.append(f"managed by the operator: {some(named)}")
    return "; ".join(parts) or "no providers are recorded"


def _inventory_findings(facts: InstalledFacts) -> Iterator[Diagnostic]:
    yield from (replace(each, evidence=facts.evidence) for each in operator_findings(facts.operator))
    broken = [problem for entry in facts.inventory.entries if (problem := entry_problem(entry))]
    whole = [entry for entry in facts.inventory.entries if entry_problem(entry) is None]
    strange = [entry for entry in whole if entry.key not in facts.known]
    odd = [*broken, *(unknown_provider(entry, facts.known) for entry in strange)]
    for each in odd[:_MOST_TOLD]:
        yield replace(each, severity=Severity.WARNING, evidence=facts.evidence)
    yield from (
        replace(each, evidence=facts.evidence) for each in repeated_providers(facts.inventory.repeated)
    )
    unrecorded = _unrecorded(facts)
    if unrecorded:
        yield _unfinished(unrecorded, facts.evidence)


def _unrecorded(facts: InstalledFacts) -> list[str]:
    """Labels of definitions that neither an entry nor the operator accounts for."""
    recorded = {each.manifest_label for each in facts.inventory.entries}
    recorded |= {each.key.manifest_label for each in facts.operator}
    return sorted(facts.labelled - recorded)


def _unfinished(labels: list[str], evidence: tuple[Evidence, ...]) -> Diagnostic:
    one = len(labels) == 1
    return Diagnostic(
        code=codes.INSTALLATION_UNFINISHED,
        severity=Severity.WARNING,
        detail=(
            f"Definitions of {some(labels)} are in the cluster, and the inventory has no entry for "
            f"{'it' if one else 'them'}. clusterctl records a provider last, so an installation was broken off, or "
            "something else installed it."
        ),
        subject=Subject(provider=labels[0]) if one else Subject(),
        evidence=evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="run the same init again, which finishes what was begun; or remove the provider's objects",
            ),
        ),
    )
