"""``upgrade plan`` of eight providers, the internet at 50 ms, beside clusterctl on the same cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.measuring import Command, in_sequence, interleaved
from benchmarks.network import lab_of
from benchmarks.table import Row
from benchmarks.worlds import real_size
from tests.plugins.api_proxy import ApiProxy, open_api_proxy
from tests.plugins.control_plane import open_control_plane
from tests.plugins.installed_providers import clusters_definition, inventory_definition, provider_entry
from tests.plugins.running_cluster import ControlPlane

_ROUND_TRIP = 0.05
_TIME, _REQUESTS = 0.5, 0.2
_INSTALLED = {
    "cluster-api": "v1.13.5",
    "bootstrap-kubeadm": "v1.13.5",
    "control-plane-kubeadm": "v1.13.5",
    "infrastructure-aws": "v2.9.3",
    "infrastructure-azure": "v1.25.1",
    "bootstrap-k0sproject-k0smotron": "v1.10.8",
    "addon-helm": "v0.6.3",
    "ipam-in-cluster": "v1.0.2",
}


def upgrade_rows(installation: Installation, clusterctl: str, rounds: int) -> Iterator[Row]:
    """Time, and what each asks of the API server and of the internet."""
    with (
        tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as folder,
        open_control_plane(Path(folder)) as plane,
        lab_of(real_size(round_trip=_ROUND_TRIP)) as (lab, environment),
    ):
        _record(plane)
        kubeconfig = str(plane.kubeconfig(Path(folder) / "kubeconfig"))
        ours, theirs = (
            Command(words=(program, "upgrade", "plan", "--kubeconfig", kubeconfig), environment=environment)
            for program in (installation.capyctl, clusterctl)
        )
        found = interleaved({"ours": in_sequence([ours]), "theirs": in_sequence([theirs])}, rounds)
        yield Row(
            what="upgrade plan, 8 providers, 50 ms",
            ours=found["ours"].seconds,
            beside=found["theirs"].seconds,
            unit="s",
            other="clusterctl",
            goal=_TIME,
        )
        with open_api_proxy(plane, Path(folder)) as proxy:
            asked = []
            for program in (installation.capyctl, clusterctl):
                before = len(lab.requests)
                api = _asked(proxy, program, environment)
                internet = [record for record in lab.requests[before:] if record.method != "CONNECT"]
                asked.append((api, len(internet)))
    (our_api, our_internet), (their_api, their_internet) = asked
    what = "the same, requests to the API server"
    yield Row(what=what, ours=our_api, beside=their_api, unit="requests", other="clusterctl", goal=_REQUESTS)
    what = "the same, requests to the internet"
    yield Row(what=what, ours=our_internet, beside=their_internet, unit="requests", other="clusterctl")


def _asked(proxy: ApiProxy, program: str, environment: dict[str, str]) -> int:
    proxy.forget()
    words = (program, "upgrade", "plan", "--kubeconfig", str(proxy.kubeconfig()))
    Command(words=words, environment=environment).run()
    return len(proxy.seen)


def _record(plane: ControlPlane) -> None:
    plane.client.establish(inventory_definition(), clusters_definition())
    for label, version in _INSTALLED.items():
        plane.client.namespace(f"{label}-system")
        plane.client.apply(provider_entry(label, version, f"{label}-system"))
