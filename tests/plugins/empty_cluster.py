"""A control plane brought back to what it was: everything that was added since goes, at once and without finalizers."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import httpx

from tests.plugins.etcd_keys import revisions
from tests.plugins.running_cluster import ControlPlane

_ITS_OWN = (
    "/registry/leases/kube-node-lease/",
    "/registry/leases/kube-system/kube-",
    "/registry/leases/kube-system/apiserver-",
    "/registry/masterleases/",
    "/registry/peerserverleases/",
    "compact_rev_key",
)
_OWN_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
# The server's own word for a definition: it takes it back once it knows that the definition has gone, and not before.
_SERVED = "/registry/apiregistration.k8s.io/apiservices/"
# Only ends a hang.
_LIMIT = 240.0
# After so long a server that still serves what is gone is started again.
_PATIENCE = 30.0


@contextmanager
def emptied(plane: ControlPlane) -> Iterator[None]:
    """Whatever is added inside is gone afterwards."""
    plane.client.wait_until(lambda: _has_settled(plane), "the control plane to make its own objects")
    before = revisions(plane.etcd_url)
    try:
        yield
    finally:
        forget_since(plane, before)


def _has_settled(plane: ControlPlane) -> bool:
    """Each of the first four namespaces gets an authority and an account from the controllers, somewhat later."""
    paths = ("/api/v1/configmaps", "/api/v1/serviceaccounts")
    names = [each["metadata"]["name"] for path in paths for each in plane.client.get(path)["items"]]
    return min(names.count("kube-root-ca.crt"), names.count("default")) >= len(_OWN_NAMESPACES)


def forget_since(plane: ControlPlane, before: Mapping[str, int]) -> None:
    """Delete every key that was not there, until the controllers add nothing more and no added API is served.

    No definition is deleted by the server here, so that none of its finalizers has to run, and one made anew under
    the same name is to the server another one.
    """
    until = time.monotonic() + _LIMIT
    patience = time.monotonic() + _PATIENCE
    quiet = 0
    while quiet < 2 or _added_groups(plane):
        added = [
            key for key in revisions(plane.etcd_url) if key not in before and not key.startswith(_ITS_OWN)
        ]
        _delete(plane.etcd_url, [key for key in added if not key.startswith(_SERVED)])
        lasting = [key for key in added if not key.startswith("/registry/events/")]
        quiet = 0 if lasting else quiet + 1
        if time.monotonic() > until:
            raise TimeoutError(f"there stays, or comes again, {lasting[:3]}")
        if time.monotonic() > patience:
            patience = until
            _start_again(plane)
        time.sleep(0.05)


def _start_again(plane: ControlPlane) -> None:
    """A server that has not heard that definitions are gone: seen once in some hundred times, on a busy machine."""
    plane.processes.kill("kube-apiserver")
    plane.start_server()
    plane.wait_ready()


def _added_groups(plane: ControlPlane) -> list[str]:
    groups = [each["name"] for each in plane.client.get("/apis")["groups"]]
    return [name for name in groups if not name.endswith(".k8s.io") and "." in name]


def _delete(etcd_url: str, keys: Sequence[str]) -> None:
    """Hundred at a time; etcd takes no longer transaction than 128 steps."""
    for begin in range(0, len(keys), 100):
        steps = [
            {"requestDeleteRange": {"key": base64.b64encode(key.encode()).decode()}}
            for key in keys[begin : begin + 100]
        ]
        answer = httpx.post(f"{etcd_url}/v3/kv/txn", json={"success": steps}, timeout=60, trust_env=False)
        answer.raise_for_status()
