"""Options that name a file to be written: one error for a name that cannot be used, and nothing is lost (ADR 40)."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from capyctl.core import codes

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Capyctl, Ended

_METADATA = (
    "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
    "releaseSeries: [{major: 1, minor: 2, contract: v1beta2}]\n"
)
_COMPONENTS = "apiVersion: v1\nkind: Namespace\nmetadata: {name: acme-system}\n"
_UNUSABLE = ("", ".", "..", "/", "folder", "missing/x", "older/x", "dangling", "loop", "new/", "n" * 256)


@pytest.fixture
def folder(capyctl: Capyctl) -> Path:
    place = capyctl.home / "tree" / "infrastructure-acme" / "v1.2.0"
    place.mkdir(parents=True)
    (place / "metadata.yaml").write_text(_METADATA)
    (place / "infrastructure-components.yaml").write_text(_COMPONENTS)
    components = capyctl.home / "tree" / "infrastructure-acme" / "latest" / "infrastructure-components.yaml"
    (capyctl.home / "c.yaml").write_text(
        f"providers:\n- {{name: acme, type: InfrastructureProvider, url: {components}}}\n"
    )
    made = capyctl.home / "made"
    made.mkdir()
    (made / "folder").mkdir()
    (made / "older").write_text("older")
    (made / "dangling").symlink_to("gone")
    (made / "loop").symlink_to("loop")
    return made


def named(folder: Path, name: str) -> str:
    return name if name in ("", ".", "..", "/") else f"{folder}/{name}"


def generated(capyctl: Capyctl, path: str) -> Ended:
    config = str(capyctl.home / "c.yaml")
    words = ("generate", "provider", "infrastructure-acme", "--offline", "--no-cache", "--config", config)
    return capyctl(*words, "--write-to", path)


def rehearsed(capyctl: Capyctl, path: str, child: str = "print('ran')") -> Ended:
    return capyctl("lab", "run", "sound", "--report", path, "--", sys.executable, "-c", child)


def kinds(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IFMT(path.lstat().st_mode) for path in folder.iterdir()}


@pytest.mark.parametrize("name", _UNUSABLE)
@pytest.mark.parametrize("run", [generated, rehearsed])
def test_a_name_that_cannot_be_used_is_one_error(
    capyctl: Capyctl, folder: Path, run: object, name: str
) -> None:
    before = kinds(folder)
    assert callable(run)
    ended = run(capyctl, named(folder, name))
    code = codes.FILE_NOT_WRITTEN if name else codes.USAGE
    assert (ended.status, ended.stdout) == (1 if name else 2, "")
    assert ended.stderr.count("error[") == ended.stderr.count(f"error[{code.code}]") == 1
    assert (kinds(folder), (folder / "older").read_text()) == (before, "older")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("run", [generated, rehearsed])
def test_a_full_disk_is_the_error_of_a_missing_folder(capyctl: Capyctl, run: object) -> None:
    """No setting is wrong: the file cannot be written, and the system's word for it is given."""
    assert callable(run)
    ended = run(capyctl, "/dev/full")
    assert ended.status == 1
    assert ended.stderr.count("error[") == ended.stderr.count(f"error[{codes.FILE_NOT_WRITTEN.code}]") == 1
    assert "/dev/full cannot be written: No space left on device." in ended.stderr


@pytest.mark.parametrize("name", ["older", "new", "n" * 255])
def test_a_name_that_can_be_used_is_written(capyctl: Capyctl, folder: Path, name: str) -> None:
    assert generated(capyctl, named(folder, name)).status == 0
    assert (folder / name).read_text().startswith("apiVersion: v1\n")
    ended = rehearsed(capyctl, named(folder, name))
    assert (ended.status, ended.stdout, ended.stderr) == (0, "ran\n", "")
    assert (folder / name).read_text().startswith("lab: the command ended")


def test_a_report_that_cannot_be_kept_is_told_on_stderr(capyctl: Capyctl, folder: Path) -> None:
    """The child itself takes the folder away; its own status stays where that says more."""
    lost, new = folder / "lost", folder / "lost" / "report"
    for status in (0, 7):
        lost.mkdir()
        child = f"import os, sys; os.rmdir({str(lost)!r}); sys.exit({status})"
        ended = rehearsed(capyctl, str(new), child)
        assert ended.status == (status or 1)
        assert ended.stderr.startswith("lab: the command ended")
        assert ended.stderr.count("error[") == 1


def test_a_run_that_does_not_begin_leaves_no_report(capyctl: Capyctl, folder: Path) -> None:
    assert capyctl("lab", "run", "nowhere", "--report", str(folder / "new"), "--", "true").status == 1
    assert not (folder / "new").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_components_go_into_a_pipe_that_is_read(capyctl: Capyctl, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert generated(capyctl, str(folder / "pipe")).status == 1
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert generated(capyctl, str(folder / "pipe")).status == 0
    assert os.read(reader, 10_000).startswith(b"apiVersion: v1\n")
    os.close(reader)
