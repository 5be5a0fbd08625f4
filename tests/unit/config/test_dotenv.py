"""Dotenv lines: what clusterctl v1.13.6 read from the same file (run 2026-11-21)."""

from __future__ import annotations

import pytest

from capyctl.config.dotenv import DotenvError, parse_dotenv

FILE = """\
# comment
A=plain
B="double \\n x"
C='single $A'
export D=exported
F=with # comment
G="has # hash"
H=$A
I=${A}y
J=
K = spaced
M="a\\"b"
N=\\$A
"""


def test_lines() -> None:
    assert parse_dotenv(FILE) == {
        "A": "plain",
        "B": "double \n x",
        "C": "single $A",
        "D": "exported",
        "F": "with",
        "G": "has # hash",
        "H": "plain",
        "I": "plainy",
        "J": "",
        "K": "spaced",
        "M": 'a"b',
        "N": "$A",
    }


@pytest.mark.parametrize("line", ["no assignment", "=x", "a b=c"])
def test_what_is_no_assignment(line: str) -> None:
    with pytest.raises(DotenvError) as raised:
        parse_dotenv(f"A=1\n{line}\n")
    assert raised.value.line == 2
