"""The four consumers of a bundle, real ones, where there is no network but loopback (issue 6, sections 1.5 and 4)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.plugins.bundle_world import BundleWorld, components, extract, metadata, small_world
from tests.plugins.network_gap import behind_the_gap
from tests.plugins.real_parts import Clusterctl, clusterctl

__all__ = ["clusterctl"]

_WORKER = Path(__file__).with_name("bundle_gap_worker.py")
_ROOT = Path(__file__).resolve().parents[2]
_AWS = "github.com/kubernetes-sigs/cluster-api-provider-aws/v2"
_CORE = "github.com/kubernetes-sigs/cluster-api"
_CAPITALS = "github.com/OpenNebula/cluster-api-provider-opennebula"


def _world() -> BundleWorld:
    """With a repository whose name has capitals, and a second version of one repository."""
    world = small_world()
    image = "registry.example/capone:v0.1.7"
    files = {"metadata.yaml": metadata("0.1"), "infrastructure-components.yaml": components("capone", image)}
    world.add("infrastructure-opennebula", "v0.1.7", _CAPITALS.removeprefix("github.com/"), files, (image,))
    docker = {
        "metadata.yaml": metadata("1.9"),
        "infrastructure-components-development.yaml": components("capd", image),
    }
    return world.add("infrastructure-docker", "v1.9.3", _CORE.removeprefix("github.com/"), docker, (image,))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "site.tar"
    path.write_bytes(_world().archive())
    return path


@pytest.fixture
def tree(bundle: Path, tmp_path: Path) -> Path:
    return extract(bundle.read_bytes(), tmp_path / "a tree")


@pytest.fixture
def go() -> str:
    """Real go; skips the test, or fails it under CI, where there is none."""
    found = shutil.which("go")
    if found is None and os.environ.get("CI"):
        pytest.fail("the go command is not installed", pytrace=False)
    if found is None:
        pytest.skip("the go command is not installed")
    return found


def _environment(home: Path, **more: str) -> dict[str, str]:
    given = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(_ROOT)}
    return {
        **given,
        "GOSUMDB": "off",
        "GOFLAGS": "-mod=mod",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        **more,
    }


def _run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    wanted = behind_the_gap(command)
    return subprocess.run(wanted, env=environment, capture_output=True, text=True, check=False, timeout=180)


@pytest.mark.parametrize(
    ("flag", "name", "image"),
    [
        ("--core", "cluster-api", "registry.example/capi:v1.10.4"),
        ("--bootstrap", "kubeadm", "registry.example/kubeadm:v1.10.4"),
        ("--infrastructure", "aws", "registry.example/capa:v2.9.1"),
        ("--infrastructure", "aws:v2.9.1", "registry.example/capa:v2.9.1"),
        ("--infrastructure", "mine", "registry.example/mine:v0.1.0"),
        ("--infrastructure", "docker", "registry.example/capone:v0.1.7"),
    ],
)
def test_clusterctl_generates_from_the_extracted_tree(
    clusterctl: Clusterctl, tree: Path, tmp_path: Path, flag: str, name: str, image: str
) -> None:
    command = [
        str(clusterctl.path),
        "--config",
        str(tree / "clusterctl/clusterctl.yaml"),
        "generate",
        "provider",
    ]
    ran = _run([*command, flag, name], _environment(tmp_path, CAPYCTL_BUNDLE=str(tree)))
    assert ran.returncode == 0, ran.stderr
    objects = [each for each in yaml.safe_load_all(ran.stdout) if each]
    images = [
        each["spec"]["template"]["spec"]["containers"][0]["image"]
        for each in objects
        if each["kind"] == "Deployment"
    ]
    assert images == [image]


def test_clusterctl_knows_no_other_version(clusterctl: Clusterctl, tree: Path, tmp_path: Path) -> None:
    """The near miss: without the tree's version there is nothing, and nobody is there to be asked."""
    command = [
        str(clusterctl.path),
        "--config",
        str(tree / "clusterctl/clusterctl.yaml"),
        "generate",
        "provider",
    ]
    ran = _run([*command, "--infrastructure", "aws:v2.9.0"], _environment(tmp_path, CAPYCTL_BUNDLE=str(tree)))
    assert ran.returncode == 1
    assert "v2.9.0" in ran.stderr


_ASKED: dict[str, list[str]] = {_CORE: ["v1.9.3", "v1.10.4"], _AWS: ["v2.9.1"], _CAPITALS: ["v0.1.7"]}


@pytest.mark.parametrize("module", _ASKED)
def test_go_lists_versions_from_the_extracted_tree(go: str, tree: Path, tmp_path: Path, module: str) -> None:
    """An address for Go has no blank in it; what is behind the link may."""
    (tmp_path / "link").symlink_to(tree)
    proxy = (tmp_path / "link" / "goproxy").as_uri()
    ran = _run([go, "list", "-m", "-versions", "-json", module], _environment(tmp_path, GOPROXY=proxy))
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert (found["Path"], found["Versions"]) == (module, _ASKED[module])


def test_go_refuses_what_the_bundle_does_not_have(go: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tree)
    proxy = (tmp_path / "link" / "goproxy").as_uri()
    words = [go, "list", "-m", "-versions", "github.com/kubernetes-sigs/cluster-api-provider-gcp"]
    ran = _run(words, _environment(tmp_path, GOPROXY=proxy))
    assert ran.returncode != 0 or ran.stdout.split()[1:] == []


def _served(bundle: Path, tmp_path: Path, commands: list[dict[str, Any]]) -> dict[str, Any]:
    command = [sys.executable, str(_WORKER), str(bundle), json.dumps(commands)]
    ran = _run(command, _environment(tmp_path))
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert isinstance(found, dict)
    return found


def test_go_lists_versions_from_what_is_served(go: str, bundle: Path, tmp_path: Path) -> None:
    commands = [
        {"argv": [go, "list", "-m", "-versions", "-json", module], "env": {"GOPROXY": address}}
        for module in _ASKED
        for address in ("{goproxy}", "http://{registry}")
    ]
    found = _served(bundle, tmp_path, commands)
    assert [each["status"] for each in found["said"]] == [0] * len(commands), found["said"]
    listed = {
        said["Path"]: said["Versions"] for each in found["said"] for said in (json.loads(each["stdout"]),)
    }
    assert listed == _ASKED
    assert (found["status"], found["rest"]) == (0, "")
    assert found["document"]["exit_status"] == 0


@pytest.mark.parametrize(
    ("flag", "name", "is_listed"), [("--core", "cluster-api", True), ("--addon", "helm", False)]
)
def test_clusterctl_lists_versions_from_what_is_served(
    clusterctl: Clusterctl, bundle: Path, tmp_path: Path, flag: str, name: str, is_listed: bool
) -> None:
    """clusterctl asks a module proxy at its root, whatever path the address has (peers-and-protocols B5).

    The release files themselves it takes from github.com alone, where nobody answers here, so it is ended then; the
    provider that the bundle does not have shows what it says where the listing fails.
    """
    words = ["timeout", "3", str(clusterctl.path), "generate", "provider", flag, name, "-v5"]
    environment = {"GOPROXY": "{goproxy}", "CLUSTERCTL_DISABLE_VERSIONCHECK": "true"}
    found = _served(
        bundle, tmp_path, [{"argv": words, "env": {**environment, "HTTPS_PROXY": "http://127.0.0.1:1"}}]
    )
    assert ("error using Goproxy client" not in found["said"][0]["stderr"]) is is_listed


@pytest.mark.parametrize(
    "words", ["resolve", "init --dry-run", "init list-images", "generate provider infrastructure-mine"]
)
def test_capyctl_is_bound_to_a_bundle_where_there_is_no_network(
    bundle: Path, tmp_path: Path, words: str
) -> None:
    """The machine on the other side has no configuration: it knows the user's own provider from the bundle."""
    command = [sys.executable, "-m", "capyctl", *words.split(), "--bundle", str(bundle), "-o", "json"]
    ran = _run(command, _environment(tmp_path))
    assert ran.returncode == 0, ran.stdout
    document = json.loads(ran.stdout)
    assert {each["route"] for each in document["evidence"]} == {"bundle"}
    assert "registry.example/mine:v0.1.0" in ran.stdout or words in ("resolve", "init --dry-run")
