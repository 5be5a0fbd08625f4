"""``--offline`` opens no socket at all, name resolution included (issue 3 section 1.11, cli.md 6)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

import capyctl
from tests.plugins.guarded.sitecustomize import TRIPPED
from tests.plugins.socket_guard import GUARDED_FOLDER, SocketOpenedError, guard_of, no_sockets

_PACKAGE = Path(capyctl.__file__).parents[1]
# Each with the statuses that cli.md allows: 3 where a file is not in the snapshot.
_COMMANDS: Mapping[str, tuple[int, ...]] = {
    "resolve infrastructure-aws": (0,),
    "resolve infrastructure-aws:v2.8.1 cluster-api --explain": (0,),
    "resolve addon-helm --metadata-from proxy": (0,),
    "versions infrastructure-openstack": (0,),
    "versions infrastructure-openstack --verify": (0, 3),
    "diagnose-provider bootstrap-k0sproject-k0smotron": (0,),
    "diagnose-provider --infrastructure unheard-of": (1,),
    "config repositories": (0,),
    "config provider infrastructure-aws": (0,),
    "config view": (0,),
    "generate provider --infrastructure aws": (3,),
    "generate provider --infrastructure aws --describe": (0, 3),
    "init --dry-run --bootstrap k0sproject-k0smotron": (0,),
    "init --dry-run": (0,),
    "init list-images": (0, 3),
    "lint-provider {home} --tag v1.0.0": (0, 1),
    "resolve addon-helm --config https://config.corp.example/clusterctl.yaml": (1, 3),
    "lab list": (0,),
    "explain": (0,),
    "explain CAPY0205": (0,),
    "schema": (0,),
    "version": (0,),
    "completion bash": (0,),
}
_WITHOUT_OPTIONS = {"schema", "completion bash"}


@pytest.mark.parametrize("output", ["text", "json"])
@pytest.mark.parametrize("words", _COMMANDS)
def test_a_command_opens_no_socket(tmp_path: Path, words: str, output: str) -> None:
    ended = _guarded([*_split(words, tmp_path), "--offline", "-o", output], tmp_path)
    assert ended.returncode in _COMMANDS[words], (ended.stdout, ended.stderr)
    if output == "json" and words not in _WITHOUT_OPTIONS:
        assert json.loads(ended.stdout)["exit_status"] == ended.returncode


_OPENS_ONE = "import socket; socket.socket()"


def test_the_guard_would_see_a_socket(tmp_path: Path) -> None:
    """So that the test above can fail."""
    ended = _python(["-c", _OPENS_ONE, "--offline"], tmp_path)
    assert (ended.returncode, b"tripped by socket." in ended.stderr) == (TRIPPED, True)
    assert _python(["-c", _OPENS_ONE], tmp_path).returncode == 0


def test_the_guard_in_this_process_would_see_one_too() -> None:
    """Also one that somebody opens in another thread, and whose failure is caught."""
    with pytest.raises(SocketOpenedError):
        _open_under_guard()
    socket.socket().close()


def test_the_guard_lets_a_run_reach_its_management_cluster_and_nothing_else(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "config"
    words = ["upgrade", "apply", "--bundle", "site.tar", "--kubeconfig", str(kubeconfig)]
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_server(("127.0.0.1", 0)) as other:
        address = f"https://127.0.0.1:{server.getsockname()[1]}"
        kubeconfig.write_text(json.dumps({"clusters": [{"cluster": {"server": address}}]}))
        with guard_of(words):
            socket.create_connection(server.getsockname()).close()
        with pytest.raises(SocketOpenedError), guard_of(words):
            socket.create_connection(other.getsockname())
        with pytest.raises(SocketOpenedError), guard_of(words[:-2]):
            socket.create_connection(server.getsockname())
        with pytest.raises(SocketOpenedError), guard_of(words):
            socket.getaddrinfo("localhost", server.getsockname()[1])
        with guard_of(["upgrade", "apply", *words[-2:]]):
            socket.create_connection(other.getsockname()).close()


def _open_under_guard() -> None:
    with no_sockets():
        opening = threading.Thread(target=_open_quietly)
        opening.start()
        opening.join()


def _open_quietly() -> None:
    with suppress(SocketOpenedError):
        socket.getaddrinfo("localhost", 80)


def test_the_variable_means_the_same(tmp_path: Path) -> None:
    ended = _guarded(["resolve", "infrastructure-aws", "-o", "json"], tmp_path, CAPYCTL_OFFLINE="1")
    assert ended.returncode == 0, ended.stderr


def test_every_command_answers_where_there_is_no_network(tmp_path: Path) -> None:
    """A network namespace without even a loopback interface that is up."""
    unshare = shutil.which("unshare")
    permitted = (
        unshare and subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode == 0
    )
    if not permitted or unshare is None:
        pytest.skip("an empty network namespace cannot be made here (unshare -rn)")
    for words in ("resolve infrastructure-aws", "init --dry-run --bootstrap k0sproject-k0smotron",
                  "diagnose-provider addon-helm", "versions cluster-api"):  # fmt: skip
        command = [unshare, "-rn", sys.executable, "-m", "capyctl", *words.split(), "--offline", "-o", "json"]
        ended = subprocess.run(
            command, env=_environment(tmp_path), capture_output=True, timeout=60, check=False
        )
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)["status"] == "done"


def _split(words: str, home: Path) -> list[str]:
    return [word.replace("{home}", str(home)) for word in words.split()]


def _environment(home: Path, **variables: str) -> dict[str, str]:
    folders = f"{GUARDED_FOLDER}{os.pathsep}{_PACKAGE}"
    given = {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", "PYTHONPATH": folders}
    return given | variables


def _guarded(words: Sequence[str], home: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return _python(["-m", "capyctl", *words], home, **variables)


def _python(words: Sequence[str], home: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *words],
        env=_environment(home, **variables),
        cwd=home,
        capture_output=True,
        timeout=60,
        check=False,
    )
