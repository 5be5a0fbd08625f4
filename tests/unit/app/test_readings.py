"""What is remembered of a file says what the file says, and nothing is taken from memory that has changed (ADR 38)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.inspection import ComponentsPolicy
from capyctl.core import codes
from capyctl.core.diagnostics import Subject
from capyctl.core.images import ImageOverride
from capyctl.core.metadata import MetadataReading
from capyctl.core.rendered_components import RenderedComponents
from capyctl.core.version import parse_version
from capyctl.ports.fetcher import FileContent
from tests.unit.app.fakes import NAMESPACE, metadata, table_entry

COMPONENTS = (
    NAMESPACE
    + b"""---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: manager
  namespace: widgets-system
  labels:
    cluster.x-k8s.io/provider: bootstrap-widgets
spec:
  template:
    spec:
      containers:
        - image: registry.example/manager:${TAG:=v1.0.0}
          env: [{name: TOKEN, value: "${TOKEN}"}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.org
  labels:
    cluster.x-k8s.io/v1beta2: v1_v2
spec: {group: example.org, names: {kind: Widget}, scope: Namespaced}
"""
)
NESTED = COMPONENTS + b"---\napiVersion: v1\nkind: ConfigMap\ndata: {a: '${OUTER:=${INNER}}'}\n"


class Memory(Struct):
    """Readings in memory, and how often one was found and kept."""

    told: dict[bytes, bytes] = field(default_factory=dict)
    hits: int = 0
    kept: int = 0

    def recall(self, given: bytes) -> bytes | None:
        self.hits += given in self.told
        return self.told.get(given)

    def keep(self, given: bytes, told: bytes) -> None:
        self.kept += 1
        self.told[given] = told


def content(data: bytes) -> FileContent:
    return FileContent(data=data, sha256=hashlib.sha256(data).hexdigest(), url="https://host.example/file")


def policy(memory: Memory | None, values: Mapping[str, str], *, render: bool = False) -> ComponentsPolicy:
    return ComponentsPolicy(lookup=values.get, render=render, objects=False, readings=memory)


def look(of: ComponentsPolicy, data: bytes = COMPONENTS) -> RenderedComponents:
    return replace(of.read(table_entry(), "v1.0.0", content(data)), objects=())


def told(rendered: RenderedComponents) -> tuple[RenderedComponents, list[tuple[str, str, Subject]]]:
    """What can be compared: diagnostics are equal to themselves alone."""
    found = [(each.code.code, each.detail, each.subject) for each in rendered.diagnostics]
    return replace(rendered, diagnostics=()), found


VALUES = {"TOKEN": "t", "TAG": "v9"}


@pytest.mark.parametrize("render", [False, True])
def test_what_is_recalled_equals_what_is_read(render: bool) -> None:
    memory = Memory()
    first = look(policy(memory, VALUES, render=render))
    second = look(policy(memory, VALUES, render=render))
    assert first == second == look(policy(None, VALUES, render=render))
    assert (memory.kept, memory.hits) == (1, 1)
    assert second.images == ("registry.example/manager:v9",)
    assert second.contract_labels == ("v1beta2",)


def test_the_note_on_missing_values_is_made_anew() -> None:
    memory = Memory()
    look(policy(memory, {}))
    [note] = look(policy(memory, {})).diagnostics
    assert (note.code, memory.hits) == (codes.INSPECTION_NEEDS_NO_VARIABLES, 1)
    assert note.subject == Subject(
        provider="bootstrap-widgets", version="v1.0.0", file="bootstrap-components.yaml"
    )


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (COMPONENTS, VALUES | {"TAG": "v8"}),
        (COMPONENTS, {"TAG": "v9"}),
        (COMPONENTS + b"\n", VALUES),
    ],
    ids=["another value", "a value less", "other bytes"],
)
def test_what_changed_is_read_anew(data: bytes, values: Mapping[str, str]) -> None:
    memory = Memory()
    look(policy(memory, VALUES))
    assert told(look(policy(memory, values), data)) == told(look(policy(None, values), data))
    assert memory.kept == 2


def test_a_variable_inside_a_default_counts_as_well() -> None:
    memory = Memory()
    look(policy(memory, VALUES | {"INNER": "a"}, render=True), NESTED)
    look(policy(memory, VALUES | {"INNER": "b"}, render=True), NESTED)
    assert memory.kept == 2


def test_other_settings_are_another_reading() -> None:
    memory = Memory()
    plain = policy(memory, VALUES)
    override = ImageOverride(repository="mirror.example")
    others = [
        replace(plain, raw=True),
        replace(plain, target_namespace="elsewhere"),
        replace(plain, image_overrides={"all": override}),
        replace(plain, known_labels=frozenset({"bootstrap-widgets"})),
        replace(plain, render=True),
    ]
    for each in [plain, *others]:
        assert told(look(each)) == told(look(replace(each, readings=None)))
    assert (memory.kept, memory.hits) == (len(others) + 1, 0)


def test_what_has_a_finding_is_never_remembered() -> None:
    memory = Memory()
    assert look(policy(memory, {}), b"a: [").failed
    assert look(policy(memory, {}, render=True)).failed
    assert memory.kept == 0


def test_objects_that_are_wanted_are_rendered() -> None:
    memory = Memory()
    wanting = replace(policy(memory, VALUES, render=True), objects=True)
    for _ in range(2):
        assert len(wanting.read(table_entry(), "v1.0.0", content(COMPONENTS)).objects) == 3
    assert (memory.kept, memory.hits) == (0, 0)


def test_no_value_is_kept() -> None:
    memory = Memory()
    look(policy(memory, {"TOKEN": "do-not-keep-me", "TAG": "v9"}, render=True))
    assert b"do-not-keep-me" not in b"".join([*memory.told, *memory.told.values()])


@pytest.mark.parametrize("damage", [b"", b"[]", b"{", b'{"asked":[1]}'])
def test_what_cannot_be_understood_is_read_anew(damage: bytes) -> None:
    memory = Memory()
    look(policy(memory, VALUES))
    memory.told = dict.fromkeys(memory.told, damage)
    assert look(policy(memory, VALUES)) == look(policy(None, VALUES))


def series(of: ComponentsPolicy, data: bytes, tag: str) -> MetadataReading:
    version = parse_version(tag)
    assert version is not None
    return of.metadata(version, content(data), subject=Subject(), evidence=())


def test_metadata_is_recalled_with_its_places() -> None:
    memory = Memory()
    data = metadata("v1.2.0")
    read = series(policy(memory, {}), data, "v1.2.0")
    again = series(policy(memory, {}), data, "v1.2.0")
    assert (memory.kept, memory.hits) == (1, 1)
    assert read.metadata is not None
    assert again.metadata is not None
    assert read == again
    assert [each.span for each in again.metadata.series] == [each.span for each in read.metadata.series]
    assert again.metadata.series[0].span is not None


def test_a_version_without_its_series_gets_the_text_for_the_fix() -> None:
    memory = Memory()
    data = metadata("v1.2.0")
    for _ in range(2):
        reading = series(policy(memory, {}), data, "v1.3.0")
        assert reading.metadata is not None
        assert reading.metadata.text is not None


@pytest.mark.parametrize("damage", [b"{}", b'[{"major":"1"}]'])
def test_metadata_that_cannot_be_understood_is_read_anew(damage: bytes) -> None:
    memory = Memory()
    data = metadata("v1.2.0")
    read = series(policy(memory, {}), data, "v1.2.0")
    memory.told = dict.fromkeys(memory.told, damage)
    assert series(policy(memory, {}), data, "v1.2.0") == read


def test_metadata_with_a_finding_is_never_remembered() -> None:
    memory = Memory()
    assert series(policy(memory, {}), b"a: [", "v1.2.0").diagnostics
    assert memory.kept == 0
