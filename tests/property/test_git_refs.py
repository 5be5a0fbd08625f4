"""What holds of every advertisement of references, and of bytes that are none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.git_refs import MalformedRefsError, advertised_tags

NAMES = st.text(
    st.characters(min_codepoint=0x21, exclude_characters="\x7f^", exclude_categories=["Cs"]),
    min_size=1,
    max_size=60,
)
OBJECTS = st.text("0123456789abcdef", min_size=40, max_size=40)


def packet(line: bytes) -> bytes:
    return f"{len(line) + 4:04x}".encode() + line


@st.composite
def advertisements(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """The bytes of an advertisement, and its tags."""
    tags = draw(st.lists(NAMES, unique=True, max_size=20))
    lines = [f"{draw(OBJECTS)} HEAD\0multi_ack\n"]
    lines += [f"{draw(OBJECTS)} refs/heads/{name}\n" for name in draw(st.lists(NAMES, max_size=5))]
    for tag in tags:
        lines.append(f"{draw(OBJECTS)} refs/tags/{tag}\n")
        if draw(st.booleans()):
            lines.append(f"{draw(OBJECTS)} refs/tags/{tag}^{{}}\n")
    body = b"".join(packet(line.encode()) for line in lines)
    return packet(b"# service=git-upload-pack\n") + b"0000" + body + b"0000", tags


@given(advertisements())
def test_every_tag_is_found_in_order_and_nothing_else(made: tuple[bytes, list[str]]) -> None:
    data, tags = made
    assert advertised_tags(data) == tuple(tags)


@given(advertisements(), st.data())
def test_a_part_is_never_an_answer(made: tuple[bytes, list[str]], data: st.DataObject) -> None:
    whole, _ = made
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        found = advertised_tags(cut)
    except MalformedRefsError:
        return
    raise AssertionError(found)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read_or_refused(noise: bytes, begun: bool) -> None:
    begin = b"001e# service=git-upload-pack\n0000" if begun else b""
    try:
        found = advertised_tags(begin + noise)
    except MalformedRefsError:
        return
    assert all(name.isprintable() or not name.isascii() for name in found)
