"""The prepared form of the built-in table: all of a table or nothing comes back (ADR 37)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.location import (
    GitHubReleases,
    GitLabPackages,
    HttpsTree,
    LocalTree,
    OciArtifact,
    RepositoryLocation,
)
from capyctl.core.prepared_table import FORMAT, prepare_table, prepared_table
from capyctl.core.provider_entry import FormerAddress, RowFacts, RowState, TableEntry
from capyctl.core.provider_table import BuiltInTable, CertManagerDefaults
from capyctl.core.provider_table_file import parse_built_in

SOURCE = b"what providers.yaml holds"
GITHUB = GitHubReleases(
    host="ghe.example",
    api_base="https://ghe.example/api/v3",
    owner="o",
    name="r",
    channel="latest",
    components_file="x.yaml",
    root_path="sub",
)
LOCATIONS: tuple[RepositoryLocation, ...] = (
    GITHUB,
    GitLabPackages(
        host="gitlab.example",
        base_path="",
        project="g%2Fp",
        package="a",
        channel="v1",
        components_file="x.yaml",
    ),
    HttpsTree(base="https://h.example/t", label="addon-a", channel="latest", components_file="x.yaml"),
    LocalTree(base="/srv", label="addon-a", channel="latest", components_file="x.yaml"),
    OciArtifact(
        host="r.example",
        repository="a",
        reference="v1",
        channel="latest",
        components_file="x.yaml",
        label="addon-a",
    ),
)
FACTS = RowFacts(
    canonical="new/r",
    formerly=("old/r", "older/r"),
    state=RowState.RETIRED,
    successor="infrastructure-b",
    sources=("issue 1",),
    since=("v1.0.0", "v1.1.2"),
    until=("v1.5.0",),
    addresses=(FormerAddress(repository="old/r", since=("v1.0.0",)),),
)


def row(location: RepositoryLocation, name: str = "a", facts: RowFacts | None = None) -> TableEntry:
    key = ProviderKey(type=ProviderType.ADDON, name=name)
    return TableEntry(key=key, url="as written", kind="https", location=location, facts=facts or RowFacts())


TABLE = BuiltInTable(
    rows=(*map(row, LOCATIONS), row(GITHUB, "b", FACTS)),
    clusterctl="v1.14.0",
    as_of="2026-08-21",
    cert_manager=CertManagerDefaults(
        version="v1.21.1",
        url="u",
        location=GITHUB,
        formerly=("jetstack/cert-manager",),
        defaults=(("v1.4.0", "v1.11.0"), ("v1.5.0", "v1.12.2")),
        sources=("clusterctl itself",),
    ),
)
PREPARED = prepare_table(TABLE, SOURCE)


def test_a_table_comes_back_as_it_is() -> None:
    assert prepared_table(PREPARED, SOURCE) == TABLE
    bare = BuiltInTable(rows=TABLE.rows)
    assert prepared_table(prepare_table(bare, SOURCE), SOURCE) == bare


def test_other_bytes_have_another_table() -> None:
    assert prepared_table(PREPARED, SOURCE + b" ") is None
    assert prepared_table(PREPARED, b"") is None


@pytest.mark.parametrize("place", range(0, len(PREPARED) - 2, 97))
def test_a_file_that_was_cut_off_holds_no_table(place: int) -> None:
    assert prepared_table(PREPARED[:place], SOURCE) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (FORMAT.encode(), b"capyctl-prepared-table/0"),
        (b'"rows"', b'"entries"'),
        (b'"AddonProvider"', b'"Addon"'),
        (b'"gitlab"', b'"sourcehut"'),
        (b'"channel": "latest"', b'"channel": 1'),
        (b'"state": "retired"', b'"state": "gone"'),
        (b'"v1.21.1"', b"null"),
        (b'"as written"', b'"\xff"'),
        (b'"https"', b"https"),
        (PREPARED, b"[]"),
    ],
)
def test_a_damaged_file_or_one_of_another_format_holds_no_table(old: bytes, new: bytes) -> None:
    assert old in PREPARED
    assert prepared_table(PREPARED.replace(old, new), SOURCE) is None


@pytest.mark.parametrize(
    "url",
    ["https://mirror.example/x", "https://github.com/o/r/releases/download/latest/x.yaml", "${UNSET}/x.yaml"],
)
def test_a_row_with_something_to_say_is_not_prepared(url: str) -> None:
    entry = f"{{name: a, type: AddonProvider, url: '{url}'}}"
    table = parse_built_in(f"providers: [{entry}]".encode())
    assert any(each.error or each.notices for each in table.rows)
    with pytest.raises(ValueError, match="error or a notice"):
        prepare_table(table, SOURCE)


def test_a_row_of_another_origin_is_not_prepared() -> None:
    other = replace(TABLE, rows=(replace(TABLE.rows[0], origin="/c/clusterctl.yaml"),))
    with pytest.raises(ValueError, match="error or a notice"):
        prepare_table(other, SOURCE)
