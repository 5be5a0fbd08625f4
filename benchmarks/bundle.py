"""The bundle rows: made from a warm cache, and judged, beside moving the same bytes (issue 6, section 2)."""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.installation import Installation
from benchmarks.measuring import Command, bare_environment, in_sequence, interleaved
from benchmarks.table import Row
from benchmarks.worlds import COMPONENTS
from capyctl.config.table_files import read_built_in_table
from capyctl.core.lock import Lock, LockedFile, LockedImage, LockedProvider, LockedRepository
from capyctl.core.lock_text import lock_text
from capyctl.core.locked_images import image_references
from capyctl.core.provider_table import TableEntry, build_table

_PROVIDERS = 20
_GOAL = 1.5
_METADATA = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"
_MIB = 1024 * 1024

_MOVE = """\
import hashlib, pathlib, sys, zlib
bodies, tree, target = map(pathlib.Path, sys.argv[1:])
for body in sorted(bodies.rglob("*")):
    if body.is_file():
        hashlib.sha256(body.read_bytes()).hexdigest()
digest = hashlib.sha256()
with target.open("wb") as file:
    for path in sorted(tree.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.parent.name == "operator" and b"binaryData" in data[:200]:
            name = path.stem
            label, _, version = name.rpartition("-")
            (source,) = [each for each in (tree / "clusterctl/repository" / label / version).iterdir()
                         if each.name != "metadata.yaml"]
            deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
            deflate.compress(source.read_bytes()) + deflate.flush()
        digest.update(data)
        file.write(data)
"""
"""Reads, hashes and writes what a bundle has, and packs what its ConfigMaps have packed."""

_KEEP = """\
import hashlib, pathlib, sys
from capyctl.adapters.disk_cache import DiskCache
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.kept_answer import AnswerKey, KeptAnswer
clock = SystemClock()
cache = DiskCache(sys.argv[1], clock)
for line in sys.stdin:
    url, path = line.split()
    data = pathlib.Path(path).read_bytes()
    sha256, size = hashlib.sha256(data).hexdigest(), len(data)
    key = AnswerKey(url=url)
    cache.keep(KeptAnswer(key=key, status=200, stored_at=clock.now(), sha256=sha256, size=size), data)
cache.close()
"""
"""Keeps files as answers of the addresses that they were read from."""


def bundle_rows(installation: Installation, rounds: int) -> Iterator[Row]:
    """Twenty providers with components of real sizes."""
    with tempfile.TemporaryDirectory(prefix="capyctl-benchmark-") as name:
        folder = Path(name)
        lock = _furnished(installation, folder)
        site, tree = folder / "site.tar", folder / "tree"
        environment = bare_environment(XDG_CACHE_HOME=str(folder / "cache"))
        words = ("bundle", "create", str(site), "--locked", str(lock), "--offline")
        create = Command(words=(installation.capyctl, *words), environment=environment)
        create.run()
        with tarfile.open(site) as tar:
            tar.extractall(tree, filter="data")
        bodies = folder / "cache" / "capyctl" / "bodies"
        move = (installation.python, "-I", "-c", _MOVE, str(bodies), str(tree), str(folder / "moved"))
        cases = {
            "moved": Command(words=move, environment=environment),
            "bundle create, 20 providers, warm cache": create,
            "bundle verify of it": Command(
                words=(installation.capyctl, "bundle", "verify", str(site)), environment=environment
            ),
        }
        found = interleaved({name: in_sequence([one]) for name, one in cases.items()}, rounds)
        size = site.stat().st_size / _MIB
        for what in list(cases)[1:]:
            yield Row(
                what=f"{what} ({size:.0f} MiB)",
                ours=found[what].seconds,
                beside=found["moved"].seconds,
                unit="s",
                other="reading, hashing, writing and packing the same",
                goal=_GOAL,
            )


def _furnished(installation: Installation, folder: Path) -> Path:
    """A lock of twenty built-in providers, and a cache that has their files."""
    files: dict[str, bytes] = {}
    entries = build_table(read_built_in_table()).entries[:_PROVIDERS]
    providers = tuple(_locked(entry, number, files) for number, entry in enumerate(entries))
    lock = Lock(
        capyctl="0.1.0",
        created_at="2026-11-01T12:00:00Z",
        providers=tuple(sorted(providers, key=lambda each: each.provider)),
    )
    made = folder / "files"
    made.mkdir()
    lines = []
    for number, (url, data) in enumerate(files.items()):
        (made / str(number)).write_bytes(data)
        lines.append(f"{url} {made / str(number)}\n")
    keep = [installation.python, "-I", "-c", _KEEP, str(folder / "cache" / "capyctl")]
    subprocess.run(keep, check=True, input="".join(lines).encode())
    path = folder / "capyctl.lock"
    path.write_text(lock_text(lock), encoding="utf-8")
    return path


def _locked(entry: TableEntry, number: int, files: dict[str, bytes]) -> LockedProvider:
    label, version = entry.key.manifest_label, f"v1.{number}.0"
    contents = {
        "metadata.yaml": _METADATA + b"- {major: 1, minor: %d, contract: v1beta1}\n" % number,
        entry.readable_location.components_file: _components(number) + f"# {label}\n".encode(),
    }
    locked = {}
    named = image_references(contents[entry.readable_location.components_file]) or ()
    base = f"{entry.url.rpartition('/releases/')[0]}/releases/download/{version}"
    for name, data in contents.items():
        url, sha256 = f"{base}/{name}", hashlib.sha256(data).hexdigest()
        files[url] = data
        locked[name] = LockedFile(url=url, sha256=sha256, size=len(data))
    return LockedProvider(
        provider=label,
        requested=None,
        version=version,
        contract="v1beta1",
        repository=LockedRepository(name=entry.repository_name, id=None, url=entry.url),
        files=locked,
        images=tuple(LockedImage(image=each) for each in named),
    )


def _components(number: int) -> bytes:
    """Real components, one file after the other; their sizes where they are not at hand."""
    if COMPONENTS.is_dir():
        paths = sorted(COMPONENTS.glob("*.yaml"))
        return paths[number % len(paths)].read_bytes()
    sizes = (139_699, 1_176_293, 1_193_415, 3_193_130)
    lines = b"".join(b"# %s\n" % hashlib.sha256(b"%d" % at).hexdigest()[:20].encode() for at in range(1000))
    return (lines * (sizes[number % len(sizes)] // len(lines) + 1))[: sizes[number % len(sizes)]]
