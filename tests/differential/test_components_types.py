"""The table of Kubernetes types against the Go packages it was printed from."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from capyctl.core.components_types import FIELDS

ORACLE = Path(__file__).resolve().parents[1] / "oracles" / "kubernetes_types"


def test_the_table_is_what_the_go_types_say() -> None:
    go = shutil.which("go")
    if go is None:
        if os.environ.get("CI"):
            pytest.fail("Go is not installed")
        pytest.skip("Go is not installed")
    run = subprocess.run(
        [go, "run", "."], cwd=ORACLE, capture_output=True, text=True, timeout=600, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == FIELDS
