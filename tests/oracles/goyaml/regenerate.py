"""Ask the real reader about every text of the golden file again and rewrite its answers.

To add a text, add ``{"text": "…"}`` to the list and run ``python tests/oracles/goyaml/regenerate.py``. It needs
Go and the modules that go.mod names.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
GOLDEN = HERE.parents[2] / "fixtures" / "yaml" / "go-answers.json"


def ask(texts: list[str]) -> list[dict[str, object]]:
    """What sigs.k8s.io/yaml answers for each text."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "goyaml"
        subprocess.run(["go", "build", "-o", str(program), "."], cwd=HERE, check=True)
        answer = subprocess.run([program], input=json.dumps(texts).encode(), capture_output=True, check=True)
    found: list[dict[str, object]] = json.loads(answer.stdout)
    return found


if __name__ == "__main__":
    texts = [row["text"] for row in json.loads(GOLDEN.read_text(encoding="utf-8"))]
    rows = [{"text": text, **answer} for text, answer in zip(texts, ask(texts), strict=True)]
    GOLDEN.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n", encoding="utf-8")
