"""The explanation of every code, and the codes behind a pasted line (style C7, resolution Appendix A).

One page a code, ``explain/CAPY0205.md``: front matter with the patterns of the lines it is behind, then
Markdown. A pattern is searched anywhere in a line, letter case aside; pages of lower rank come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import resources

import yaml
from msgspec import Struct

from capyctl.core.codes import ALL_CODES, Code

_DEFAULT_RANK = 100
_LINES = 2000
_LINE_LENGTH = 4000


class Page(Struct, frozen=True, kw_only=True):
    """The page of one code.

    Attributes:
        text: its Markdown, without the heading that repeats the name. patterns: of lines it is behind.
        rank: its place among several that fit; lower is nearer to the root cause.
    """

    code: Code
    text: str
    patterns: tuple[re.Pattern[str], ...] = ()
    rank: int = _DEFAULT_RANK


def find_code(wanted: str) -> Code | None:
    """The code of this number (``CAPY0205``, ``capy0205``, ``0205``) or name (``repository-renamed``)."""
    text = wanted.strip()
    number = text.upper() if text.upper().startswith("CAPY") else f"CAPY{text}"
    return next((each for each in ALL_CODES if number == each.code or text.lower() == each.name), None)


def page_of(code: Code) -> Page:
    """The page of a registered code.

    Raises:
        ValueError: the packaged page is damaged.
    """
    source = resources.files("capyctl.app").joinpath("explain", f"{code.code}.md").read_text("utf-8")
    parts = source.replace("\r\n", "\n").split("---\n", 2)
    if len(parts) != 3:
        raise ValueError(f"the page of {code.code} has no front matter")
    front = dict(yaml.safe_load(parts[1]))
    patterns = tuple(re.compile(str(each), re.IGNORECASE) for each in front.get("match") or ())
    body = parts[2].strip().removeprefix(f"# {code.name}").strip()
    return Page(code=code, text=body, patterns=patterns, rank=int(front.get("rank", _DEFAULT_RANK)))


def match_text(text: str) -> tuple[Page, ...]:
    """The pages whose patterns occur in a pasted text, the nearest to a root cause first.

    The text may be anything: only its first 2,000 lines of 4,000 characters are looked at.
    """
    lines = [line[:_LINE_LENGTH] for line in text.splitlines()[:_LINES]]
    found = [page for page in map(page_of, ALL_CODES) if _is_behind(page, lines)]
    return tuple(sorted(found, key=lambda page: (page.rank, page.code.code)))


def _is_behind(page: Page, lines: Iterable[str]) -> bool:
    return any(pattern.search(line) for line in lines for pattern in page.patterns)
