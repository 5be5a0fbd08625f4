"""Odd files in clusterctl's hands: what the recorded answers do not cover, with the words of real runs."""

from __future__ import annotations

import pytest

from capyctl.core.emulation_components import ComponentsReader
from capyctl.core.emulation_metadata import decode_metadata
from capyctl.core.emulation_release import V1_10_1
from capyctl.core.emulation_text import ClusterctlError
from tests.unit.core.emulation_facts_world import namespace

_HEAD = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"


def _refusal(data: bytes, **variables: str) -> str:
    with pytest.raises(ClusterctlError) as refused:
        ComponentsReader(variables.get).process(data)
    return refused.value.message


def test_a_file_is_processed_once_and_refused_as_often_as_asked() -> None:
    looked_up: list[str] = []

    def lookup(name: str) -> str | None:
        looked_up.append(name)
        return None

    reader = ComponentsReader(lookup)
    for _ in range(2):
        with pytest.raises(ClusterctlError, match=r"value for variables \[A\] is not set"):
            reader.process(b"x: ${A}\n")
    assert looked_up == ["A"]


def test_a_substring_of_negative_length_fails_in_substitution() -> None:
    assert _refusal(b"x: ${A:0:-1}\n", A="abc").startswith("failed to perform variable substitution: ")


def test_a_separator_with_text_behind_it_fails_in_parsing() -> None:
    assert _refusal(b"a: b\n---foo\nc: d\n").startswith("failed to parse yaml: ")


def test_empty_documents_are_not_counted() -> None:
    data = b"---\n---\n" + namespace("x") + b"---\n# nothing\n---\nhello\n"
    assert "failed to unmarshal the 2nd yaml document" in _refusal(data)


def test_an_init_container_is_checked_after_the_containers() -> None:
    data = (
        b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n"
        b"      containers: [{name: a, image: registry.example.com/a:v1}]\n"
        b"      initContainers: [{name: b, image: b}]\n"
    )
    assert _refusal(data) == (
        "failed to apply image overrides: failed to fix containers in deployment d: failed to fix init containers: "
        "failed to fix image for container b: couldn't parse image name: repository name must be canonical"
    )


@pytest.mark.parametrize("item", [b"~", b"{}"])
def test_an_empty_series_is_the_series_zero(item: bytes) -> None:
    decoded = decode_metadata(_HEAD + b"releaseSeries:\n- " + item + b"\n", V1_10_1)
    assert decoded.for_version(0, 0) is not None


def test_a_null_is_the_zero_of_its_field() -> None:
    data = _HEAD + b"releaseSeries:\n- {major: null, minor: 1, contract: null}\n"
    series = decode_metadata(data, V1_10_1).for_version(0, 1)
    assert series is not None
    assert series.contract == ""


def test_the_highest_series_of_a_contract_wins_and_the_first_of_a_version() -> None:
    rows = (b"- {major: 1, minor: %d, contract: %s}\n" % row for row in ((2, b"a"), (2, b"b"), (1, b"b")))
    decoded = decode_metadata(_HEAD + b"releaseSeries:\n" + b"".join(rows), V1_10_1)
    first, highest = decoded.for_version(1, 2), decoded.for_contract("b")
    assert first is not None
    assert first.contract == "a"
    assert highest is not None
    assert (highest.major, highest.minor) == (1, 2)
    assert decoded.for_contract("c") is None
