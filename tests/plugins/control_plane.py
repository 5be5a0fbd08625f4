"""Starts a real control plane on loopback: etcd, API server, controllers, and nodes where asked for.

``python -m tests.plugins.control_plane`` runs one in the foreground. real-parts.md 2, docs/adr/0015.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import trustme

from tests.plugins.build_real_parts import ETCD_VERSION, KUBERNETES_VERSIONS, KWOK_VERSION, part
from tests.plugins.kube_client import KubeClient, Object, condition
from tests.plugins.processes import Processes, ReservedPort
from tests.plugins.running_cluster import USERS, ControlPlane, token_of

# An address for documentation (RFC 5737): with a loopback one default/kubernetes gets no endpoints.
_ADVERTISED = "192.0.2.10"
_READER_ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: capyctl-tests-reader}
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: [get, list, watch]}
- {nonResourceURLs: ["*"], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: capyctl-tests-reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: capyctl-tests-reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "capyctl-tests:readers"}
"""


@contextmanager
def open_control_plane(
    folder: Path,
    *,
    version: str = KUBERNETES_VERSIONS[0],
    scheduler: bool = False,
    nodes: int = 0,
    server_flags: Sequence[str] = (),
) -> Iterator[ControlPlane]:
    """Run a control plane in a folder; nodes of kwok make pods ready, and bring the scheduler with them.

    Raises:
        StartError: a part did not start; the message holds the end of its log.
    """
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder / "etcd", ignore_errors=True)
        processes = stack.enter_context(Processes(folder))
        etcd_url = _start_etcd(processes, stack)
        port = stack.enter_context(ReservedPort())
        _write_credentials(folder)
        url, ca_file = f"https://127.0.0.1:{port.number}", folder / "ca.pem"
        client = KubeClient(url, ca_file, token_of("admin"))
        stack.callback(client.close)
        plane = ControlPlane(
            kubernetes_version=version,
            url=url,
            ca_file=ca_file,
            etcd_url=etcd_url,
            folder=folder,
            client=client,
            processes=processes,
            server_command=(*_server(version, etcd_url, port), *server_flags),
        )
        _bring_up(plane, scheduler=scheduler, nodes=nodes)
        yield plane


def _bring_up(plane: ControlPlane, *, scheduler: bool, nodes: int) -> None:
    plane.start_server()
    plane.wait_ready()
    plane.client.apply_yaml(_READER_ROLE)
    _start_controllers(plane)
    if scheduler or nodes:
        _start_component(plane, "kube-scheduler", "--leader-elect=false", "--secure-port=0")
    if nodes:
        _start_nodes(plane, nodes)
    _wait_for_controllers(plane)


def _start_etcd(processes: Processes, stack: ExitStack) -> str:
    ports = stack.enter_context(ReservedPort()), stack.enter_context(ReservedPort())
    client, peer = (f"http://127.0.0.1:{each.number}" for each in ports)
    program = part("etcd", ETCD_VERSION).path
    flags = {
        "name": "test",
        "data-dir": "etcd",
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"test={peer}",
        "socket-reuse-port": "true",
        "unsafe-no-fsync": "true",
        "log-level": "warn",
    }
    processes.start("etcd", [str(program), *(f"--{name}={value}" for name, value in flags.items())])

    def healthy() -> bool:
        try:
            return '"true"' in httpx.get(f"{client}/health", trust_env=False).text
        except httpx.TransportError:
            return False

    processes.wait_for("etcd is healthy", healthy, needs=("etcd",))
    return client


def _write_credentials(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    served = authority.issue_cert("127.0.0.1", "localhost", "kubernetes.default.svc")
    served.private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    accounts = authority.issue_cert("service-accounts.test")
    accounts.private_key_pem.write_to_path(str(folder / "accounts.key"))
    lines = [f'{token_of(user)},{user},{user},"{group}"\n' for user, group in USERS.items()]
    (folder / "tokens.csv").write_text("".join(lines), encoding="utf-8")


def _server(version: str, etcd_url: str, port: ReservedPort) -> list[str]:
    flags = {
        "etcd-servers": etcd_url,
        "bind-address": "127.0.0.1",
        "advertise-address": _ADVERTISED,
        "secure-port": str(port.number),
        "permit-port-sharing": "true",
        "tls-cert-file": "server.pem",
        "tls-private-key-file": "server.pem",
        "cert-dir": "certificates",
        "token-auth-file": "tokens.csv",
        "authorization-mode": "RBAC",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": "accounts.key",
        "service-account-signing-key-file": "accounts.key",
        "service-cluster-ip-range": "10.0.0.0/24",
        "allow-privileged": "true",
    }
    program = part("kubernetes", version).path
    return [str(program), "kube-apiserver", *(f"--{name}={value}" for name, value in flags.items())]


def _start_component(plane: ControlPlane, name: str, *flags: str) -> None:
    program = part("kubernetes", plane.kubernetes_version).path
    kubeconfig = plane.kubeconfig(plane.folder / f"{name}.kubeconfig")
    plane.processes.start(name, [str(program), name, f"--kubeconfig={kubeconfig}", *flags])


def _start_controllers(plane: ControlPlane) -> None:
    _start_component(
        plane,
        "kube-controller-manager",
        "--leader-elect=false",
        "--secure-port=0",
        "--controllers=*,-nodeipam,-cloud-node-lifecycle",
        "--service-account-private-key-file=accounts.key",
        "--root-ca-file=ca.pem",
        "--use-service-account-credentials=false",
    )


def _wait_for_controllers(plane: ControlPlane) -> None:
    account: Object = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    plane.processes.wait_for(
        "the controllers make the default service account",
        lambda: plane.client.read(account) is not None,
        needs=("kube-controller-manager",),
    )


def _node(number: int, version: str) -> Object:
    room = {"cpu": "32", "memory": "256Gi", "pods": "1000"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"node-{number}",
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {"kubernetes.io/os": "linux"},
        },
        "status": {"capacity": room, "allocatable": room, "nodeInfo": _node_info(version)},
    }


def _node_info(version: str) -> Object:
    names = (
        "architecture",
        "bootID",
        "containerRuntimeVersion",
        "kernelVersion",
        "kubeProxyVersion",
        "machineID",
        "operatingSystem",
        "osImage",
        "systemUUID",
    )
    return {**dict.fromkeys(names, ""), "kubeletVersion": version}


def _start_nodes(plane: ControlPlane, nodes: int) -> None:
    # Before kwok: it writes its own nodeInfo to a node that it sees without a status.
    wanted = [_node(number, plane.kubernetes_version) for number in range(nodes)]
    plane.client.apply(*wanted)
    plane.processes.start(
        "kwok",
        [
            str(part("kwok", KWOK_VERSION).path),
            f"--kubeconfig={plane.kubeconfig(plane.folder / 'kwok.kubeconfig')}",
            "--manage-all-nodes=true",
            "--node-lease-duration-seconds=40",
        ],
    )

    def ready() -> bool:
        found = (condition(plane.client.read(each), "Ready") for each in wanted)
        return all(each.get("status") == "True" for each in found)

    plane.processes.wait_for("the nodes are ready", ready, needs=("kwok",))


def main(arguments: list[str]) -> int:
    """Run a control plane until interrupted; its kubeconfig's path goes to stdout."""
    parser = argparse.ArgumentParser(prog="python -m tests.plugins.control_plane")
    parser.add_argument("--kubernetes-version", default=KUBERNETES_VERSIONS[0], choices=KUBERNETES_VERSIONS)
    parser.add_argument("--nodes", type=int, default=0, help="nodes of kwok; pods become ready on them")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="capyctl-cluster-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with open_control_plane(folder, version=options.kubernetes_version, nodes=options.nodes) as plane:
            show(plane)
    return 0


def show(plane: ControlPlane) -> None:
    """Say where a control plane is, and wait to be interrupted."""
    sys.stderr.write(f"{plane.url} is up; logs and more in {plane.folder}\n")
    sys.stdout.write(f"{plane.kubeconfig_of_users(plane.folder / 'kubeconfig')}\n")
    sys.stdout.flush()
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
