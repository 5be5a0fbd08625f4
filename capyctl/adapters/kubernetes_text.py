"""Text that an API server, a proxy or a credential plugin sent, made fit for one line of ours."""

from __future__ import annotations

import unicodedata

from capyctl.core.pattern import pattern

_LONGEST = 600
_LOOKS_SECRET = pattern(r"[A-Za-z0-9_+/=.-]{40,}")


def plain_line(text: str, longest: int = _LONGEST) -> str:
    """The text in one line, without control characters, cut at ``longest`` characters."""
    line = " ".join("".join(map(_harmless, text[: longest * 4])).split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."


def plain_lines(text: str) -> str:
    """The text with its lines kept, without any other control character."""
    return "\n".join("".join(map(_harmless, line)) for line in text.splitlines())


def without_long_words(text: str) -> str:
    """The text without words as long as a token: a program's complaint may repeat one."""
    return _LOOKS_SECRET().sub("***", text)


def _harmless(char: str) -> str:
    if char.isspace():
        return " "
    return "\ufffd" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") else char
