"""A file that a run cannot have is one error where nothing can be done without it, and a note where a plan goes on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenario.playing import run_words

_CODE = "CAPY0226"
_FILES = {
    "generate provider --infrastructure aws": {("infrastructure-aws", "infrastructure-components.yaml")},
    "generate provider --infrastructure aws --describe": {
        ("infrastructure-aws", "infrastructure-components.yaml")
    },
    "init list-images --infrastructure aws": {
        ("cert-manager", "cert-manager.yaml"),
        ("cluster-api", "core-components.yaml"),
        ("bootstrap-kubeadm", "bootstrap-components.yaml"),
        ("control-plane-kubeadm", "control-plane-components.yaml"),
        ("infrastructure-aws", "infrastructure-components.yaml"),
    },
}


def _told(words: str) -> tuple[int, list[dict[str, Any]]]:
    played = run_words([*words.split(), "--offline", "-o", "json"], {"HOME": "/nowhere"})
    return played.status, [each for each in played.document["diagnostics"] if each["code"] == _CODE]


@pytest.mark.parametrize("words", _FILES)
def test_each_is_told_once_with_what_was_asked_and_the_way_out(words: str) -> None:
    status, told = _told(words)
    assert status == 3
    assert {(each["subject"]["provider"], each["subject"]["file"]) for each in told} == _FILES[words]
    assert len(told) == len(_FILES[words])
    for each in told:
        assert (each["severity"], each["caused_by"]) == ("error", None)
        assert each["evidence"]
        assert [fix["command"] for fix in each["fixes"]] == [f"capyctl {words} -o json"]


def test_the_same_are_notes_where_a_plan_goes_on() -> None:
    status, told = _told("init --dry-run --infrastructure aws")
    assert status == 0
    assert {(each["subject"]["provider"], each["subject"]["file"]) for each in told} == _FILES[
        "init list-images --infrastructure aws"
    ]
    assert {each["severity"] for each in told} == {"note"}
