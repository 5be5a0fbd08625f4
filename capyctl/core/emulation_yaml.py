"""A YAML fault in the words of Go's YAML library, as near as our own parser's words allow."""

from __future__ import annotations

from capyctl.core.yaml_text import YamlError

_CONTROL = "control characters are not allowed"
_WORDS = {
    "a NUL character is not allowed": _CONTROL,
    "a control character is not allowed": _CONTROL,
    "the text is not valid UTF-8": "invalid leading UTF-8 octet",
}
_WITHOUT_LINE = frozenset(_WORDS.values())
_PARSER = "did not find expected"


def go_yaml_error(error: YamlError) -> str:
    """``yaml: line N: reason``; Go leaves the line out where the fault stands on the first one.

    Go counts the lines of its parser's faults from 0 and those of its scanner's from 1. Where a construct of
    several lines is broken the number can still differ from ours.
    """
    reason = error.reason.rpartition(", ")[2]
    reason = _WORDS.get(reason, reason)
    line = error.line - 1 if reason.startswith(_PARSER) else error.line
    if error.line <= 1 or line < 1 or reason in _WITHOUT_LINE:
        return f"yaml: {reason}"
    return f"yaml: line {line}: {reason}"
