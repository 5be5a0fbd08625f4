"""Switches with a value, as clusterctl takes them."""

from __future__ import annotations

import pytest
from msgspec import Struct, field

from capyctl.cli.go_switches import without_values


class _Switch(Struct):
    opts: list[str]
    secondary_opts: list[str] = field(default_factory=list)


_SWITCHES = [_Switch(["--grouping"], ["--no-grouping"]), _Switch(["--echo"])]


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (["x", "--grouping=false"], ["x", "--no-grouping"]),
        (["--grouping=T", "--echo=1"], ["--grouping", "--echo"]),
        (["--echo=0", "x"], ["x"]),
        (["--echo=perhaps"], ["--echo=perhaps"]),
        (["--echo"], ["--echo"]),
        (["--other=false", "--", "--echo=false"], ["--other=false", "--", "--echo=false"]),
    ],
)
def test_a_value_turns_a_switch_on_or_off(given: list[str], taken: list[str]) -> None:
    assert without_values(given, _SWITCHES) == taken
