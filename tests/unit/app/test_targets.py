"""References to targets (cli.md 1; F02, F04, F19)."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.app.targets import TargetFinder, Targets
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.identity import ProviderReference, ProviderType
from capyctl.core.invocation import Invocation
from capyctl.core.lock_spec import read_spec
from capyctl.core.provider_table import BuiltInTable, RowFacts, RowState, TableEntry, build_table
from tests.unit.app.fakes import table_entry


def find(*names: str, rows: tuple[TableEntry, ...], all_types: bool = False) -> Targets:
    table = build_table(BuiltInTable(rows=rows, clusterctl="v1.14.0"))
    finder = TargetFinder(table=table, invocation=Invocation(words=("resolve", *names)), all_types=all_types)
    references = []
    for text in names:
        name, _, version = text.partition(":")
        references.append(ProviderReference(text=text, name=name, version=version or None))
    return finder.find(references)


BOOTSTRAP = table_entry("widgets", ProviderType.BOOTSTRAP)
CONTROL_PLANE = table_entry("widgets", ProviderType.CONTROL_PLANE)
BOTH = (BOOTSTRAP, CONTROL_PLANE)


def labels(found: Targets) -> list[str]:
    return [item.entry.key.manifest_label for item in found.found]


def test_targets_in_the_order_named_each_once() -> None:
    found = find("control-plane-widgets", "bootstrap-widgets", "control-plane-widgets", rows=BOTH)
    assert labels(found) == ["control-plane-widgets", "bootstrap-widgets"]
    assert found.diagnostics == ()


def test_two_tags_of_one_provider_are_two_targets() -> None:
    found = find("bootstrap-widgets:v1.0.0", "bootstrap-widgets:v2.0.0", rows=BOTH)
    assert [item.pin for item in found.found] == ["v1.0.0", "v2.0.0"]


def test_a_bare_name_of_several_types() -> None:
    assert labels(find("widgets", rows=BOTH, all_types=True)) == [
        "bootstrap-widgets",
        "control-plane-widgets",
    ]
    refused = find("widgets", rows=BOTH)
    assert refused.found == ()
    assert [item.code for item in refused.diagnostics] == [codes.AMBIGUOUS_NAME]


def test_an_unknown_name_is_one_error_and_the_others_go_on() -> None:
    found = find("proxmox", "bootstrap-widgets", rows=BOTH)
    assert labels(found) == ["bootstrap-widgets"]
    assert [(item.code, item.severity) for item in found.diagnostics] == [
        (codes.UNKNOWN_PROVIDER, Severity.ERROR)
    ]


def test_a_name_in_a_spec_is_mended_in_the_spec() -> None:
    """``lock --from`` takes no reference beside its file, so none is put into the command."""
    text = "format: capyctl-spec/1\nproviders:\n- widgets:v1.0.0\n"
    table = build_table(BuiltInTable(rows=BOTH, clusterctl="v1.14.0"))
    finder = TargetFinder(table=table, invocation=Invocation(words=("lock", "--from", "s.yaml")))
    references = [each.reference for each in read_spec(text.encode(), "s.yaml").providers]
    (found,) = finder.find(references).diagnostics
    assert [(fix.title, fix.command) for fix in found.fixes] == [
        ("use bootstrap-widgets:v1.0.0, in the spec", None),
        ("use control-plane-widgets:v1.0.0, in the spec", None),
    ]
    first, second = (fix.edit for fix in found.fixes)
    assert first is not None
    assert second is not None
    assert "+- bootstrap-widgets:v1.0.0\n" in first.patch
    assert "+- control-plane-widgets:v1.0.0\n" in second.patch


def test_an_entry_whose_address_cannot_be_read_is_named_and_not_resolved() -> None:
    error = Diagnostic(code=codes.ADDRESS_FORM_UNKNOWN, severity=Severity.ERROR, detail="no known form")
    found = find("bootstrap-widgets", rows=(replace(BOOTSTRAP, location=None, error=error),))
    assert found.found == ()
    assert found.diagnostics == (error,)
    assert [item.entry.key.manifest_label for item in found.unusable] == ["bootstrap-widgets"]


def test_a_retired_project_names_its_successor_and_the_source_of_the_fact() -> None:
    facts = RowFacts(
        state=RowState.RETIRED, successor="bootstrap-gadgets", sources=("https://example.org/retired",)
    )
    [found] = find("bootstrap-widgets", rows=(replace(BOOTSTRAP, facts=facts),)).diagnostics
    assert (found.code, found.severity) == (codes.REPOSITORY_ARCHIVED, Severity.WARNING)
    assert "is retired." in found.detail
    assert "Known from: https://example.org/retired." in found.detail
    assert "Its successor is bootstrap-gadgets." in found.detail
    [bare] = find(
        "bootstrap-widgets", rows=(replace(BOOTSTRAP, facts=RowFacts(state=RowState.ARCHIVED)),)
    ).diagnostics
    assert bare.detail == "The project behind bootstrap-widgets is archived."
