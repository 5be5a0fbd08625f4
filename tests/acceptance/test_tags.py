"""Tags as projects write them: with and without a `v`, with two numbers (W-19)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.conftest import Outside

_WORLD = """\
format: capyctl-scenario/1
name: made-here
title: odd tags
description: Releases whose tags are not v1.2.3.
command: [capyctl, version]
home:
  .config/cluster-api/clusterctl.yaml:
    text: |
      providers:
      - name: acme
        type: InfrastructureProvider
        url: https://github.com/acme-labs/cap-acme/releases/latest/infrastructure-components.yaml
world:
  repositories:
    acme-labs/cap-acme:
      files:
        metadata.yaml: {metadata: {series: 1.2-1.3 v1beta2}}
        infrastructure-components.yaml:
          components: {label: infrastructure-acme, namespace: acme-system, contracts: [v1beta2]}
      releases: {"OLD": {}, "NEW": {}}
"""


def resolved(outside: Outside, old: str, new: str, *words: str) -> tuple[dict[str, Any], list[str]]:
    world = _WORLD.replace("OLD", old).replace("NEW", new)
    document = outside.in_lab(world, "resolve", *words)
    (provider,) = document["result"]["providers"]
    return provider, [item["code"] for item in document["diagnostics"]]


@pytest.mark.parametrize(("old", "new"), [("1.2.0", "1.3.0"), ("v1.2", "v1.3"), ("1.2", "1.3")])
def test_the_newest_release_is_chosen_by_its_own_tag(outside: Outside, old: str, new: str) -> None:
    provider, codes = resolved(outside, old, new, "acme")
    assert (provider["version"], provider["series"], codes) == (new, {"major": 1, "minor": 3}, [])


@pytest.mark.parametrize(
    ("old", "pin", "codes"),
    [
        ("1.2.0", "1.2.0", []),
        ("1.2.0", "v1.2.0", ["CAPY0106"]),
        ("v1.2.0", "1.2.0", ["CAPY0106"]),
        ("v1.2", "v1.2", []),
    ],
)
def test_a_pin_finds_its_release_in_either_spelling(
    outside: Outside, old: str, pin: str, codes: list[str]
) -> None:
    provider, found = resolved(outside, old, "v1.3.0", f"acme:{pin}")
    assert (provider["version"], provider["requested"], found) == (old, pin, codes)
