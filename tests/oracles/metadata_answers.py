"""Ask real clusterctl what it makes of every metadata.yaml of the table, and rewrite its answers.

Run as ``python tests/oracles/metadata_answers.py CLUSTERCTL``. Each text is served from a local repository as
the metadata of one version; ``generate provider`` decodes and judges it (clusterctl-resolution 7.5).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[2] / "fixtures" / "metadata" / "clusterctl-answers.json"
COMPONENTS = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x-system\n"
LABEL = "bootstrap-x"


def ask(clusterctl: Path, text: str, tag: str) -> str | None:
    """What ``generate provider`` says about a version with this metadata; None where it succeeds."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        release = home / "repository" / LABEL / tag
        release.mkdir(parents=True)
        (release / "metadata.yaml").write_bytes(text.encode())
        (release / "bootstrap-components.yaml").write_text(COMPONENTS)
        url = f"file://{home}/repository/{LABEL}/{tag}/bootstrap-components.yaml"
        config = home / "clusterctl.yaml"
        config.write_text(f"providers:\n- name: x\n  type: BootstrapProvider\n  url: {url}\n")
        command = [
            str(clusterctl),
            "generate",
            "provider",
            "--bootstrap",
            f"x:{tag}",
            "--config",
            str(config),
        ]
        environment = {
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "CLUSTERCTL_DISABLE_VERSIONCHECK": "true",
        }
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
    if done.returncode == 0:
        return None
    message: str = done.stderr.strip().splitlines()[-1]
    return message.replace(str(home), "HOME")


if __name__ == "__main__":
    rows = json.loads(GOLDEN.read_text(encoding="utf-8"))
    for row in rows:
        row["error"] = ask(Path(sys.argv[1]), row["text"], row["tag"])
    GOLDEN.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n", encoding="utf-8")
