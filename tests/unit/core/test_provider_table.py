"""The provider table: clusterctl-resolution 3, merging, look-ups (cli.md 1, F02 to F04, F17, F19)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from capyctl.config.table_files import built_in_table_file
from capyctl.core.codes import CONFIGURATION_ENTRY_INVALID
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.emulation_release import EMULATED_RELEASES, ClusterctlRelease
from capyctl.core.identity import ProviderKey, ProviderType, parse_reference
from capyctl.core.local_path import LocalRules
from capyctl.core.location import GitHubReleases
from capyctl.core.provider_entry import BUILT_IN, InvalidEntry, RowState, TableEntry, reached
from capyctl.core.provider_lookup import edit_distance
from capyctl.core.provider_section import SectionContext, read_section
from capyctl.core.provider_table import BuiltInTable, ProviderTable, UserEntry, build_table
from capyctl.core.provider_table_file import (
    TableFileError,
    parse_built_in,
    parse_table_file,
    spans_of_entries,
)
from capyctl.core.yaml_nodes import MappingNode, read_documents

CHECKOUT = Path(__file__).resolve().parents[3]
BOOTSTRAP_K0S = ProviderKey(type=ProviderType.BOOTSTRAP, name="k0sproject-k0smotron")


@pytest.fixture(scope="module")
def built_in() -> BuiltInTable:
    return parse_built_in(built_in_table_file().read_bytes())


@pytest.fixture(scope="module")
def table(built_in: BuiltInTable) -> ProviderTable:
    return build_table(built_in)


def entries(*items: object, origin: str = "/c/clusterctl.yaml", **variables: str) -> tuple[UserEntry, ...]:
    context = SectionContext(
        origin=origin,
        span_of=lambda _: None,
        rules=LocalRules(folder="/c", home="/home/u", lookup=variables.get),
        lookup=variables.get,
    )
    return read_section(list(items), context)


def stanza(name: str, url: str, provider_type: str = "InfrastructureProvider", **more: str) -> dict[str, str]:
    return {"name": name, "url": url, "type": provider_type, **more}


def releases(owner_and_name: str, file: str = "infrastructure-components.yaml") -> str:
    return f"https://github.com/{owner_and_name}/releases/latest/{file}"


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [diagnostic.code.code for diagnostic in diagnostics]


def no_variable(_: str) -> None:
    return None


COUNTS = {
    "v1.0.0": 20,
    "v1.4.0": 35,
    "v1.5.0": 39,
    "v1.6.0": 43,
    "v1.7.0": 48,
    "v1.8.0": 51,
    "v1.9.0": 56,
    "v1.10.0": 57,
    "v1.11.0": 58,
    "v1.12.0": 61,
    "v1.13.0": 62,
    "v1.14.0": 64,
    "v1.15.0": 66,
}


@pytest.mark.parametrize("release", COUNTS)
def test_number_of_rows_by_release(table: ProviderTable, release: str) -> None:
    assert len(table.as_of_release(release).entries) == COUNTS[release]


@pytest.mark.parametrize(
    ("release", "repository"),
    [
        ("v1.6.1", None),
        ("v1.6.2", "k0sproject/k0smotron"),
        ("v1.9.5", "k0sproject/k0smotron"),
        ("v1.9.6", "k0smotron/k0smotron"),
        ("v1.9.11", "k0smotron/k0smotron"),
        ("v1.10.1", "k0smotron/k0smotron"),
        ("v1.11.0", "k0sproject/k0smotron"),
        ("v1.14.0", "k0sproject/k0smotron"),
    ],
)
def test_address_history_of_k0smotron(table: ProviderTable, release: str, repository: str | None) -> None:
    entry = table.as_of_release(release).get(BOOTSTRAP_K0S)
    if repository is None:
        assert entry is None
        return
    assert entry is not None
    assert isinstance(entry.location, GitHubReleases)
    assert entry.location.full_name == repository
    assert entry.url == releases(repository, "bootstrap-components.yaml")
    assert entry.renamed_to == (None if repository == "k0sproject/k0smotron" else "k0sproject/k0smotron")


@pytest.mark.parametrize(
    ("release", "name", "owner"),
    [
        ("v1.1.3", "talos", "talos-systems"),
        ("v1.1.4", "talos", "siderolabs"),
        ("v1.2.0", "talos", "siderolabs"),
        ("v1.7.6", "rke2", "rancher-sandbox"),
        ("v1.7.7", "rke2", "rancher"),
        ("v1.8.3", "rke2", "rancher-sandbox"),
        ("v1.8.4", "rke2", "rancher"),
    ],
)
def test_moves_differ_by_release_branch(table: ProviderTable, release: str, name: str, owner: str) -> None:
    entry = table.as_of_release(release).get(ProviderKey(type=ProviderType.BOOTSTRAP, name=name))
    assert entry is not None
    assert isinstance(entry.location, GitHubReleases)
    assert entry.location.owner == owner


@pytest.mark.parametrize(
    ("release", "label", "there"),
    [
        ("v1.9.4", "bootstrap-ocne", True),
        ("v1.9.5", "bootstrap-ocne", False),
        ("v1.10.0", "control-plane-ocne", False),
        ("v1.1.5", "bootstrap-aws-eks", True),
        ("v1.2.0", "bootstrap-aws-eks", False),
        ("v1.10.9", "infrastructure-packet", True),
        ("v1.11.0", "infrastructure-packet", False),
        ("v1.14.0", "infrastructure-hivelocity-hivelocity", True),
        ("v1.0.0", "infrastructure-ibmcloud", False),
        ("v1.0.1", "infrastructure-ibmcloud", True),
    ],
)
def test_rows_that_came_and_went(table: ProviderTable, release: str, label: str, there: bool) -> None:
    labels = {entry.key.manifest_label for entry in table.as_of_release(release).entries}
    assert (label in labels) is there


@pytest.mark.parametrize("release", ["v1.10.1", "v1.13.6"])
def test_rows_equal_those_of_real_clusterctl(table: ProviderTable, release: str, tmp_path: Path) -> None:
    binary = CHECKOUT / f".cache/realparts/clusterctl-{release}/clusterctl"
    if not binary.exists():
        pytest.skip(f"clusterctl {release} is not built; nox -s realparts builds it")
    environment = {"HOME": str(tmp_path), "CLUSTERCTL_DISABLE_VERSIONCHECK": "true"}
    done = subprocess.run(
        [binary, "config", "repositories", "-o", "yaml"], env=environment, capture_output=True, check=True
    )
    real = [
        (row["Name"], row["ProviderType"], row["URL"] + row["File"]) for row in yaml.safe_load(done.stdout)
    ]
    ours = table.as_of_release(release).entries
    assert [(entry.key.name, entry.key.type.value, entry.url) for entry in ours] == real


def test_rows_offered_are_those_of_v1_14_and_later(table: ProviderTable) -> None:
    labels = {entry.key.manifest_label for entry in table.entries}
    later = {"bootstrap-kairos-io", "control-plane-kairos-io", "infrastructure-kairos-io-fleet"}
    assert len(labels) == 67
    assert labels - {entry.key.manifest_label for entry in table.as_of_release("v1.14.0").entries} == later
    assert {entry.key.manifest_label for entry in table.dropped} == {
        "bootstrap-aws-eks",
        "control-plane-aws-eks",
        "bootstrap-ocne",
        "control-plane-ocne",
        "infrastructure-in-memory",
        "infrastructure-packet",
    }


def test_every_fact_of_the_table_has_a_source(built_in: BuiltInTable) -> None:
    for row in built_in.rows:
        assert row.sources, row.key
        assert row.facts.since, row.key
        assert row.location is not None
        assert not row.notices
        assert row.facts.canonical is None or row.renamed_to == row.facts.canonical
    assert len({row.key for row in built_in.rows}) == len(built_in.rows)
    labels = {row.key.manifest_label for row in built_in.rows}
    assert all(row.successor in labels for row in built_in.rows if row.successor)


@pytest.mark.parametrize(
    ("label", "state", "canonical"),
    [
        ("infrastructure-nested", RowState.RETIRED, "kubernetes-retired/cluster-api-provider-nested"),
        ("infrastructure-vcd", RowState.ARCHIVED, "vmware-archive/cluster-api-provider-cloud-director"),
        ("infrastructure-harvester-harvester", RowState.ACTIVE, "harvester/cluster-api-provider-harvester"),
        ("infrastructure-hivelocity-hivelocity", RowState.RETIRED, None),
        ("infrastructure-aws", RowState.ACTIVE, None),
    ],
)
def test_f19_states(table: ProviderTable, label: str, state: RowState, canonical: str | None) -> None:
    entry = table.find(parse_reference(label)).entry
    assert entry is not None
    assert (entry.state, entry.renamed_to) == (state, canonical)


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("v1.3.9", None),
        ("v1.4.0", "v1.11.0"),
        ("v1.10.0", "v1.16.3"),
        ("v1.10.1", "v1.17.1"),
        ("v1.11.3", "v1.18.2"),
        ("v1.13.6", "v1.21.1"),
        ("v1.14.0", "v1.21.1"),
        ("v1.15.0", "v1.21.1"),
    ],
)
def test_cert_manager_default_by_release(built_in: BuiltInTable, release: str, version: str | None) -> None:
    assert built_in.cert_manager is not None
    assert built_in.cert_manager.version == "v1.21.1"
    assert built_in.cert_manager.url == releases("cert-manager/cert-manager", "cert-manager.yaml").replace(
        "latest", "v1.21.1"
    )
    assert built_in.cert_manager.version_for(release) == version


@pytest.mark.parametrize(
    ("url", "version"),
    [
        ("https://github.com/o/r/releases/v1.2.3/cert-manager.yaml", "v1.2.3"),
        ("https://github.com/o/r/releases/download/v1.2.3/cert-manager.yaml", None),
        ("https://h.example/cert-manager/v1.2.3/cert-manager.yaml", None),
        ("https://github.com/o/r", None),
    ],
)
def test_where_cert_manager_is_published(url: str, version: str | None) -> None:
    table = parse_built_in(
        f"cert_manager: {{version: v1.2.3, url: '{url}'}}\n"
        "providers: [{name: aws, type: InfrastructureProvider, url: https://github.com/o/r/releases/latest/x.yaml}]".encode()
    )
    assert table.cert_manager is not None
    location = table.cert_manager.location
    assert (location.channel if location is not None else None) == version
    assert location is None or (location.full_name, location.components_file) == ("o/r", "cert-manager.yaml")


def test_reached_needs_versions() -> None:
    assert not reached((), "v1.0.0")
    assert not reached(("v1.0.0",), "not a release")


def test_a_user_entry_replaces_a_row_and_another_is_added(built_in: BuiltInTable) -> None:
    mirror = "/srv/infrastructure-aws/latest/infrastructure-components.yaml"
    user = entries(stanza("aws", mirror), stanza("acme", releases("acme/capx")))
    merged = build_table(built_in, configured=user)
    aws = merged.find(parse_reference("aws")).entry
    assert aws is not None
    assert (aws.url, aws.origin, aws.repository_kind) == (mirror, "/c/clusterctl.yaml", "local")
    assert len(merged.entries) == 68
    assert merged.find(parse_reference("acme")).entry is not None


def test_layers_configuration_over_file_over_built_in(built_in: BuiltInTable) -> None:
    file = entries(stanza("aws", releases("f/aws")), stanza("azure", releases("f/azure")), origin="t.yaml")
    configured = entries(stanza("aws", releases("c/aws")), stanza("aws", releases("d/aws")))
    merged = build_table(built_in, file, configured)
    found = {name: merged.find(parse_reference(name)).entry for name in ("aws", "azure", "gcp")}
    assert {name: (entry.origin, entry.repository_name) for name, entry in found.items() if entry} == {
        "aws": ("/c/clusterctl.yaml", "d/aws"),
        "azure": ("t.yaml", "f/azure"),
        "gcp": (BUILT_IN, "kubernetes-sigs/cluster-api-provider-gcp"),
    }


def test_rows_are_in_clusterctl_s_order(built_in: BuiltInTable) -> None:
    merged = build_table(built_in, configured=entries(stanza("aaa", releases("a/a"), "BootstrapProvider")))
    keys = [entry.key.sort_key for entry in merged.entries]
    assert keys == sorted(keys)
    names = [entry.key.name for entry in merged.entries]
    assert names.index("metal-stack") < names.index("metal3")


@pytest.mark.parametrize(
    ("item", "code", "words"),
    [
        (stanza("", releases("a/a")), "CAPY0111", "no name"),
        (stanza("Acme", releases("a/a")), "CAPY0111", "lower case"),
        (stanza("cluster-api", releases("a/a")), "CAPY0111", "belong together"),
        (stanza("acme", releases("a/a"), "CoreProvider"), "CAPY0111", "belong together"),
        (stanza("a_b", releases("a/a")), "CAPY0111", "letters, digits"),
        (stanza("-a", releases("a/a")), "CAPY0111", "letters, digits"),
        (stanza("acme", releases("a/a"), "Infrastructure"), "CAPY0111", "none of CoreProvider"),
        (stanza("acme", ""), "CAPY0111", "no url"),
        (stanza("acme", "${MISSING}/infrastructure-acme/latest/x.yaml"), "CAPY0112", "MISSING"),
        (stanza("acme", "${A:-${MISSING}}/infrastructure-acme/latest/x.yaml"), "CAPY0112", "MISSING"),
        (stanza("acme", "${A-b}/x"), "CAPY0111", "missing closing brace"),
        (stanza("acme", "https://ghe.example/o/r/releases/latest/x.yaml"), "CAPY0118", "ghe.example"),
        (stanza("acme", "/srv/wrong/latest/x.yaml"), "CAPY0120", "infrastructure-acme"),
        (stanza("acme", releases("a/a"), kind="svn"), "CAPY0118", "svn"),
        ("acme", "CAPY0111", "no mapping"),
        (None, "CAPY0111", "no mapping"),
    ],
)
def test_one_bad_entry_spoils_only_itself(
    built_in: BuiltInTable, item: object, code: str, words: str
) -> None:
    merged = build_table(built_in, configured=entries(item, stanza("sound", releases("s/s"))))
    assert codes(merged.faults) == [code]
    assert words in merged.faults[0].detail
    assert "/c/clusterctl.yaml" in merged.faults[0].detail
    sound = merged.find(parse_reference("sound")).entry
    aws = merged.find(parse_reference("aws")).entry
    assert sound is not None
    assert sound.error is None
    assert aws is not None
    assert aws.error is None


def test_requests_for_a_bad_entry_get_its_error(built_in: BuiltInTable) -> None:
    configured = entries(
        stanza("aws", "https://mirror.example/x"), stanza("acme", releases("a/a"), "Nothing")
    )
    merged = build_table(built_in, configured=configured)
    aws = merged.find(parse_reference("infrastructure-aws")).entry
    assert aws is not None
    assert aws.location is None
    assert aws.error is not None
    acme = merged.find(parse_reference("acme"))
    assert [entry.error.code.code for entry in acme.invalid] == ["CAPY0111"]
    assert not merged.find(parse_reference("other")).invalid


def test_a_name_with_dots_is_listed_with_a_warning(built_in: BuiltInTable) -> None:
    merged = build_table(built_in, configured=entries(stanza("my.provider", releases("a/a"))))
    entry = merged.get(ProviderKey(type=ProviderType.INFRASTRUCTURE, name="my.provider"))
    assert entry is not None
    assert entry.error is None
    assert codes(entry.notices) == ["CAPY0109"]


def test_variables_defaults_and_kinds(built_in: BuiltInTable) -> None:
    configured = entries(
        stanza("a", "${MIRROR}/infrastructure-a/latest/x.yaml"),
        stanza("b", "${NONE:-/d}/infrastructure-b/latest/x.yaml"),
        {
            "Name": "c",
            "URL": "https://ghe.example/o/r/releases/latest/x.yaml",
            "Type": "AddonProvider",
            "Kind": "GitHub",
        },
        stanza("d", f"{releases('o/r')}".replace("latest", "download/v1.0.0")),
        MIRROR="/srv",
    )
    merged = build_table(built_in, configured=configured)
    assert not merged.faults
    found = {name: merged.find(parse_reference(name)).entry for name in "abcd"}
    urls = {name: entry.url for name, entry in found.items() if entry}
    assert urls["a"] == "/srv/infrastructure-a/latest/x.yaml"
    assert urls["b"] == "/d/infrastructure-b/latest/x.yaml"
    assert found["c"] is not None
    assert found["c"].repository_kind == "github"
    assert found["d"] is not None
    assert codes(found["d"].notices) == ["CAPY0117"]


def test_a_single_mapping_is_one_entry_and_null_is_none() -> None:
    context = SectionContext(origin="c", span_of=lambda _: None, rules=LocalRules(), lookup=no_variable)
    assert len(read_section(stanza("acme", releases("a/a")), context)) == 1
    assert read_section(None, context) == ()


def test_f17_a_former_name_in_a_user_s_entry_is_known_offline(built_in: BuiltInTable) -> None:
    configured = entries(
        stanza("talos", releases("Talos-Systems/cluster-api-bootstrap-provider-talos"), "BootstrapProvider"),
        stanza("mine", releases("k0smotron/k0smotron")),
        stanza("enterprise", "https://ghe.example/k0smotron/k0smotron/releases/latest/x.yaml", kind="github"),
        stanza("in-cluster", releases("telekom/cluster-api-ipam-provider-in-cluster"), "IPAMProvider"),
    )
    merged = build_table(built_in, configured=configured)
    renamed = {entry.key.name: entry.renamed_to for entry in merged.entries if entry.origin != BUILT_IN}
    assert renamed == {
        "talos": "siderolabs/cluster-api-bootstrap-provider-talos",
        "mine": "k0sproject/k0smotron",
        "enterprise": None,
        "in-cluster": "kubernetes-sigs/cluster-api-ipam-provider-in-cluster",
    }
    assert merged.renamed("k0smotron/k0smotron") == "k0sproject/k0smotron"
    assert merged.renamed("k0sproject/k0smotron") is None
    assert merged.renamed("nobody/nothing") is None


def labels_of(table: ProviderTable, text: str, provider_type: ProviderType | None = None) -> list[str]:
    lookup = table.find(parse_reference(text, provider_type))
    return [entry.key.manifest_label for entry in lookup.entries]


def test_references_find_labels_names_and_types(table: ProviderTable) -> None:
    assert labels_of(table, "infrastructure-aws:v2.8.1") == ["infrastructure-aws"]
    assert labels_of(table, "aws") == ["infrastructure-aws"]
    assert labels_of(table, "cluster-api") == ["cluster-api"]
    assert labels_of(table, "kubeadm") == ["bootstrap-kubeadm", "control-plane-kubeadm"]
    assert labels_of(table, "kubeadm", ProviderType.CONTROL_PLANE) == ["control-plane-kubeadm"]
    assert labels_of(table, "aws", ProviderType.BOOTSTRAP) == []


def test_a_label_wins_over_a_bare_name(built_in: BuiltInTable) -> None:
    user = entries(stanza("infrastructure-aws", releases("a/a"), "AddonProvider"))
    merged = build_table(built_in, configured=user)
    assert labels_of(merged, "infrastructure-aws") == ["infrastructure-aws"]
    assert labels_of(merged, "infrastructure-aws", ProviderType.ADDON) == ["addon-infrastructure-aws"]


def test_f03_a_label_after_a_flag_stands_for_its_name(table: ProviderTable) -> None:
    lookup = table.find(parse_reference("infrastructure-aws", ProviderType.INFRASTRUCTURE))
    assert lookup.entry is not None
    assert lookup.entry.key.name == "aws"
    assert lookup.label_after_flag
    other = table.find(parse_reference("infrastructure-aws", ProviderType.BOOTSTRAP))
    assert not other.entries
    assert other.near == ("infrastructure-aws",)


@pytest.mark.parametrize(
    ("text", "provider_type", "near"),
    [
        ("proxmx", None, ("infrastructure-proxmox",)),
        ("asw", None, ("infrastructure-aws",)),
        ("linode", None, ("infrastructure-linode-linode",)),
        ("aws", ProviderType.BOOTSTRAP, ("infrastructure-aws",)),
        ("infrastructure-azur", None, ("infrastructure-azure",)),
        ("bootstrap-kubedm", None, ("bootstrap-kubeadm", "control-plane-kubeadm")),
        ("something-else-entirely", None, ()),
        ("x", None, ()),
    ],
)
def test_f02_near_names(
    table: ProviderTable, text: str, provider_type: ProviderType | None, near: tuple[str, ...]
) -> None:
    assert table.find(parse_reference(text, provider_type)).near == near


def test_a_dropped_row_is_found_but_not_offered(table: ProviderTable) -> None:
    lookup = table.find(parse_reference("aws-eks"))
    assert not lookup.entries
    assert [entry.key.manifest_label for entry in lookup.dropped] == [
        "bootstrap-aws-eks",
        "control-plane-aws-eks",
    ]
    assert {entry.successor for entry in lookup.dropped} == {"infrastructure-aws"}


def test_emulated_releases_keep_the_user_s_configuration(built_in: BuiltInTable) -> None:
    merged = build_table(
        built_in,
        file_entries=entries(stanza("only-ours", releases("o/o")), origin="t.yaml"),
        configured=entries(stanza("acme", releases("a/a"))),
    )
    old = merged.as_of_release("v1.10.1")
    assert labels_of(old, "acme") == ["infrastructure-acme"]
    assert labels_of(old, "only-ours") == []


TABLE_FILE = """\
format: capyctl-providers/1
providers:
  - name: acme
    type: InfrastructureProvider
    url: https://github.com/acme/capx/releases/latest/infrastructure-components.yaml
    formerly: [old/capx]
    state: archived
    successor: infrastructure-aws
    sources: [here]
  - {name: broken, type: InfrastructureProvider, url: "https://x.example/y"}
"""


def parse(text: str) -> tuple[UserEntry, ...]:
    return parse_table_file(text.encode(), "t.yaml", LocalRules(), no_variable)


def test_a_table_file_gives_facts_and_places(built_in: BuiltInTable) -> None:
    merged = build_table(built_in, parse(TABLE_FILE))
    acme = merged.find(parse_reference("acme")).entry
    assert acme is not None
    assert (acme.formerly, acme.state, acme.successor, acme.sources) == (
        ("old/capx",),
        RowState.ARCHIVED,
        "infrastructure-aws",
        ("here",),
    )
    assert acme.span is not None
    assert (acme.span.file, acme.span.line, acme.span.column) == ("t.yaml", 5, 10)
    assert [span.line for fault in merged.faults for span in fault.spans] == [10]


def test_an_entry_that_is_no_mapping_is_pointed_at() -> None:
    [entry] = parse("providers:\n  - text\n")
    assert isinstance(entry, InvalidEntry)
    assert [span.line for span in entry.error.spans] == [2]


@pytest.mark.parametrize(("typed", "shown"), [("Nonsense", 1), ("BootstrapProvider", 0)])
def test_a_bad_entry_is_shown_to_who_may_have_meant_it(
    built_in: BuiltInTable, typed: str, shown: int
) -> None:
    """F02: the same name under a type that is none may be what was meant; under another type it is not."""
    error = Diagnostic(code=CONFIGURATION_ENTRY_INVALID, severity=Severity.ERROR, detail="")
    bad = InvalidEntry(name="acme", type=typed, url="", origin="t.yaml", error=error)
    table = build_table(built_in, configured=(bad,))
    lookup = table.find(parse_reference("acme", ProviderType.INFRASTRUCTURE))
    assert len(lookup.invalid) == shown


def test_a_built_in_row_takes_no_variable_of_the_user() -> None:
    data = b"providers:\n  - {name: x, type: InfrastructureProvider, url: 'https://${HOST}/y'}\n"
    [row] = parse_built_in(data).rows
    assert row.error is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "text",
        "format: capyctl-providers/2\nproviders: []",
        "format: capyctl-providers/1",
        "a: [",
        "providers: x",
    ],
)
def test_a_table_file_that_cannot_be_used(text: str) -> None:
    with pytest.raises(TableFileError):
        parse(text)


def test_a_damaged_built_in_table_is_refused() -> None:
    for text in ("providers: []", "providers: [{name: A}]", "a: [", "- x"):
        with pytest.raises(TableFileError):
            parse_built_in(text.encode())


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [
        ("", "", 0),
        ("aws", "aws", 0),
        ("asw", "aws", 1),
        ("", "abc", 3),
        ("kitten", "sitting", 3),
        ("ab", "b", 1),
    ],
)
def test_edit_distance(first: str, second: str, distance: int) -> None:
    assert edit_distance(first, second) == distance
    assert edit_distance(second, first) == distance


def test_names_of_repositories_by_kind(built_in: BuiltInTable) -> None:
    gitlab = "https://gitlab.com/api/v4/projects/g%2Fp/packages/generic/pkg/v1.0.0/x.yaml"
    merged = build_table(
        built_in,
        configured=entries(
            stanza("a", gitlab),
            stanza("b", "/srv/infrastructure-b/latest/x.yaml"),
            stanza("c", "https://m.example/infrastructure-c/latest/x.yaml", kind="https"),
        ),
    )
    found = [merged.find(parse_reference(name)).entry for name in "abc"]
    assert [(entry.repository_kind, entry.repository_name) for entry in found if entry] == [
        ("gitlab", "g/p"),
        ("local", "/srv/infrastructure-b/latest/x.yaml"),
        ("https", "https://m.example/infrastructure-c/latest/x.yaml"),
    ]
    assert merged.cert_manager is built_in.cert_manager


def test_a_single_entry_that_is_no_list_has_a_place() -> None:
    root = read_documents(b"providers: {name: a, type: AddonProvider}")[0].root
    assert isinstance(root, MappingNode)
    span = spans_of_entries(root.get("providers"), "c.yaml")(0)
    assert span is not None
    assert (span.line, span.column) == (1, 12)
    assert spans_of_entries(root.get("providers"), "c.yaml")(1) is None
    assert spans_of_entries(None, "c.yaml")(0) is None


def test_a_table_without_cert_manager() -> None:
    row = "providers: [{name: a, type: AddonProvider, url: /r/addon-a/latest/x.yaml}]"
    assert parse_built_in(row.encode()).cert_manager is None


def test_nobody_may_ask_where_an_address_cannot_be_read() -> None:
    key = ProviderKey(type=ProviderType.INFRASTRUCTURE, name="acme")
    with pytest.raises(ValueError, match="address of infrastructure-acme"):
        _ = TableEntry(key=key, url="nowhere").readable_location


@pytest.mark.parametrize("release", EMULATED_RELEASES, ids=lambda release: release.version)
def test_the_emulation_knows_the_same_default_of_cert_manager(
    built_in: BuiltInTable, release: ClusterctlRelease
) -> None:
    assert built_in.cert_manager is not None
    assert built_in.cert_manager.version_for(release.version) == release.cert_manager
