"""``get kubeconfig`` recorded: the run prints the kubeconfig, its record a mark (cli.md 6, Secrets)."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.api_server_fake import reply, serving

_ROOT = Path(__file__).resolve().parents[2]
_KUBECONFIG = "apiVersion: v1\nkind: Config\nusers: [{name: admin, user: {token: RecordWorkloadToken07}}]\n"
_OWN_TOKEN = "RecordManagementToken08"  # noqa: S105 - opens nothing
_PATH = "/api/v1/namespaces/work/secrets/mine-kubeconfig"


def capyctl(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(_ROOT),
    }
    command = [sys.executable, "-m", "capyctl", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_record_of_a_kubeconfig_holds_a_mark_of_it(tmp_path: Path, form: str) -> None:
    path = tmp_path / "run.json"
    with serving(tmp_path) as server:
        held = {"value": base64.b64encode(_KUBECONFIG.encode()).decode()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "mine-kubeconfig"}, "data": held}
        server.behaviours[_PATH] = reply(secret)
        own = server.kubeconfig({"token": _OWN_TOKEN})
        ran = capyctl(
            tmp_path, "get", "kubeconfig", "mine", "--kubeconfig", str(own), "-o", form, "--record", str(path)
        )
    assert ran.returncode == 0, ran.stderr
    assert "RecordWorkloadToken07" in ran.stdout
    record = path.read_text()
    for hidden in ("RecordWorkloadToken07", _OWN_TOKEN, held["value"], "users:"):
        assert hidden not in record
    mark = f"sha256:{hashlib.sha256(json.dumps(_KUBECONFIG).encode()).hexdigest()}"
    assert capyctl(tmp_path, "replay", str(path), "-o", "text").stdout == f"{mark}\n"
    shown = json.loads(capyctl(tmp_path, "replay", str(path), "-o", "json").stdout)
    assert shown["result"] == {"kubeconfig": mark}
    if form == "json":
        assert shown | {"result": None} == json.loads(ran.stdout) | {"result": None}
