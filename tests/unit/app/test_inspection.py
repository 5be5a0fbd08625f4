"""Faults of a components file itself reject a version; this user's settings never do."""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from capyctl.app.inspection import ComponentsPolicy, faults_of, other_findings
from capyctl.core import codes
from capyctl.core.rendered_components import RenderedComponents
from capyctl.ports.fetcher import FileContent
from tests.unit.app.fakes import NAMESPACE, table_entry

SETTING = (
    b"---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: widgets-system\n"
    b"data:\n  a: ${TOKEN}\n"
)


def content(data: bytes) -> FileContent:
    return FileContent(data=data, sha256=hashlib.sha256(data).hexdigest(), url="https://host.example/file")


def read(data: bytes, *, render: bool) -> RenderedComponents:
    return ComponentsPolicy(lookup=lambda _: None, render=render).read(table_entry(), "v1.0.0", content(data))


def test_a_file_that_is_no_yaml_is_a_fault_of_the_version() -> None:
    rendered = read(b"a: [", render=False)
    assert [item.code for item in faults_of(rendered)] == [codes.COMPONENTS_UNREADABLE]
    assert other_findings(rendered) == ()
    assert faults_of(rendered)[0].subject.file == "bootstrap-components.yaml"


def test_a_variable_without_a_value_is_no_fault_of_the_version() -> None:
    """F55 and F56: looking demands no value, rendering does."""
    looked = read(NAMESPACE + SETTING, render=False)
    assert faults_of(looked) == ()
    assert not any(item.is_error for item in looked.diagnostics)
    rendered = read(NAMESPACE + SETTING, render=True)
    assert faults_of(rendered) == ()
    assert [item.code for item in other_findings(rendered) if item.is_error] == [codes.VARIABLES_UNSET]


def test_rendering_makes_objects_and_looking_makes_none() -> None:
    assert read(NAMESPACE, render=False).objects == ()
    assert [item["kind"] for item in read(NAMESPACE, render=True).objects] == ["Namespace"]


def test_an_entry_without_an_address_is_read_under_the_general_name() -> None:
    entry = replace(table_entry(), location=None)
    [fault] = faults_of(ComponentsPolicy(lookup=lambda _: None).read(entry, "v1.0.0", content(b"a: [")))
    assert fault.subject.file == "components.yaml"
