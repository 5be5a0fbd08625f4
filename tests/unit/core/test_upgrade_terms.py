"""Which versions count as an upgrade (clusterctl-cluster 5.2, 5.5 step 4; F37)."""

from __future__ import annotations

import pytest

from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.upgrade_terms import UpgradeTerms, channel_of, farthest_minor
from capyctl.core.version import ProviderVersion, parse_version

_BOTH = frozenset({"v1beta1", "v1beta2"})


def version(text: str) -> ProviderVersion:
    """A version that can be read."""
    parsed = parse_version(text)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("tag", "channel"),
    [
        ("v1.0.0", None),
        ("v1.0.0-alpha.8", "alpha"),
        ("v1.0.0-rc1", "rc"),
        ("v1.0.0-RC.1", "rc"),
        ("v1.0.0-0.1", ""),
    ],
)
def test_the_channel_is_the_first_word_of_a_pre_release(tag: str, channel: str | None) -> None:
    assert channel_of(version(tag)) == channel


@pytest.mark.parametrize(
    ("kind", "name", "installed", "farthest"),
    [
        (ProviderType.CORE, "cluster-api", "v1.10.3", 13),
        (ProviderType.BOOTSTRAP, "kubeadm", "v1.10.0", 13),
        (ProviderType.CONTROL_PLANE, "kubeadm", "v1.12.1-beta.0", 15),
        (ProviderType.CORE, "cluster-api", "v1.10.0-rc.0", None),
        (ProviderType.CORE, "cluster-api", "v1.9.11", None),
        (ProviderType.BOOTSTRAP, "talos", "v1.10.3", None),
        (ProviderType.INFRASTRUCTURE, "docker", "v1.10.3", None),
    ],
)
def test_only_the_core_and_kubeadm_from_1_10_on_are_bound(
    kind: ProviderType, name: str, installed: str, farthest: int | None
) -> None:
    assert farthest_minor(ProviderKey(type=kind, name=name), version(installed)) == farthest


@pytest.mark.parametrize(
    ("installed", "candidate", "admitted"),
    [
        ("v1.2.0", "v1.2.1", True),
        ("v1.2.0", "v1.2.0", False),
        ("v1.2.0", "v1.1.9", False),
        ("v1.2.0", "v1.3.0-rc.0", False),
        ("v1.2.0-alpha.8", "v1.2.0-alpha.9", True),
        ("v1.2.0-alpha.8", "v1.3.0-alpha.0", True),
        ("v1.2.0-alpha.8", "v1.2.0-beta.0", False),
        ("v1.2.0-alpha.8", "v1.2.0", True),
    ],
)
def test_candidates_are_greater_and_stable_or_of_the_installed_channel(
    installed: str, candidate: str, *, admitted: bool
) -> None:
    terms = UpgradeTerms(installed=version(installed), accepted=_BOTH)
    assert terms.admits(version(candidate)) is admitted
    assert terms.takes_prereleases is ("-" in installed)


def test_bounds_and_stated_contracts() -> None:
    terms = UpgradeTerms(
        installed=version("v1.10.3"),
        accepted=frozenset({"v1beta1"}),
        farthest=13,
        stated={(1, 10): "v1beta1", (1, 11): "v1beta2"},
    )
    assert terms.admits(version("v1.10.4"))
    assert not terms.admits(version("v1.11.0"))
    assert terms.admits(version("v1.12.0"))
    assert not terms.admits(version("v1.14.0"))
