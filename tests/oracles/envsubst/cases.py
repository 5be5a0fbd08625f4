"""Questions for the envsubst oracle, as JSON: known expressions and a fixed pseudo-random sample.

From tests/oracles/envsubst: ``python cases.py | go run . > ../../../fixtures/envsubst/golden.jsonl``.
The sample is drawn from a fixed seed, so it never changes.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from pathlib import Path

_SOURCE = Path(__file__).resolve().parents[3] / "fixtures" / "envsubst" / "expressions.json"
_SAMPLE = 2000


def questions() -> list[dict[str, object]]:
    """Each expression with every value, then the sample."""
    source: dict[str, list[str]] = json.loads(_SOURCE.read_text("utf-8"))
    found: list[dict[str, object]] = []
    for text, value in itertools.product(source["expressions"], source["values"]):
        found.append({"text": text, "values": {"VAR": value, "B": "1", "N": "-2"}})
    draw = random.Random(12241)  # noqa: S311 - a fixed sample, no secret
    for _ in range(_SAMPLE):
        body = "".join(draw.choice(source["pieces"]) for _ in range(draw.randint(1, 6)))
        values = {"VAR": draw.choice(source["values"]), "B": draw.choice(["", "1", "a", "*"])}
        found.append({"text": draw.choice(source["shapes"]).replace("%s", body), "values": values})
    return found


if __name__ == "__main__":
    json.dump(questions(), sys.stdout)
