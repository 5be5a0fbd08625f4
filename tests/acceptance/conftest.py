"""capyctl from outside: a process of its own, over a local provider or in a scenario made for the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

import capyctl

_PACKAGE = Path(capyctl.__file__).parents[1]

METADATA = """\
apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Metadata
releaseSeries:
- {major: 1, minor: 3, contract: v1beta2}
- {major: 1, minor: 2, contract: v1beta2}
"""
COMPONENTS = """\
apiVersion: v1
kind: Namespace
metadata: {name: acme-system}
"""


class Outside(Struct, frozen=True, kw_only=True):
    """A folder with a home, a provider ``infrastructure-acme`` on disk, and its configuration."""

    folder: Path

    @property
    def label_folder(self) -> Path:
        return self.folder / "repository" / "infrastructure-acme"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(_PACKAGE),
        }

    def put(self, version: str, **files: str) -> None:
        """A version's folder; names are ``metadata`` and ``components``, or a file's own."""
        names = {"metadata": "metadata.yaml", "components": "infrastructure-components.yaml"}
        target = self.label_folder / version
        target.mkdir(parents=True)
        for name, text in files.items():
            (target / names.get(name, name)).write_text(text)

    def configured(self) -> str:
        """The configuration file that names the provider on disk."""
        path = self.folder / "clusterctl.yaml"
        address = self.label_folder / "latest" / "infrastructure-components.yaml"
        path.write_text(
            f"providers:\n- {{name: acme, type: InfrastructureProvider, url: {json.dumps(str(address))}}}\n"
        )
        return str(path)

    def json(self, *words: str) -> dict[str, Any]:
        """The document of a command about the provider on disk."""
        done = self.run(*words, "-o", "json", "--config", self.configured())
        document = json.loads(done.stdout)
        assert isinstance(document, dict)
        assert document["exit_status"] == done.returncode
        return document

    def in_lab(self, scenario: str, *words: str) -> dict[str, Any]:
        """The document of a command in a scenario given as text."""
        path = self.folder / "made-here.yaml"
        path.write_text(scenario)
        command = [sys.executable, "-m", "capyctl", *words, "-o", "json"]
        done = self.run("lab", "run", str(path), "-o", "json", "--", *command)
        document = json.loads(json.loads(done.stdout)["result"]["run"]["stdout"])
        assert isinstance(document, dict)
        return document

    def run(self, *words: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "capyctl", *words],
            env=self.environment,
            stdout=stdout,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )


@pytest.fixture
def outside(tmp_path: Path) -> Outside:
    return Outside(folder=tmp_path)
