"""A running control plane, as tests hold it; ``control_plane.py`` beside this starts it."""

from __future__ import annotations

import os
import ssl
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml
from msgspec import Struct

from tests.plugins.etcd_keys import revisions, written
from tests.plugins.kube_client import KubeClient
from tests.plugins.processes import Processes

# Who may ask, each with its group: an administrator, one who may read everything, one without any right.
USERS: Mapping[str, str] = {
    "admin": "system:masters",
    "reader": "capyctl-tests:readers",
    "nobody": "capyctl-tests:strangers",
}


def token_of(user: str) -> str:
    """The bearer token of one of USERS."""
    return f"token-of-{user}"


class Context(Struct, frozen=True, kw_only=True):
    """One context of a kubeconfig. None stands for the control plane's own; ``extra`` joins the cluster's entry."""

    user: str = "admin"
    server: str | None = None
    ca_file: Path | None = None
    token: str | None = None
    namespace: str | None = None
    extra: Mapping[str, Any] | None = None


class ControlPlane(Struct, frozen=True, kw_only=True):
    """A running control plane. ``url`` is the API server's; ``processes`` can stop, freeze and restart parts."""

    kubernetes_version: str
    url: str
    ca_file: Path
    etcd_url: str
    folder: Path
    client: KubeClient
    processes: Processes
    server_command: Sequence[str]

    @property
    def logs(self) -> Mapping[str, Path]:
        """The log of each part, by its name."""
        return self.processes.logs

    def kubeconfig(
        self, path: Path | None = None, contexts: Mapping[str, Context] | None = None, *, current: str = ""
    ) -> Path:
        """Write a kubeconfig with these contexts by name, one of ``admin`` without any; where it was written."""
        named = contexts or {"admin": Context()}
        target = path or self._new_file(".kubeconfig")
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": current or next(iter(named)),
            "clusters": [self._cluster(name, each) for name, each in named.items()],
            "users": [
                {"name": name, "user": {"token": each.token or token_of(each.user)}}
                for name, each in named.items()
            ],
            "contexts": [_context(name, each) for name, each in named.items()],
        }
        target.write_text(yaml.safe_dump(document), encoding="utf-8")
        return target

    def kubeconfig_of_users(self, path: Path) -> Path:
        """Write a kubeconfig with one context a user, named after it; ``admin`` is current."""
        return self.kubeconfig(path, {user: Context(user=user) for user in USERS})

    def client_of(self, user: str) -> KubeClient:
        """A client with another user's rights; the caller closes it."""
        return KubeClient(self.url, self.ca_file, token_of(user))

    def snapshot(self) -> dict[str, int]:
        """Every etcd key with its last revision."""
        return revisions(self.etcd_url)

    def settled(self) -> dict[str, int]:
        """A snapshot taken once two looks, a second apart, found nothing written between them.

        No namespace may be going then: its controller lets five silent seconds pass before it clears one away.
        """
        looks = [self.snapshot()]

        def quiet() -> bool:
            time.sleep(1)
            looks.append(self.snapshot())
            return not self._goes() and not written(looks[-2], looks[-1])

        self.processes.wait_for("the cluster is quiet", quiet)
        return looks[-1]

    def _goes(self) -> bool:
        found = self.client.get("/api/v1/namespaces")["items"]
        return any("deletionTimestamp" in each["metadata"] for each in found)

    def written_since(self, before: Mapping[str, int]) -> set[str]:
        """The keys written since a snapshot, but for what the control plane, and kwok's nodes, renew themselves."""
        found = written(before, self.snapshot())
        beating = self.processes.running("kwok")
        return {key for key in found if not (beating and key.startswith("/registry/minions/"))}

    def start_server(self) -> None:
        """Start the API server (again, after ``processes.stop("kube-apiserver")``) without waiting for it."""
        self.processes.start("kube-apiserver", self.server_command)

    def wait_ready(self) -> None:
        """Wait until every part of readyz is well."""
        verify = ssl.create_default_context(cafile=str(self.ca_file))
        headers = {"Authorization": f"Bearer {token_of('admin')}"}

        def ready() -> bool:
            try:
                answer = httpx.get(f"{self.url}/readyz", verify=verify, headers=headers, trust_env=False)
            except httpx.TransportError:
                return False
            return answer.status_code == 200

        self.processes.wait_for("the API server is ready", ready, needs=("etcd", "kube-apiserver"))

    def _new_file(self, suffix: str) -> Path:
        descriptor, name = tempfile.mkstemp(dir=self.folder, suffix=suffix)
        os.close(descriptor)
        return Path(name)

    def _cluster(self, name: str, context: Context) -> dict[str, Any]:
        entry = {
            "server": context.server or self.url,
            "certificate-authority": str(context.ca_file or self.ca_file),
            **(context.extra or {}),
        }
        return {"name": name, "cluster": entry}


def _context(name: str, context: Context) -> dict[str, Any]:
    place = {"namespace": context.namespace} if context.namespace else {}
    return {"name": name, "context": {"cluster": name, "user": name, **place}}
