"""The whole of a bundle: its tree as cli.md 7.5 lays it out."""

from __future__ import annotations

import json

import pytest
import yaml

from capyctl.core.bundle.clusterctl_tree import configuration_bytes
from capyctl.core.bundle.members import assemble
from capyctl.core.bundle.release import releases_of
from capyctl.core.bundle.rows import RowMissingError, read_rows, rows_bytes, rows_of
from capyctl.core.local_path import LocalRules
from capyctl.core.location import GitHubReleases, HttpsTree, LocalTree
from capyctl.core.provider_entry import TableEntry
from capyctl.core.provider_table_file import parse_table_file
from tests.plugins.bundle_world import BundleWorld, components, metadata, small_world, table_entries, unpacked

_TREE = {
    "infrastructure-aws": ("v2.9.1", "infrastructure-components.yaml"),
    "bootstrap-kubeadm": ("v1.10.4", "bootstrap-components.yaml"),
    "cluster-api": ("v1.10.4", "core-components.yaml"),
    "infrastructure-mine": ("v0.1.0", "components.yaml"),
}


def test_the_tree_is_the_one_of_the_reference() -> None:
    world = small_world()
    members = unpacked(world.archive())
    expected = {"bundle.json", "capyctl.lock", "images.txt", "providers.yaml", "clusterctl/clusterctl.yaml"}
    expected |= {"oci-layout", "index.json", "clusterctl/repository/cert-manager/v1.21.1/cert-manager.yaml"}
    for label, (version, name) in _TREE.items():
        folder = f"clusterctl/repository/{label}/{version}"
        expected |= {f"{folder}/metadata.yaml", f"{folder}/{name}", f"operator/{label}-{version}.yaml"}
    for module, version in (
        ("cert-manager/cert-manager", "v1.21.1"),
        ("kubernetes-sigs/cluster-api", "v1.10.4"),
        ("kubernetes-sigs/cluster-api-provider-aws/v2", "v2.9.1"),
    ):
        folder = f"goproxy/github.com/{module}/@v"
        expected |= {f"{folder}/list", f"{folder}/{version}.info", f"{folder}/{version}.mod"}
    assert {path for path in members if not path.startswith("blobs/")} == expected
    assert members["capyctl.lock"] == world.source.lock_bytes
    assert members["images.txt"].decode().splitlines() == sorted(members["images.txt"].decode().split())
    listed = {each["path"]: each for each in json.loads(members["bundle.json"])["files"]}
    assert set(listed) == set(members) - {"bundle.json"}
    assert next(iter(members)) == "bundle.json"
    assert list(members)[1:] == sorted(listed)


def test_clusterctl_is_given_pinned_addresses_below_the_bundle() -> None:
    configuration = yaml.safe_load(unpacked(small_world().archive())["clusterctl/clusterctl.yaml"])
    base = "${CAPYCTL_BUNDLE}/clusterctl/repository"
    assert configuration["cert-manager"] == {
        "url": f"{base}/cert-manager/v1.21.1/cert-manager.yaml",
        "version": "v1.21.1",
    }
    assert {
        "name": "aws",
        "type": "InfrastructureProvider",
        "url": f"{base}/infrastructure-aws/v2.9.1/infrastructure-components.yaml",
    } in configuration["providers"]
    assert len(configuration["providers"]) == 4


def test_a_release_of_metadata_alone_has_no_address_no_config_map_and_no_second_title() -> None:
    world = BundleWorld().add("addon-helm", "v0.3.1", "o/r", {"metadata.yaml": metadata("0.3")})
    assert yaml.safe_load(configuration_bytes(releases_of(world.lock)))["providers"] == []
    assert not any(path.startswith("operator/") for path in unpacked(world.archive()))


def test_components_are_told_from_other_files_by_their_name() -> None:
    files = {"metadata.yaml": b"m", "aaa.yaml": b"a", "core-components.yaml": b"c"}
    release = releases_of(BundleWorld().add("cluster-api", "v1.0.0", "o/r", files).lock)[0]
    assert release.components == "core-components.yaml"
    only = releases_of(BundleWorld().add("cluster-api", "v1.0.0", "o/r", {"install.yaml": b"i"}).lock)[0]
    assert only.components == "install.yaml"


def test_a_config_map_that_cannot_be_is_left_out_and_told() -> None:
    large = components("capz", "r.example/capz:v1", noise=3 * 1024 * 1024)
    files = {"metadata.yaml": metadata("1.0"), "infrastructure-components.yaml": large}
    world = BundleWorld().add("infrastructure-azure", "v1.0.0", "o/r", files)
    made = world.assembled()
    assert [(each.label, each.version, each.path) for each in made.left_out] == [
        ("infrastructure-azure", "v1.0.0", "operator/infrastructure-azure-v1.0.0.yaml")
    ]
    assert "operator/infrastructure-azure-v1.0.0.yaml" not in {each.path for each in made.files}


def test_bytes_that_are_not_there_are_not_made_up() -> None:
    with pytest.raises(KeyError):
        assemble(small_world().source, {})


def test_rows_carry_everything_that_names_and_finds_a_provider() -> None:
    labels = ["infrastructure-mine", "addon-here", "infrastructure-aws", "control-plane-k0sproject-k0smotron"]
    rows = rows_of(table_entries(), labels)
    again = read_rows(rows_bytes(rows), "bundle")
    assert rows_bytes(again) == rows_bytes(rows)
    assert list(again) == sorted(labels)
    mine, here, aws = (again[label].location for label in labels[:3])
    assert isinstance(mine, HttpsTree)
    assert isinstance(here, LocalTree)
    assert here.base == "/srv/a folder"
    assert isinstance(aws, GitHubReleases)
    assert (
        again["control-plane-k0sproject-k0smotron"].formerly
        == rows["control-plane-k0sproject-k0smotron"].formerly
        != ()
    )


def test_rows_keep_what_became_of_a_project() -> None:
    known = {each.key.manifest_label: each for each in table_entries()}
    states = [
        each for each in known.values() if each.successor is not None or each.facts.canonical is not None
    ]
    for entry in [*states, *(each for each in known.values() if each.state.value != "active")]:
        label = entry.key.manifest_label
        (found,) = read_rows(rows_bytes({label: entry}), "bundle").values()
        assert (found.state, found.successor, found.facts.canonical) == (
            entry.state,
            entry.successor,
            entry.facts.canonical,
        )


def test_a_provider_without_a_row_is_named() -> None:
    with pytest.raises(RowMissingError, match="no row for addon-nowhere") as caught:
        rows_of(table_entries(), ["infrastructure-aws", "addon-nowhere"])
    assert caught.value.label == "addon-nowhere"


def test_a_local_address_needs_no_variable_on_the_other_side() -> None:
    entry = next(each for each in table_entries() if each.key.name == "here")
    assert b'url: "/srv/a folder/addon-here/latest/addon-components.yaml"' in rows_bytes(
        {"addon-here": entry}
    )


@pytest.mark.parametrize(
    ("given", "carried"),
    [
        ("/srv/addon-x/v1.1.0+b1/c.yaml", "/srv/addon-x/v1.1.0+b1/c.yaml"),
        ("/srv/a%20b/addon-x/latest/c.yaml", "/srv/a%20b/addon-x/latest/c.yaml"),
        ("file:///srv/a b/addon-x/latest/c.yaml", "file:///srv/a b/addon-x/latest/c.yaml"),
        ("$ROOT/addon-x/v1.1.0+b1/c.yaml", "/srv/50%25 #1?/addon-x/v1.1.0+b1/c.yaml"),
        ("../addon-x/v1.1.0+b1/c.yaml", "/home/here/addon-x/v1.1.0+b1/c.yaml"),
    ],
)
def test_a_local_address_is_carried_as_configured_or_as_its_path(given: str, carried: str) -> None:
    """cli.md 4: ``repository.url`` is as configured; what is written for it leads to the same folder."""
    table = yaml.safe_dump({"providers": [{"name": "x", "type": "AddonProvider", "url": given}]}).encode()
    rules = LocalRules(folder="/home/here/there", lookup=lambda _: "/srv/50% #1?")
    (entry,) = parse_table_file(table, "t.yaml", rules, lambda _: "/srv/50% #1?")
    assert isinstance(entry, TableEntry)
    data = rows_bytes({"addon-x": entry})
    (row,) = yaml.safe_load(data)["providers"]
    (found,) = read_rows(data, "bundle").values()
    assert row["url"] == carried.replace("#", "%23").replace("?", "%3F")
    assert found.location == entry.location
    assert isinstance(found.location, LocalTree)


def test_no_variable_of_this_machine_comes_into_a_table_that_is_read() -> None:
    data = b"providers:\n- {name: x, type: AddonProvider, url: '${HOME}/addon-x/latest/c.yaml'}\n"
    (found,) = read_rows(data, "bundle").values()
    assert found.location is None
