"""Reaching a real API server: what is refused at once, what is waited for, what is said (issue 4, 1.1, 1.2)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from capyctl.core.evidence import Outcome
from tests.cluster.every_command import COMMANDS, KUBECONFIG, managed, run
from tests.plugins.api_faults import FAULTS, Asked, Fault, refusal, until
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import Context, ControlPlane, token_of

HANG = 60.0
_GET = COMMANDS["get kubeconfig"]


@pytest.fixture(autouse=True, scope="module")
def _managed(control_plane: ControlPlane) -> None:
    managed(control_plane.client)


def one_context(plane: ControlPlane, folder: Path, context: Context) -> Path:
    return plane.kubeconfig(folder / "kubeconfig", contexts={"here": context})


def codes(document: dict[str, Any]) -> dict[str, str]:
    return {item["name"]: item["severity"] for item in document["diagnostics"]}


def test_the_kubeconfig_is_printed_as_it_is(control_plane: ControlPlane, tmp_path: Path) -> None:
    played = run("get kubeconfig", control_plane.kubeconfig(), tmp_path)
    assert (played.status, played.document["result"]) == (0, {"kubeconfig": KUBECONFIG})
    (evidence,) = played.document["evidence"]
    assert evidence["url"].endswith("/api/v1/namespaces/work/secrets/one-kubeconfig")
    assert (evidence["route"], evidence["question"], evidence["outcome"]) == ("cluster", "object", "found")
    assert (evidence["status"], evidence["credential_sent"], evidence["sha256"]) == (200, True, None)
    assert Outcome(evidence["outcome"]) is Outcome.FOUND


def test_clusterctl_prints_the_same(control_plane: ControlPlane, tmp_path: Path) -> None:
    kubeconfig = control_plane.kubeconfig()
    program = find_clusterctl("v1.13.6")
    theirs = subprocess.run(
        [str(program.path), *_GET, "--kubeconfig", str(kubeconfig)],
        capture_output=True,
        check=True,
        timeout=HANG,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CLUSTERCTL_DISABLE_VERSIONCHECK": "true"},
    )
    ours = Started(kubeconfig, tmp_path).ended()
    assert ours == (0, theirs.stdout.decode())


def test_the_management_cluster_is_asked_offline_too(control_plane: ControlPlane, tmp_path: Path) -> None:
    assert run("get kubeconfig", control_plane.kubeconfig(), tmp_path, "--offline").status == 0


def test_what_cannot_pass_is_told_at_once(
    control_plane: ControlPlane, api_proxy: ApiProxy, tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign.pem"
    trustme.CA().cert_pem.write_to_path(str(foreign))
    url = api_proxy.url
    contexts = {
        "foreign": Context(user="admin", server=url, ca_file=foreign),
        "stranger": Context(user="admin", server=url, ca_file=api_proxy.ca_file, token="no-token"),  # noqa: S106
        "nobody": Context(user="nobody", server=url, ca_file=api_proxy.ca_file),
    }
    kubeconfig = control_plane.kubeconfig(tmp_path / "k", contexts=contexts)
    expected = {
        "foreign": "api-certificate-rejected",
        "stranger": "api-unauthenticated",
        "nobody": "api-forbidden",
        "unknown": "context-unknown",
    }
    for context, code in expected.items():
        api_proxy.forget()
        played = run("get kubeconfig", kubeconfig, tmp_path, "--kubeconfig-context", context)
        assert (played.status, codes(played.document)) == (1, {code: "error"})
        assert len(api_proxy.seen) <= 1


def test_several_missing_permissions_are_one_diagnosis(control_plane: ControlPlane, tmp_path: Path) -> None:
    nobody = one_context(control_plane, tmp_path, Context(user="nobody"))
    for name in ("describe cluster", "upgrade plan", "get kubeconfig of nobody"):
        played = run(name, nobody, tmp_path)
        assert played.status == 1
        found = [item for item in played.document["diagnostics"] if item["name"] == "api-forbidden"]
        assert len(found) == 1, played.stdout
        assert "User nobody may not" in found[0]["detail"]


def test_no_credential_is_in_anything_that_is_said(control_plane: ControlPlane, tmp_path: Path) -> None:
    secret = "hush-hush-hush"  # noqa: S105 - of this test
    stranger = one_context(control_plane, tmp_path, Context(user="admin", token=secret))
    played = run("get kubeconfig", stranger, tmp_path, "--debug", "-v")
    assert secret not in played.stdout + played.stderr


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "plugin"
    path.write_text(
        f"#!{sys.executable}\nimport json, os\n"
        "told = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "print(json.dumps({'apiVersion': told['apiVersion'], 'kind': 'ExecCredential',"
        f" 'status': {{'token': {token_of('admin')!r}}}}}))\n"
    )
    path.chmod(0o700)
    return path


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_a_credential_plugin_signs_in(
    control_plane: ControlPlane, tmp_path: Path, plugin: Path, version: str
) -> None:
    kubeconfig = control_plane.kubeconfig(tmp_path / "kubeconfig")
    text = json.loads(json.dumps(_loaded(kubeconfig)))
    section = {
        "apiVersion": f"client.authentication.k8s.io/{version}",
        "command": f"./{plugin.name}",
        "interactiveMode": "IfAvailable",
    }
    text["users"] = [{"name": each["name"], "user": {"exec": section}} for each in text["users"]]
    kubeconfig.write_text(json.dumps(text))
    assert run("get kubeconfig", kubeconfig, tmp_path).status == 0
    plugin.unlink()
    played = run("get kubeconfig", kubeconfig, tmp_path)
    assert (played.status, codes(played.document)) == (1, {"api-credential-unavailable": "error"})


def _loaded(path: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(path.read_text())
    assert isinstance(loaded, dict)
    return loaded


class Started:
    """capyctl as a process of its own; stderr is read as it comes."""

    def __init__(self, kubeconfig: Path, home: Path, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "capyctl", *_GET, "--kubeconfig", str(kubeconfig), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
        )
        self.lines: list[str] = []
        self._said = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            self._said.set()

    def has_said_something(self) -> bool:
        return self._said.wait(HANG)

    def ended(self) -> tuple[int, str]:
        assert self.process.stdout is not None
        with self.process:
            text = self.process.stdout.read()
            status = self.process.wait(HANG)
        self._thread.join(HANG)
        return status, text


def test_a_server_that_starts_after_the_command_is_waited_for(api_proxy: ApiProxy, tmp_path: Path) -> None:
    kubeconfig = api_proxy.kubeconfig()
    api_proxy.refuse()
    started = Started(kubeconfig, tmp_path)
    assert started.has_said_something()
    host = api_proxy.url.removeprefix("https://")
    assert started.lines[0].startswith(f"waiting for the API server {host}: the connection was refused (")
    api_proxy.listen()
    assert started.ended() == (0, f"{KUBECONFIG}\n")
    assert not [line for line in started.lines if "error" in line]


def test_a_wait_ends_at_once_where_it_is_interrupted(api_proxy: ApiProxy, tmp_path: Path) -> None:
    kubeconfig = api_proxy.kubeconfig()
    api_proxy.refuse()
    started = Started(kubeconfig, tmp_path, "--api-timeout", "1h")
    assert started.has_said_something()
    started.process.send_signal(signal.SIGINT)
    assert started.ended()[0] == 130


def test_a_silent_server_is_told_as_such_and_can_be_interrupted(api_proxy: ApiProxy, tmp_path: Path) -> None:
    api_proxy.rule = lambda _: FAULTS["stall"]
    started = Started(api_proxy.kubeconfig(), tmp_path, "--api-timeout", "1h")
    assert started.has_said_something()
    assert "no answer yet" in started.lines[0]
    started.process.send_signal(signal.SIGTERM)
    assert started.ended()[0] == 143


@pytest.mark.parametrize("words", [("-o", "json"), ("--quiet",)], ids=" ".join)
def test_a_wait_is_silent_where_nobody_reads_it(
    api_proxy: ApiProxy, tmp_path: Path, words: tuple[str, ...]
) -> None:
    kubeconfig = api_proxy.kubeconfig()
    api_proxy.refuse()
    started = Started(kubeconfig, tmp_path, "--api-timeout", "1500ms", *words)
    status, _ = started.ended()
    assert status == 3
    assert not [line for line in started.lines if line.startswith("waiting")]


def test_when_the_time_has_passed_the_last_cause_is_told_and_those_before(
    api_proxy: ApiProxy, tmp_path: Path
) -> None:
    def changing(asked: Asked) -> Fault:
        starting = refusal(503, "ServiceUnavailable", "apiserver not ready")
        return FAULTS["reset"] if asked.number == 1 else starting

    api_proxy.rule = changing
    played = run("get kubeconfig", api_proxy.kubeconfig(), tmp_path, "--api-timeout", "2s")
    (item,) = played.document["diagnostics"]
    assert (played.status, item["name"]) == (3, "api-server-not-ready")
    assert "Status 503: apiserver not ready. It was asked again for" in item["detail"]
    assert "Before that: it closed the connection without an answer." in item["detail"]
    assert item["fixes"][-1]["command"].endswith("--api-timeout 5m")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_is_still_coming_up_is_waited_for(
    api_proxy: ApiProxy, tmp_path: Path, fault: str
) -> None:
    api_proxy.rule = until(2 if fault == "stall" else 3, FAULTS[fault])
    played = run("get kubeconfig", api_proxy.kubeconfig(), tmp_path, "--api-timeout", "4s")
    assert (played.status, len(api_proxy.seen)) == (0, 2 if fault == "stall" else 3)


def test_a_server_that_is_killed_and_started_again_is_waited_for(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    control_plane.processes.kill("kube-apiserver")
    started = Started(control_plane.kubeconfig(), tmp_path)
    try:
        assert started.has_said_something()
    finally:
        control_plane.start_server()
    assert started.ended() == (0, f"{KUBECONFIG}\n")
    control_plane.wait_ready()
