"""The fake wire beside the real one: a sample of worlds through the command line, sockets and TLS of the lab."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from capyctl.lab.run import open_lab
from tests.oracle.playing import environment_of, play
from tests.oracle.world_draw import draw

_ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_a_process_in_the_lab_answers_as_the_fake_wire_does(seed: int, tmp_path: Path) -> None:
    drawn, goproxy = draw(seed), ("unset", "off")[seed // 10 % 2]
    words = ["resolve", *drawn.words]
    played = play(drawn, goproxy, words, tmp_path)
    with open_lab(drawn.world) as lab:
        ended = subprocess.run(
            [sys.executable, "-m", "capyctl", *words, "-o", "json"],
            env=environment_of(drawn, goproxy, tmp_path) | dict(lab.environment),
            cwd=_ROOT,
            capture_output=True,
            timeout=120,
            check=False,
        )
    document = json.loads(ended.stdout)
    assert ended.returncode == played.status, document["diagnostics"]
    assert document["result"] == played.document["result"]
    assert codes_of(document) == codes_of(played.document)


def codes_of(document: dict[str, list[dict[str, str]]]) -> list[str]:
    """What is said, without the order of equals."""
    return sorted(each["code"] for each in document["diagnostics"])
