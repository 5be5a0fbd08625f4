"""Results of ``config repositories``, ``config provider`` and ``config view`` (cli.md 5, 11.1, F02 to F04)."""

from __future__ import annotations

import pytest

from capyctl.app.config_views import ConfigurationView, list_repositories, view_provider
from capyctl.config.table_files import read_built_in_table
from capyctl.core.identity import ProviderType, parse_reference
from capyctl.core.invocation import Invocation
from capyctl.core.local_path import LocalRules
from capyctl.core.provider_section import SectionContext, read_section
from capyctl.core.provider_table import ProviderTable, build_table
from capyctl.core.setting import FileState, SearchedFile, Setting

FIELDS = ["provider", "name", "type", "url", "kind", "origin", "formerly", "state", "successor", "sources"]
SEARCHED = (
    SearchedFile(path="/c/clusterctl.json", state=FileState.ABSENT),
    SearchedFile(path="/c/clusterctl.yaml", state=FileState.USED),
)


@pytest.fixture(scope="module")
def table() -> ProviderTable:
    return build_table(read_built_in_table())


def configured(*items: dict[str, str]) -> ProviderTable:
    context = SectionContext(
        origin="/c/clusterctl.yaml", span_of=lambda _: None, rules=LocalRules(), lookup=lambda _: None
    )
    return build_table(read_built_in_table(), configured=read_section(list(items), context))


def view(
    table: ProviderTable, text: str, provider_type: ProviderType | None = None
) -> tuple[list[str], list[str], str]:
    """Labels shown, codes, and the text of the first diagnostic."""
    invocation = Invocation(words=("config", "provider", text))
    found = view_provider(table, parse_reference(text, provider_type), SEARCHED, invocation)
    details = [diagnostic.detail for diagnostic in found.diagnostics]
    codes = [diagnostic.code.code for diagnostic in found.diagnostics]
    return [str(row["provider"]) for row in found.rows()], codes, details[0] if details else ""


def test_rows_have_the_fields_of_the_surface(table: ProviderTable) -> None:
    rows = list_repositories(table).rows()
    assert len(rows) == 67
    assert all(list(row) == FIELDS for row in rows)
    assert rows[0] == {
        "provider": "cluster-api",
        "name": "cluster-api",
        "type": "CoreProvider",
        "url": "https://github.com/kubernetes-sigs/cluster-api/releases/latest/core-components.yaml",
        "kind": "github",
        "origin": "built-in",
        "formerly": [],
        "state": "active",
        "successor": None,
        "sources": ["clusterctl v1.14.0, built-in table"],
    }
    k0s = next(row for row in rows if row["provider"] == "bootstrap-k0sproject-k0smotron")
    assert k0s["formerly"] == ["k0smotron/k0smotron"]
    assert {row["state"] for row in rows} == {"active", "archived", "retired"}


def test_rows_as_clusterctl_prints_them(table: ProviderTable) -> None:
    rows = list_repositories(table).clusterctl_rows()
    assert list(rows[0].items()) == [
        ("File", "core-components.yaml"),
        ("Name", "cluster-api"),
        ("ProviderType", "CoreProvider"),
        ("URL", "https://github.com/kubernetes-sigs/cluster-api/releases/latest/"),
    ]


def test_a_bare_file_name_has_no_folder() -> None:
    merged = configured({"name": "acme", "type": "AddonProvider", "url": "x.yaml"})
    row = next(row for row in list_repositories(merged).clusterctl_rows() if row["Name"] == "acme")
    assert (row["URL"], row["File"]) == ("", "x.yaml")


def test_bad_entries_are_listed_beside_the_rows() -> None:
    merged = configured(
        {"name": "acme", "type": "AddonProvider", "url": "https://user:s3cret@h.example/x"},
        {"name": "Bad", "type": "AddonProvider", "url": "/x"},
    )
    found = list_repositories(merged)
    assert sorted(diagnostic.code.code for diagnostic in found.diagnostics) == ["CAPY0111", "CAPY0118"]
    row = next(row for row in found.rows() if row["name"] == "acme")
    assert (row["url"], row["kind"]) == ("https://h.example/x", None)


def test_one_row_in_full(table: ProviderTable) -> None:
    assert view(table, "infrastructure-aws:v2.8.1") == (["infrastructure-aws"], [], "")
    assert view(table, "aws", ProviderType.INFRASTRUCTURE) == (["infrastructure-aws"], [], "")


def test_a_name_of_several_types_is_answered_with_the_list(table: ProviderTable) -> None:
    labels, codes, detail = view(table, "kubeadm")
    assert (labels, codes) == ([], ["CAPY0103"])
    assert "bootstrap-kubeadm, control-plane-kubeadm" in detail


def test_the_way_out_is_a_command_that_runs(table: ProviderTable) -> None:
    invocation = Invocation(words=("config", "provider", "kubeadm:v1.10.1"))
    found = view_provider(table, parse_reference("kubeadm:v1.10.1"), (), invocation)
    assert [fix.command for fix in found.diagnostics[0].fixes] == [
        "capyctl config provider bootstrap-kubeadm:v1.10.1",
        "capyctl config provider control-plane-kubeadm:v1.10.1",
    ]


def test_f02_an_unknown_name_says_where_it_was_looked_for(table: ProviderTable) -> None:
    labels, codes, detail = view(table, "proxmx")
    assert (labels, codes) == ([], ["CAPY0102"])
    assert "infrastructure-proxmox" in detail
    assert "/c/clusterctl.yaml (used)" in detail
    assert "1 place where there is no configuration file" in detail


def test_f03_a_label_after_a_flag_is_a_note(table: ProviderTable) -> None:
    labels, codes, _ = view(table, "infrastructure-aws", ProviderType.INFRASTRUCTURE)
    assert (labels, codes) == (["infrastructure-aws"], ["CAPY0104"])


def test_f04_a_row_that_clusterctl_does_not_have_yet_is_a_note(table: ProviderTable) -> None:
    labels, codes, detail = view(table, "kairos-io-fleet")
    assert (labels, codes) == (["infrastructure-kairos-io-fleet"], ["CAPY0107"])
    assert "v1.14.0" in detail


def test_a_dropped_row_is_explained(table: ProviderTable) -> None:
    labels, codes, detail = view(table, "bootstrap-aws-eks")
    assert (labels, codes) == ([], ["CAPY0102"])
    assert "v1.2.0" in detail
    assert "infrastructure-aws" in detail


def test_a_broken_entry_answers_with_its_own_error() -> None:
    merged = configured(
        {"name": "acme", "type": "AddonProvider", "url": "https://h.example/x"},
        {"name": "odd", "type": "Nothing", "url": "/x"},
    )
    assert view(merged, "acme")[:2] == (["addon-acme"], ["CAPY0118"])
    assert view(merged, "odd")[:2] == ([], ["CAPY0111"])


def test_the_view_of_settings() -> None:
    found = ConfigurationView(
        settings=(Setting(name="GOPROXY", value="off", origin="GOPROXY"),), files=SEARCHED
    )
    assert found.result() == {
        "settings": [{"name": "GOPROXY", "value": "off", "origin": "GOPROXY"}],
        "files": [
            {"path": "/c/clusterctl.json", "state": "absent"},
            {"path": "/c/clusterctl.yaml", "state": "used"},
        ],
    }
