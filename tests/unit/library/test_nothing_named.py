"""A call that names nothing raises where its command ends with 2, before anything is asked or written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import capyctl
from capyctl.library import serving

GOOD = b"a lock that stays\n"

_Call = Callable[[], object]

CALLS: list[tuple[_Call, str]] = [
    (partial(capyctl.resolve, []), "resolve"),
    (capyctl.resolve, "resolve"),
    (partial(capyctl.resolve, iter(())), "resolve"),
    (partial(capyctl.resolve, [], locked=""), "resolve --locked="),
    (partial(capyctl.resolve, [], bundle=""), "resolve --bundle="),
    (partial(capyctl.resolve, ["aws"], locked=""), "resolve aws --locked="),
    (partial(capyctl.diagnose, []), "diagnose-provider"),
    (partial(capyctl.versions, []), "versions"),
    (partial(capyctl.lock, []), "lock"),
    (capyctl.lock, "lock"),
    (partial(capyctl.lock, [], update=True), "lock --update"),
    (partial(capyctl.lock, [], kubernetes_versions=[]), "lock"),
    (
        partial(capyctl.lock, [], image_digests=True, contract="v1beta1"),
        "lock --image-digests --contract v1beta1",
    ),
    (partial(capyctl.lock, ["aws"], spec="spec.yaml"), "lock aws --from spec.yaml"),
    (partial(capyctl.lock, update=True, spec="spec.yaml"), "lock --update --from spec.yaml"),
    (partial(capyctl.resolve_kubernetes_version, ""), "kubernetes-version resolve"),
    (partial(capyctl.create_bundle, "b.tar", locked=""), "bundle create b.tar --locked="),
    (partial(capyctl.create_bundle, "", locked="capyctl.lock"), 'bundle create "" --locked capyctl.lock'),
    (partial(capyctl.upgrade), "upgrade apply"),
    (partial(capyctl.upgrade, locked=""), "upgrade apply --locked="),
    (partial(capyctl.delete, []), "delete"),
    (partial(capyctl.describe_cluster, ""), 'describe cluster ""'),
    (partial(capyctl.get_kubeconfig, ""), 'get kubeconfig ""'),
    (partial(capyctl.resolve, ["aws"], deadline=-1), "resolve aws --deadline=-1"),
    (partial(capyctl.resolve, ["aws"], deadline=0), "resolve aws --deadline 0"),
    (partial(capyctl.lock, ["aws"], deadline=-1), "lock aws --deadline=-1"),
    (partial(capyctl.check_lock, deadline=-0.5), "lock --check --deadline=-0.5"),
    (partial(capyctl.check_cluster, deadline=float("nan")), "cluster check --deadline nan"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "capyctl.lock").write_bytes(GOOD)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("call", "words"), CALLS, ids=[f"{i}-{each[1]}" for i, each in enumerate(CALLS)])
def test_it_raises_where_the_command_line_is_refused(
    call: _Call, words: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(request: object) -> Any:  # noqa: ANN401 - it never returns
        raise AssertionError(request)

    monkeypatch.setattr(serving, "open_world", opened)
    with pytest.raises(ValueError, match=r"[a-z]"):
        call()
    given = [word.strip('"') for word in words.split(" ")]
    done = subprocess.run(
        [sys.executable, "-m", "capyctl", *given, "--offline"],
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr.decode()
    assert {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()} == {
        "capyctl.lock": GOOD
    }


def test_a_plan_needs_no_name() -> None:
    """``init`` without a reference is about the core and kubeadm."""
    found = capyctl.plan_install(offline=True, environ={"HOME": "/nowhere"})
    assert [each.key.manifest_label for each in found.providers] == [
        "cluster-api",
        "bootstrap-kubeadm",
        "control-plane-kubeadm",
    ]
