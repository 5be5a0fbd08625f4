"""``capyctl.lock`` and ``capyctl.check_lock`` over folders: no network, and everything that can be wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import capyctl
from capyctl.core import codes

METADATA = """\
apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Metadata
releaseSeries:
- {major: 1, minor: 2, contract: v1beta1}
"""
NEWER = f"{METADATA}- {{major: 1, minor: 3, contract: v1beta1}}\n"
COMPONENTS = "apiVersion: v1\nkind: Namespace\nmetadata: {name: acme-system}\n"
MANIFEST = "apiVersion: v1\nkind: Namespace\nmetadata: {name: cert-manager}\n"


class Site:
    """A provider and a cert-manager in folders, and the lock beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "capyctl.lock"
        self.config = folder / "clusterctl.yaml"
        self.put(
            "infrastructure-acme",
            "v1.2.0",
            {"metadata.yaml": METADATA, "infrastructure-components.yaml": COMPONENTS},
        )
        self.put("cert-manager", "v1.9.0", {"cert-manager.yaml": MANIFEST})
        acme = self.tree / "infrastructure-acme" / "latest" / "infrastructure-components.yaml"
        manifest = self.tree / "cert-manager" / "v1.9.0" / "cert-manager.yaml"
        self.config.write_text(
            f"providers:\n- {{name: acme, type: InfrastructureProvider, url: {acme}}}\n"
            f"cert-manager: {{url: {manifest}, version: v1.9.0}}\n"
        )

    @property
    def tree(self) -> Path:
        return self.folder / "tree"

    def put(self, label: str, version: str, files: dict[str, str]) -> None:
        place = self.tree / label / version
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (place / name).write_text(text)

    def lock(self, *references: str, **settings: Any) -> capyctl.LockResult:  # noqa: ANN401 - handed on
        given = {"path": self.path, "config": self.config, "offline": True, "environ": self.environ}
        return capyctl.lock(references, **{**given, **settings})

    def check(self) -> capyctl.LockCheckResult:
        return capyctl.check_lock(self.path, config=self.config, offline=True, environ=self.environ)

    @property
    def environ(self) -> dict[str, str]:
        return {"HOME": str(self.folder), "PATH": os.environ["PATH"]}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def found(result: capyctl.Result) -> set[str]:
    return {each.code.code for each in result.diagnostics}


def test_a_lock_needs_no_network_where_the_files_are_here(site: Site) -> None:
    made = site.lock("acme")
    assert (made.exit_status, found(made), made.written) == (0, set(), True)
    assert made.lock is not None
    assert site.path.read_text() == capyctl.lock_text(made.lock)
    assert capyctl.read_lock(site.path.read_bytes()) == made.lock
    (entry,) = made.lock.providers
    assert (entry.version, entry.repository.id) == ("v1.2.0", None)
    assert made.lock.cert_manager is not None
    assert made.lock.cert_manager.version == "v1.9.0"


def test_an_address_that_is_none_is_a_fault_of_a_lock(site: Site) -> None:
    site.lock("acme")
    text = site.path.read_text().replace('"url": "file:///', '"url": "https://[::1/')
    with pytest.raises(capyctl.LockError, match="is no address"):
        capyctl.read_lock(text.encode())


def test_the_same_lock_is_not_written_again(site: Site) -> None:
    first = site.lock("acme")
    again = site.lock("acme")
    assert (again.written, again.lock) == (False, first.lock)


def test_nothing_is_written_without_a_path(site: Site) -> None:
    made = site.lock("acme", path=None)
    assert made.lock is not None
    assert not made.written
    assert not site.path.exists()


def test_a_check_tells_each_change(site: Site) -> None:
    site.lock("acme")
    assert site.check().changes == ()
    site.put("infrastructure-acme", "v1.2.0", {"infrastructure-components.yaml": COMPONENTS + "# mended\n"})
    site.put(
        "infrastructure-acme",
        "v1.3.0",
        {"metadata.yaml": NEWER, "infrastructure-components.yaml": COMPONENTS},
    )
    checked = site.check()
    assert checked.exit_status == 1
    assert checked.changes is not None
    assert [each.what.value for each in checked.changes] == ["version", "file"]
    assert found(checked) == {codes.LOCK_OUTDATED.code, codes.LOCKED_BYTES_CHANGED.code}


def test_a_check_without_a_lock_has_no_answer(site: Site) -> None:
    checked = site.check()
    assert (checked.changes, found(checked), checked.exit_status) == (None, {codes.LOCK_UNREADABLE.code}, 1)


@pytest.mark.parametrize("name", ["capyctl.lock", "capyctl.lock\0", "x" * 300, "capyctl.lock/lock"])
def test_a_name_that_leads_nowhere_is_no_lock(site: Site, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name in the folder is a link to itself."""
    monkeypatch.chdir(site.folder)
    site.path.symlink_to(site.path.name)
    checked = capyctl.check_lock(name, config=site.config, offline=True, environ=site.environ)
    assert (checked.changes, found(checked), checked.exit_status) == (None, {codes.LOCK_UNREADABLE.code}, 1)
    bound = capyctl.resolve(["acme"], locked=name, config=site.config, offline=True, environ=site.environ)
    assert (found(bound), bound.exit_status) == ({codes.LOCK_UNREADABLE.code}, 1)


def test_a_spec_stands_in_the_place_of_references(site: Site) -> None:
    spec = site.folder / "spec.yaml"
    spec.write_text("format: capyctl-spec/1\nproviders:\n- {provider: infrastructure-acme, version: '1.2'}\n")
    made = site.lock(spec=spec)
    assert (found(made), made.exit_status) == (set(), 0)
    assert made.lock is not None
    assert made.lock.providers[0].requested == "1.2"


@pytest.mark.parametrize(
    "text", ["format: capyctl-spec/2\n", "format: capyctl-spec/1\nproviders: [a b]\n", None]
)
def test_a_spec_that_cannot_be_used(site: Site, text: str | None) -> None:
    spec = site.folder / "spec.yaml"
    if text is not None:
        spec.write_text(text)
    made = site.lock(spec=spec)
    assert (made.lock, found(made), made.exit_status) == (None, {codes.SPEC_UNREADABLE.code}, 1)


def test_a_spec_that_is_a_folder(site: Site) -> None:
    assert found(site.lock(spec=site.folder)) == {codes.SPEC_UNREADABLE.code}


def test_no_version_meets_the_constraint(site: Site) -> None:
    spec = site.folder / "spec.yaml"
    spec.write_text("format: capyctl-spec/1\nproviders:\n- {provider: infrastructure-acme, version: '>=2'}\n")
    made = site.lock(spec=spec)
    assert (found(made), made.exit_status) == ({codes.CONSTRAINT_UNMET.code}, 1)
    assert "v1.2.0" in made.diagnostics[0].detail
    spec.write_text("format: capyctl-spec/1\nproviders:\n- {provider: infrastructure-acme, version: '<2'}\n")
    assert found(site.lock(spec=spec)) == set()


@pytest.mark.parametrize("prepare", [Path.mkdir, lambda path: path.symlink_to("elsewhere")])
def test_only_a_file_is_replaced(site: Site, prepare: Callable[[Path], None]) -> None:
    prepare(site.path)
    assert found(site.lock("acme")) == {codes.LOCK_NOT_WRITTEN.code}


def test_a_folder_that_is_not_there(site: Site) -> None:
    made = site.lock("acme", path=site.folder / "missing" / "capyctl.lock")
    assert (made.lock, found(made), made.exit_status) == (None, {codes.LOCK_NOT_WRITTEN.code}, 1)


def test_a_lock_from_the_future(site: Site) -> None:
    made = site.lock("acme")
    assert made.lock is not None
    site.path.write_text(site.path.read_text().replace(made.lock.created_at, "2999-01-01T00:00:00Z"))
    checked = site.check()
    assert (checked.changes, found(checked)) == ((), {codes.LOCK_FROM_THE_FUTURE.code})


def test_an_update_leaves_the_rest(site: Site) -> None:
    site.lock("acme")
    before = site.path.read_text()
    site.put(
        "infrastructure-acme",
        "v1.3.0",
        {"metadata.yaml": NEWER, "infrastructure-components.yaml": COMPONENTS},
    )
    made = site.lock("cert-manager", update=True)
    assert (made.written, site.path.read_text()) == (False, before)
    made = site.lock("infrastructure-acme", update=True)
    assert made.lock is not None
    assert made.lock.providers[0].version == "v1.3.0"


def test_a_marker_that_is_none(site: Site) -> None:
    with pytest.raises(ValueError, match="newest"):
        site.lock("acme", kubernetes_versions=["newest"])


def test_a_node_image_whose_registry_cannot_be_asked_has_no_digest(site: Site) -> None:
    made = site.lock("acme", kubernetes_versions=["v1.33.0"])
    assert (found(made), made.exit_status) == ({codes.LOCK_INCOMPLETE.code}, 0)
    assert made.lock is not None
    assert made.lock.kubernetes[0].digest is None


def test_a_build_between_releases_has_no_image_to_ask_about(site: Site) -> None:
    made = site.lock("acme", kubernetes_versions=["v1.33.0-alpha.1.199+25278540780516"])
    assert found(made) == set()
    assert made.lock is not None
    assert made.lock.kubernetes[0].image == "kindest/node:v1.33.0-alpha.1.199_25278540780516"
