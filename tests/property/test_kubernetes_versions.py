"""Markers, layers and manifests from anywhere: one answer or one error, and what Python's own tar reader finds."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.e2e_variables import E2eConfigError, version_variables
from capyctl.core.image_manifest import ManifestError, read_manifest
from capyctl.core.node_image import image_tag, node_image, stated_version
from capyctl.core.release_marker import (
    parse_asked_release,
    parse_release_version,
    read_marker_answer,
    release_hint,
)
from capyctl.core.tar_stream import LayerError, LayerLimits, find_in_layer

_PARTS = st.integers(0, 9999)
_WORD = st.text("abcxyz019", min_size=1, max_size=8).filter(lambda text: not text[0].isdigit())
_VERSIONS = st.builds(
    lambda major, minor, patch, pre, build: (
        f"v{major}.{minor}.{patch}" + (f"-{pre}" if pre else "") + (f"+{build}" if build else "")
    ),
    _PARTS,
    _PARTS,
    _PARTS,
    st.none() | _WORD,
    st.none() | _WORD,
)
_NAMES = st.sampled_from(
    [
        "kind/version",
        "./kind/version",
        "kind/",
        "etc/hosts",
        "a" * 60 + "/" + "c" * 60,
        "b/" * 60 + "c",
        "ü/ö",
        "kind/versions",
    ]
)
_ENTRIES = st.lists(st.tuples(_NAMES, st.binary(max_size=3000)), max_size=6)


@given(_VERSIONS, st.sampled_from(["", "\n", " \r\n"]))
def test_what_is_written_as_one_version_is_read_as_that_version(text: str, blank: str) -> None:
    found = read_marker_answer(f"{blank}{text}{blank}".encode())
    assert found is not None
    assert found.text == text
    assert stated_version(text.encode()) == text
    assert read_marker_answer(f"{text}\n{text}".encode()) is None


@given(_VERSIONS)
def test_the_tag_of_a_version_is_one_that_a_registry_takes(text: str) -> None:
    tag = image_tag(text)
    assert set(tag) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
    assert node_image(text) == f"kindest/node:{tag}"
    assert image_tag(tag) == tag


@given(st.text(max_size=60))
def test_any_text_is_a_marker_a_version_or_neither(text: str) -> None:
    found = parse_asked_release(text)
    assert found is None or found.text == text
    hint = release_hint(text)
    assert hint is None or parse_asked_release(hint) is not None


@given(st.binary(max_size=300))
def test_any_answer_is_one_version_or_none(body: bytes) -> None:
    found = read_marker_answer(body)
    assert found is None or parse_release_version(found.text) == found


@given(
    _ENTRIES,
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.integers(1, 2000),
    st.booleans(),
)
def test_a_layer_gives_the_file_that_python_finds_first(
    entries: Sequence[tuple[str, bytes]], form: int, size: int, packed: bool
) -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as tar:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            info.size = 0 if name.endswith("/") else len(data)
            tar.addfile(info, io.BytesIO(data))
    target.seek(0)
    with tarfile.open(fileobj=target) as tar:
        named = [each for each in tar if each.name.removeprefix("./") == "kind/version"]
        member = tar.extractfile(named[0]) if named else None
        expected = member.read() if member is not None else None
    whole = gzip.compress(target.getvalue()) if packed else target.getvalue()
    pieces = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert find_in_layer(pieces, "kind/version").content == expected


@given(st.binary(max_size=2000), st.booleans(), st.integers(0, 1500))
def test_any_bytes_are_a_layer_or_one_error(data: bytes, packed: bool, cut: int) -> None:
    whole = gzip.compress(data)[: max(cut, 1)] if packed else data
    limits = LayerLimits(sent=4000, unpacked=4000, file=100)
    try:
        found = find_in_layer([whole], "kind/version", limits)
    except LayerError:
        return
    assert found.content is None or len(found.content) <= 100


@given(st.binary(max_size=400))
def test_any_bytes_are_a_manifest_or_one_error(data: bytes) -> None:
    try:
        found = read_manifest(data, "amd64")
    except ManifestError:
        return
    assert found.layers or found.points_to


@given(st.binary(max_size=400))
def test_any_bytes_are_a_configuration_or_one_error(data: bytes) -> None:
    try:
        found = version_variables(data, "x.yaml")
    except E2eConfigError:
        return
    assert all(each.name.startswith("KUBERNETES_VERSION") for each in found)
