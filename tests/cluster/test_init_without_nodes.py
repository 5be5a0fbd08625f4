"""A cluster in which nothing can run: cert-manager never becomes ready, and the first broken link is named (F61)."""

from __future__ import annotations

from pathlib import Path

from tests.cluster.provider_cluster import ProviderCluster, severities
from tests.plugins.running_cluster import ControlPlane

_SHORT = {".config/cluster-api/clusterctl.yaml": "cert-manager: {timeout: 2s}\n"}


def test_the_first_broken_link_is_named_and_the_run_is_partial(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    """Near miss: every installation of test_init.py, on a cluster with a node."""
    cluster = ProviderCluster(plane=control_plane, home=tmp_path)
    played = cluster.capyctl("init", "-i", "aws", files=_SHORT)
    assert (played.status, played.document["status"]) == (4, "partial")
    found = severities(played)
    assert (found["cert-manager-not-ready"], found["broken-off"]) == ("error", "error")
    assert played.roots[0]["name"] == "cert-manager-not-ready"
    assert "no nodes" in played.roots[0]["detail"]
    assert played.document["result"]["applied"]
    checked = cluster.capyctl("cluster", "check")
    assert severities(checked)["installation-interrupted"] == "warning"
