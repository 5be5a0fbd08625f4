"""Where in a JSON text a value stands: looked for only once something is wrong with it, so reading stays fast."""

from __future__ import annotations

import json
import re

from msgspec import Struct, field

from capyctl.core.pattern import pattern

JsonPath = tuple[str | int, ...]
"""Keys and indexes from the root of a JSON text to a value."""

_TOKEN = pattern(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_SHOWN = 60
"""Characters of a key that are shown, those that cannot be printed as JSON writes them."""

_PLAIN_KEY = pattern(r"[A-Za-z_][A-Za-z0-9_]{0,59}\Z", re.ASCII)


def path_text(path: JsonPath) -> str:
    """A path as people write it, such as ``providers[2].files["metadata.yaml"].sha256``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY().match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step[:_SHOWN])}]"
    return text


class _Collection(Struct):
    """A collection that is open: an object where ``keys`` is not None."""

    keys: set[str] | None
    index: int = 0
    key: str | None = None

    @property
    def awaits_key(self) -> bool:
        return self.keys is not None and self.key is None

    @property
    def step(self) -> str | int:
        return self.index if self.key is None else self.key

    def next(self) -> None:
        self.index += 1
        self.key = None


class _Walk(Struct):
    """The walk over the tokens of a text that is known to be JSON."""

    text: str
    stack: list[_Collection] = field(default_factory=list)

    def duplicate(self) -> tuple[JsonPath, int] | None:
        """The first key that its object has already, and its line."""
        for token in _TOKEN().finditer(self.text):
            top = self.stack[-1] if self.stack else None
            if top is not None and top.keys is not None and top.awaits_key and token[0].startswith('"'):
                name = _string(token[0])
                if name in top.keys:
                    return (*self._path()[:-1], name), self._line(token)
            self._take(token[0])
        return None

    def line_of(self, path: JsonPath) -> int | None:
        for token in _TOKEN().finditer(self.text):
            if token[0] not in "}],:" and not self._stands_for_key() and self._path() == path:
                return self._line(token)
            self._take(token[0])
        return None

    def _stands_for_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].awaits_key

    def _path(self) -> JsonPath:
        return tuple(each.step for each in self.stack)

    def _line(self, token: re.Match[str]) -> int:
        return self.text.count("\n", 0, token.start()) + 1

    def _take(self, piece: str) -> None:
        if piece in ("{", "["):
            self.stack.append(_Collection(set() if piece == "{" else None))
        elif piece in ("}", "]"):
            self.stack.pop()
        elif piece == ",":
            self.stack[-1].next()
        elif piece != ":" and self._stands_for_key():
            top = self.stack[-1]
            top.key = _string(piece)
            top.keys = {*(top.keys or ()), top.key}


def line_of(text: str, path: JsonPath) -> int | None:
    """The line, from 1, on which the value at ``path`` begins in a text that is JSON; None where there is none."""
    return _Walk(text).line_of(path)


def duplicate_key(text: str) -> tuple[JsonPath, int] | None:
    """The first key that stands twice in one object of a text that is JSON, and the line of the second one."""
    return _Walk(text).duplicate()


def _string(token: str) -> str:
    """A key as it reads, its escapes undone."""
    return str(json.loads(token))
