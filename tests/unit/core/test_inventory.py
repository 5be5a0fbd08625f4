"""Inventory entries by clusterctl of any age, and the rules by which they are looked up."""

from __future__ import annotations

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.inventory import InstalledProvider, likely_key, read_inventory_entries

_CORE = ProviderKey(type=ProviderType.CORE, name="cluster-api")
_AWS = ProviderKey(type=ProviderType.INFRASTRUCTURE, name="aws")


def _entry(
    name: object = "aws",
    type_text: object = "InfrastructureProvider",
    version: object = "v2.9.1",
    *,
    namespace: str = "capa-system",
    object_name: str = "",
    labels: object = None,
    **more: object,
) -> ApiObject:
    metadata = {"namespace": namespace, "name": object_name, "labels": labels}
    return ApiObject(
        {"metadata": metadata, "providerName": name, "type": type_text, "version": version, **more}
    )


def _core(version: str = "v1.13.2", namespace: str = "capi-system") -> ApiObject:
    return _entry("cluster-api", "CoreProvider", version, namespace=namespace)


def _only(found: ApiObject) -> InstalledProvider:
    (entry,) = read_inventory_entries([found]).entries
    return entry


def test_an_entry_as_clusterctl_writes_it() -> None:
    entry = _only(_entry(labels={"clusterctl.cluster.x-k8s.io/core": "inventory"}))
    assert entry.key == _AWS
    assert entry.instance_name == "capa-system/infrastructure-aws"
    assert entry.version is not None
    assert entry.version.series == (2, 9)
    assert entry.missing == ()
    assert entry.labels == {"clusterctl.cluster.x-k8s.io/core": "inventory"}


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        (_entry(None), ("providerName",)),
        (_entry("aws", 7), ("type",)),
        (_entry("aws", "InfrastructureProvider", {"a": 1}), ("version",)),
        (ApiObject({"metadata": "none"}), ("providerName", "type", "version")),
    ],
)
def test_what_an_entry_lacks_is_said_and_the_entry_is_kept(
    found: ApiObject, missing: tuple[str, ...]
) -> None:
    assert _only(found).missing == missing


def test_an_unknown_type_is_kept_under_the_name_of_its_object_after_all_others() -> None:
    odd = _entry("in-cluster", "ShinyProvider", object_name="shiny-in-cluster", namespace="s")
    inventory = read_inventory_entries([odd, _entry()])
    assert [each.manifest_label for each in inventory.entries] == ["infrastructure-aws", "shiny-in-cluster"]
    assert inventory.entries[1].key is None
    assert _only(_entry("x", "ShinyProvider")).manifest_label == "x"


def test_who_an_incomplete_entry_probably_is() -> None:
    labelled = _entry("", object_name="twin", labels={"cluster.x-k8s.io/provider": "infrastructure-aws"})
    assert likely_key(_only(labelled)) == _AWS
    assert likely_key(_only(_entry("", object_name="bootstrap-kubeadm"))) == ProviderKey(
        type=ProviderType.BOOTSTRAP, name="kubeadm"
    )
    assert likely_key(_only(_entry())) == _AWS
    assert likely_key(_only(_entry(""))) is None


def test_the_lookups_want_exactly_one() -> None:
    one = read_inventory_entries([_core(), _entry()])
    assert one.core is not None
    assert one.core.key == _CORE
    assert (one.default_name(ProviderType.CORE), one.is_first_run) == ("cluster-api", False)
    assert (one.version_of(_AWS), one.namespace_of(_AWS)) == ("v2.9.1", "capa-system")
    assert one.repeated == {}

    two = read_inventory_entries([_core(), _core("v1.14.0", "default"), _entry()])
    assert two.core is None
    assert not two.is_first_run
    """First run asks for one distinct name, whatever the versions (1.2 step 4)."""
    assert (two.version_of(_CORE), two.namespace_of(_CORE)) == ("", "")
    assert list(two.repeated) == [_CORE]

    none = read_inventory_entries([])
    assert none.core is None
    assert none.is_first_run
    named_otherwise = read_inventory_entries([_core(), _entry("other", "CoreProvider")])
    assert named_otherwise.is_first_run
