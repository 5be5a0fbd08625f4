"""Builds the real parts of the tests into the checkout's cache: clusterctl, a control plane, Cluster API.

Run it as ``python tests/plugins/build_real_parts.py [PART...]``, a part being ``kubernetes`` or
``kubernetes-v1.34.3``; what is there already is left alone (real-parts.md 1 to 3, docs/adr/0015).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

CLUSTERCTL_VERSIONS = ("v1.10.1", "v1.13.6")
KUBERNETES_VERSIONS = ("v1.34.3", "v1.36.3")
ETCD_VERSION = "v3.6.4"
KWOK_VERSION = "v0.7.0"
CLUSTER_API_VERSIONS = ("v1.9.4", "v1.13.6")

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "realparts"
MODULES = ROOT / "tests" / "realparts"
_CLUSTER_API = "sigs.k8s.io/cluster-api"
# Where the one module keeps the definitions of its three providers and of clusterctl's inventory.
_DEFINITIONS = {
    "core": ".",
    "bootstrap": "bootstrap/kubeadm",
    "control-plane": "controlplane/kubeadm",
    "clusterctl": "cmd/clusterctl",
}
_SUFFIX = ".exe" if sys.platform == "win32" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One program. ``package`` is what Go's client is asked for, inside ``module`` where it is one of ours."""

    name: str
    version: str
    package: str
    module: Path | None = None
    ldflags: str = "-s -w"
    definitions_of: str | None = None

    @property
    def path(self) -> Path:
        """Where the program belongs."""
        return CACHE / f"{self.name}-{self.version}" / f"{self.name}{_SUFFIX}"

    @property
    def definitions(self) -> Path:
        """Where the custom resource definitions that the program needs belong."""
        return self.path.parent / "crd"


def _kubernetes(version: str) -> Part:
    major, minor, _ = version.removeprefix("v").split(".")
    # Without these values clients see v0.0.0 and refuse (real-parts.md 2).
    values = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    named = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())
    module = MODULES / f"kubernetes-{major}.{minor}"
    return Part(
        name="kubernetes", version=version, package="./kubernetes", module=module, ldflags=f"-s -w {named}"
    )


def _cluster_api(version: str) -> Part:
    asked = f"{_CLUSTER_API}@{version}"
    return Part(name="cluster-api", version=version, package=asked, definitions_of=asked)


# clusterctl keeps its symbols: it is measured beside capyctl as `go install` leaves it.
PARTS = (
    *(
        Part(name="clusterctl", version=each, package=f"{_CLUSTER_API}/cmd/clusterctl@{each}", ldflags="")
        for each in CLUSTERCTL_VERSIONS
    ),
    *(_kubernetes(each) for each in KUBERNETES_VERSIONS),
    # The oldest Kubernetes module names this etcd itself, so most of it is compiled already.
    Part(name="etcd", version=ETCD_VERSION, package="./etcd", module=MODULES / "kubernetes-1.34"),
    *(_cluster_api(each) for each in CLUSTER_API_VERSIONS),
    Part(name="kwok", version=KWOK_VERSION, package=f"sigs.k8s.io/kwok/cmd/kwok@{KWOK_VERSION}"),
)


def part(name: str, version: str) -> Part:
    """The part of that name and version.

    Raises:
        LookupError: it is none of ours.
    """
    for each in PARTS:
        if (each.name, each.version) == (name, version):
            return each
    raise LookupError(f"{name} {version}")


def clusterctl_path(version: str) -> Path:
    """Where the clusterctl of that release belongs."""
    return part("clusterctl", version).path


def _go() -> str:
    found = shutil.which("go")
    if found is None:
        message = "Go is needed to build the real parts, and `go` is not on the PATH"
        raise FileNotFoundError(message)
    return found


def _compile(wanted: Part, folder: Path) -> None:
    # Without C everywhere: the releases are built so, and every part shares one compiled standard library.
    environment = {**os.environ, "CGO_ENABLED": "0"}
    flags = ["-ldflags", wanted.ldflags] if wanted.ldflags else []
    if wanted.module is None:
        environment |= {"GOFLAGS": "-mod=mod", "GOBIN": str(folder)}
        subprocess.run([_go(), "install", *flags, wanted.package], env=environment, check=True)
    else:
        environment |= {"GOFLAGS": "-mod=readonly -buildvcs=false"}
        command = [_go(), "build", *flags, "-o", str(folder / wanted.path.name), wanted.package]
        subprocess.run(command, env=environment, cwd=wanted.module, check=True)


def _copy_definitions(asked: str, target: Path) -> None:
    """Keep the module's definitions beside its program: a test run needs neither Go nor a network."""
    command = [_go(), "mod", "download", "-json", asked]
    answer = subprocess.run(command, cwd=CACHE, check=True, capture_output=True, text=True)
    source = Path(json.loads(answer.stdout)["Dir"])
    for owner, folder in _DEFINITIONS.items():
        (target / owner).mkdir(parents=True)
        for each in sorted((source / folder / "config" / "crd" / "bases").glob("*.yaml")):
            (target / owner / each.name).write_bytes(each.read_bytes())


def build(wanted: Part) -> Path:
    """Build one part through Go's own client, unless it is there; the program's path.

    Raises:
        FileNotFoundError: there is no Go. subprocess.CalledProcessError: the build failed.
    """
    if wanted.path.is_file():
        return wanted.path
    # Built beside its place and moved there whole, so that an interrupted build leaves nothing half-done.
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="build-") as beside:
        folder = Path(beside) / wanted.path.parent.name
        folder.mkdir()
        built = folder / wanted.path.name
        _compile(wanted, folder)
        if not built.is_file():  # Go names a program after its module's last element
            next(each for each in folder.iterdir() if each.is_file()).rename(built)
        if wanted.definitions_of:
            _copy_definitions(wanted.definitions_of, folder / wanted.definitions.name)
        shutil.rmtree(wanted.path.parent, ignore_errors=True)
        folder.replace(wanted.path.parent)
    return wanted.path


def main(arguments: list[str]) -> int:
    """Build every part, or those named; the exit status."""
    CACHE.mkdir(parents=True, exist_ok=True)
    chosen = [
        each
        for each in PARTS
        if not arguments or each.name in arguments or f"{each.name}-{each.version}" in arguments
    ]
    for each in chosen:
        began = time.monotonic()
        try:
            path = build(each)
        except (OSError, subprocess.CalledProcessError) as error:
            sys.stderr.write(f"{each.name} {each.version}: {error}\n")
            return 1
        took = time.monotonic() - began
        sys.stdout.write(f"{each.name} {each.version}: {path.relative_to(ROOT)} ({took:.1f} s)\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
