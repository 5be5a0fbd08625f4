"""How a cluster stands before an upgrade is applied: what is installed, and what forbids any upgrade."""

from __future__ import annotations

from msgspec import Struct

from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.core.inventory import InstalledProvider
from capyctl.core.rules.inventory import repeated_providers
from capyctl.core.rules.operator import operator_findings
from capyctl.core.upgrade_plan import installed_providers
from capyctl.wiring.installing import Looked, WritingRun
from capyctl.wiring.upgrade_services import ClusterFacts, core_count, read_cluster_facts


class Standing(Struct, frozen=True, kw_only=True):
    """What is there.

    Attributes:
        every: all installed providers. installed: those of them that no operator manages.
    """

    facts: ClusterFacts
    looked: Looked
    every: tuple[InstalledProvider, ...]
    installed: tuple[InstalledProvider, ...]

    @property
    def managed(self) -> frozenset[str]:
        """The manifest labels of what the operator manages."""
        own = {each.manifest_label for each in self.installed}
        return frozenset(each.manifest_label for each in self.every if each.manifest_label not in own)

    @property
    def versions(self) -> dict[str, str]:
        """The version of each entry of clusterctl's inventory by manifest label."""
        return {each.manifest_label: each.version_text for each in self.facts.inventory.inventory.entries}


def look_at(writing: WritingRun) -> Standing | None:
    """Read the cluster; None where ``writing.said`` tells why nothing can be upgraded."""
    facts = read_cluster_facts(writing.looking)
    if facts.unreadable:
        writing.said += facts.unreadable
        return None
    inventory = facts.inventory
    looked = writing.look(inventory.discovery)
    if looked.failures:
        writing.said += diagnose_readings(looked.failures, about="the record of the last run")
        return None
    standing = standing_of(facts, looked)
    problems = [*repeated_providers(inventory.inventory.repeated)]
    count, _ = core_count(writing.looking, standing.every) if standing.every else (None, ())
    problems += [count] if count is not None else []
    writing.said += [*(each for each in operator_findings(inventory.operator)), *problems]
    return None if problems else standing


def standing_of(facts: ClusterFacts, looked: Looked) -> Standing:
    """The same, of what was read already."""
    found = installed_providers(facts.inventory.inventory.entries, facts.inventory.operator)
    return Standing(
        facts=facts,
        looked=looked,
        every=tuple(each for each, _ in found),
        installed=tuple(each for each, operator in found if operator is None),
    )
