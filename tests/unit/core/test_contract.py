from __future__ import annotations

import pytest

from capyctl.core.contract import (
    NEWEST_CORE_CONTRACT,
    Contract,
    accepted_contracts,
    contract_of_label,
    is_contract_name,
)


def test_contracts_are_ordered_as_kubernetes_orders_versions() -> None:
    names = ["v1alpha1", "v1alpha2", "v1alpha10", "v1beta1", "v1beta2", "v1", "v2alpha1", "v2"]
    assert [str(contract) for contract in sorted(map(Contract, reversed(names)))] == names
    assert Contract("v1beta1") == Contract("v1beta1")
    assert Contract("v1beta1") <= Contract("v1beta2")


@pytest.mark.parametrize(
    "text", ["", "beta", "1beta1", "v1beta", "v0", "v1beta0", "v1gamma1", "v1beta1 ", "v1beta1\n"]
)
def test_what_is_no_contract(text: str) -> None:
    assert not is_contract_name(text)
    with pytest.raises(ValueError, match="no contract version"):
        Contract(text)


def test_contracts_compare_only_with_contracts() -> None:
    with pytest.raises(TypeError):
        _ = Contract("v1beta1") < "v1beta2"


@pytest.mark.parametrize(
    ("core", "accepted"),
    [
        ("v1beta2", {"v1beta2", "v1beta1"}),
        ("v1beta1", {"v1beta1"}),
        ("v1alpha4", {"v1alpha4"}),
        ("v9", {"v9"}),
    ],
)
def test_what_a_core_accepts(core: str, accepted: set[str]) -> None:
    """clusterctl-resolution 8.2: v1beta2 takes v1beta1 too, every other contract only itself."""
    assert accepted_contracts(core) == accepted


def test_the_newest_core() -> None:
    assert accepted_contracts(NEWEST_CORE_CONTRACT) == {"v1beta2", "v1beta1"}


@pytest.mark.parametrize(
    ("label", "contract"),
    [
        ("cluster.x-k8s.io/v1beta1", "v1beta1"),
        ("cluster.x-k8s.io/provider", None),
        ("clusterctl.cluster.x-k8s.io/v1beta1", None),
        ("v1beta1", None),
    ],
)
def test_contract_labels(label: str, contract: str | None) -> None:
    assert contract_of_label(label) == contract
