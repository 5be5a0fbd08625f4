"""An upgrade plan as a value: for each contract, each installed provider's next version and the way there."""

from __future__ import annotations

import enum
import shlex
from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from capyctl.core.contract import accepted_contracts
from capyctl.core.identity import ProviderType
from capyctl.core.inventory import InstalledProvider
from capyctl.core.operator_inventory import OperatorProvider


class Prospect(enum.Enum):
    """What the plan says of one provider: held means that something speaks against a newer version."""

    UPGRADE = "upgrade"
    CURRENT = "current"
    HELD = "held"
    BROKEN = "broken"


class UpgradeRow(Struct, frozen=True, kw_only=True):
    """One installed provider.

    Attributes:
        hops: every step to the newest version, in order; the first is ``next``.
        reason: one sentence. contract: of the version after the plan's first step, None where unknown.
        operator: the operator's resource behind it, if there is one.
        files: SHA-256 by name of the files of ``next``, as far as they were read.
    """

    installed: InstalledProvider
    prospect: Prospect
    reason: str
    hops: tuple[str, ...] = ()
    contract: str | None = None
    operator: OperatorProvider | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_core(self) -> bool:
        """Whether it is a core provider."""
        return self.installed.type is ProviderType.CORE

    @property
    def next(self) -> str | None:
        """The version to upgrade to now."""
        return self.hops[0] if self.hops else None


class ContractPlan(Struct, frozen=True, kw_only=True):
    """The plan for one contract.

    Attributes:
        is_current: whether it is the contract of the installed core.
    """

    contract: str
    is_current: bool
    rows: tuple[UpgradeRow, ...]

    @property
    def upgrades(self) -> tuple[UpgradeRow, ...]:
        """The rows with a next version."""
        return tuple(row for row in self.rows if row.hops)

    @property
    def hindering(self) -> tuple[UpgradeRow, ...]:
        """The rows because of which a core of this contract cannot be brought in.

        They have no next version, and are the core itself, or have a contract installed that is not known to be
        accepted by such a core. In a plan for the contract in use they hinder nothing.
        """
        if self.is_current:
            return ()
        accepted = accepted_contracts(self.contract)
        staying = (row for row in self.rows if not row.hops)
        return tuple(row for row in staying if row.is_core or row.contract not in accepted)

    @property
    def is_direct(self) -> bool:
        """Whether every provider goes to its newest version in one step, and none is held or broken."""
        told = (Prospect.UPGRADE, Prospect.CURRENT)
        return all(row.prospect in told and len(row.hops) < 2 for row in self.rows)


class UpgradePlan(Struct, frozen=True, kw_only=True):
    """Plans by contract, in ascending order."""

    plans: tuple[ContractPlan, ...] = ()


def from_operator(found: OperatorProvider) -> InstalledProvider:
    """The operator's provider as an entry of an inventory; its namespace is that of its resource."""
    return InstalledProvider(
        namespace=found.namespace,
        object_name=found.name,
        name=found.name,
        type_text=found.type.value,
        type=found.type,
        version_text=found.current,
        labels={},
    )


def installed_providers(
    entries: Iterable[InstalledProvider], operator: Iterable[OperatorProvider]
) -> tuple[tuple[InstalledProvider, OperatorProvider | None], ...]:
    """Every installed provider once, with the operator's resource behind it.

    A resource and clusterctl's entry of one provider are the same installation; the entry tells the namespace
    of the components, the resource who manages it.
    """
    managed = {each.key: each for each in operator}
    found = [(entry, managed.pop(entry.key, None) if entry.key else None) for entry in entries]
    found += [(from_operator(each), each) for each in managed.values()]
    return tuple(sorted(found, key=lambda each: each[0].sort_key))


def apply_commands(plan: ContractPlan) -> tuple[str, ...]:
    """The commands that apply the plan's first step; none where the operator manages everything."""
    ours = [row for row in plan.upgrades if row.operator is None and row.installed.key is not None]
    if not ours or plan.hindering:
        return ()
    if plan.is_direct and len(ours) == len(plan.upgrades):
        return (f"capyctl upgrade apply --contract {plan.contract}",)
    words = [word for row in ours for word in _named(row)]
    return (shlex.join(("capyctl", "upgrade", "apply", *words)),)


def _named(row: UpgradeRow) -> tuple[str, str]:
    flag = (row.installed.type or ProviderType.CORE).flag
    return f"--{flag}", f"{row.installed.name}:{row.next}"


def operator_change(found: OperatorProvider, version: str) -> str:
    """The change to make in the operator's resource, as a line for kubectl (F66)."""
    patch = f'{{"spec":{{"version":"{version}"}}}}'
    kind = f"{found.type.value.lower()}.operator.cluster.x-k8s.io"
    words = ("kubectl", "patch", kind, found.name, "-n", found.namespace, "--type", "merge", "-p", patch)
    return shlex.join(words)
