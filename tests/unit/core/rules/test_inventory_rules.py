"""What is said about the providers a cluster records (F06, F51, F63, F66)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.diagnostics import Severity
from capyctl.core.identity import split_manifest_label
from capyctl.core.inventory import Inventory, read_inventory_entries
from capyctl.core.rules.inventory import (
    core_count_problem,
    entry_problem,
    no_inventory,
    older_contract,
    repeated_providers,
    unknown_provider,
)
from tests.plugins.installed_providers import provider_entry


def inventory(*entries: dict[str, object]) -> Inventory:
    """An inventory of these objects."""
    return read_inventory_entries(ApiObject(each) for each in entries)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type": None}, "has no type"),
        ({"providerName": None, "version": None}, "has no providerName and no version"),
        ({"type": "ShinyProvider"}, "'ShinyProvider', which is none of"),
        ({"version": "v1"}, "no full semantic version"),
    ],
)
def test_an_entry_that_cannot_be_used_says_why(changes: dict[str, object], words: str) -> None:
    (entry,) = inventory({**provider_entry("ipam-in-cluster", "v0.1.0", "ns"), **changes}).entries
    problem = entry_problem(entry)
    assert problem is not None
    assert problem.code is codes.INVENTORY_ENTRY_BROKEN
    assert words in problem.detail
    assert ("suggest ipam-in-cluster" in problem.detail) is (entry.key is None)


def test_an_entry_as_clusterctl_writes_it_has_no_problem() -> None:
    (entry,) = inventory(provider_entry("ipam-in-cluster", "0.1.0", "ns")).entries
    assert entry_problem(entry) is None


def test_an_unknown_provider_names_the_types_that_have_its_name() -> None:
    (entry,) = inventory(provider_entry("ipam-metal3", "v0.1.0", "ns")).entries
    known = [split_manifest_label("infrastructure-metal3"), split_manifest_label("infrastructure-aws")]
    detail = unknown_provider(entry, known).detail
    assert "type IPAMProvider, namespace ns" in detail
    assert "infrastructure-metal3" in detail
    assert "The table has" not in unknown_provider(entry, []).detail


def test_one_core_is_no_problem_none_and_two_are() -> None:
    one = inventory(provider_entry("cluster-api", "v1.13.2", "capi-system"))
    assert core_count_problem(one.cores) is None
    none = core_count_problem(())
    assert none is not None
    assert "0 core providers;" in none.detail


def test_of_two_cores_the_one_without_a_deployment_is_named() -> None:
    two = inventory(
        provider_entry("cluster-api", "v1.13.2", "capi-system"),
        provider_entry("cluster-api", "v1.13.2", "default"),
    )
    unknown = core_count_problem(two.cores)
    assert unknown is not None
    assert "No Deployment" not in unknown.detail
    found = core_count_problem(two.cores, frozenset({"capi-system"}))
    assert found is not None
    assert "No Deployment stands behind default/cluster-api." in found.detail
    assert found.fixes[0].title.endswith("default/cluster-api")
    neither = core_count_problem(two.cores, frozenset())
    assert neither is not None
    assert "not made by the tool" in neither.fixes[0].title


def test_several_instances_are_an_error_each_the_core_has_its_own() -> None:
    found = inventory(
        provider_entry("cluster-api", "v1.13.2", "capi-system"),
        provider_entry("cluster-api", "v1.13.2", "default"),
        provider_entry("infrastructure-aws", "v2.9.3", "a"),
        provider_entry("infrastructure-aws", "v2.9.3", "b"),
    )
    (problem,) = repeated_providers(found.repeated)
    assert (problem.code, problem.severity) == (codes.SEVERAL_INSTANCES, Severity.ERROR)
    assert "a/infrastructure-aws v2.9.3, b/infrastructure-aws v2.9.3" in problem.detail
    assert repeated_providers({}) == ()


def test_definitions_without_an_inventory_are_a_warning() -> None:
    assert "stored as v1beta2" in no_inventory("v1beta2").detail
    assert "stored" not in no_inventory(None).detail
    assert no_inventory(None).code is codes.INVENTORY_MISSING


@pytest.mark.parametrize(
    ("storage", "last"), [("v1beta1", "v1.10"), ("v1alpha4", "v0.4"), ("v1alpha3", "v0.3")]
)
def test_an_older_contract_names_the_clusterctl_that_speaks_it(storage: str, last: str) -> None:
    found = older_contract(storage)
    assert found is not None
    assert f"clusterctl {last} has them" in found.detail
    assert found.code is codes.CLUSTER_CONTRACT_OLDER


@pytest.mark.parametrize("storage", ["v1beta2", "v1", "nonsense"])
def test_the_newest_contract_and_unknown_ones_say_nothing(storage: str) -> None:
    assert older_contract(storage) is None
