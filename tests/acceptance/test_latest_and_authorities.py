"""``latest`` after a colon, and a file of authorities that is not there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def _run(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "capyctl", *words, "-o", "json"],
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_latest_after_a_colon_names_no_tag(tmp_path: Path) -> None:
    named = json.loads(_run("resolve", "infrastructure-aws:latest", "--offline", home=tmp_path).stdout)
    plain = json.loads(_run("resolve", "infrastructure-aws", "--offline", home=tmp_path).stdout)
    provider = named["result"]["providers"][0]
    assert provider["requested"] == "latest"
    assert provider["version"] == plain["result"]["providers"][0]["version"]
    assert named["exit_status"] == 0


def test_a_missing_file_of_authorities_is_a_setting_that_cannot_be_used(tmp_path: Path) -> None:
    done = _run("resolve", "infrastructure-aws", "--ca-file", str(tmp_path / "none.pem"), home=tmp_path)
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert document["diagnostics"][0]["name"] == "setting-invalid"
    assert document["evidence"] == []
