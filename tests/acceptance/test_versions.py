"""`versions`: states that only a complete listing can tell, lists that are a part, metadata out of reach."""

from __future__ import annotations

from typing import Any

from tests.acceptance.conftest import COMPONENTS, METADATA, Outside

_WORLD = """\
format: capyctl-scenario/1
name: made-here
title: files out of reach
description: Lists are sound, files are not.
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
      series: 1.2-1.3 v1beta2
      files:
        metadata.yaml: {metadata: {}}
        infrastructure-components.yaml: {components: {label: infrastructure-acme, namespace: acme-system}}
      releases: {v1.2.0: {}, v1.3.0: {}}
  faults:
"""


def states(document: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    (provider,) = document["result"]["providers"]
    return {row["version"]: (row["state"], row["reason"]) for row in provider["versions"]}


def test_a_local_version_without_its_components_is_incomplete(outside: Outside) -> None:
    outside.put("v1.3.0", metadata=METADATA)
    outside.put("v1.2.0", metadata=METADATA, components=COMPONENTS)
    assert states(outside.json("versions", "acme")) == {
        "v1.3.0": ("incomplete", "the release lacks infrastructure-components.yaml"),
        "v1.2.0": ("stable", None),
    }


def test_a_snapshot_knows_nothing_of_components(outside: Outside) -> None:
    found = states(outside.json("versions", "aws", "--offline"))
    assert found["v2.8.1"][0] == "stable"


def test_a_reason_stays_short_in_a_folder_of_many_files(outside: Outside) -> None:
    outside.put("v1.3.0", **{f"file-{number}.txt": "" for number in range(400)})
    outside.put("v1.2.0", metadata=METADATA, components=COMPONENTS)
    (provider,) = outside.json("resolve", "acme")["result"]["providers"]
    assert provider["version"] == "v1.2.0"
    (rejected,) = provider["rejected"]
    assert len(rejected["reason"]) < 200


def test_metadata_out_of_reach_makes_a_verified_list_undetermined(outside: Outside) -> None:
    """A row that could not be judged makes it 3 (cli.md 3)."""
    faults = "  - {kind: status, status: 503, route: objects}\n"
    document = outside.in_lab(_WORLD + faults, "versions", "acme", "--verify")
    reason = "its metadata.yaml could not be had"
    assert states(document) == {"v1.3.0": ("stable", reason), "v1.2.0": ("stable", reason)}
    assert (document["status"], document["exit_status"]) == ("undetermined", 3)


def test_metadata_that_is_not_there_makes_a_verified_row_incomplete(outside: Outside) -> None:
    world = _WORLD.replace("v1.3.0: {}", "v1.3.0: {without: [metadata.yaml]}")
    faults = "  - {kind: status, status: 503, host: api.github.com, path: '*/releases'}\n"
    document = outside.in_lab(world + faults, "versions", "acme", "--verify")
    assert states(document)["v1.3.0"] == ("incomplete", "the release lacks metadata.yaml")


def test_a_list_that_is_a_part_says_so(outside: Outside) -> None:
    faults = "  - {kind: status, status: 500, route: goproxy, path: '*/v2/@v/list'}\n"
    found = outside.in_lab(_WORLD + faults, "versions", "acme")["diagnostics"]
    assert [(item["code"], item["severity"]) for item in found] == [("CAPY0411", "warning")]
