"""The core and the inventory (F06, F51, F60, F63, F66)."""

from __future__ import annotations

from collections.abc import Mapping

from capyctl.core.api_object import ApiObject
from capyctl.core.checks.installed import (
    InstalledFacts,
    judge_core,
    judge_inventory,
    labels_of_definitions,
)
from capyctl.core.checks.result import CheckedPart, CheckOutcome
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.inventory import Inventory, read_inventory_entries
from capyctl.core.operator_inventory import OperatorProvider

_CORE = ProviderKey(type=ProviderType.CORE, name="cluster-api")
_AWS = ProviderKey(type=ProviderType.INFRASTRUCTURE, name="aws")
_KNOWN = frozenset({_CORE, _AWS})


def entry(
    name: str,
    kind: str = "InfrastructureProvider",
    version: str = "v2.9.1",
    *,
    namespace: str = "capa-system",
) -> ApiObject:
    raw: Mapping[str, object] = {
        "metadata": {"name": name, "namespace": namespace},
        "providerName": name,
        "type": kind,
        "version": version,
    }
    return ApiObject(raw)


_CORE_ENTRY = entry("cluster-api", "CoreProvider", "v1.13.6", namespace="capi-system")


def inventory(*entries: ApiObject) -> Inventory:
    return read_inventory_entries(entries)


def operator(
    kind: ProviderType = ProviderType.CORE, name: str = "cluster-api", installed: str = "v1.9.4"
) -> OperatorProvider:
    return OperatorProvider(
        namespace="capi-operator",
        type=kind,
        name=name,
        requested="",
        installed=installed,
        api_version="operator.cluster.x-k8s.io/v1alpha2",
    )


def names(found: CheckedPart) -> list[tuple[str, str]]:
    return [(each.code.name, each.severity.value) for each in found.diagnostics]


def test_an_empty_cluster_is_free_for_init() -> None:
    facts = InstalledFacts(inventory=inventory())
    core, held = judge_core(facts), judge_inventory(facts)
    assert (core.outcome, core.detail) == (
        CheckOutcome.SKIPPED,
        "no Cluster API here; the cluster is free for init",
    )
    assert (held.outcome, held.detail) == (CheckOutcome.SKIPPED, "no providers are recorded")
    assert (facts.is_empty, facts.core_version, names(core), names(held)) == (True, None, [], [])


def test_a_core_with_its_version_place_and_contract() -> None:
    facts = InstalledFacts(
        inventory=inventory(_CORE_ENTRY, entry("aws")),
        storage="v1beta2",
        has_definitions=True,
        labelled=frozenset({"cluster-api", "infrastructure-aws"}),
        known=_KNOWN,
    )
    core, held = judge_core(facts), judge_inventory(facts)
    assert (core.outcome, core.detail) == (
        CheckOutcome.OK,
        "cluster-api v1.13.6 in capi-system, contract v1beta2",
    )
    assert (held.outcome, held.detail) == (CheckOutcome.OK, "2 providers: cluster-api, infrastructure-aws")
    assert (facts.core_version, names(core), names(held)) == ("v1.13.6", [], [])


def test_two_cores_fail_and_the_one_without_a_deployment_is_named() -> None:
    second = entry("cluster-api", "CoreProvider", "v1.12.0", namespace="default")
    facts = InstalledFacts(
        inventory=inventory(_CORE_ENTRY, second), deployed=frozenset({"capi-system"}), known=_KNOWN
    )
    found = judge_core(facts)
    assert (found.outcome, names(found)) == (CheckOutcome.FAILED, [("core-provider-count", "error")])
    assert "No Deployment stands behind default/cluster-api" in found.diagnostics[0].detail
    assert (found.detail.startswith("2 core providers"), facts.core_version) == (True, None)


def test_providers_without_a_core_fail() -> None:
    found = judge_core(InstalledFacts(inventory=inventory(entry("aws")), known=_KNOWN))
    assert (found.outcome, found.detail) == (CheckOutcome.FAILED, "the inventory has no core provider")


def test_an_older_contract_is_named_with_which_clusterctl_can_do_what() -> None:
    facts = InstalledFacts(inventory=inventory(_CORE_ENTRY), storage="v1beta1", has_definitions=True)
    found = judge_core(facts)
    assert [name for name, _ in names(found)] == ["cluster-contract-older"]
    assert "v1.10" in found.diagnostics[0].detail
    assert found.outcome is CheckOutcome.OK


def test_a_core_of_the_operator_is_no_empty_cluster() -> None:
    providers = (operator(), operator(ProviderType.INFRASTRUCTURE, "aws", "v2.9.1"))
    facts = InstalledFacts(
        inventory=inventory(), operator=providers, storage="v1beta1", has_definitions=True, known=_KNOWN
    )
    core, held = judge_core(facts), judge_inventory(facts)
    assert core.detail == "cluster-api v1.9.4 in capi-operator, managed by the operator, contract v1beta1"
    assert (core.outcome, held.outcome, facts.core_version) == (CheckOutcome.OK, CheckOutcome.OK, "v1.9.4")
    assert held.detail == "managed by the operator: cluster-api, infrastructure-aws"
    assert ("managed-by-operator", "note") in names(held)


def test_an_operator_whose_core_has_no_version_or_that_has_no_core() -> None:
    unversioned = InstalledFacts(inventory=inventory(), operator=(operator(installed=""),))
    assert unversioned.core_version is None
    assert "of no stated version" in judge_core(unversioned).detail
    other = InstalledFacts(inventory=inventory(), operator=(operator(ProviderType.ADDON, "helm"),))
    assert (judge_core(other).outcome, other.is_empty) == (CheckOutcome.SKIPPED, False)


def test_cluster_api_without_any_record_is_a_warning() -> None:
    facts = InstalledFacts(inventory=inventory(), storage="v1beta2", has_definitions=True)
    found = judge_core(facts)
    assert (found.outcome, names(found)) == (CheckOutcome.OK, [("inventory-missing", "warning")])
    assert "nothing records its version" in found.detail


def test_an_installation_that_was_broken_off_is_a_warning() -> None:
    begun = InstalledFacts(
        inventory=inventory(_CORE_ENTRY),
        labelled=frozenset({"cluster-api", "infrastructure-aws", "control-plane-kubeadm"}),
        has_definitions=True,
        known=_KNOWN,
    )
    found = judge_inventory(begun)
    assert names(found) == [("installation-unfinished", "warning")]
    assert "control-plane-kubeadm, infrastructure-aws" in found.diagnostics[0].detail
    first = InstalledFacts(
        inventory=inventory(), labelled=frozenset({"cluster-api"}), has_definitions=True, storage="v1beta2"
    )
    assert names(judge_inventory(first)) == [("installation-unfinished", "warning")]
    assert names(judge_core(first)) == []
    assert judge_inventory(first).diagnostics[0].subject.provider == "cluster-api"


def test_entries_that_are_odd_are_warnings_and_hide_no_other() -> None:
    facts = InstalledFacts(
        inventory=inventory(
            _CORE_ENTRY,
            entry("ghost", "GhostProvider"),
            entry("in-cluster", "IPAMProvider", "v1.0.0"),
            entry("aws", version="latest"),
        ),
        known=_KNOWN,
    )
    found = judge_inventory(facts)
    assert found.outcome is CheckOutcome.OK
    assert sorted(names(found)) == [
        ("installed-provider-unknown", "warning"),
        ("inventory-entry-broken", "warning"),
        ("inventory-entry-broken", "warning"),
    ]


def test_a_provider_that_is_installed_twice_fails() -> None:
    facts = InstalledFacts(
        inventory=inventory(_CORE_ENTRY, entry("aws"), entry("aws", namespace="other")), known=_KNOWN
    )
    found = judge_inventory(facts)
    assert (found.outcome, names(found)) == (CheckOutcome.FAILED, [("several-instances", "error")])


def test_labels_of_definitions() -> None:
    labelled = ApiObject({"metadata": {"labels": {"cluster.x-k8s.io/provider": "cluster-api"}}})
    assert labels_of_definitions([labelled, ApiObject({})]) == frozenset({"cluster-api"})


def test_a_core_without_a_stated_version() -> None:
    facts = InstalledFacts(inventory=inventory(entry("cluster-api", "CoreProvider", "")))
    assert (facts.core_version, "of no stated version" in judge_core(facts).detail) == (None, True)
