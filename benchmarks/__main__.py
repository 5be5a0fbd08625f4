"""``python -m benchmarks [GROUP…]``: measure and print ratios; the status tells nothing about speed."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.bundle import bundle_rows
from benchmarks.cache import cache_rows
from benchmarks.components import components_rows
from benchmarks.description import description_rows
from benchmarks.faults import fault_rows
from benchmarks.init import init_rows
from benchmarks.installation import ROOT, Installation, install
from benchmarks.lint import lint_rows
from benchmarks.network import network_rows
from benchmarks.start import start_rows
from benchmarks.table import Row, as_text
from benchmarks.upgrade import upgrade_rows

_CLUSTERCTL = ROOT / ".cache" / "realparts" / "clusterctl-v1.13.6" / "clusterctl"
_GROUPS = (
    "network",
    "faults",
    "components",
    "start",
    "lint",
    "describe",
    "upgrade",
    "init",
    "cache",
    "bundle",
)


def main() -> int:
    """Install, measure, print. 1 if real clusterctl is not there to stand beside."""
    options = _parser().parse_args()
    if not _CLUSTERCTL.is_file():
        sys.stderr.write("clusterctl v1.13.6 is not built; run: python tests/plugins/build_real_parts.py\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as folder:
        installation = install(Path(folder), options.wheel)
        groups = _measures(installation, options)
        rows = [row for name in options.groups or _GROUPS for row in _told(name, groups[name])]
    sys.stdout.write(f"{_machine()}\n\n{as_text(rows)}")
    if options.json is not None:
        document = {"machine": _machine(), "rows": [row.as_json() for row in rows]}
        options.json.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return 0


def _measures(
    installation: Installation, options: argparse.Namespace
) -> dict[str, Callable[[], Iterator[Row]]]:
    clusterctl, rounds = str(_CLUSTERCTL), options.rounds
    return {
        "network": lambda: network_rows(installation, clusterctl, rounds),
        "faults": lambda: fault_rows(installation, clusterctl, slow=options.slow),
        "components": lambda: components_rows(installation, clusterctl, rounds),
        "start": lambda: start_rows(installation, rounds * 3),
        "lint": lambda: lint_rows(installation, min(rounds, 3)),
        "describe": lambda: description_rows(installation, clusterctl, rounds),
        "upgrade": lambda: upgrade_rows(installation, clusterctl, rounds),
        "init": lambda: init_rows(installation, clusterctl, rounds),
        "cache": lambda: cache_rows(installation, clusterctl, rounds),
        "bundle": lambda: bundle_rows(installation, rounds),
    }


def _told(name: str, measure: Callable[[], Iterator[Row]]) -> list[Row]:
    sys.stderr.write(f"measuring: {name}\n")
    return list(measure())


def _machine() -> str:
    day = dt.datetime.now(tz=dt.UTC).date().isoformat()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{day}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, {python}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"some of {', '.join(_GROUPS)}")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each case; figures are medians (7)")
    parser.add_argument(
        "--wheel", type=Path, help="measure this wheel instead of one built from the checkout"
    )
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    parser.add_argument(
        "--slow", action="store_true", help="time clusterctl in the fault rows too; takes three minutes more"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
