"""Any bytes in any format end in values or in one diagnostic; merging is idempotent; nothing secret shows."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from capyctl.config.clusterctl_yaml import load_configuration
from capyctl.config.environment import Environment
from capyctl.config.paths import Places, Platform
from capyctl.config.settings import read_settings
from capyctl.config.table_files import read_built_in_table
from capyctl.config.value_text import plain_scalar_text
from capyctl.core.address_variables import MalformedExpressionError, UnsetVariablesError, expand_variables
from capyctl.core.durations import MalformedDurationError, format_duration, parse_duration
from capyctl.core.local_path import LocalRules
from capyctl.core.provider_section import SectionContext, read_section
from capyctl.core.provider_table import build_table

NOWHERE = Places(configuration=(), overrides=(), go_env=None, cache=None)
BUILT_IN = read_built_in_table()
EXTENSIONS = st.sampled_from(["yaml", "json", "toml", "env", "ini"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["name", "type", "url", "kind", "Name", "URL", "state", "formerly", "since", "address_history"]
)
PLAUSIBLE = st.sampled_from(
    [
        "aws",
        "acme",
        "cluster-api",
        "InfrastructureProvider",
        "CoreProvider",
        "/srv/infrastructure-aws/latest/x.yaml",
        "https://github.com/a/b/releases/latest/x.yaml",
        "${UNSET}/x",
        "github",
        "https",
        "my.name",
        "Bad",
    ]
)
ENTRIES = st.dictionaries(FIELDS, PLAUSIBLE | VALUES, max_size=6)


def never(address: str) -> bytes:
    raise AssertionError(address)


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), EXTENSIONS)
def test_any_file(data: bytes, extension: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"c.{extension}"
        path.write_bytes(data)
        found = load_configuration(str(path), NOWHERE, Platform.LINUX, never)
        environment = Environment(variables={}, working_folder=folder)
        read_settings(environment, str(path), never)
    assert (found.path is None) == bool(found.problems)
    assert [problem.code.code for problem in found.problems] in ([], ["CAPY0110"])
    assert all(key == key.lower() for key in found.values)


@given(st.lists(ENTRIES | VALUES, max_size=5) | VALUES)
def test_any_section_of_providers(section: object) -> None:
    context = SectionContext(
        origin="c.yaml", span_of=lambda _: None, rules=LocalRules(folder="/c"), lookup=lambda _: None
    )
    entries = read_section(section, context)
    table = build_table(BUILT_IN, configured=entries)
    assert len({entry.key for entry in table.entries}) == len(table.entries) >= 67
    assert all((entry.location is None) == (entry.error is not None) for entry in table.entries)
    again = build_table(BUILT_IN, entries, entries)
    assert again.entries == table.entries


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["${A}", "${B}", "${B:-", "}", "$", "x", "${"]), max_size=6).map("".join)
)
def test_any_value_with_variables(text: str) -> None:
    try:
        expanded = expand_variables(text, {"A": "a"}.get)
    except UnsetVariablesError as error:
        unset = error.names
    except MalformedExpressionError:
        return
    else:
        assert "$" in text or expanded == text
        return
    assert unset
    assert "A" not in unset


@given(st.text(max_size=30) | st.from_regex(r"[-+0-9_.eExob]{1,20}", fullmatch=True))
def test_any_plain_scalar(text: str) -> None:
    value = plain_scalar_text(text)
    assert value is None or isinstance(value, str)


@given(st.text(max_size=20))
def test_any_duration(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except MalformedDurationError:
        return
    assert seconds >= 0


@given(st.integers(min_value=0, max_value=10_000_000))
def test_durations_print_back(seconds: int) -> None:
    assert parse_duration(format_duration(seconds)) == seconds
