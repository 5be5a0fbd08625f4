"""The pages that people read, and the code blocks and commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(
    r"(?:^<!-- (?P<marker>[^\n]*?) -->\n)?^```(?P<language>[a-z]*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_INDENTED = re.compile(r"^ {4}(\S.*)$", re.MULTILINE)
_INLINE = re.compile(r"`(capyctl [^`]+)`")
_VARIABLE = re.compile(r"[A-Z_]+=\S*\Z")
_JOINTS = frozenset({"&&", "|", "||", ";"})


class Block(Struct, frozen=True, kw_only=True):
    """One fenced block: the marker in the comment before it, its language and its text."""

    page: Path
    marker: str
    language: str
    text: str

    @property
    def title(self) -> str:
        """A name for the test."""
        return f"{self.page.relative_to(ROOT)}: {self.text.splitlines()[0][:60]}"


def pages() -> list[Path]:
    """README, changelog and everything under docs, in order."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(page=page, marker=match["marker"] or "", language=match["language"], text=match["text"])
        for match in _FENCE.finditer(page.read_text("utf-8"))
    ]


def command_lines(page: Path) -> Iterator[str]:
    """Every command line of capyctl on a page: in fenced and indented code, and between backquotes."""
    text = page.read_text("utf-8")
    for block in blocks(page):
        if block.language in {"console", "sh", "yaml", "text"}:
            yield from (line.strip() for line in block.text.replace("\\\n", " ").splitlines())
    outside = _FENCE.sub("", text)
    yield from (match[1] for match in _INDENTED.finditer(outside))
    yield from (match[1] for match in _INLINE.finditer(outside))


def calls_of_capyctl(line: str) -> Iterator[list[str]]:
    """The words after each ``capyctl`` of a shell line, as far as the next joint."""
    try:
        words = shlex.split(line.removeprefix("$ ").removeprefix("- run: "), comments=True)
    except ValueError:
        return
    for call in _calls(words):
        while call and _VARIABLE.match(call[0]):
            call.pop(0)
        if call and call[0].rpartition("/")[2] == "capyctl":
            yield call[1:]
        elif call[:3] == ["python", "-m", "capyctl"]:
            yield call[3:]


def _calls(words: list[str]) -> Iterator[list[str]]:
    call: list[str] = []
    for word in words:
        if word in _JOINTS:
            yield call
            call = []
        elif not word.startswith((">", "2>")):
            call.append(word)
    yield call
