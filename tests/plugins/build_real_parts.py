"""Builds the oracles of the differential suite into the checkout's cache: real clusterctl, two releases.

Run it as ``python tests/plugins/build_real_parts.py``; what is there already is left alone (real-parts.md 1).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CLUSTERCTL_VERSIONS = ("v1.10.1", "v1.13.6")
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "realparts"
_MODULE = "sigs.k8s.io/cluster-api/cmd/clusterctl"
_SUFFIX = ".exe" if sys.platform == "win32" else ""


def clusterctl_path(version: str) -> Path:
    """Where the clusterctl of that release belongs."""
    return CACHE / f"clusterctl-{version}" / f"clusterctl{_SUFFIX}"


def build_clusterctl(version: str) -> Path:
    """Install one release through Go's own client, unless it is there.

    Raises:
        FileNotFoundError: there is no Go. subprocess.CalledProcessError: the build failed.
    """
    target = clusterctl_path(version)
    if target.is_file():
        return target
    go = shutil.which("go")
    if go is None:
        message = "Go is needed to build real clusterctl, and `go` is not on the PATH"
        raise FileNotFoundError(message)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Built beside its place and moved there whole, so that an interrupted build leaves nothing half-done.
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="build-") as folder:
        environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOBIN": folder}
        subprocess.run([go, "install", f"{_MODULE}@{version}"], env=environment, check=True)
        (Path(folder) / target.name).replace(target)
    return target


def main() -> int:
    """Build every release; the exit status."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for version in CLUSTERCTL_VERSIONS:
        try:
            path = build_clusterctl(version)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"clusterctl {version}: {error}\n")
            return 1
        sys.stdout.write(f"clusterctl {version}: {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
