"""``init`` on a real cluster as a process that can be killed, and the state that it leaves, made comparable."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from capyctl.lab.run import child_environment, furnish, open_lab
from capyctl.lab.scenario import load_scenario
from tests.plugins.api_faults import Asked, Fault
from tests.plugins.api_proxy import ApiProxy, open_api_proxy
from tests.plugins.etcd_keys import revisions
from tests.plugins.kube_client import KubeError
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played, run_words

CREDENTIALS = "bm90aGluZw=="
INIT = ("init", "-i", "aws", "--wait-providers")
TRANSACTION = "/api/v1/namespaces/kube-system/configmaps/capyctl-transaction"

EVERY_KILL = bool(os.environ.get("CAPYCTL_EVERY_KILL"))
"""Whether a run is broken at every request: ``nox -s kills``."""

_OF_CONTROLLERS = re.compile(
    r"/registry/(?:events|leases|masterleases|peerserverleases|pods|replicasets|endpointslices|endpoints|"
    r"services/endpoints|ipaddresses|servicecidrs|controllerrevisions|ranges|minions|apiregistration\.k8s\.io)/|compact_rev_key"
)
"""Keys that no installer writes: what controllers make of what was installed."""

_OF_THE_SERVER = frozenset(
    {"uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "annotations"}
)


class Part(Struct, frozen=True):
    """One of so many parts of a sample, so that several workers share it."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"{self.number}-of-{self.parts}"

    def of(self, sample: Sequence[int]) -> Sequence[int]:
        """Its share: each part has numbers from the beginning to the end of the run."""
        return sample[self.number - 1 :: self.parts]


_PARTS = 12 if EVERY_KILL else 1
in_parts = pytest.mark.parametrize("part", [Part(each, _PARTS) for each in range(1, _PARTS + 1)], ids=str)
"""Marks a test that goes through a sample."""


class Unbroken(Struct, frozen=True, kw_only=True):
    """An unbroken run: the numbers at which it is broken, and what it left."""

    requests: int
    boundaries: tuple[int, ...]
    state: dict[str, Any]

    @property
    def sample(self) -> list[int]:
        """Every k, or the boundaries of phases and each tenth."""
        every = range(1, self.requests + 1)
        return list(every) if EVERY_KILL else sorted({*self.boundaries, *every[9::10]})


class InstallBench(Struct, kw_only=True):
    """One control plane, one lab and one proxy for many runs."""

    plane: ControlPlane
    proxy: ApiProxy
    environment: Mapping[str, str]
    home: Path

    def run(self, *words: str, kubeconfig: Path | None = None) -> Played:
        """A whole run in this process."""
        return run_words([*words, *self._ending(kubeconfig)], self.environment)

    def unbroken(self, *words: str) -> Unbroken:
        """A whole run that succeeds; the writes of its record are the boundaries of its phases."""
        self.proxy.forget()
        played = self.run(*words)
        assert played.status == 0, played.stdout
        seen = self.proxy.seen
        writes = [
            each.asked.number for each in seen if each.asked.path == TRANSACTION and not each.asked.reads
        ]
        return Unbroken(requests=len(seen), boundaries=tuple(writes), state=self.state())

    def killed_at(self, number: int, *words: str, how: int = signal.SIGKILL) -> tuple[int, str]:
        """Run, and kill the process when its request of that number comes; its status and stdout."""
        return self.killed_when(lambda asked: asked.number == number, self._command(words), how)

    def killed_when(
        self, due: Callable[[Asked], bool], command: Sequence[str], how: int = signal.SIGKILL
    ) -> tuple[int, str]:
        """Run a program, and kill it when such a request comes, which is passed on; its status and stdout."""
        self.proxy.forget()
        known = threading.Event()
        process: list[subprocess.Popen[str]] = []

        def at_that_request(asked: Asked) -> Fault | None:
            if due(asked) and known.wait(10):
                os.kill(process[0].pid, how)
            return None

        self.proxy.rule = at_that_request
        with self._started(command) as child:
            process.append(child)
            known.set()
            try:
                stdout, _ = child.communicate(timeout=120)
            finally:
                child.kill()
        self.proxy.rule = None
        return child.returncode, stdout

    def started(self, *words: str) -> subprocess.Popen[str]:
        """capyctl as a process of its own, which the caller ends."""
        return self._started(self._command(words))

    def _command(self, words: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "capyctl", *words, *self._ending(None)]

    def _started(self, command: Sequence[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            env={**self.environment, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def state(self) -> dict[str, Any]:
        """Every key that an installer writes, and what the objects of the record hold, without the server's marks."""
        keys = sorted(key for key in revisions(self.plane.etcd_url) if not _OF_CONTROLLERS.match(key))
        return {"keys": keys, "objects": self._objects()}

    def record(self) -> Mapping[str, str]:
        """What the record's ConfigMap holds."""
        data: Mapping[str, str] = self.plane.client.get(TRANSACTION)["data"]
        return data

    def _objects(self) -> list[Any]:
        found = []
        for collection in _COLLECTIONS:
            try:
                items = self.plane.client.get(collection)["items"]
            except KubeError:
                continue
            found += [_bare(each) for each in items if "clusterctl.cluster.x-k8s.io" in _labels(each)]
        return found

    def _ending(self, kubeconfig: Path | None) -> Sequence[str]:
        return ("--kubeconfig", str(kubeconfig or self.proxy.kubeconfig()), "-o", "json")


_COLLECTIONS = (
    "/api/v1/namespaces",
    "/api/v1/secrets",
    "/api/v1/services",
    "/api/v1/serviceaccounts",
    "/apis/apps/v1/deployments",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "/apis/cert-manager.io/v1/issuers",
    "/apis/cert-manager.io/v1/certificates",
    "/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers",
)


def _labels(item: Mapping[str, Any]) -> Mapping[str, str]:
    return item["metadata"].get("labels") or {}


def _bare(item: Mapping[str, Any]) -> dict[str, Any]:
    """The object without what the server and its controllers put in: addresses of Services among it."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in _OF_THE_SERVER}
    spec = item.get("spec")
    if isinstance(spec, Mapping):
        spec = {key: value for key, value in spec.items() if key not in ("clusterIP", "clusterIPs")}
    return {
        **{key: value for key, value in item.items() if key != "status"},
        "metadata": metadata,
        "spec": spec,
    }


@contextmanager
def open_bench(plane: ControlPlane, folder: Path) -> Iterator[InstallBench]:
    """The bench on a plane, in the sound world of the lab."""
    scenario = load_scenario("sound")
    home = folder / "home"
    home.mkdir()
    furnish(home, scenario)
    with open_lab(scenario.world) as lab, open_api_proxy(plane, folder) as proxy:
        environment = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, str(home))
        environment = {**environment, "AWS_B64ENCODED_CREDENTIALS": CREDENTIALS}
        yield InstallBench(plane=plane, proxy=proxy, environment=environment, home=home)
