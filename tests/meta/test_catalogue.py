"""Every case of the failure catalogue that needs no cluster is recognised in a world, and its near miss is not.

Issue 3 item 9: root cause first, by a code whose registered cases name the case, with a fix.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from capyctl.core.codes import ALL_CODES
from tests.meta.worlds import CONFIGURATION, World, play_world, provider_entry

_LATER = {"F06", "F14", "F16", "F24", "F29", "F37", "F38", "F42", "F44", "F45", "F48", "F49", "F51", "F57"}
_IDS = [case for number in range(1, 59) if (case := f"F{number:02}") not in _LATER]
_CASES_OF = {code.code: code.cases for code in ALL_CODES}

_AWS = {"AWS_B64ENCODED_CREDENTIALS": "bm90aGluZw=="}


def _metadata(*minors: int, api_version: str = "v1alpha3", major: int = 1) -> str:
    series = "".join(f"- {{major: {major}, minor: {minor}, contract: v1beta1}}\n" for minor in minors)
    head = f"apiVersion: clusterctl.cluster.x-k8s.io/{api_version}\nkind: Metadata\nreleaseSeries:\n"
    return head + series


_NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: acme-system}\n"
_LOCAL = provider_entry("{home}/tree/infrastructure-acme/latest/infrastructure-components.yaml")
_COMPONENTS = "tree/infrastructure-acme/v1.1.99/infrastructure-components.yaml"
_TREE_METADATA = "tree/infrastructure-acme/v1.1.99/metadata.yaml"
_TREE = {**_LOCAL, _COMPONENTS: _NAMESPACE}
_WHOLE_TREE = {**_TREE, _TREE_METADATA: _metadata(0, 1)}
_HELM = "addon-helm/v0.6.4/metadata.yaml"
_HELM_SERIES = _metadata(*range(1, 7), major=0)
_ACME_ON_GITHUB = provider_entry(
    "https://github.com/acme/capi-acme/releases/latest/infrastructure-components.yaml"
)
_MIRROR = "images:\n  {key}:\n    repository: registry.corp.example/capi\n"
_SOUND_AWS = World(words="resolve -i aws", environment=_AWS)

_WORLDS: dict[str, tuple[World, World]] = {
    "F01": (World(words="resolve cluster-api:v1.13.6+d32ac08"), World(words="resolve cluster-api:v1.13.6")),
    "F02": (World(words="resolve -i opensta"), World(words="resolve -i openstack")),
    "F03": (World(words="resolve -i infrastructure-openstack"), World(words="resolve -i openstack")),
    "F04": (World(words="config provider -b kairos-io"), World(words="config provider -b kubeadm")),
    "F05": (
        World(
            words="resolve addon-helm",
            files={
                f".cluster-api/overrides/{_HELM}": _HELM_SERIES,
                ".config/cluster-api/overrides/README": "",
            },
        ),
        World(words="resolve addon-helm", files={f".cluster-api/overrides/{_HELM}": _HELM_SERIES}),
    ),
    "F07": (
        World(
            words="resolve addon-helm:v0.6.4",
            files={f".config/cluster-api/overrides/{_HELM}": _metadata(6, api_version="v1alpha4", major=0)},
        ),
        World(
            words="resolve addon-helm:v0.6.4",
            files={f".config/cluster-api/overrides/{_HELM}": _HELM_SERIES},
        ),
    ),
    "F08": (
        World(
            words="resolve infrastructure-acme",
            files={
                **_WHOLE_TREE,
                **provider_entry("${{TREE}}/infrastructure-acme/latest/infrastructure-components.yaml"),
            },
        ),
        World(
            words="resolve infrastructure-acme",
            files={
                **_WHOLE_TREE,
                **provider_entry("${{TREE}}/infrastructure-acme/latest/infrastructure-components.yaml"),
            },
            environment={"TREE": "{home}/tree"},
        ),
    ),
    "F09": (
        World(words="resolve infrastructure-acme", files=_LOCAL),
        World(words="resolve infrastructure-acme", files=_WHOLE_TREE),
    ),
    "F10": (
        World(words="resolve infrastructure-acme", files=_TREE),
        World(words="resolve infrastructure-acme", files=_WHOLE_TREE),
    ),
    "F11": (
        World(
            words="resolve infrastructure-acme",
            files={**_LOCAL, "tree/infrastructure-acme/latest/infrastructure-components.yaml": _NAMESPACE},
        ),
        World(words="resolve infrastructure-acme", files=_WHOLE_TREE),
    ),
    "F12": (
        World(words="resolve addon-helm", scenario="download-address"),
        World(words="resolve addon-helm"),
    ),
    "F13": (
        World(words="resolve -i acme", scenario="unknown-host-form"),
        World(words="resolve -i acme", scenario="enterprise-host"),
    ),
    "F15": (
        World(words="resolve addon-helm", scenario="rejected-credential"),
        World(words="resolve addon-helm", scenario="accepted-credential"),
    ),
    "F17": (
        World(words="resolve -b talos", scenario="renamed-organisation"),
        World(words="resolve addon-helm"),
    ),
    "F18": (
        World(words="resolve -b k0sproject-k0smotron", scenario="renamed-repository-goproxy-off"),
        World(words="resolve -b k0sproject-k0smotron", scenario="sound-goproxy-off"),
    ),
    "F19": (
        World(words="resolve -i nested", scenario="archived-project"),
        World(words="resolve -i openstack", scenario="contract-too-old"),
    ),
    "F20": (World(words="init --dry-run", scenario="moved-cert-manager"), World(words="init --dry-run")),
    "F21": (
        World(words="resolve --ipam in-cluster:v1.0.3", scenario="moved-project-no-namespace"),
        World(words="resolve addon-helm", scenario="no-namespace"),
    ),
    "F22": (
        World(words="resolve -i acme", scenario="gitlab-path-not-encoded"),
        World(words="resolve -i acme", scenario="gitlab"),
    ),
    "F23": (
        World(words="resolve -i acme", scenario="gitlab-private"),
        World(words="resolve -i acme", scenario="gitlab-private-with-token"),
    ),
    "F25": (
        World(words="resolve addon-helm", scenario="connection-refused"),
        World(words="resolve addon-helm"),
    ),
    "F26": (
        World(words="resolve addon-helm", scenario="tag-without-release"),
        World(words="resolve addon-helm"),
    ),
    "F27": (
        World(words="diagnose-provider -i aws", scenario="withdrawn-release"),
        World(words="diagnose-provider addon-helm", scenario="tag-without-release"),
    ),
    "F28": (
        World(words="resolve addon-helm", scenario="tag-without-release-pinned"),
        World(words="resolve addon-helm:v0.6.3", scenario="tag-without-release-pinned"),
    ),
    "F30": (
        World(words="diagnose-provider -i openstack", scenario="branch-marker-alpha"),
        World(words="diagnose-provider -i openstack", scenario="newer-prerelease"),
    ),
    "F31": (World(words="resolve -i aws", scenario="module-list-stops-early"), _SOUND_AWS),
    "F32": (
        World(words="resolve addon-helm", scenario="rate-limit"),
        World(words="resolve addon-helm", scenario="rate-limit-nearly"),
    ),
    "F33": (
        World(words="resolve -i acme:v0.1.0 --offline", files=_ACME_ON_GITHUB),
        World(words="resolve -i openstack:v0.12.6 --offline"),
    ),
    "F34": (
        World(words="resolve -b k0sproject-k0smotron", scenario="hidden-major"),
        World(words="resolve -b k0sproject-k0smotron", scenario="incompatible-major"),
    ),
    "F35": (
        World(words="resolve --ipam in-cluster", scenario="prereleases-only"),
        World(words="resolve -i openstack", scenario="newer-prerelease"),
    ),
    "F36": (World(words="resolve -i aws", scenario="newest-contract-too-new"), _SOUND_AWS),
    "F39": (
        World(words="resolve addon-helm:v0.6.3", scenario="metadata-missing"),
        World(words="resolve addon-helm:v0.6.3"),
    ),
    "F40": (
        World(words="diagnose-provider -b k0sproject-k0smotron", scenario="newest-incomplete"),
        World(words="diagnose-provider -b k0sproject-k0smotron:v1.10.8", scenario="newest-incomplete"),
    ),
    "F41": (
        World(words="diagnose-provider cluster-api", scenario="release-being-built"),
        World(words="diagnose-provider cluster-api"),
    ),
    "F43": (
        World(words="resolve addon-helm", scenario="own-series-missing"),
        World(words="resolve addon-helm", scenario="announced-early-series"),
    ),
    "F46": (
        World(words="resolve addon-helm", scenario="kind-missing"),
        World(words="resolve addon-helm", scenario="wrong-kind"),
    ),
    "F47": (
        World(words="resolve infrastructure-acme", files={**_TREE, _TREE_METADATA: _metadata(0)}),
        World(words="resolve infrastructure-acme", files=_WHOLE_TREE),
    ),
    "F50": (
        World(words="resolve -i openstack", scenario="contract-too-old"),
        World(words="resolve -i openstack"),
    ),
    "F52": (
        World(words="generate provider -i openstack", scenario="contract-too-old"),
        World(words="generate provider -i openstack"),
    ),
    "F53": (
        World(words="resolve addon-helm", scenario="components-missing"),
        World(words="resolve addon-helm:v0.6.3", scenario="metadata-missing"),
    ),
    "F54": (
        World(words="diagnose-provider -i openstack", scenario="template-missing"),
        World(words="diagnose-provider -i openstack"),
    ),
    "F55": (
        World(words="generate provider -i aws"),
        World(words="generate provider -i aws", environment=_AWS),
    ),
    "F56": (
        World(words="generate provider -i aws --describe"),
        World(words="generate provider -i aws --describe", environment=_AWS),
    ),
    "F58": (
        World(words="init list-images", files={CONFIGURATION: _MIRROR.format(key="cert-manger")}),
        World(words="init list-images", files={CONFIGURATION: _MIRROR.format(key="cert-manager")}),
    ),
}


def test_every_case_has_a_world_and_a_near_miss() -> None:
    assert sorted(_WORLDS) == _IDS


@pytest.mark.parametrize("case", _IDS)
def test_a_case_is_recognised_root_cause_first_with_a_fix(tmp_path: Path, case: str) -> None:
    played = play_world(_WORLDS[case][0], tmp_path)
    assert played.roots, played.stdout
    root = played.roots[0]
    assert case in _CASES_OF[root["code"]], [(each["code"], each["detail"]) for each in played.roots]
    assert root["fixes"], root
    assert case in _explained(root["code"])["cases"]


def test_a_provider_that_ended_is_the_root_cause_whatever_the_command(tmp_path: Path) -> None:
    """F19: the contract that stopped growing follows from the end of the project."""
    world = World(words="generate provider -i nested", scenario="archived-project")
    assert play_world(world, tmp_path).roots[0]["name"] == "repository-archived"


@pytest.mark.parametrize("case", _IDS)
def test_its_near_miss_is_not_mistaken_for_it(tmp_path: Path, case: str) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "near").mkdir()
    root = play_world(_WORLDS[case][0], tmp_path / "case").roots[0]
    near = play_world(_WORLDS[case][1], tmp_path / "near")
    assert root["code"] not in near.codes(), near.document["diagnostics"]


@pytest.mark.parametrize(
    ("minutes", "expected"), [(6, True), (600, False)], ids=["published just now", "published long ago"]
)
def test_a_release_of_the_last_hour_is_still_being_published(
    tmp_path: Path, minutes: int, expected: bool
) -> None:
    published = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes)
    stamp = f"{published:%Y-%m-%dT%H:%M:%SZ}"
    world = {
        "extends": "release-being-built",
        "format": "capyctl-scenario/1",
        "title": "t",
        "description": "d",
    }
    repositories = {"kubernetes-sigs/cluster-api": {"releases": {"v1.14.1": {"published_at": stamp}}}}
    path = tmp_path / "built-now.yaml"
    path.write_text(json.dumps({**world, "world": {"repositories": repositories}}))
    played = play_world(World(words="diagnose-provider cluster-api", scenario=str(path)), tmp_path)
    found = [each for each in played.document["diagnostics"] if each["name"] == "release-in-progress"]
    assert bool(found) is expected
    if expected:
        assert played.roots[0] is not None
        assert "F41" in _CASES_OF[played.roots[0]["code"]]
        assert played.versions == {"cluster-api": "v1.14.0"}


def _explained(code: str) -> dict[str, Any]:
    """What ``capyctl explain`` tells a user about the code."""
    from tests.scenario.playing import run_words  # noqa: PLC0415

    (found,) = run_words(["explain", code, "-o", "json"], {}).document["result"]["codes"]
    assert isinstance(found, dict)
    return found
