"""In a process whose PYTHONPATH has this folder, a run without network ends at its first socket, with status 99.

An audit hook sees every socket and every look-up of a name, in whatever library: nothing can go around it. A run
with ``--kubeconfig`` may reach the management cluster (cli.md 2) and is left alone.
"""

import os
import sys

TRIPPED = 99


def _without_network() -> bool:
    words = sys.orig_argv
    bound = "--offline" in words or "--bundle" in words or os.environ.get("CAPYCTL_OFFLINE") == "1"
    return bound and "--kubeconfig" not in words and not os.environ.get("KUBECONFIG")


def _guard(event: str, _arguments: object) -> None:
    if event.startswith("socket."):
        os.write(2, f"tripped by {event}".encode())
        os._exit(TRIPPED)


if _without_network():
    sys.addaudithook(_guard)
