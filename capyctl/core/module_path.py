"""Go module paths: case encoding, the paths of later majors, and the globs of GOPRIVATE (peers B1, B2)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

_ELEMENT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"


def escape_module_path(path: str) -> str:
    """Each ASCII capital as ``!`` and its small letter, as proxies demand; also for versions.

    Raises:
        ValueError: a character that no module path has.
    """
    elements = path.replace("+", "").split("/")
    if not all(elements) or any(element.strip(_ELEMENT) for element in elements):
        raise ValueError(f"{path!r} is not a module path")
    return "".join(f"!{each.lower()}" if each.isupper() else each for each in path)


def major_path(module_path: str, major: int) -> str:
    """The module path of one major: bare for 0 and 1, else with ``/vN``."""
    return module_path if major < 2 else f"{module_path}/v{major}"


def matches_globs(globs: str, module_path: str) -> bool:
    """Whether a GOPRIVATE or GONOPROXY value covers a module: each glob against as many leading elements."""
    elements = module_path.split("/")
    for item in globs.split(","):
        glob = item.removesuffix("/")
        count = glob.count("/") + 1
        if glob and len(elements) >= count and _match(glob, "/".join(elements[:count])):
            return True
    return False


def _match(glob: str, text: str) -> bool:
    pattern = _compiled(glob)
    return pattern is not None and pattern.fullmatch(text) is not None


@functools.lru_cache(maxsize=64)
def _compiled(glob: str) -> re.Pattern[str] | None:
    """Go's ``path.Match`` as a regular expression, or None for a pattern that Go calls malformed."""
    out: list[str] = []
    position = 0
    while position < len(glob):
        char = glob[position]
        position += 1
        if char == "[":
            parsed = _character_class(glob, position)
            if parsed is None:
                return None
            text, position = parsed
            out.append(text)
        elif char == "\\":
            if position == len(glob):
                return None
            out.append(re.escape(glob[position]))
            position += 1
        else:
            out.append({"*": "[^/]*", "?": "[^/]"}.get(char) or re.escape(char))
    return re.compile("".join(out), re.DOTALL)


def _character_class(glob: str, position: int) -> tuple[str, int] | None:
    """``[…]`` from behind its bracket: its expression and the position behind it; None if malformed."""
    negated = glob[position : position + 1] == "^"
    position += negated
    ranges: list[str] = []
    while glob[position : position + 1] != "]" or not ranges:
        low = _class_member(glob, position)
        if low is None:
            return None
        high, position = low[0], low[1]
        if glob[position : position + 1] == "-":
            end = _class_member(glob, position + 1)
            if end is None:
                return None
            high, position = end
        if low[0] <= high:
            ranges.append(f"{re.escape(low[0])}-{re.escape(high)}")
        else:
            ranges.append("")
    body = "".join(ranges)
    if not body:
        return ("[^/]" if negated else "(?!)"), position + 1
    return f"(?!/)[{'^' if negated else ''}{body}]", position + 1


def _class_member(glob: str, position: int) -> tuple[str, int] | None:
    """One character of a class, escapes resolved."""
    char = glob[position : position + 1]
    if char in ("", "-", "]"):
        return None
    if char == "\\":
        position += 1
        char = glob[position : position + 1]
    return (char, position + 1) if char and position + 1 < len(glob) else None


def is_private(module_path: str, globs: Iterable[str | None]) -> bool:
    """Whether the first set value of GONOPROXY, GOPRIVATE (in this order) covers the module."""
    chosen = next((value for value in globs if value), "")
    return matches_globs(chosen, module_path)
