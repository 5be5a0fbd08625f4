"""A lock, a bundle of it, and a run on another machine, by the library alone: no network anywhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import capyctl

_METADATA = (
    "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
    "releaseSeries:\n- {major: 1, minor: 2, contract: v1beta1}\n"
)
_COMPONENTS = "apiVersion: v1\nkind: Namespace\nmetadata: {name: acme-system}\n"
_MANIFEST = "apiVersion: v1\nkind: Namespace\nmetadata: {name: cert-manager}\n"
_ACME = "infrastructure-acme"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A provider and a cert-manager in folders."""
    files = {
        f"tree/{_ACME}/v1.2.0/metadata.yaml": _METADATA,
        f"tree/{_ACME}/v1.2.0/infrastructure-components.yaml": _COMPONENTS,
        "tree/cert-manager/v1.9.0/manifest.yaml": _MANIFEST,
        "clusterctl.yaml": (
            "providers:\n- name: acme\n  type: InfrastructureProvider\n"
            f"  url: {tmp_path}/tree/{_ACME}/latest/infrastructure-components.yaml\n"
            f"cert-manager: {{version: v1.9.0, url: {tmp_path}/tree/cert-manager/v1.9.0/manifest.yaml}}\n"
        ),
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def _environment(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}


def _bundle(site: Path) -> Path:
    environ, config = _environment(site), site / "clusterctl.yaml"
    made = capyctl.lock(_ACME, config=config, path=site / "capyctl.lock", offline=True, environ=environ)
    assert made.errors == ()
    path = site / "site.tar"
    created = capyctl.create_bundle(
        path, locked=site / "capyctl.lock", config=config, offline=True, environ=environ
    )
    assert (created.exit_status, created.errors) == (capyctl.ExitStatus.DONE, ())
    assert created.bundle is not None
    assert created.bundle.lock == made.lock
    assert capyctl.verify_bundle(path).bundle == created.bundle
    return path


def test_a_bundle_is_all_that_another_machine_needs(
    site: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = _bundle(site)
    there = tmp_path_factory.mktemp("there")
    bundle = shutil.move(path, there / "site.tar")
    shutil.rmtree(site)
    found = capyctl.resolve(bundle=bundle, environ=_environment(there))
    assert (found.exit_status, found.diagnostics) == (capyctl.ExitStatus.DONE, ())
    assert [(each.key.manifest_label, each.version) for each in found.providers] == [(_ACME, "v1.2.0")]
    assert {each.route for each in found.evidence} == {"bundle"}
    plan = capyctl.plan_install(bundle=bundle, environ=_environment(there))
    assert (plan.exit_status, plan.diagnostics) == (capyctl.ExitStatus.DONE, ())


def test_what_is_wrong_is_told_and_no_bundle_is_there(site: Path) -> None:
    path = _bundle(site)
    path.write_bytes(path.read_bytes()[:-1])
    found = capyctl.verify_bundle(path)
    assert (found.bundle, found.exit_status) == (None, capyctl.ExitStatus.PROBLEMS)
    assert [each.code.name for each in found.errors] == ["bundle-unreadable"]
    missing = capyctl.create_bundle(path, locked=site / "none.lock", environ=_environment(site))
    assert (missing.bundle, [each.code.name for each in missing.errors]) == (None, ["lock-unreadable"])


def test_a_lock_and_a_bundle_exclude_each_other(site: Path) -> None:
    with pytest.raises(ValueError, match="exclude each other"):
        capyctl.resolve(bundle=site / "a", locked=site / "b", environ=_environment(site))
