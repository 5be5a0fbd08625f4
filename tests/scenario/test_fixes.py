"""In every scenario each error that is a root cause ends in something that can be pasted (issue 3; cli.md 4)."""

from __future__ import annotations

import pytest

from tests.meta.fix_rules import commands_of, only_words
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.expectations import expectations
from tests.scenario.playing import Theatre, own_state, play, provider_scenarios, reference_of

_BROKEN = [
    name for name, expected in expectations().items() if expected.verdict in {"broken", "undetermined"}
]


@pytest.mark.parametrize("name", provider_scenarios())
def test_every_error_has_a_command_or_an_edit(theatre: Theatre, name: str) -> None:
    plays = theatre.plays(name, own_state(packaged_scenario(name)))
    assert [only_words(played.document) for played in plays.values()] == [[] for _ in plays]


@pytest.mark.parametrize("name", [name for name in _BROKEN if name not in {"silence", "black-hole"}])
def test_every_error_of_the_other_commands_too(name: str) -> None:
    scenario = packaged_scenario(name)
    others = (["versions"], ["init", "list-images"], ["generate", "provider", "--describe"])
    lines = [[*words, *reference_of(scenario), "-o", "json"] for words in others]
    assert [only_words(played.document) for played in play(scenario, lines)] == [[], [], []]


def test_the_next_sound_version_is_named() -> None:
    """A version that was passed over ends in the same command with the chosen one."""
    scenario = packaged_scenario("tag-without-release")
    (played,) = play(scenario, [["resolve", "--addon", "helm", "--explain", "-o", "json"]])
    assert "capyctl resolve --addon helm:v0.6.4 --explain -o json" in commands_of([played.document])
