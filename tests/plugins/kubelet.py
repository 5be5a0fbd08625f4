"""A kubelet that does nothing but answer for logs, as a test tells it to; the API server asks it for a node's pods."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from capyctl.lab.authority import RunAuthority
from tests.plugins.kube_client import Object

_POD_NAMESPACE = "kube-system"


class Kubelet:
    """``status`` and ``text`` answer every question for a log; ``asked`` holds the paths asked for."""

    def __init__(self) -> None:
        self.status = 200
        self.text = "I0101 all is well\n"
        self.asked: list[str] = []
        kubelet = self

        class Logs(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name http.server calls
                kubelet.asked.append(self.path)
                body = kubelet.text.encode()
                self.send_response(kubelet.status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Logs)
        context: ssl.SSLContext = RunAuthority(["localhost"]).trusted
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def answer(self, status: int, text: str) -> None:
        """Answer so from now on."""
        self.status, self.text = status, text

    def start(self) -> None:
        """Take questions."""
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def node(self, name: str, kubelet_version: str, labels: dict[str, str]) -> Object:
        """A ready node whose kubelet this is."""
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "status": {
                "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": self._server.server_address[1]}},
                "nodeInfo": {**dict.fromkeys(_NODE_INFO, "test"), "kubeletVersion": kubelet_version},
                "conditions": [ready_condition("True")],
            },
        }


_NODE_INFO = (
    "machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeProxyVersion",
    "operatingSystem", "architecture",
)  # fmt: skip


def ready_condition(status: str) -> Object:
    """The condition Ready of a node."""
    return {"type": "Ready", "status": status, "reason": "Test", "message": "as the test says"}


def system_pod(name: str, node: str) -> Object:
    """A running pod of the system on a node."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": _POD_NAMESPACE},
        "spec": {
            "nodeName": node,
            "tolerations": [{"operator": "Exists"}],
            "containers": [{"name": "main", "image": "x.invalid/y:z"}],
        },
        "status": {"phase": "Running"},
    }


@contextmanager
def running_kubelet() -> Iterator[Kubelet]:
    """A kubelet that answers until the block ends."""
    kubelet = Kubelet()
    kubelet.start()
    try:
        yield kubelet
    finally:
        kubelet.close()
