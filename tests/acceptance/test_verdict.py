"""No verdict against a provider while its versions could not be listed (cli.md 5)."""

from __future__ import annotations

import pytest

from tests.acceptance.conftest import Outside

_WORLD = """\
format: capyctl-scenario/1
name: made-here
title: a bad newest release and no list
description: The host names its latest release, which is bad; an older, sound one is in no list that answers.
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
      releases: {v1.3.0: {}, v1.4.0: {}}
"""
_NO_LIST = """\
  faults:
  - {kind: status, status: 503, host: api.github.com}
  - {kind: status, status: 503, host: proxy.golang.org}
"""


@pytest.mark.parametrize(
    ("faults", "verdict", "status", "version"),
    [("", "degraded", 0, "v1.3.0"), (_NO_LIST, "undetermined", 3, None)],
    ids=["listed", "not listed"],
)
def test_a_bad_latest_release_alone_breaks_nothing(
    outside: Outside, faults: str, verdict: str, status: int, version: str | None
) -> None:
    document = outside.in_lab(_WORLD + faults, "diagnose-provider", "acme")
    (provider,) = document["result"]["providers"]
    assert (provider["verdict"], provider["version"]) == (verdict, version)
    assert document["exit_status"] == status
    assert outside.in_lab(_WORLD + faults, "resolve", "acme")["exit_status"] == status
