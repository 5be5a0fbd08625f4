"""Bundles as files: compressed ones, damaged ones, hostile ones; and the same bytes wherever they are made."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import subprocess
import sys
import tracemalloc
import zlib
from importlib.metadata import version as installed_version
from pathlib import Path

import pytest

from capyctl.adapters.bundle_file import (
    BundleChangedError,
    BundleFileError,
    OpenBundle,
    open_bundle,
    write_bundle,
)
from capyctl.core.bundle.faults import FaultKind
from capyctl.core.bundle.fixed_gzip import HEADER, SEALED_SIZE, compressed, sealed_header
from capyctl.core.bundle.tar import header
from tests.plugins.bundle_world import BundleWorld, components, extract, metadata, small_world

_ROOT = Path(__file__).resolve().parents[2]
_ARCHIVE = small_world().archive()


def _sealed(data: bytes) -> bytes:
    """A compressed archive whose seal is right, whatever follows it."""
    behind = compressed(data)[len(HEADER) :]
    return sealed_header(hashlib.sha256(behind).digest()) + behind


_PACKED = _sealed(_ARCHIVE)


def _kinds(path: Path) -> list[tuple[FaultKind, str | None]]:
    with open_bundle(str(path)) as opened:
        return [(each.kind, each.path) for each in opened.verified.faults]


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return _written(tmp_path / "site.tar", _ARCHIVE)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    return _written(tmp_path / "site.tar.gz", _PACKED)


def test_a_compressed_bundle_is_read_like_a_plain_one(plain: Path, packed: Path) -> None:
    assert _kinds(plain) == _kinds(packed) == []
    with open_bundle(str(plain)) as one, open_bundle(str(packed)) as other:
        assert (one.verified.files, one.verified.needed) == (other.verified.files, other.verified.needed)
        assert one.digest != other.digest
        assert _everything(one) == _everything(other)


@pytest.mark.parametrize(
    "words",
    [
        ("--format=ustar",),
        ("--format=gnu",),
        ("--format=ustar", "-b", "100"),
        ("--format=gnu", "-b", "1"),
        ("--format=gnu", "--numeric-owner", "-z"),
    ],
    ids=" ".join,
)
def test_what_tar_packs_of_the_whole_folder_is_whole(
    plain: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    again, tree = tmp_path / "again.tar", extract(plain.read_bytes(), tmp_path / "tree")
    subprocess.run(["tar", *words, "-cf", str(again), "-C", str(tree), "."], check=True)
    with open_bundle(str(plain)) as one, open_bundle(str(again)) as other:
        assert (other.verified.faults, other.verified.is_repacked) == ((), True)
        assert _everything(one) == _everything(other)


def test_what_tar_packs_in_pax_format_is_named_as_that(plain: Path, tmp_path: Path) -> None:
    again, tree = tmp_path / "again.tar", extract(plain.read_bytes(), tmp_path / "tree")
    subprocess.run(["tar", "--format=pax", "-cf", str(again), "-C", str(tree), "images.txt"], check=True)
    with open_bundle(str(again)) as opened:
        (fault,) = opened.verified.faults
    assert (fault.kind, fault.path) == (FaultKind.UNSAFE, "images.txt")
    assert "--format=ustar" in str(fault.remedy)


def _everything(opened: OpenBundle) -> dict[str, bytes]:
    return {each.path: opened.content(each) for each in opened.verified.files}


def test_what_is_written_compressed_is_gzip(tmp_path: Path) -> None:
    pieces = [b"a" * 1000, b"", b"b" * 2_000_000]
    digest = write_bundle(tmp_path / "x.gz", iter(pieces), compress=True)
    data = (tmp_path / "x.gz").read_bytes()
    assert gzip.decompress(data) == b"".join(pieces)
    assert digest.startswith("sha256:")
    assert data.startswith(b"\x1f\x8b")
    with gzip.open(tmp_path / "x.gz") as file:
        assert file.read(3) == b"aaa"
    listed = subprocess.run(["gzip", "-t", str(tmp_path / "x.gz")], capture_output=True, check=True)
    assert (listed.stdout, listed.stderr) == (b"", b"")


@pytest.mark.parametrize("name", ["missing.tar", "file/inside.tar"])
def test_a_file_that_is_not_there_is_one_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BundleFileError, match="no such file"), open_bundle(str(tmp_path / name)):
        pass


def test_what_is_no_regular_file_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(BundleFileError, match="no regular file"), open_bundle(str(path)):
            pass
    with pytest.raises(BundleFileError, match="cannot be read"), open_bundle("a\0b"):
        pass


@pytest.mark.parametrize(
    "data",
    [
        _PACKED[:5],
        _PACKED[:10],
        _PACKED[: len(_PACKED) // 2],
        _PACKED[:-9],
        _PACKED[:-8],
        _PACKED[:-1],
        _PACKED + b"x",
        _PACKED + _PACKED,
        gzip.compress(_ARCHIVE)[:-1],
        gzip.compress(_ARCHIVE) + b"x",
        _PACKED[:-8] + bytes(8),
        HEADER + b"\xff" * 100,
        _PACKED[:SEALED_SIZE] + b"\xff" * 100,
        _PACKED[:20] + bytes(1) + _PACKED[21:],
    ],
    ids=range(14),
)
def test_a_damaged_compressed_form_is_one_diagnosis(tmp_path: Path, data: bytes) -> None:
    assert _kinds(_written(tmp_path / "x.tgz", data)) == [(FaultKind.UNREADABLE, None)]


def test_another_program_may_have_compressed_it(tmp_path: Path) -> None:
    for data in (gzip.compress(_ARCHIVE), compressed(_ARCHIVE)):
        with open_bundle(str(_written(tmp_path / "x.tgz", data))) as opened:
            assert (opened.verified.is_whole, opened.verified.is_repacked) == (True, True)
    changed = _ARCHIVE.replace(b"CoreProvider", b"CoreProvides", 1)
    assert _kinds(_written(tmp_path / "x.tgz", gzip.compress(changed))) == [
        (FaultKind.CHANGED, "clusterctl/clusterctl.yaml")
    ]


def test_bits_flipped_in_a_compressed_bundle_are_found(tmp_path: Path) -> None:
    """Also those that make another deflate stream of the same bytes, which a run of zeros has many of."""
    places = random.Random(7).sample(range(len(_PACKED) * 8), 1000)  # noqa: S311 - a seed, so that it is the same run
    for place in places:
        flipped = bytearray(_PACKED)
        flipped[place // 8] ^= 1 << (place % 8)
        assert _kinds(_written(tmp_path / "x.tgz", bytes(flipped))), place


def _bomb(size: int, name: str = "bundle.json") -> bytes:
    """A compressed archive with one member of zeros."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = sealed_header(bytes(32)) + deflate.compress(header(name, size))
    zeros = bytes(1024 * 1024)
    data += b"".join(deflate.compress(zeros) for _ in range(size // len(zeros)))
    return data + deflate.flush()


@pytest.mark.parametrize("name", ["bundle.json", "else"])
def test_a_bomb_costs_neither_memory_nor_time(tmp_path: Path, name: str) -> None:
    path = _written(tmp_path / "x.tgz", _bomb(2**27, name))
    assert path.stat().st_size < 2**19
    tracemalloc.start()
    try:
        assert _kinds(path) == [(FaultKind.TOO_LARGE, name)]
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_reading_holds_a_piece_at_a_time(tmp_path: Path) -> None:
    """A bundle of 50 MiB is judged with the memory of four files at most."""
    world = BundleWorld()
    for number in range(4):
        data = components(f"x{number}", "r.example/x:v1", noise=4 * 2**20)
        files = {"metadata.yaml": metadata("1.0"), "infrastructure-components.yaml": data}
        world.add(
            f"infrastructure-{['aws', 'azure', 'gcp', 'openstack'][number]}", "v1.0.0", f"o/r{number}", files
        )
    path = _written(tmp_path / "large.tar", world.archive())
    del world
    tracemalloc.start()
    try:
        assert _kinds(path) == []
        assert tracemalloc.get_traced_memory()[1] < 4 * 4 * 2**20
    finally:
        tracemalloc.stop()


def test_a_bundle_that_is_written_to_while_it_is_open_gives_nothing_wrong(plain: Path) -> None:
    with open_bundle(str(plain)) as opened:
        file = next(each for each in opened.verified.files if each.path == "images.txt")
        at = opened.scanned.members["images.txt"].offset
        with plain.open("r+b") as other:
            other.seek(at)
            other.write(b"X")
        with pytest.raises(BundleChangedError, match=r"images\.txt"):
            opened.content(file)


def test_bodies_are_found_by_digest(plain: Path) -> None:
    with open_bundle(str(plain)) as opened:
        file = next(each for each in opened.verified.files if each.path == "images.txt")
        assert opened.body(file.sha256) == opened.content(file)
        assert opened.body("0" * 64) is None
        assert opened.route == "bundle"


_MAKE = (
    "import hashlib, os, sys, zlib; os.umask(int(sys.argv[1], 8));"
    "from tests.plugins.bundle_world import large_world;"
    "print(zlib.ZLIB_RUNTIME_VERSION, hashlib.sha256(large_world().archive()).hexdigest())"
)


def _pythons() -> list[str]:
    """Interpreters of this machine, each of another version, that capyctl may run on."""
    found = {sys.version_info[:2]: sys.executable}
    folders = [Path.home() / ".pyenv" / "versions", Path("/usr")]
    for folder in (each for base in folders for each in (base, *base.glob("*"))):
        for minor in range(11, 15):
            path = folder / "bin" / f"python3.{minor}"
            if path.is_file():
                found.setdefault((3, minor), str(path))
    return list(found.values())


def _libraries(python: str, folder: Path) -> Path:
    """What a bundle's bytes are made with, for that interpreter: msgspec's wheels are of one version each."""
    folder.mkdir()
    own = Path(next(path for path in sys.path if path.endswith("site-packages")))
    for name in ("yaml", "semver"):
        (folder / name).symlink_to(own / name)
    if python == sys.executable:
        (folder / "msgspec").symlink_to(own / "msgspec")
        return folder
    version = Path(python).name.removeprefix("python")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder), "--no-deps"]
    wheel = [
        "--only-binary",
        ":all:",
        "--python-version",
        version,
        f"msgspec=={installed_version('msgspec')}",
    ]
    ran = subprocess.run([*pip, *wheel], capture_output=True, text=True, check=False)
    if ran.returncode:
        reason = f"no msgspec for Python {version} can be installed: {ran.stderr.strip()[-300:]}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return folder


def test_the_bytes_are_the_same_in_other_pythons_locales_time_zones_and_umasks(tmp_path: Path) -> None:
    said: dict[str, set[str]] = {}
    for number, python in enumerate(_pythons()):
        libraries = _libraries(python, tmp_path / f"libraries-{number}")
        for locale, zone, umask in (("C", "UTC", "022"), ("C.UTF-8", "Asia/Kathmandu", "077")):
            environment = {"PATH": os.environ["PATH"], "LC_ALL": locale, "TZ": zone, "HOME": str(tmp_path)}
            environment |= {"PYTHONPATH": f"{_ROOT}{os.pathsep}{libraries}", "PYTHONDONTWRITEBYTECODE": "1"}
            ran = subprocess.run(
                [python, "-c", _MAKE, umask],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
                cwd=_ROOT,
            )
            library, digest = ran.stdout.split()
            said.setdefault(library, set()).add(digest)
    assert {library: len(digests) for library, digests in said.items()} == dict.fromkeys(said, 1)


def test_what_python_unpacks_is_what_was_packed() -> None:
    assert gzip.GzipFile(fileobj=io.BytesIO(_PACKED)).read() == _ARCHIVE
