"""``nox -s snapshot`` from the network: run as nox runs it, in a world whose every tag is known."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

import capyctl
from capyctl.adapters.snapshot import SIZE_LIMIT, SnapshotSource, decode_snapshot
from capyctl.adapters.snapshot_build import SnapshotIncompleteError
from capyctl.config.environment import read_environment
from capyctl.core.location import GitHubReleases
from capyctl.lab.content import Content, metadata_yaml
from capyctl.lab.lab import Lab
from capyctl.lab.world import Fault, FaultKind, Quota, Release, Repository, World
from capyctl.wiring.snapshot_refresh import snapshot_from_network
from tests.plugins.lab_fixture import OpenLab

_DAY = "2026-11-22"
_FORMER, _TODAY = (
    "kubernetes-sigs/cluster-api-provider-nested",
    "kubernetes-retired/cluster-api-provider-nested",
)
"""A repository whose former name stands in the built-in table (F17)."""

_ONE, _TWO = metadata_yaml([("1.0", "v1beta1")]), metadata_yaml([("0.1", "v1alpha4")])
_CAPX = Repository(
    name="acme/capx",
    releases=(
        Release(tag="v1.0.0", files={"metadata.yaml": Content(data=_ONE)}),
        Release(tag="v1.1.0", files={"infrastructure-components.yaml": Content(data=b"kind: Namespace")}),
        Release(tag="v1.2.0", files={"metadata.yaml": Content(data=_ONE)}, draft=True),
        Release(tag="v1.3.0-rc.1", files={"metadata.yaml": Content(data=_ONE)}, prerelease=True),
    ),
    tags=("v1.0.1", "api/v1.0.0", "nightly"),
)
_NESTED = Repository(
    name=_TODAY,
    formerly=(_FORMER,),
    releases=(Release(tag="v0.1.0", files={"metadata.yaml": Content(data=_TWO)}),),
)
_WORLD = World(repositories=(_CAPX, _NESTED), quota=Quota(remaining=0))
_EXPECTED: dict[str, dict[str, bytes | None]] = {
    "acme/capx": {"v1.0.0": _ONE, "v1.0.1": None, "v1.1.0": None, "v1.2.0": None, "v1.3.0-rc.1": _ONE},
    _TODAY: {"v0.1.0": _TWO},
}
"""A draft's files are nobody's yet; what is no version is not in a snapshot."""

_TABLE = f"""\
format: capyctl-providers/1
providers:
- name: capx
  type: InfrastructureProvider
  url: https://github.com/acme/capx/releases/latest/infrastructure-components.yaml
- name: nested
  type: InfrastructureProvider
  url: https://github.com/{_FORMER}/releases/latest/infrastructure-components.yaml
- name: nested
  type: ControlPlaneProvider
  url: https://github.com/{_FORMER}/releases/latest/control-plane-components.yaml
"""


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "table.yaml"
    path.write_text(_TABLE)
    return str(path)


def _variables(opened: Lab) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **opened.environment}


def _made(opened: Lab, table: str) -> bytes:
    return snapshot_from_network(read_environment(_variables(opened)), table, _DAY)


def _refresh(opened: Lab, folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "capyctl.wiring.snapshot_refresh", *words],
        env={**_variables(opened), "HOME": str(folder), **variables},
        cwd=Path(capyctl.__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _faulty(*faults: Fault) -> World:
    return replace(_WORLD, faults=faults)


def test_the_chore_writes_what_the_world_has(lab: OpenLab, tmp_path: Path, table: str) -> None:
    """The user's own providers and a command's settings change nothing: this goes into the package."""
    configured = tmp_path / ".config" / "cluster-api" / "clusterctl.yaml"
    configured.parent.mkdir(parents=True)
    configured.write_text(
        "providers:\n- {name: mine, type: AddonProvider, url: https://github.com/me/mine/releases/latest/a.yaml}\n"
    )
    target = tmp_path / "made.bin"
    target.write_bytes(b"older")
    done = _refresh(
        lab(_WORLD), tmp_path, "--providers", table, "--output", str(target),
        CAPYCTL_OFFLINE="1", GOPROXY="off", CAPYCTL_GOPROXY_OFF="strict",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    data = target.read_bytes()
    assert done.stdout == f"{target}: {len(data)} bytes\n"
    made = decode_snapshot(data)
    assert {each.full_name: each.tags for each in made.repositories.values()} == _EXPECTED
    assert {each.day for each in made.repositories.values()} == {made.day}
    assert not target.with_name("made.bin.new").exists()


def test_the_same_world_and_day_give_the_same_bytes(lab: OpenLab, table: str) -> None:
    first, second = _made(lab(_WORLD), table), _made(lab(_WORLD), table)
    assert first == second
    assert decode_snapshot(first).day == _DAY


def test_a_renamed_repository_is_found_under_both_names(lab: OpenLab, table: str) -> None:
    data = _made(lab(_WORLD), table)
    source = SnapshotSource(lambda: data, {_FORMER: _TODAY, _TODAY: _TODAY})
    for name in (_FORMER, _TODAY):
        owner, _, repository = name.partition("/")
        place = GitHubReleases(
            host="github.com", api_base="https://api.github.com", owner=owner, name=repository,
            channel="latest", components_file="c.yaml",
        )  # fmt: skip
        assert source.file(place, "v0.1.0", "metadata.yaml").value.data == _TWO


def test_each_file_is_asked_for_once_and_nothing_costs_quota(lab: OpenLab, table: str) -> None:
    opened = lab(_WORLD)
    _made(opened, table)
    asked = [
        each.path for each in opened.requests if each.path.endswith("/metadata.yaml") and not each.follows
    ]
    assert sorted(asked) == sorted(
        f"/{name}/releases/download/{tag}/metadata.yaml"
        for name, tags in (("acme/capx", _EXPECTED["acme/capx"]), (_FORMER, _EXPECTED[_TODAY]))
        for tag in tags
    )
    assert [each for each in opened.requests if each.host == "api.github.com"] == []


def test_a_source_that_fails_is_named_and_the_older_snapshot_stays(
    lab: OpenLab, tmp_path: Path, table: str
) -> None:
    """Nothing is made from half the world: a provider that is left out would look as if it had no versions."""
    target = tmp_path / "made.bin"
    target.write_bytes(b"older")
    gone = Fault(kind=FaultKind.STATUS, status=503, path="*nested.git/info/refs")
    spoiled = Fault(kind=FaultKind.STATUS, status=500, path="/acme/capx/releases/download/v1.0.0/*")
    done = _refresh(lab(_faulty(gone, spoiled)), tmp_path, "--providers", table, "--output", str(target))
    assert (done.returncode, done.stdout, target.read_bytes()) == (1, "", b"older")
    first, *lines = done.stderr.splitlines()
    assert first == f"error: no snapshot was made; {target} is as it was"
    assert [line.strip().partition(":")[0] for line in lines] == ["acme/capx", _TODAY]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.bin", "table.yaml"]


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (Fault(kind=FaultKind.PORTAL, path="*/v1.0.0/metadata.yaml"), "acme/capx"),
        (Fault(kind=FaultKind.TRUNCATED, repository=_TODAY, file="metadata.yaml"), _TODAY),
        (Fault(kind=FaultKind.REFUSED, host="release-assets.githubusercontent.com"), "acme/capx"),
    ],
    ids=["portal", "truncated", "refused"],
)
def test_a_bad_answer_is_no_absence(lab: OpenLab, table: str, fault: Fault, name: str) -> None:
    with pytest.raises(SnapshotIncompleteError) as failed:
        _made(lab(_faulty(fault)), table)
    assert name in {failure.partition(":")[0] for failure in failed.value.failures}


def test_without_the_web_host_s_references_the_api_tells_the_tags(lab: OpenLab, table: str) -> None:
    fault = Fault(kind=FaultKind.STATUS, status=503, path="*/info/refs")
    made = decode_snapshot(_made(lab(replace(_faulty(fault), quota=Quota())), table))
    assert {each.full_name: each.tags for each in made.repositories.values()} == _EXPECTED


def test_a_snapshot_too_large_to_embed_is_refused_and_the_older_one_stays(
    lab: OpenLab, tmp_path: Path, table: str
) -> None:
    """Digests do not compress to less than half; as many as it takes, in files of a size that is accepted."""
    count = SIZE_LIMIT // (32 * 10_000) + 1
    releases = tuple(
        Release(tag=f"v2.0.{number}", files={"metadata.yaml": Content(data=_noise(number))})
        for number in range(count)
    )
    world = replace(_WORLD, repositories=(replace(_CAPX, releases=releases), _NESTED))
    target = tmp_path / "made.bin"
    target.write_bytes(b"older")
    done = _refresh(lab(world), tmp_path, "--providers", table, "--output", str(target))
    assert (done.returncode, target.read_bytes()) == (1, b"older")
    assert f"at most {SIZE_LIMIT} may be embedded" in done.stderr


def _noise(number: int) -> bytes:
    digests = (hashlib.sha256(f"{number} {line}".encode()).hexdigest() for line in range(10_000))
    return "".join(f"# {digest}\n" for digest in digests).encode()


def test_a_provider_that_no_snapshot_can_hold_is_named(lab: OpenLab, tmp_path: Path, table: str) -> None:
    path = Path(table)
    url = "https://files.example/addon-elsewhere/v1.0.0/a.yaml"
    path.write_text(f"{_TABLE}- {{name: elsewhere, type: AddonProvider, kind: https, url: '{url}'}}\n")
    opened = lab(_WORLD)
    done = _refresh(opened, tmp_path, "--providers", table, "--output", str(tmp_path / "made.bin"))
    assert (done.returncode, opened.requests) == (1, ())
    assert "addon-elsewhere: not on github.com" in done.stderr


def test_every_provider_of_the_built_in_table_is_asked_for(lab: OpenLab) -> None:
    """The world has none of them: each is named as failed, and none is left out."""
    with pytest.raises(SnapshotIncompleteError) as failed:
        snapshot_from_network(read_environment(_variables(lab(World()))))
    named = {failure.partition(":")[0] for failure in failed.value.failures}
    assert {_TODAY, "kubernetes-sigs/cluster-api", "kubernetes-sigs/cluster-api-provider-aws"} <= named
    assert len(named) == len(failed.value.failures)
