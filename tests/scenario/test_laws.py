"""The two laws of style C6, in every scenario and in every state of GOPROXY."""

from __future__ import annotations

import pytest

from tests.scenario.playing import GOPROXY_STATES, Theatre, provider_scenarios

_SAME_LISTS = {"direct": "off", "list": "unset"}


@pytest.mark.parametrize("name", provider_scenarios())
def test_diagnose_finds_whatever_resolve_and_init_report(every_state: Theatre, name: str) -> None:
    for state in GOPROXY_STATES:
        plays = every_state.plays(name, state)
        diagnosed = plays.get("diagnose") or every_state.plays(name, _SAME_LISTS[state])["diagnose"]
        for provider in diagnosed.versions:
            known = diagnosed.codes(provider)
            for command in ("resolve", "init"):
                assert plays[command].codes(provider) <= known, (state, command, provider)


@pytest.mark.parametrize("name", provider_scenarios())
def test_every_command_chooses_the_same_version_in_every_state_of_goproxy(
    every_state: Theatre, name: str
) -> None:
    provider = next(iter(every_state.plays(name, "unset")["diagnose"].versions))
    chosen = {
        (state, command): played.versions.get(provider)
        for state in GOPROXY_STATES
        for command, played in every_state.plays(name, state).items()
    }
    assert len(set(chosen.values())) == 1, chosen
