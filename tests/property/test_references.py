"""Any text is a reference or is refused with a reason; what is read prints back."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from capyctl.config.table_files import read_built_in_table
from capyctl.core.identity import (
    MalformedReferenceError,
    ProviderKey,
    ProviderReference,
    ProviderType,
    parse_reference,
    split_manifest_label,
)
from capyctl.core.provider_lookup import edit_distance
from capyctl.core.provider_table import build_table

TABLE = build_table(read_built_in_table())
NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
TYPES = st.sampled_from(ProviderType)
ANY_TYPE = st.none() | TYPES


@given(st.text(max_size=80), ANY_TYPE)
def test_any_text(text: str, provider_type: ProviderType | None) -> None:
    try:
        reference = parse_reference(text, provider_type)
    except MalformedReferenceError as error:
        reason = error.reason
    else:
        _check(text, reference)
        return
    assert reason


def _check(text: str, reference: ProviderReference) -> None:
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", reference.name)
    assert len(reference.name) <= 63
    assert text.lower().startswith(reference.name)
    lookup = TABLE.find(reference)
    assert len(lookup.near) <= 3
    assert not (lookup.entries and lookup.near)


@given(NAMES, st.none() | st.from_regex(r"[^:]{1,20}", fullmatch=True))
def test_what_is_read_prints_back(name: str, version: str | None) -> None:
    reference = parse_reference(f"{name}:{version}" if version else name)
    assert (reference.name, reference.version) == (name, version)


@given(NAMES, TYPES)
def test_labels_split_into_what_they_were_made_of(name: str, provider_type: ProviderType) -> None:
    key = ProviderKey(type=provider_type, name=name)
    split = split_manifest_label(key.manifest_label)
    assert split.manifest_label == key.manifest_label
    if provider_type is not ProviderType.CORE:
        assert split == key


@given(st.sampled_from(TABLE.entries))
def test_every_entry_is_found_by_label_by_name_and_after_its_flag(entry: object) -> None:
    found = next(item for item in TABLE.entries if item is entry)
    by_label = TABLE.find(parse_reference(found.key.manifest_label))
    assert by_label.entry is found
    assert found in TABLE.find(parse_reference(found.key.name)).entries
    for text in (found.key.name, found.key.manifest_label):
        assert TABLE.find(parse_reference(text, found.key.type)).entry is found


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_edit_distance_is_a_distance_between_two(first: str, second: str, prefix: str) -> None:
    distance = edit_distance(first, second)
    assert distance == edit_distance(second, first)
    assert (distance == 0) == (first == second)
    assert abs(len(first) - len(second)) <= distance <= max(len(first), len(second))
    assert edit_distance(prefix + first, prefix + second) <= distance
