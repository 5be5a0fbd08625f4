"""Parser events of a YAML text, with libyaml where PyYAML has it and in plain Python where not.

Events and never ``yaml.load``: nothing remote may reach a constructor, and libyaml's own composer recurses
without a limit (libraries 2.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import yaml
from yaml.events import Event, ScalarEvent

from capyctl.core.pattern import pattern
from capyctl.core.yaml_scalars import TAG_PREFIX
from capyctl.core.yaml_text import LINE_BREAK, YamlError

COLLECTION_TAGS = frozenset({None, "!", f"{TAG_PREFIX}map", f"{TAG_PREFIX}seq"})
"""The tags that a collection may carry; another one is refused (libraries 2.3)."""

FOREIGN_TAG = "only the standard tags of YAML are read"
NO_ANCHOR = "an alias names an anchor that does not exist"
OPEN_ANCHOR = "an anchor's value contains itself"
TOO_MANY_ALIASES = "aliases make the document too large"
COLLECTION_KEY = "a mapping or a sequence cannot be a key"
NO_MERGE = "a merge key needs a mapping or a sequence of mappings"

_FORBIDDEN = pattern("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPED_SLASH = pattern(r'"[^\n]*\\/')
_ESCAPE = pattern(r"\\(.)", re.DOTALL)
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def parse_events(text: str) -> Iterator[Event]:
    """The events of ``text``; iterate inside ``yaml_errors``."""
    events: Iterator[Event] = yaml.parse(text, Loader=_LOADER)
    return events


@contextmanager
def yaml_errors(text: str, first_line: int = 1) -> Iterator[None]:
    """Turn PyYAML's errors into ours; ``first_line`` is the number of the text's first line in its file.

    Raises:
        YamlError: where the text is no YAML.
    """
    try:
        _refuse_escaped_slash(text, first_line)
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlError(reason or "the text is no YAML", first_line + line, column + 1) from None
    except yaml.reader.ReaderError:
        raise _unreadable_character(text, first_line) from None


def _refuse_escaped_slash(text: str, first_line: int) -> None:
    r"""go-yaml v2 knows no ``\\/`` in double quotes, libyaml does; so it is looked for where it may be."""
    if not _ESCAPED_SLASH().search(text):
        return
    for event in parse_events(text):
        if isinstance(event, ScalarEvent) and event.style == '"' and event.start_mark and event.end_mark:
            raw = text[event.start_mark.index : event.end_mark.index]
            if "/" in _ESCAPE().findall(raw):
                reason = "found unknown escape character '/'"
                raise YamlError(reason, first_line + event.start_mark.line, event.start_mark.column + 1)


def _unreadable_character(text: str, first_line: int) -> YamlError:
    """The error about the first character that YAML forbids; parsers count its place in different units."""
    found = _FORBIDDEN().search(text)
    lines = LINE_BREAK().split(text[: found.start()] if found else "")
    reason = "a control character is not allowed"
    return YamlError(reason, first_line + len(lines) - 1, len(lines[-1]) + 1)
