"""A YAML fault in the words of Go's YAML library, as near as our own parser's words allow."""

from __future__ import annotations

from capyctl.core.yaml_text import YamlError

_WORDS = {
    "a NUL character is not allowed": "control characters are not allowed",
    "a control character is not allowed": "control characters are not allowed",
    "found character that cannot start any token": "found character that cannot start any token",
}
_WITHOUT_LINE = {"control characters are not allowed"}


def go_yaml_error(error: YamlError) -> str:
    """``yaml: line N: reason``; Go leaves the line out where the fault stands on the first one.

    Go counts lines of parser faults from 0 and of scanner faults from 1, and takes the place where the broken
    construct began; the number can differ from ours by a few lines.
    """
    reason = error.reason.rpartition(", ")[2]
    reason = _WORDS.get(error.reason) or _WORDS.get(reason) or reason
    if error.line <= 1 or reason in _WITHOUT_LINE:
        return f"yaml: {reason}"
    return f"yaml: line {error.line}: {reason}"
