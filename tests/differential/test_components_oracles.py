"""What was recorded from Go, against Go: the table of Kubernetes types, quantities, the variable dialect."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from capyctl.core.components_types import FIELDS

CHECKOUT = Path(__file__).resolve().parents[2]
ORACLES = CHECKOUT / "tests" / "oracles"
FIXTURES = CHECKOUT / "fixtures"


def answer(oracle: str, *arguments: str, questions: str = "") -> str:
    """What the Go program of that folder prints."""
    go = shutil.which("go")
    if go is None:
        if os.environ.get("CI"):
            pytest.fail("Go is not installed")
        pytest.skip("Go is not installed")
    run = subprocess.run(
        [go, "run", ".", *arguments],
        cwd=ORACLES / oracle,
        input=questions,
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_table_of_types_is_what_the_go_types_say() -> None:
    assert answer("kubernetes_types") == FIELDS


def test_the_recorded_quantities_are_go_s() -> None:
    recorded = (FIXTURES / "components" / "quantities.tsv").read_text("utf-8")
    questions = "".join(f"{line.partition(chr(9))[0]}\n" for line in recorded.splitlines())
    assert answer("kubernetes_types", "quantities", questions=questions) == recorded


def test_the_recorded_answers_of_the_variable_dialect_are_go_s() -> None:
    cases = subprocess.run(
        [sys.executable, str(ORACLES / "envsubst" / "cases.py")], capture_output=True, text=True, check=True
    )
    recorded = (FIXTURES / "envsubst" / "golden.jsonl").read_text("utf-8").split("\n")
    fresh = answer("envsubst", questions=cases.stdout).split("\n")
    assert [json.loads(line) for line in fresh if line] == [json.loads(line) for line in recorded if line]
