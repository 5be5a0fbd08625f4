"""Calls of the library that are bound to a lock: the same answers as the commands', without a network."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

import capyctl
from capyctl.core.lock import Lock, LockedFile, LockedProvider, LockedRepository
from capyctl.core.lock_text import lock_text

LABEL, TAG = "infrastructure-mine", "v1.0.0"
COMPONENTS = "infrastructure-components.yaml"
_FILES = {
    "metadata.yaml": (
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
        "releaseSeries: [{major: 1, minor: 0, contract: v1beta2}]\n"
    ),
    COMPONENTS: "apiVersion: v1\nkind: Namespace\nmetadata: {name: mine-system}\n",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A tree with two versions of one provider, and a lock of the older one."""
    for tag in (TAG, "v1.0.1"):
        folder = tmp_path / "tree" / LABEL / tag
        folder.mkdir(parents=True)
        for name, text in _FILES.items():
            (folder / name).write_text(text)
    url = f"{tmp_path}/tree/{LABEL}/latest/{COMPONENTS}"
    row = {"name": "mine", "type": "InfrastructureProvider", "url": url}
    (tmp_path / "c.yaml").write_text(json.dumps({"providers": [row]}))
    files = {
        name: LockedFile(
            url=(tmp_path / "tree" / LABEL / TAG / name).as_uri(),
            sha256=hashlib.sha256(text.encode()).hexdigest(),
            size=len(text),
        )
        for name, text in _FILES.items()
    }
    entry = LockedProvider(
        provider=LABEL,
        requested=None,
        version=TAG,
        contract="v1beta2",
        repository=LockedRepository(name=url, id=None, url=url),
        files=files,
        images=(),
    )
    lock = Lock(capyctl="0.1.0", created_at="2026-11-01T12:00:00Z", providers=(entry,))
    (tmp_path / "capyctl.lock").write_text(lock_text(lock))
    return tmp_path


def resolved(home: Path, *references: str, locked: bool = True) -> capyctl.ResolveResult:
    """What the library says."""
    return capyctl.resolve(
        references,
        config=home / "c.yaml",
        locked=home / "capyctl.lock" if locked else None,
        offline=True,
        environ={"HOME": str(home)},
    )


def test_without_a_reference_it_is_all_that_the_lock_has(home: Path) -> None:
    found = resolved(home)
    assert [(each.key.manifest_label, each.version) for each in found.providers] == [(LABEL, TAG)]
    assert ({each.route for each in found.evidence}, int(found.exit_status)) == ({"lock", "local"}, 0)
    free = resolved(home, LABEL, locked=False)
    assert [each.version for each in free.providers] == ["v1.0.1"]


def test_a_local_tree_with_other_bytes_is_refused(home: Path) -> None:
    (home / "tree" / LABEL / TAG / COMPONENTS).write_text("kind: Namespace\n")
    found = resolved(home)
    assert [each.code.name for each in found.errors] == ["locked-file-differs"]
    assert [each.version for each in found.providers] == [None]
    (home / "tree" / LABEL / TAG / COMPONENTS).unlink()
    assert [each.code.name for each in resolved(home).errors] == ["locked-file-gone"]


def test_the_commands_of_fixes_name_the_lock(home: Path) -> None:
    (error,) = resolved(home, f"{LABEL}:v1.0.1").errors
    commands = [shlex.split(each.command) for each in error.fixes if each.command]
    assert any(each[each.index("--locked") + 1] == str(home / "capyctl.lock") for each in commands)


def test_a_plan_is_bound_too(home: Path) -> None:
    """The lock has no cert-manager, and an installation brings one."""
    found = capyctl.plan_install(
        config=home / "c.yaml", locked=home / "capyctl.lock", offline=True, environ={"HOME": str(home)}
    )
    assert [(each.code.name, each.subject.provider) for each in found.errors] == [
        ("not-in-lock", "cert-manager")
    ]
    assert (found.providers, found.images) == ((), ())


@pytest.mark.parametrize(
    "call",
    [
        lambda settings: capyctl.install(**settings),
        lambda settings: capyctl.plan_upgrade(**settings),
        lambda settings: capyctl.upgrade(**settings),
    ],
    ids=["install", "plan_upgrade", "upgrade"],
)
def test_a_lock_that_is_not_there_is_told_before_a_cluster_is_looked_for(
    home: Path, call: Callable[[dict[str, object]], capyctl.Result]
) -> None:
    settings = {
        "locked": home / "missing.lock",
        "kubeconfig": home / "missing",
        "environ": {"HOME": str(home)},
    }
    found = call(settings)
    assert [each.code.name for each in found.errors] == ["lock-unreadable"]
    assert int(found.exit_status) == 1
