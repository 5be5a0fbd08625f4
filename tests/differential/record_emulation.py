"""Writes what real clusterctl says of odd files into ``fixtures/recorded``, for tests that run without it.

Run it as ``python -m tests.differential.record_emulation``.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from capyctl.core.emulation_release import EMULATED_RELEASES
from capyctl.core.emulation_request import GoproxyState
from capyctl.lab.run import open_lab
from tests.differential.emulation_cases import Case, components_cases, metadata_cases
from tests.differential.test_emulation_clusterctl import furnish, run_clusterctl

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "recorded" / "clusterctl-generate-provider.json"


def recorded() -> list[dict[str, object]]:
    """One row a case and release: the two files, the variables, and clusterctl's error or null."""
    return [row for case in (*metadata_cases(), *components_cases()) for row in _rows(case)]


def _rows(case: Case) -> list[dict[str, object]]:
    files = case.world.repositories[0].releases[0].files
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, open_lab(case.world) as lab:
        furnish(Path(folder), case)
        for release in EMULATED_RELEASES:
            result = run_clusterctl(release, GoproxyState.UNSET, case, Path(folder), lab)
            lines = result.stderr.strip().splitlines()
            rows.append(
                {
                    "case": case.name,
                    "release": release.version,
                    "metadata": files["metadata.yaml"].render().decode(),
                    "components": files["infrastructure-components.yaml"].render().decode(),
                    "variables": dict(case.variables),
                    "error": lines[-1].removeprefix("Error: ") if result.returncode else None,
                }
            )
    return rows


def main() -> None:
    """Write the fixture."""
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    about = "clusterctl generate provider --infrastructure x, release v1.0.0 of acme/capx, real binaries in the lab"
    document = {"source": about, "rows": recorded()}
    FIXTURE.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{FIXTURE}\n")


if __name__ == "__main__":
    main()
