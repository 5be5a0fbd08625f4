"""Whose cert-manager it is and what an upgrade makes of it (clusterctl-cluster 3.4)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.cert_manager import (
    BegunCertManager,
    InstalledCertManager,
    begun_cert_manager,
    begun_note,
    cert_manager_note,
    installed_cert_manager,
)
from tests.plugins.installed_providers import cert_manager_of_clusterctl


def of_clusterctl(*versions: str | None) -> InstalledCertManager:
    """Installed with the providers, each Deployment in a version."""
    return installed_cert_manager(
        [ApiObject(cert_manager_of_clusterctl(version)) for version in versions], served=True
    )


def test_without_labelled_objects_it_is_somebody_elses_or_not_there() -> None:
    assert installed_cert_manager([], served=True) == InstalledCertManager(present=True)
    assert installed_cert_manager([], served=False) == InstalledCertManager(present=False)


@pytest.mark.parametrize(
    ("versions", "lowest"),
    [
        (("v1.16.1", "v1.17.0"), "v1.16.1"),
        ((None, "v1.17.0"), "v0.11.0"),
        (("soon",), "soon"),
    ],
)
def test_the_lowest_annotation_counts_and_a_missing_one_is_v0_11_0(
    versions: tuple[str | None, ...], lowest: str
) -> None:
    assert of_clusterctl(*versions) == InstalledCertManager(present=True, owned=True, version=lowest)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (InstalledCertManager(present=True), "not installed with the providers"),
        (of_clusterctl("v1.16.1"), "replaces it with v1.21.1"),
        (of_clusterctl("v1.21.1"), "is up to date"),
        (of_clusterctl("v1.22.0"), "newer than v1.21.1"),
        (of_clusterctl("soon"), "cannot be compared"),
    ],
)
def test_what_is_said_of_it(found: InstalledCertManager, words: str) -> None:
    note = cert_manager_note(found, "v1.21.1")
    assert note is not None
    assert words in note.detail
    assert note.code is codes.CERT_MANAGER_UPGRADE


def test_nothing_is_said_of_none() -> None:
    assert cert_manager_note(InstalledCertManager(present=False), "v1.21.1") is None


def _begun(
    *versions: str, deployments: tuple[str, ...] = (), webhook: bool = False
) -> BegunCertManager | None:
    annotation = "cert-manager.clusterctl.cluster.x-k8s.io/version"
    definitions = [
        ApiObject({"metadata": {"name": f"{number}.cert-manager.io", "annotations": {annotation: version}}})
        for number, version in enumerate(versions)
    ]
    there = [ApiObject({"metadata": {"name": name}}) for name in deployments]
    return begun_cert_manager(definitions, there, has_webhook=webhook)


def test_one_that_was_begun_is_finished_in_its_own_version() -> None:
    """clusterctl-cluster section 10, weakness 19; Namespace, definitions, the rest, webhooks: that is its order."""
    found = _begun("v1.21.1", "v1.20.0", deployments=("cert-manager",))
    assert found == BegunCertManager(
        version="v1.20.0", missing=("cert-manager-cainjector", "cert-manager-webhook")
    )
    assert "cert-manager-webhook" in begun_note(found, "v1.20.0").detail
    unversioned = _begun("latest")
    assert unversioned is not None
    assert unversioned.version is None


def test_a_whole_one_and_somebody_elses_are_left_alone() -> None:
    assert _begun("v1.21.1", webhook=True) is None
    assert _begun() is None
