"""Worlds of real size: the lab's sound world with files as large as real releases have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from benchmarks.installation import ROOT
from capyctl.lab.content import Content
from capyctl.lab.scenario import Scenario, load_scenario
from capyctl.lab.world import Fault, Repository

COMPONENTS = (ROOT / "../shared/data/components").resolve()
PROVIDERS = (ROOT / "../shared/data/providers").resolve()

_REAL = {
    "core-components.yaml": "medium-core-cluster-api-v1.14.0.yaml",
    "infrastructure-components.yaml": "medium-infrastructure-aws-v2.11.1.yaml",
}
_METADATA = {
    "kubernetes-sigs/cluster-api-provider-aws": "kubernetes-sigs__cluster-api-provider-aws/metadata/0d31762e2f3f.yaml"
}
"""The metadata.yaml that real components were published with, where the scenario's states another contract."""

_SIZES = {
    "core-components.yaml": 1_176_293,
    "infrastructure-components.yaml": 1_193_415,
    "bootstrap-components.yaml": 480_000,
    "control-plane-components.yaml": 620_000,
    "cert-manager.yaml": 990_000,
}
"""Bytes of a release's file, where the real one is not at hand."""

_OF_REAL_SIZE = frozenset(
    {"kubernetes-sigs/cluster-api", "kubernetes-sigs/cluster-api-provider-aws", "cert-manager/cert-manager"}
)


def real_size(*, round_trip: float = 0.0, faults: Sequence[Fault] = (), padded: bool = True) -> Scenario:
    """The sound world with real components where they are at hand, else with padding of their size.

    ``padded`` can be off: every padded file has one definition in it, so that several of them install nowhere.
    """
    scenario = load_scenario("sound")
    repositories = tuple(
        _grown(one, padded=padded) if one.name in _OF_REAL_SIZE else one
        for one in scenario.world.repositories
    )
    world = replace(scenario.world, repositories=repositories, round_trip=round_trip, faults=tuple(faults))
    return replace(scenario, world=world, environment={"AWS_B64ENCODED_CREDENTIALS": "bGFiCg=="})


def large_components() -> bytes:
    """The 3.19 MB file of k0smotron, or one of its size."""
    path = COMPONENTS / "large-infrastructure-k0smotron-v2.1.0.yaml"
    if path.is_file():
        return path.read_bytes()
    k0smotron = next(
        one for one in load_scenario("sound").world.repositories if one.name == "k0sproject/k0smotron"
    )
    made = k0smotron.releases[0].files["infrastructure-components.yaml"]
    return Content(data=made.data, pad_to=3_193_130).render()


def local_tree(folder: Path) -> Path:
    """A local tree with the large provider, and the configuration file that names it."""
    label, tag = "infrastructure-k0smotron", "v2.1.0"
    home = folder / label / tag
    home.mkdir(parents=True)
    (home / "infrastructure-components.yaml").write_bytes(large_components())
    (home / "metadata.yaml").write_text(
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
        "releaseSeries:\n- {major: 2, minor: 1, contract: v1beta2}\n",
        "utf-8",
    )
    configuration = folder / "clusterctl.yaml"
    url = home / "infrastructure-components.yaml"
    configuration.write_text(
        f"providers:\n- name: k0smotron\n  type: InfrastructureProvider\n  url: {url}\n", "utf-8"
    )
    return configuration


def _grown(repository: Repository, *, padded: bool) -> Repository:
    stated = PROVIDERS / _METADATA.get(repository.name, "none")
    own = {"metadata.yaml": Content(data=stated.read_bytes())} if stated.is_file() else {}
    releases = tuple(
        replace(one, files=_files(one.files, padded=padded) | own) for one in repository.releases
    )
    return replace(repository, releases=releases)


def _files(files: Mapping[str, Content], *, padded: bool) -> dict[str, Content]:
    return {name: _sized(name, content, padded=padded) for name, content in files.items()}


def _sized(name: str, content: Content, *, padded: bool) -> Content:
    real = COMPONENTS / _REAL.get(name, "none")
    if real.is_file():
        return Content(data=real.read_bytes())
    return replace(content, pad_to=_SIZES.get(name, 0)) if padded else content
