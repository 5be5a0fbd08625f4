"""Parser events of a YAML text, with libyaml where PyYAML has it and in plain Python where not.

Events and never ``yaml.load``: nothing remote may reach a constructor, and libyaml's own composer recurses
without a limit (libraries 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import yaml
from yaml.events import Event

from capyctl.core.yaml_scalars import TAG_PREFIX
from capyctl.core.yaml_text import YamlError

COLLECTION_TAGS = frozenset({None, "!", f"{TAG_PREFIX}map", f"{TAG_PREFIX}seq"})
"""The tags that a collection may carry; another one is refused (libraries 2.3)."""

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
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise YamlError(reason or "the text is no YAML", first_line + line, column + 1) from None
    except yaml.reader.ReaderError as error:
        raise _unreadable_character(text, error.position, first_line) from None
    except yaml.YAMLError:
        raise YamlError("the text is no YAML", first_line) from None


def _unreadable_character(text: str, position: int, first_line: int) -> YamlError:
    before = text[:position]
    line = before.count("\n")
    column = position - (before.rfind("\n") + 1)
    return YamlError("a control character is not allowed", first_line + line, column + 1)
