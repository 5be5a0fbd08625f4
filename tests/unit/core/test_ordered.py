"""Values ordered by a key: all four comparisons, among their own class only."""

from __future__ import annotations

import operator
from collections.abc import Callable

import pytest

from capyctl.core.contract import Contract
from capyctl.core.ordered import Ordered
from capyctl.core.version import ProviderVersion, parse_version


def _version(tag: str) -> ProviderVersion:
    version = parse_version(tag)
    assert version is not None
    return version


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (_version("v1.9.0"), _version("v1.10.0")),
        (_version("v1.0.0-rc.1"), _version("v1.0.0")),
        (Contract("v1alpha4"), Contract("v1beta1")),
    ],
    ids=["minor", "pre-release", "contract"],
)
def test_every_comparison_agrees(low: Ordered, high: Ordered) -> None:
    assert (low < high, low <= high, low > high, low >= high) == (True, True, False, False)
    assert (high < low, high <= low, high > low, high >= low) == (False, False, True, True)
    assert (low < low, low <= low, low > low, low >= low) == (False, True, False, True)  # noqa: PLR0124


def test_without_a_key_no_value_comes_first() -> None:
    assert (Ordered() < Ordered(), Ordered() <= Ordered()) == (False, True)


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_another_class_cannot_be_compared(compare: Callable[[object, object], bool]) -> None:
    with pytest.raises(TypeError):
        compare(_version("v1.0.0"), Contract("v1"))
