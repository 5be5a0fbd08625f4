"""Layers written by Python's own tarfile and gzip, read as a stream; and hostile ones."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
from collections.abc import Iterator

import pytest

from capyctl.core.tar_stream import LayerError, LayerFinding, LayerLimits, find_in_layer

PATH = "kind/version"
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def layer(*entries: tuple[str, bytes | str], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar: bytes are a file, ``/`` a folder, other text the target of a link."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                info.type = tarfile.DIRTYPE if content == "/" else tarfile.SYMTYPE
                info.linkname = "" if content == "/" else content
                tar.addfile(info)
    return target.getvalue()


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def find(data: bytes, limits: LayerLimits | None = None, size: int = 1000) -> LayerFinding:
    return find_in_layer(pieces(data, size), PATH, limits)


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("size", [1, 511, 512, 513, 1 << 20])
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_is_found_whatever_the_form_and_the_pieces(form: int, size: int, packed: bool) -> None:
    data = layer(
        ("etc/", "/"),
        ("etc/" + "long-name-" * 9 + "x", b"z" * 3000),
        ("kind/", "/"),
        ("kind/version", b"v1.34.0\n"),
        ("var/big", b"x" * 5000),
        form=form,
    )
    assert find(gzip.compress(data) if packed else data, size=size) == LayerFinding(content=b"v1.34.0\n")


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_beyond_the_header_belong_to_the_entry_after_them_alone(form: int) -> None:
    long = "a/" * 150 + "version"
    data = layer((long, b"no"), ("kind/version", b"yes"), form=form)
    assert find(data).content == b"yes"
    assert find_in_layer(pieces(data, 100), long).content == b"no"


def test_ustar_prefixes_are_part_of_the_name() -> None:
    name = "p" * 90 + "/" + "n" * 90
    assert find_in_layer([layer((name, b"deep"), form=tarfile.USTAR_FORMAT)], name).content == b"deep"


@pytest.mark.parametrize("name", ["./kind/version", "/kind/version", "kind//version"])
def test_a_leading_dot_or_slash_counts_for_nothing(name: str) -> None:
    assert find(layer((name, b"v1.0.0"))).content == b"v1.0.0"


def test_gzip_of_several_members_is_one_layer() -> None:
    data = layer(("first", b"x" * 4000), ("kind/version", b"v1.0.0"))
    packed = b"".join(gzip.compress(data[start : start + 700]) for start in range(0, len(data), 700))
    assert find(packed).content == b"v1.0.0"


def test_a_layer_without_the_file_says_nothing_of_it() -> None:
    assert find(layer(("kind/", "/"), ("kind/version2", b"x"), ("version", b"y"))) == LayerFinding()


@pytest.mark.parametrize("name", [".wh.kind", "kind/.wh.version", "kind/.wh..wh..opq", ".wh..wh..opq"])
def test_whiteouts_hide_what_lies_below(name: str) -> None:
    assert find(layer((name, b""))) == LayerFinding(hides=True)


@pytest.mark.parametrize("name", [".wh.other", "kind/.wh.other", "other/.wh..wh..opq", "kind/.wh.versions"])
def test_whiteouts_of_other_files_hide_nothing(name: str) -> None:
    assert find(layer((name, b""))) == LayerFinding()


def test_a_file_in_the_same_layer_stands_above_an_opaque_mark() -> None:
    assert find(layer(("kind/.wh..wh..opq", b""), ("kind/version", b"v1.0.0"))).content == b"v1.0.0"


def test_something_else_in_the_folders_place_hides_the_file() -> None:
    assert find(layer(("kind", "elsewhere"))) == LayerFinding(hides=True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (layer(("kind/version", "/etc/shadow")), "no regular file"),
        (layer(("kind/version", b"x" * 5000)), "more than the 4096"),
        (b"not a tar at all" * 100, "no tar"),
        (b"short", "no tar"),
        (b"ab", "no tar"),
        (b"\x28\xb5\x2f\xfd" + bytes(100), "zstd"),
        (gzip.compress(layer(("kind/version", b"v")), mtime=0)[:60], "before it was complete"),
        (gzip.compress(layer(("a", b"x" * 9000)), mtime=0)[:20] + bytes(100), "damaged"),
        (layer(("a", b"x" * 9000))[:4000], "before it was complete"),
    ],
)
def test_what_cannot_be_read_is_one_error(data: bytes, reason: str) -> None:
    with pytest.raises(LayerError, match=reason):
        find(data)


def test_an_empty_layer_says_nothing() -> None:
    assert find(b"") == LayerFinding()


def _header(kind: bytes, size: bytes, name: bytes = b"x") -> bytes:
    block = bytearray(512)
    block[: len(name)], block[124:136], block[156:157] = name, size.ljust(12, b"\0"), kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (_header(b"S", b"0"), "sparse"),
        (_header(b"L", b"7777777"), "beyond all bounds"),
        (_header(b"x", b"5") + b"5 a=b".ljust(512, b"\0"), None),
        (_header(b"x", b"5") + b"9 a=b".ljust(512, b"\0"), "damaged extended header"),
        (_header(b"x", b"14") + b"12 size=-10\n".ljust(512, b"\0"), "size that is none"),
        (_header(b"0", b"\x80" + b"\xff" * 11), "before it was complete"),
        (_header(b"0", b"9z"), "no tar"),
    ],
)
def test_hostile_headers_end_with_one_error(data: bytes, reason: str | None) -> None:
    if reason is None:
        assert find(data) == LayerFinding()
        return
    with pytest.raises(LayerError, match=reason):
        find(data)


def test_global_headers_and_long_links_are_passed_over() -> None:
    data = (
        _header(b"g", b"5") + bytes(512) + _header(b"K", b"3") + bytes(512) + layer(("kind/version", b"v1"))
    )
    assert find(data).content == b"v1"


def test_a_size_in_an_extended_header_replaces_the_other() -> None:
    record = b"11 size=600\n"
    record = b"%d%s" % (len(record), record[2:])
    data = _header(b"x", b"%o" % len(record)) + record.ljust(512, b"\0") + _header(b"0", b"0", b"big")
    data += bytes(1024) + layer(("kind/version", b"v1"))
    assert find(data).content == b"v1"


def test_a_bomb_ends_at_the_limit_without_being_held() -> None:
    bomb = gzip.compress(layer(("zeros", bytes(3_000_000))))
    with pytest.raises(LayerError, match="unpacks to more than 1000000 bytes"):
        find(bomb, LayerLimits(unpacked=1_000_000))


def test_a_layer_larger_than_the_limit_ends_there() -> None:
    with pytest.raises(LayerError, match="larger than 2000 bytes"):
        find(layer(("a", b"x" * 9000)), LayerLimits(sent=2000))


def test_reading_ends_where_the_file_is_found() -> None:
    def chunks() -> Iterator[bytes]:
        yield layer(("kind/version", b"v1.0.0"))[:1024]
        raise AssertionError("more was read than needed")

    assert find_in_layer(chunks(), PATH).content == b"v1.0.0"


def test_a_layer_without_an_end_mark_ends_with_its_bytes() -> None:
    data = layer(("a", b""), form=tarfile.USTAR_FORMAT)[:512]
    assert find(data) == LayerFinding()
    assert find(gzip.compress(data)) == LayerFinding()


@pytest.mark.parametrize("packed", [False, True])
def test_a_large_layer_is_never_held_in_memory(packed: bool) -> None:
    data = layer(("var/images", bytes(32 * 1024 * 1024)), ("kind/version", b"v1.0.0"))
    data = gzip.compress(data, 1) if packed else data
    tracemalloc.start()
    try:
        found = find(data, size=256 * 1024)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.content == b"v1.0.0"
    assert peak < 4 * 1024 * 1024
