"""Reading an archive: every byte that a bundle would not have is found, and hostile archives end in one diagnosis."""

from __future__ import annotations

import io
import random
import tarfile

import pytest
from msgspec.structs import replace

from capyctl.core.bundle.content import index_bytes
from capyctl.core.bundle.faults import Fault, FaultKind
from capyctl.core.bundle.scan import DamagedStreamError, ScanLimits, scan_archive
from capyctl.core.bundle.tar import header
from tests.plugins.bundle_world import judged, small_world, tar_of, unpacked

_ARCHIVE = small_world().archive()
_MEMBERS = unpacked(_ARCHIVE)


def _faults(archive: bytes) -> list[tuple[FaultKind, str | None]]:
    return [(each.kind, each.path) for each in judged(archive).faults]


def _only(archive: bytes) -> Fault:
    (fault,) = judged(archive).faults
    return fault


def _added(member: tarfile.TarInfo, data: bytes = b"", tar_format: int = tarfile.USTAR_FORMAT) -> bytes:
    """The bundle with one more member behind the others, as a tar program adds it."""
    with io.BytesIO(_ARCHIVE) as whole:
        with tarfile.open(fileobj=whole, mode="a", format=tar_format) as tar:
            tar.addfile(member, io.BytesIO(data))
        return whole.getvalue()


def _member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.size = size
    return member


def test_a_bundle_is_whole() -> None:
    verified = judged(_ARCHIVE)
    assert verified.is_whole
    assert (verified.needed, verified.present) == (9, 9)


def test_one_bit_flipped_at_each_of_a_thousand_places_is_found() -> None:
    """Issue 6, section 2: 1,000 of 1,000; a place outside a file is named by its offset."""
    places = random.Random(6).sample(range(len(_ARCHIVE) * 8), 1000)  # noqa: S311 - a seed, so that it is the same run
    inside = _content_ranges()
    missed, unnamed = [], []
    for place in places:
        at, bit = divmod(place, 8)
        flipped = bytearray(_ARCHIVE)
        flipped[at] ^= 1 << bit
        faults = judged(bytes(flipped)).faults
        if not faults:
            missed.append(place)
        elif not any(at in content for content in inside) and not _is_named(faults, at):
            unnamed.append((place, faults))
    assert (missed, unnamed) == ([], [])


def _is_named(faults: tuple[Fault, ...], at: int) -> bool:
    """By its offset; in the very first header by the whole of it, for nothing says yet what it has to be."""
    return any(each.offset == at or (each.offset == 0 and at < 512) for each in faults)


def _content_ranges() -> list[range]:
    with tarfile.open(fileobj=io.BytesIO(_ARCHIVE), mode="r:") as tar:
        return [range(each.offset_data, each.offset_data + each.size) for each in tar]


@pytest.mark.parametrize("path", list(_MEMBERS))
def test_a_changed_byte_of_a_file_is_told_with_its_path(path: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(_ARCHIVE), mode="r:") as tar:
        member = tar.getmember(path)
    changed = bytearray(_ARCHIVE)
    changed[member.offset_data] ^= 0x01
    assert (FaultKind.CHANGED, path) in _faults(bytes(changed))


def test_a_changed_header_is_named_by_path_and_offset_and_the_rest_is_read_on() -> None:
    with tarfile.open(fileobj=io.BytesIO(_ARCHIVE), mode="r:") as tar:
        lock, images = tar.getmember("capyctl.lock"), tar.getmember("images.txt")
    changed = bytearray(_ARCHIVE)
    changed[lock.offset + 124 + 10] ^= 0x01
    changed[images.offset_data] ^= 0x01
    faults = judged(bytes(changed)).faults
    assert [(each.kind, each.path, each.offset) for each in faults] == [
        (FaultKind.ALTERED, "capyctl.lock", lock.offset + 134),
        (FaultKind.CHANGED, "images.txt", None),
    ]


def test_bytes_in_the_padding_are_found() -> None:
    with tarfile.open(fileobj=io.BytesIO(_ARCHIVE), mode="r:") as tar:
        lock = tar.getmember("capyctl.lock")
    changed = bytearray(_ARCHIVE)
    changed[lock.offset_data + lock.size + 3] = 1
    fault = _only(bytes(changed))
    assert (fault.kind, fault.path, fault.offset) == (
        FaultKind.ALTERED,
        "capyctl.lock",
        lock.offset_data + lock.size + 3,
    )


@pytest.mark.parametrize(
    "path", ["../evil", "/etc/passwd", "a/../../b", "./bundle.json", "C:/x", "a\\b", "a//b", "x\x01y"]
)
def test_paths_that_leave_the_folder_are_named(path: str) -> None:
    assert _faults(_added(_member(path, size=3), b"abc")) == [(FaultKind.UNSAFE, path)]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "pipe"),
        (tarfile.GNUTYPE_SPARSE, "sparse"),
        (tarfile.CONTTYPE, "unknown kind"),
        (b"\0", "unknown kind"),
        (tarfile.XHDTYPE, "pax header"),
        (tarfile.XGLTYPE, "pax header for all members"),
        (tarfile.GNUTYPE_LONGNAME, "long name"),
        (tarfile.GNUTYPE_LONGLINK, "long name"),
    ],
)
def test_every_other_kind_of_member_is_named(kind: bytes, said: str) -> None:
    member = _member("evil", kind)
    member.linkname = "/etc/passwd"
    (fault,) = [each for each in judged(_added(member)).faults if each.path == "evil"]
    assert fault.kind is FaultKind.UNSAFE
    assert said in fault.reason


def test_a_pax_header_cannot_rename_a_member() -> None:
    member = _member("innocent", size=3)
    member.pax_headers = {"path": "../evil"}
    assert FaultKind.UNSAFE in {kind for kind, _ in _faults(_added(member, b"abc", tarfile.PAX_FORMAT))}


def test_a_link_in_the_place_of_a_file_is_one_diagnosis() -> None:
    kept = {path: data for path, data in _MEMBERS.items() if path != "images.txt"}
    block = bytearray(header("images.txt", 0))
    block[156:157] = b"2"
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    archive = bytearray(tar_of(kept))
    at = len(bytes(archive).rstrip(b"\0"))
    at += -at % 512
    archive[at : at + 512] = block
    assert _faults(bytes(archive) + bytes(10240))[0] == (FaultKind.UNSAFE, "images.txt")


def test_a_path_twice_is_one_diagnosis() -> None:
    data = _MEMBERS["images.txt"]
    assert _faults(_added(_member("images.txt", size=len(data)), data)) == [(FaultKind.UNSAFE, "images.txt")]


def test_a_file_that_is_not_listed_is_foreign() -> None:
    assert _faults(_added(_member("readme", size=3), b"abc")) == [(FaultKind.FOREIGN, "readme")]


def test_a_file_with_another_mode_is_altered() -> None:
    member = _member("readme")
    member.mode = 0o755
    assert (FaultKind.ALTERED, "readme") in _faults(_added(member))


def test_a_file_that_is_not_there_is_missing_and_counted() -> None:
    path = "clusterctl/repository/infrastructure-aws/v2.9.1/metadata.yaml"
    verified = judged(tar_of({name: data for name, data in _MEMBERS.items() if name != path}))
    assert [(each.kind, each.path) for each in verified.faults] == [
        (FaultKind.MISSING, path),
        (FaultKind.INCOMPLETE, None),
    ]
    assert f"9 files needed, 8 present; lacking: {path}" in verified.faults[1].reason
    assert (verified.needed, verified.present) == (9, 8)


def _repacked(archive: bytes, *, folders: bool = False) -> bytes:
    """The same files as another program packs them, with owners, times and folders of its own."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, data in sorted(unpacked(archive).items()):
            if (
                folders
                and path.count("/") == 1
                and path.startswith("operator/")
                and "operator" not in tar.getnames()
            ):
                tar.addfile(_member("operator", tarfile.DIRTYPE))
            member = _member(path, size=len(data))
            member.mtime, member.uname = 1_700_000_000, "somebody"
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


@pytest.mark.parametrize(
    "archive",
    [_repacked(_ARCHIVE), _repacked(_ARCHIVE, folders=True), tar_of(dict(reversed(_MEMBERS.items())))],
    ids=["other headers", "folders", "another order"],
)
def test_an_archive_that_was_packed_again_is_whole_and_told_as_that(archive: bytes) -> None:
    """cli.md 7.5: regular files and folders, nothing else; one header that differs is a header that was changed."""
    verified = judged(archive)
    assert (verified.is_whole, verified.is_repacked) == (True, True)
    assert not judged(_ARCHIVE).is_repacked


def _of_whole_folder(archive: bytes, mark: str = "./", blocks: int = 2) -> bytes:
    """As ``tar -cf NEW.tar -C FOLDER .`` packs it: entries of folders, a mark before each name, an end of its own."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(_member(mark, tarfile.DIRTYPE))
        tar.addfile(_member(f"{mark}operator/", tarfile.DIRTYPE))
        for path, data in sorted(unpacked(archive).items(), reverse=True):
            tar.addfile(_named(f"{mark}{path}", data), io.BytesIO(data))
        end = tar.offset
    return made.getvalue()[:end] + bytes(blocks * 512)


def _named(path: str, data: bytes) -> tarfile.TarInfo:
    member = _member(path, size=len(data))
    member.mtime, member.uname = 1_700_000_000, "somebody"
    return member


@pytest.mark.parametrize("blocks", [2, 3, 20, 100, 5000])
def test_an_archive_of_a_whole_folder_is_taken_however_long_its_end_is(blocks: int) -> None:
    verified = judged(_of_whole_folder(_ARCHIVE, blocks=blocks))
    assert (verified.faults, verified.is_repacked) == ((), True)


@pytest.mark.parametrize("mark", ["././", "../", "/", ".//", "a/", "a/../", ".\\"])
def test_no_other_mark_before_a_name_is_taken_away(mark: str) -> None:
    assert not judged(_of_whole_folder(_ARCHIVE, mark)).is_whole


def test_two_names_that_are_one_without_the_mark_are_one_twice() -> None:
    data = _MEMBERS["images.txt"]
    for changed in (data, b"other\n"):
        archive = _added(_named("./images.txt", changed), changed)
        assert _faults(archive) == [(FaultKind.UNSAFE, "./images.txt")]
    folder = _added(_member("./images.txt", tarfile.DIRTYPE))
    assert _faults(folder) == [(FaultKind.UNSAFE, "./images.txt")]


def test_the_folder_itself_is_a_folder_once() -> None:
    assert _faults(_added(_member("./", tarfile.DIRTYPE))) == []
    assert _faults(_added(_named(".", b"x"), b"x")) == [(FaultKind.UNSAFE, ".")]
    twice = _of_whole_folder(_ARCHIVE)
    twice = twice[:512] + twice
    assert _faults(twice) == [(FaultKind.UNSAFE, ".")]


def test_a_link_with_the_mark_is_named_as_the_file_that_it_stands_for() -> None:
    kept = tar_of({path: data for path, data in _MEMBERS.items() if path != "images.txt"})
    packed = _of_whole_folder(kept)
    link = _member("./images.txt", tarfile.SYMTYPE)
    link.linkname = "/etc/passwd"
    at = len(packed) - 1024
    assert _faults(packed[:at] + link.tobuf(tarfile.GNU_FORMAT) + packed[at:]) == [
        (FaultKind.UNSAFE, "images.txt")
    ]


def test_one_bit_flipped_anywhere_but_in_a_header_of_a_packed_archive_is_found() -> None:
    """What fills the blocks and the end of another program's archive is as empty as that of ours."""
    archive = _of_whole_folder(_ARCHIVE, blocks=100)
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
        headers = [range(each.offset, each.offset + 512) for each in tar]
    free = [at for at in range(len(archive)) if not any(at in header for header in headers)]
    end = range(len(archive) - 100 * 512, len(archive))
    chosen = random.Random(9)  # noqa: S311 - a seed, so that it is the same run
    for at in (*chosen.sample(free, 200), *chosen.sample(end, 200)):
        flipped = bytearray(archive)
        flipped[at] ^= 1 << chosen.randrange(8)
        assert judged(bytes(flipped)).faults, at


@pytest.mark.parametrize("size", [0, 1, 511, 512, 1023, 1025, 5000])
def test_the_end_of_a_packed_archive_is_two_blocks_at_least_and_whole_ones(size: int) -> None:
    packed = _of_whole_folder(_ARCHIVE)[:-1024]
    (fault,) = judged(packed + bytes(size)).faults
    assert fault.kind in {FaultKind.UNREADABLE, FaultKind.ALTERED}
    assert fault.offset is not None
    assert len(packed) <= fault.offset <= len(packed) + size


def test_the_end_of_a_packed_archive_is_bounded() -> None:
    archive = _of_whole_folder(_ARCHIVE, blocks=4000)
    scanned = scan_archive(io.BytesIO(archive), ScanLimits(member=1024 * 1024))
    assert [each.kind for each in scanned.faults] == [FaultKind.TOO_LARGE]


def _packed_as_pax(records: dict[str, str], archive: bytes = _ARCHIVE) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, data in sorted(unpacked(archive).items(), reverse=True):
            member = _named(path, data)
            member.pax_headers = dict(records)
            tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


@pytest.mark.parametrize("records", [{"mtime": "1700000000.5"}, {"path": "../evil"}, {"size": "0"}])
def test_an_archive_in_pax_format_is_one_fault_with_the_way_out(records: dict[str, str]) -> None:
    """Python packs so by default; its header is named by the file that it is about."""
    fault = _only(_packed_as_pax(records))
    assert (fault.kind, fault.path, fault.offset) == (FaultKind.UNSAFE, "providers.yaml", 0)
    assert "pax header" in fault.reason
    assert "tar --format=ustar" in str(fault.remedy)


def test_a_long_name_of_gnu_tar_is_one_fault_with_the_way_out() -> None:
    path = f"clusterctl/repository/{'long-' * 20}/v1.0.0/metadata.yaml"
    member = _named(f"./{path}", b"abc").tobuf(tarfile.GNU_FORMAT)
    fault = _only(member + b"abc" + bytes(509) + bytes(1024))
    assert (fault.kind, fault.path, fault.offset) == (FaultKind.UNSAFE, path, 0)
    assert "tar --format=ustar" in str(fault.remedy)


@pytest.mark.parametrize("size", [0, 600, 2**30])
def test_a_header_of_another_format_that_leads_nowhere(size: int) -> None:
    block = _member("././@PaxHeader", tarfile.XHDTYPE, size).tobuf(tarfile.USTAR_FORMAT)
    for rest in (b"", bytes(100), bytes(2048), b"x" * 2048):
        fault = _only(block + rest)
        assert (fault.kind, fault.path, fault.offset) == (FaultKind.UNSAFE, None, 0)


def test_a_changed_file_in_an_archive_that_was_packed_again_is_all_that_is_told() -> None:
    archive = _repacked(tar_of({**_MEMBERS, "images.txt": b"other\n"}), folders=True)
    verified = judged(archive)
    assert [(each.kind, each.path) for each in verified.faults] == [(FaultKind.CHANGED, "images.txt")]
    assert not verified.is_repacked


def test_a_folder_of_nothing_that_is_listed_is_foreign() -> None:
    assert _faults(_added(_member("evil", tarfile.DIRTYPE))) == [(FaultKind.FOREIGN, "evil")]
    assert _faults(_added(_member("operator", tarfile.DIRTYPE))) == []
    twice = _added(_member("../evil", tarfile.DIRTYPE))
    assert _faults(twice) == [(FaultKind.UNSAFE, "../evil")]


@pytest.mark.parametrize("size", [0, 100, 512, 20_000, len(_ARCHIVE) - 512, len(_ARCHIVE) - 1])
def test_a_truncated_archive_is_one_diagnosis(size: int) -> None:
    fault = _only(_ARCHIVE[:size])
    assert fault.kind is FaultKind.UNREADABLE
    assert fault.offset is not None
    assert fault.offset <= size


def test_truncation_inside_a_file_names_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(_ARCHIVE), mode="r:") as tar:
        lock = tar.getmember("capyctl.lock")
    fault = _only(_ARCHIVE[: lock.offset_data + 10])
    assert (fault.path, fault.offset) == ("capyctl.lock", lock.offset_data + 10)


@pytest.mark.parametrize("more", [b"\0", b"x", bytes(10240), b"junk" * 1000])
def test_bytes_behind_the_end_are_one_diagnosis(more: bytes) -> None:
    fault = _only(_ARCHIVE + more)
    assert (fault.kind, fault.offset) == (FaultKind.ALTERED, len(_ARCHIVE))


def test_bytes_between_the_end_blocks_are_found() -> None:
    changed = bytearray(_ARCHIVE)
    changed[-100] = 7
    fault = _only(bytes(changed))
    assert (fault.kind, fault.offset) == (FaultKind.ALTERED, len(_ARCHIVE) - 100)
    end = len(_ARCHIVE.rstrip(b"\0"))
    end += -end % 512
    changed = bytearray(_ARCHIVE)
    changed[end] = 7
    fault = _only(bytes(changed))
    assert (fault.kind, fault.offset) == (FaultKind.ALTERED, end)
    assert "behind the last file" in fault.reason


@pytest.mark.parametrize("data", [b"PK\x03\x04" * 200, b"x" * 2000, b"{}" * 400])
def test_something_else_than_a_tar_is_told_as_that(data: bytes) -> None:
    fault = _only(data)
    assert (fault.kind, fault.offset) == (FaultKind.UNREADABLE, 0)
    assert "no tar archive" in fault.reason


def test_a_changed_first_header_is_told_without_guessing_on() -> None:
    changed = bytearray(_ARCHIVE)
    changed[126] ^= 0x10
    fault = _only(bytes(changed))
    assert (fault.kind, fault.path, fault.offset) == (FaultKind.ALTERED, "bundle.json", 0)


def test_an_archive_of_something_else_is_no_bundle() -> None:
    fault = _only(tar_of({"a": b"1"}))
    assert fault.kind is FaultKind.UNREADABLE
    assert "no bundle.json" in fault.reason


def test_junk_in_the_place_of_a_header_is_named_where_nothing_better_is_known() -> None:
    archive = bytearray(tar_of({"bundle.json": b"{}", "a": b"1"}))
    archive[1024:1536] = b"j" * 512
    fault = _only(bytes(archive))
    assert (fault.kind, fault.offset) == (FaultKind.ALTERED, 1024)
    assert "no header" in fault.reason


def test_a_name_that_fits_no_header_of_ours_is_unsafe() -> None:
    """GNU tar's own header holds a size of any length, and the prefix may end in the middle of a name."""
    block = bytearray(header("x", 0))
    block[:100], block[345:500] = b"b" * 100, b"p" * 155
    block[124:136] = bytes([0x80]) + (8**11).to_bytes(11, "big")
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    (fault,) = scan_archive(io.BytesIO(bytes(block))).faults[:1]
    assert (fault.kind, fault.path) == (FaultKind.UNSAFE, f"{'p' * 155}/{'b' * 100}")


@pytest.mark.parametrize("first", [0xFF, 0xC0, 0x81])
def test_a_size_that_is_negative_or_beyond_all_bounds_makes_no_header(first: int) -> None:
    """GNU tar writes 0x80 before a large number, and 0xff before a negative one."""
    archive = bytearray(tar_of({"bundle.json": b"{}", "a": b"1"}))
    block = bytearray(archive[1024:1536])
    block[124:136] = bytes([first]) + b"\xff" * 10 + b"\xfe"
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    archive[1024:1536] = block
    fault = _only(bytes(archive))
    assert (fault.kind, fault.offset) == (FaultKind.ALTERED, 1024)
    assert "no header" in fault.reason


def test_an_index_that_ends_early_leaves_what_follows_as_foreign() -> None:
    archive = tar_of({"bundle.json": index_bytes([]), "a": b"1"})
    assert (FaultKind.FOREIGN, "a") in _faults(archive)


@pytest.mark.parametrize(
    ("limits", "path"),
    [
        (ScanLimits(member=100), "bundle.json"),
        (ScanLimits(total=9000), None),
        (ScanLimits(members=3), None),
    ],
)
def test_limits_end_the_reading_with_one_diagnosis(limits: ScanLimits, path: str | None) -> None:
    scanned = scan_archive(io.BytesIO(_ARCHIVE), limits)
    (fault,) = scanned.faults
    assert fault.kind is FaultKind.TOO_LARGE
    assert path is None or fault.path == path
    assert not scanned.complete


def test_the_most_that_is_told_is_bounded() -> None:
    links = b"".join(
        _member(f"l{number}", tarfile.SYMTYPE).tobuf(tarfile.USTAR_FORMAT) for number in range(60)
    )
    scanned = scan_archive(io.BytesIO(links + bytes(10240)), ScanLimits(faults=5))
    assert len(scanned.faults) == 5
    assert not scanned.complete


def test_large_documents_are_not_held() -> None:
    scanned = scan_archive(io.BytesIO(_ARCHIVE), replace(ScanLimits(), kept=1000))
    assert set(scanned.kept) == {"providers.yaml"}
    assert scanned.complete


def test_a_damaged_stream_is_told_where_it_broke() -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise DamagedStreamError(f"its compressed form is damaged, where {size} bytes are needed")

    scanned = scan_archive(Broken())
    assert [(each.kind, each.offset) for each in scanned.faults] == [(FaultKind.UNREADABLE, 0)]


def test_nothing_but_the_archive_s_own_bytes_is_read() -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1, /) -> bytes:
            self.largest = max(self.largest, size or 0)
            return super().read(size)

    source = Counting(_ARCHIVE)
    scan_archive(source)
    assert 0 < source.largest <= 1024 * 1024
    assert source.tell() == len(_ARCHIVE)
