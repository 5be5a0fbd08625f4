"""A run never writes one of its own files over another one (ADR 40)."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from capyctl.cli.command_table import COMMANDS
from capyctl.cli.declare import WRITERS
from capyctl.cli.group import load_command
from capyctl.cli.named_files import PARAMETERS, label_of, role_of
from capyctl.core import codes

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Capyctl

_CLASHES = (
    "lock cluster-api --record capyctl.lock",
    "lock --check --record capyctl.lock",
    "lock --check --record ./d/../capyctl.lock",
    "lock --from capyctl.lock",
    "lock --from f --record f",
    "resolve --locked capyctl.lock --record capyctl.lock",
    "resolve --locked f --record link",
    "resolve --locked f --record hard",
    "resolve --locked link --record f",
    "resolve --bundle f --record f",
    "--record f resolve --locked f",
    "resolve cluster-api --config f --record f",
    "resolve cluster-api --providers f --record=f",
    "resolve cluster-api --ca-file f --record f",
    "explain --config f --record f",
    "bundle create f --locked capyctl.lock --record f",
    "bundle create f --locked f",
    "bundle create link --locked f",
    "bundle create new.tar --locked capyctl.lock --record new.tar",
    "bundle verify f --record f",
    "bundle serve f --record f",
    "bundle push f oci://registry.example/x --record f",
    "generate provider cluster-api --locked f --write-to f",
    "generate provider --bundle f --write-to f",
    "generate provider --core cluster-api --write-to f --record f",
    "generate provider --core cluster-api --write-to new.yaml --record ./new.yaml",
    "generate provider cluster-api --locked f --write-to f --config g --record g",
    "kubernetes-version resolve stable --env-file f --record f",
    "kubernetes-version resolve --e2e-config f --record f",
    "kubernetes-version resolve --e2e-config f --env-file f",
    "kubernetes-version resolve stable --record capyctl.lock",
    "kubernetes-version image v1.33.0 --record capyctl.lock",
    "cluster check --kubeconfig f --record f",
    "upgrade plan --out f --record f",
    "upgrade plan --out f --kubeconfig f",
    "upgrade apply --plan f --record f",
    "lab run sound --report f --record f -- true",
    "lab run scenario.yaml --record scenario.yaml -- true",
    "replay f --record f",
    "resolve cluster-api --record .config/cluster-api/clusterctl.yaml",
    "cluster check --record .kube/config",
    # Words that are not understood, and help, which ends before a command is looked at.
    "resolve --locked f --record f --nonsense",
    "resolve --locked=f --record f -o xml",
    "reslove --bundle f --record hard",
    "bundle verify --record f f f",
    "lock --nonsense --record capyctl.lock",
    "cluster check --nonsense --record .kube/config",
    "resolve --locked f --record f --help",
)
_NEAR = (
    "resolve --locked f --record new.json",
    "resolve --locked f --record other/f",
    "resolve cluster-api --offline --record cluster-api",
    "resolve cluster-api --offline --record capyctl.lock",
    "resolve cluster-api --offline --record .kube/config",
    "resolve cluster-api --offline --config f --record .config/cluster-api/clusterctl.yaml",
    "cluster check --kubeconfig f --record .kube/config",
    "kubernetes-version resolve v1.33.0 --env-file f --record g",
    "lab run sound --report new --record sound -- true",
    "generate provider cluster-api --offline --write-to - --record ./-",
    "bundle verify f --record g",
    "replay f --record g",
    "explain --record f",
    "explain CAPY0205 --record f --record g",
)


@pytest.fixture
def folder(capyctl: Capyctl, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of every name above, in the home folder that is the current one too."""
    monkeypatch.chdir(capyctl.home)
    names = ("f", "g", "capyctl.lock", "scenario.yaml", ".kube/config", ".config/cluster-api/clusterctl.yaml")
    for name in names:
        path = capyctl.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("providers: []\n")
    (capyctl.home / "d").mkdir()
    (capyctl.home / "other").mkdir()
    (capyctl.home / "link").symlink_to("f")
    (capyctl.home / "hard").hardlink_to("f")
    return capyctl.home


def contents(folder: Path) -> dict[str, str]:
    # The cache may be made by a run that goes on; it is none of the files that are named.
    found = (path for path in folder.rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {str(path.relative_to(folder)): path.read_text() for path in found}


@pytest.mark.parametrize("line", _CLASHES)
def test_a_file_of_the_run_is_not_written_over_another_one(capyctl: Capyctl, folder: Path, line: str) -> None:
    before = contents(folder)
    ended = capyctl(*shlex.split(line))
    assert (ended.status, ended.stdout) == (2, "")
    assert ended.stderr.count("error[") == ended.stderr.count(f"error[{codes.USAGE.code}]") == 1
    assert "would take the place" in " ".join(ended.stderr.split())
    assert contents(folder) == before


@pytest.mark.parametrize("line", _NEAR)
def test_other_files_are_written_as_before(capyctl: Capyctl, folder: Path, line: str) -> None:
    words = shlex.split(line)
    record = words[len(words) - words[::-1].index("--record")]
    assert capyctl(*words).status in (0, 1, 3)
    assert (folder / record).read_text().startswith("{")


def test_the_files_of_the_variables_are_files_of_the_run(capyctl: Capyctl, folder: Path) -> None:
    before = contents(folder)
    listed = os.pathsep.join(("missing", "f"))
    assert capyctl("cluster", "check", "--record", "f", KUBECONFIG=listed).status == 2
    assert capyctl("resolve", "cluster-api", "--record", "f", CAPYCTL_PROVIDERS="f").status == 2
    assert contents(folder) == before
    assert capyctl("cluster", "check", "--record", ".kube/config", KUBECONFIG=listed).status != 2


def test_a_record_that_is_refused_leaves_the_other_files_and_is_told_as_json(
    capyctl: Capyctl, folder: Path
) -> None:
    ended = capyctl("replay", "f", "--record", "f", "-o", "json")
    assert (ended.status, ended.document["status"]) == (2, "usage")
    assert [each["code"] for each in ended.document["diagnostics"]] == [codes.USAGE.code]
    assert (folder / "f").read_text() == "providers: []\n"


@pytest.mark.skipif(not Path("/dev/stderr").exists(), reason="no such device here")
def test_a_device_may_be_named_twice(capyctl: Capyctl, folder: Path) -> None:
    words = ("lab", "run", "sound", "--report", "/dev/stderr", "--record", "/dev/stderr", "--", "true")
    assert capyctl(*words).status == 0
    assert folder.is_dir()


def test_an_env_file_is_added_to_again(capyctl: Capyctl, folder: Path) -> None:
    for _ in range(2):
        words = ("kubernetes-version", "resolve", "v1.33.0", "--offline", "--env-file", "f")
        assert capyctl(*words).status == 0
    assert (folder / "f").read_text().count("KUBERNETES_VERSION=v1.33.0\n") == 2


def test_every_parameter_that_names_a_file_says_what_is_done_to_it() -> None:
    """So a new option cannot be forgotten, and a command that writes is looked at."""
    labels, writers = set(), {"lock"}
    for words in COMMANDS:
        command = " ".join(words)
        for each in load_command(words).params:
            label = label_of(each)
            role = role_of(command, label)
            if each.metavar in ("FILE", "LOCK"):
                assert role is not None, (command, label)
            labels |= {f"{command} {label}", label} & set(PARAMETERS)
            writers |= {command} if role and label != "--record" else set()
    assert labels == set(PARAMETERS)
    assert writers == WRITERS
