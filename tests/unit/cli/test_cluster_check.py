"""The options of ``cluster check``: ``--wait`` stands alone or takes a duration (cli.md 5)."""

from __future__ import annotations

import pytest

from tests.unit.cli.conftest import Capyctl

_NOWHERE = ("--kubeconfig", "nowhere.yaml")


@pytest.mark.parametrize(
    "words", [("--wait",), ("--wait", "1s"), ("--wait=1s",), ("--wait", "--offline"), ("--wait", "2")]
)
def test_wait_with_and_without_a_duration(capyctl: Capyctl, words: tuple[str, ...]) -> None:
    ended = capyctl("cluster", "check", *words, *_NOWHERE, "-o", "json")
    assert (ended.status, ended.document["command"], ended.document["result"]) == (1, "cluster check", None)
    assert [each["name"] for each in ended.document["diagnostics"]] == ["kubeconfig-missing"]


def test_a_wait_that_is_no_duration_is_usage(capyctl: Capyctl) -> None:
    ended = capyctl("cluster", "check", "--wait", "soon", *_NOWHERE, "-o", "json")
    assert (ended.status, ended.document["diagnostics"][0]["name"]) == (2, "usage")
    assert "--wait" in ended.document["diagnostics"][0]["detail"]


@pytest.mark.parametrize("text", ["stable", "ci/latest-1.33", "1"])
def test_what_is_asked_for_is_a_version(capyctl: Capyctl, text: str) -> None:
    ended = capyctl("cluster", "check", "--kubernetes-version", text, *_NOWHERE, "-o", "json")
    assert (ended.status, ended.document["diagnostics"][0]["name"]) == (2, "usage")
    marker = capyctl("cluster", "check", *_NOWHERE, "-o", "json", KUBERNETES_VERSION=text)
    assert marker.status == 1
