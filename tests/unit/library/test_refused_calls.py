"""A call that cannot be meant raises where its command ends with 2, before anything is asked or written."""

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
    (partial(capyctl.describe_cluster, "a/../b"), "describe cluster a/../b"),
    (partial(capyctl.describe_cluster, "a..b"), "describe cluster a..b"),
    (partial(capyctl.describe_cluster, "a" * 254), f"describe cluster {'a' * 254}"),
    (partial(capyctl.describe_cluster, "a", namespace="b.c"), "describe cluster a -n b.c"),
    (partial(capyctl.get_kubeconfig, "A"), "get kubeconfig A"),
    (partial(capyctl.get_kubeconfig, "a", namespace="b/c"), "get kubeconfig a -n b/c"),
    (partial(capyctl.get_kubeconfig, "a", api_timeout=-1), "get kubeconfig a --api-timeout=-1"),
    (partial(capyctl.check_cluster, wait=-1), "cluster check --wait=-1"),
    (partial(capyctl.check_cluster, api_timeout=-1), "cluster check --api-timeout=-1"),
    (
        partial(capyctl.check_cluster, kubernetes_version="stable"),
        "cluster check --kubernetes-version stable",
    ),
    (partial(capyctl.plan_install, ["aws"], target_namespace="a b"), "init -i aws --dry-run -n a/b"),
    (partial(capyctl.plan_install, ["aws"], contract="1"), "init -i aws --dry-run --contract 1"),
    (partial(capyctl.install, ["aws"], target_namespace="a" * 64), f"init -i aws -n {'a' * 64}"),
    (partial(capyctl.install, ["aws"], contract="v1.2"), "init -i aws --contract v1.2"),
    (
        partial(capyctl.install, ["aws"], wait=-0.5),
        "init -i aws --wait-providers --wait-provider-timeout=-0.5",
    ),
    (partial(capyctl.install, ["aws"], api_timeout=float("nan")), "init -i aws --api-timeout nan"),
    (partial(capyctl.plan_upgrade, api_timeout=-1), "upgrade plan --api-timeout=-1"),
    (partial(capyctl.upgrade, contract="beta"), "upgrade apply --contract beta"),
    (
        partial(capyctl.upgrade, contract="v1beta2", wait=-1),
        "upgrade apply --contract v1beta2 --wait-providers --wait-provider-timeout=-1",
    ),
    (
        partial(capyctl.upgrade, contract="v1beta2", api_timeout=-1),
        "upgrade apply --contract v1beta2 --api-timeout=-1",
    ),
    (partial(capyctl.delete, api_timeout=-1), "delete --all --api-timeout=-1"),
    (partial(capyctl.resolve, ["aws"], contract="v1beta1 "), "resolve aws --contract beta"),
    (partial(capyctl.diagnose, ["aws"], contract="beta"), "diagnose-provider aws --contract beta"),
    (partial(capyctl.lock, ["aws"], contract="beta"), "lock aws --contract beta"),
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
