"""Reading what ``info/refs`` answers; the bytes follow git's own gitprotocol-http and gitprotocol-pack."""

from __future__ import annotations

import pytest

from capyctl.core.git_refs import MalformedRefsError, advertised_tags

A, B = "a" * 40, "0123456789abcdef0123456789abcdef01234567"
BEGIN = b"001e# service=git-upload-pack\n0000"
END = b"0000"


def packet(line: str | bytes) -> bytes:
    data = line if isinstance(line, bytes) else f"{line}\n".encode()
    return f"{len(data) + 4:04x}".encode() + data


def advertisement(*lines: str | bytes) -> bytes:
    return BEGIN + b"".join(packet(line) for line in lines) + END


def test_the_example_of_gits_own_documents() -> None:
    """gitprotocol-http, "Smart Server Response": the lengths there are those of its lines."""
    answer = (
        b"001e# service=git-upload-pack\n"
        b"0000"
        b"004895dcfa3633004da0049d3d0fa03f80589cbcaf31 refs/heads/maint\0multi_ack\n"
        b"003fd049f6c27a2244e12041955e262a404c7faba355 refs/heads/master\n"
        b"003c2cb58b79488a98d2721cea644875a8dd0026b115 refs/tags/v1.0\n"
        b"003fa3c2e2402b99163d1d59756e5f207ae21cccba4c refs/tags/v1.0^{}\n"
        b"0000"
    )
    assert advertised_tags(answer) == ("v1.0",)


def test_heads_pulls_and_peeled_lines_are_no_tags() -> None:
    answer = advertisement(
        f"{A} HEAD\0multi_ack symref=HEAD:refs/heads/main",
        f"{A} refs/heads/v9.9.9",
        f"{B} refs/pull/1/head",
        f"{A} refs/tags/api/v1.2.0",
        f"{A} refs/tags/v1.0.0",
        f"{B} refs/tags/v1.0.0^{{}}",
        f"{A} refs/tags/v1.1.0",
    )
    assert advertised_tags(answer) == ("api/v1.2.0", "v1.0.0", "v1.1.0")


def test_an_empty_repository_offers_nothing() -> None:
    assert advertised_tags(advertisement(f"{'0' * 40} capabilities^{{}}\0multi_ack")) == ()
    assert advertised_tags(BEGIN + END) == ()


def test_a_tag_may_be_the_first_line_and_an_object_may_have_a_longer_name() -> None:
    assert advertised_tags(advertisement(f"{'b' * 64} refs/tags/v1.0.0\0object-format=sha256")) == ("v1.0.0",)


def test_lines_about_the_protocol_are_no_references() -> None:
    answer = advertisement("version 1", f"{A} refs/tags/v1.0.0\0multi_ack", f"shallow {A}")
    assert advertised_tags(answer) == ("v1.0.0",)


def test_a_line_may_end_without_a_line_feed() -> None:
    assert advertised_tags(advertisement(f"{A} refs/tags/v1.0.0".encode())) == ("v1.0.0",)


@pytest.mark.parametrize(
    "name",
    [b"", b"\xff", b"a b", b"a\tb", b"v1\x1b[2J", b"v1\x7f", b"v" * 257],
    ids=lambda name: repr(name[:8]),
)
def test_a_name_that_no_version_has_is_left_out(name: bytes) -> None:
    odd = f"{A} refs/tags/".encode() + name
    assert advertised_tags(advertisement(odd, f"{A} refs/tags/v1.0.0")) == ("v1.0.0",)


def test_a_name_that_comes_twice_counts_once() -> None:
    assert advertised_tags(advertisement(*[f"{A} refs/tags/v1.0.0"] * 2)) == ("v1.0.0",)


WHOLE = advertisement(f"{A} HEAD\0multi_ack", f"{A} refs/tags/v1.0.0")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<!DOCTYPE html><html></html>",
        b"0000",
        b"001e# service=git-upload-pack\n",
        b"001f# service=git-receive-pack\n0000" + END,
        b"001e# service=git-upload-pack\n" + packet(f"{A} refs/tags/v1.0.0") + END,
        BEGIN + b"0001" + END,
        BEGIN + b"0003" + END,
        BEGIN + b"ffff" + END,
        BEGIN + b"+01e" + b"x" * 26 + END,
        BEGIN + b"00",
        advertisement("ERR Repository not found"),
        advertisement("refs/tags/v1.0.0"),
        advertisement(f"{'g' * 40} refs/tags/v1.0.0"),
        advertisement(f"{'a' * 41} refs/tags/v1.0.0"),
        advertisement(b""),
        WHOLE + packet(f"{A} refs/tags/v2.0.0"),
        WHOLE + END,
        *(WHOLE[:end] for end in range(0, len(WHOLE), 7)),
    ],
    ids=repr,
)
def test_anything_else_and_any_part_of_an_answer_is_refused(answer: bytes) -> None:
    """A part would make versions look withdrawn."""
    with pytest.raises(MalformedRefsError):
        advertised_tags(answer)
