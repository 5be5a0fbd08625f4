"""Lints every tag of the shared corpus; run by the measured installation's own interpreter."""

import json
import sys
from pathlib import Path

from capyctl.app.lint import LintRequest, lint_provider


def main() -> None:
    """Judge each tag that has a metadata.yaml; ``lint_corpus.py FOLDER``."""
    for path in sorted(Path(sys.argv[1]).glob("*/versions.json")):
        record = json.loads(path.read_text("utf-8"))
        for tag in record["tags"]:
            digest = record["metadata"][tag]
            if digest is not None:
                data = (path.parent / "metadata" / f"{digest[:12]}.yaml").read_bytes()
                lint_provider(LintRequest(files={"metadata.yaml": data}, tag=tag))


if __name__ == "__main__":
    main()
