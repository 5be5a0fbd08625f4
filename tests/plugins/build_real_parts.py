"""Builds the real parts of the tests into the checkout's cache: clusterctl, a control plane, a registry.

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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

CLUSTERCTL_VERSIONS = ("v1.10.1", "v1.13.6")
KUBERNETES_VERSIONS = ("v1.34.3", "v1.36.3")
ETCD_VERSION = "v3.6.4"
KWOK_VERSION = "v0.7.0"
REGISTRY_VERSION = "v0.22.1"
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


class BuildError(Exception):
    """Go's client failed; the message is what it wrote."""


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


def _clusterctl(version: str) -> Part:
    # It keeps its symbols: it is measured beside capyctl as `go install` leaves it.
    package = f"{_CLUSTER_API}/cmd/clusterctl@{version}"
    return Part(name="clusterctl", version=version, package=package, ldflags="")


# In an order in which a part finds much of itself compiled by the one before, and the longest come first.
PARTS = (
    _kubernetes(KUBERNETES_VERSIONS[0]),
    *(_clusterctl(each) for each in reversed(CLUSTERCTL_VERSIONS)),
    _kubernetes(KUBERNETES_VERSIONS[1]),
    *(_cluster_api(each) for each in reversed(CLUSTER_API_VERSIONS)),
    # The older Kubernetes module names this etcd itself.
    Part(name="etcd", version=ETCD_VERSION, package="./etcd", module=MODULES / "kubernetes-1.34"),
    Part(name="kwok", version=KWOK_VERSION, package=f"sigs.k8s.io/kwok/cmd/kwok@{KWOK_VERSION}"),
    Part(
        name="registry",
        version=REGISTRY_VERSION,
        package=f"github.com/google/go-containerregistry/cmd/registry@{REGISTRY_VERSION}",
    ),
)
# Downloads, which wait for the network, and links, which use one core, go on beside another part's compiling.
_AT_ONCE = 2


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


def _go(*arguments: str, cwd: Path, **variables: str) -> str:
    """What Go's client writes to its stdout; what it writes besides is shown only where it fails."""
    # Without C everywhere: the releases are built so, and every part shares one compiled standard library.
    environment = {**os.environ, "CGO_ENABLED": "0", **variables}
    ran = subprocess.run(
        ["go", *arguments], cwd=cwd, env=environment, check=False, capture_output=True, text=True
    )
    if ran.returncode:
        raise BuildError(ran.stderr)
    return ran.stdout


def _compile(wanted: Part, folder: Path) -> None:
    flags = ["-ldflags", wanted.ldflags] if wanted.ldflags else []
    if wanted.module is None:
        _go("install", *flags, wanted.package, cwd=CACHE, GOFLAGS="-mod=mod", GOBIN=str(folder))
    else:
        target = str(folder / wanted.path.name)
        command = ("build", *flags, "-o", target, wanted.package)
        _go(*command, cwd=wanted.module, GOFLAGS="-mod=readonly -buildvcs=false")


def _copy_definitions(asked: str, target: Path) -> None:
    """Keep the module's definitions beside its program: a test run needs neither Go nor a network."""
    source = Path(json.loads(_go("mod", "download", "-json", asked, cwd=CACHE))["Dir"])
    for owner, folder in _DEFINITIONS.items():
        (target / owner).mkdir(parents=True)
        for each in sorted((source / folder / "config" / "crd" / "bases").glob("*.yaml")):
            (target / owner / each.name).write_bytes(each.read_bytes())


def build(wanted: Part) -> Path:
    """Build one part through Go's own client, unless it is there; the program's path.

    Raises:
        BuildError: Go's client failed.
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


def _report(wanted: Part) -> bool:
    began = time.monotonic()
    try:
        path = build(wanted)
    except (OSError, BuildError) as error:
        sys.stderr.write(f"{wanted.name} {wanted.version}: {error}\n")
        return False
    took = time.monotonic() - began
    sys.stdout.write(f"{wanted.name} {wanted.version}: {path.relative_to(ROOT)} ({took:.1f} s)\n")
    sys.stdout.flush()
    return True


def main(arguments: list[str]) -> int:
    """Build every part, or those named; the exit status."""
    CACHE.mkdir(parents=True, exist_ok=True)
    chosen = [
        each
        for each in PARTS
        if not arguments or each.name in arguments or f"{each.name}-{each.version}" in arguments
    ]
    if shutil.which("go") is None and not all(each.path.is_file() for each in chosen):
        sys.stderr.write("Go is needed to build the real parts, and `go` is not on the PATH\n")
        # Only CI demands them: elsewhere the tests that need them skip and say why.
        return 1 if os.environ.get("CI") else 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return 0 if all(list(pool.map(_report, chosen))) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
