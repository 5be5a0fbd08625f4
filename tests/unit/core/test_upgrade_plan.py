"""An upgrade plan as a value: who is installed, what hinders, which commands apply it."""

from __future__ import annotations

from capyctl.core.api_object import ApiObject
from capyctl.core.inventory import InstalledProvider, read_inventory_entries
from capyctl.core.operator_inventory import OperatorProvider, read_operator_entries
from capyctl.core.upgrade_plan import (
    ContractPlan,
    Prospect,
    UpgradeRow,
    apply_commands,
    installed_providers,
    operator_change,
)
from tests.plugins.installed_providers import operator_provider, provider_entry

_CORE = "cluster-api"
_AWS = "infrastructure-aws"


def installed(label: str, version: str = "v1.0.0", **changes: object) -> InstalledProvider:
    """An entry of the inventory."""
    return read_inventory_entries([ApiObject(provider_entry(label, version, "ns", **changes))]).entries[0]


def managed(label: str, namespace: str = "op") -> OperatorProvider:
    """A resource of the operator."""
    return read_operator_entries(
        [ApiObject(operator_provider(label, "v1.0.0", "v1.0.1", namespace=namespace))]
    )[0]


def row(
    label: str,
    *hops: str,
    prospect: Prospect = Prospect.CURRENT,
    contract: str | None = "v1beta1",
    operator: OperatorProvider | None = None,
    entry: InstalledProvider | None = None,
) -> UpgradeRow:
    """A row."""
    return UpgradeRow(
        installed=entry or installed(label),
        prospect=Prospect.UPGRADE if hops else prospect,
        reason="",
        hops=hops,
        contract=contract,
        operator=operator,
    )


def plan(*rows: UpgradeRow, contract: str = "v1beta2", current: bool = True) -> ContractPlan:
    """A plan for one contract."""
    return ContractPlan(contract=contract, is_current=current, rows=rows)


def test_an_entry_and_a_resource_of_one_provider_are_one_installation() -> None:
    nameless = installed("odd", type="Odd")
    found = installed_providers([installed(_CORE), nameless], [managed(_CORE), managed(_AWS)])
    assert [(each.manifest_label, each.namespace, operator is not None) for each, operator in found] == [
        (_CORE, "ns", True),
        (_AWS, "op", True),
        ("odd", "ns", False),
    ]
    assert found[1][0].version_text == "v1.0.1"


def test_one_step_for_all_is_the_command_by_contract() -> None:
    assert apply_commands(plan(row(_CORE, "v1.1.0"), row(_AWS))) == (
        "capyctl upgrade apply --contract v1beta2",
    )


def test_steps_and_broken_rows_name_each_version() -> None:
    named = ("capyctl upgrade apply --core cluster-api:v1.1.0",)
    assert apply_commands(plan(row(_CORE, "v1.1.0", "v1.4.0"), row(_AWS))) == named
    broken = row(_AWS, prospect=Prospect.BROKEN)
    assert apply_commands(plan(row(_CORE, "v1.1.0"), broken)) == named
    older = plan(row(_CORE, "v1.1.0"), contract="v1beta1")
    assert apply_commands(older) == ("capyctl upgrade apply --contract v1beta1",)


def test_names_from_a_cluster_are_quoted() -> None:
    entry = installed(_CORE, providerName="x; rm -rf /")
    (command,) = apply_commands(plan(row("", "v1.1.0", "v1.2.0", entry=entry)))
    assert command == "capyctl upgrade apply --core 'x; rm -rf /:v1.1.0'"


def test_what_the_operator_manages_has_no_command_of_ours() -> None:
    ours, theirs = row(_AWS, "v2.0.0"), row(_CORE, "v1.1.0", operator=managed(_CORE))
    assert apply_commands(plan(theirs)) == ()
    assert apply_commands(plan(theirs, ours)) == ("capyctl upgrade apply --infrastructure aws:v2.0.0",)
    assert operator_change(managed(_CORE), "v1.1.0") == (
        "kubectl patch coreprovider.operator.cluster.x-k8s.io cluster-api -n op --type merge"
        ' -p \'{"spec":{"version":"v1.1.0"}}\''
    )


def test_who_cannot_follow_to_another_contract_hinders_it() -> None:
    fitting, unknown, old = row(_AWS), row("addon-helm", contract=None), row("ipam-x", contract="v1alpha4")
    core = row(_CORE, "v1.1.0", contract="v1beta2")
    other = plan(core, fitting, unknown, old, current=False)
    assert other.hindering == (unknown, old)
    assert apply_commands(other) == ()
    assert plan(core, fitting, unknown, old).hindering == ()
    staying = row(_CORE, prospect=Prospect.HELD)
    assert plan(staying, row(_AWS, "v2.0.0"), current=False).hindering == (staying,)
