"""The variable dialect of components files, as clusterctl's library reads it (clusterctl-resolution 10.3).

Only ``${…}`` is an expression; ``$$`` stands for one dollar sign. The dialect differs from a shell's in
many places, all of them kept on purpose: ``:+`` and ``:?`` give defaults, ``-`` alone is an error, lengths
count bytes. A text may nest expressions 50 deep (libraries.md 2.3 asks for bounds; the library has none).
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator

from msgspec import Struct

from capyctl.core.envsubst_functions import NegativeLengthError, apply_function
from capyctl.core.pattern import pattern
from capyctl.core.template_variable import Variable

MISSING_CLOSING_BRACE = "missing closing brace"
BAD_SUBSTITUTION = "bad substitution"
UNPARSABLE_NAME = "unable to parse variable name"
UNPARSABLE_ARGUMENT = "unable to parse substitution within function"
NESTED_TOO_DEEPLY = "expressions are nested too deeply"
NEGATIVE_LENGTH = "the length of a substring is negative"

_DEPTH_LIMIT = 50
_INTERESTING = pattern(r"\$[$\{]")
_SPACED = pattern(r"\$\{(?:[\t\n\f\r ]+[A-Za-z0-9_$]+[\t\n\f\r ]*|[A-Za-z0-9_$]+[\t\n\f\r ]+)\}")
_BLANKS = pattern(r"[\t\n\f\r ]+")
_NAME_STOP = pattern(r"\W")
_PATTERN_STOP = pattern(r"/|\$\{|\\[/\\]|\$\$")
_REPLACEMENT_STOP = pattern(r"\}|\$\{|\\[/\\]|\$\$")
_PLAIN_STOP = pattern(r"\}|\$\{")
_OFFSET_STOP = pattern(r"[:\}]|\$\{")


class EnvsubstError(ValueError):
    """A text that the dialect cannot read.

    Attributes:
        reason: the library's own words where it has some.
        line, column: where the expression begins, from 1; columns count characters.
    """

    def __init__(self, reason: str, line: int, column: int) -> None:
        super().__init__(f"{reason} at line {line}, column {column}")
        self.reason = reason
        self.line = line
        self.column = column


class _Expression(Struct, frozen=True):
    """``${name…}``; ``arguments`` are texts or nested expressions, ``start`` is an offset in the text."""

    start: int
    name: str
    function: str
    arguments: tuple[str | _Expression, ...]


class _FaultError(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def find_variables(text: str) -> tuple[Variable, ...]:
    """Every variable of the text in order of appearance; names inside defaults are not listed (W-36).

    Raises:
        EnvsubstError: an expression cannot be read.
    """
    source = _Source(text)
    found: dict[str, Variable] = {}
    for piece in _pieces(source):
        if isinstance(piece, str) or piece.name in found:
            continue
        default = "".join(
            argument if isinstance(argument, str) else f"${{{argument.name}}}" for argument in piece.arguments
        )
        line, column = source.place(piece.start)
        found[piece.name] = Variable(
            name=piece.name, required=not default, default=default or None, line=line, column=column
        )
    return tuple(found.values())


def substitute(text: str, lookup: Callable[[str], str | None]) -> str:
    """The text with every expression replaced; a variable that ``lookup`` does not know counts as empty.

    Whether every required variable has a value is the caller's question, see `find_variables`.

    Raises:
        EnvsubstError: an expression cannot be read, or asks for a substring of negative length.
    """
    source = _Source(text)
    result = []
    for piece in _pieces(source):
        if isinstance(piece, str):
            result.append(piece)
            continue
        try:
            result.append(_evaluate(piece, lookup))
        except NegativeLengthError:
            raise source.error(NEGATIVE_LENGTH, piece.start) from None
    return "".join(result)


def _evaluate(expression: _Expression, lookup: Callable[[str], str | None]) -> str:
    arguments = [
        argument if isinstance(argument, str) else _evaluate(argument, lookup)
        for argument in expression.arguments
    ]
    return apply_function(expression.function, lookup(expression.name) or "", arguments)


def _is_name_character(character: str) -> bool:
    """Go's letters and decimal digits; Python's word characters hold other numbers too."""
    category = unicodedata.category(character)
    return character == "_" or category[0] == "L" or category == "Nd"


class _Source:
    """The text without the blanks of ``${ VAR }``, which remembers where everything stood before."""

    def __init__(self, text: str) -> None:
        self.original = text
        self._kept_until: list[int] = []
        self._removed: list[int] = []
        self.text = _SPACED().sub(self._close, text) if "${" in text else text

    def _close(self, match: re.Match[str]) -> str:
        closed = _BLANKS().sub("", match[0])
        before = self._removed[-1] if self._removed else 0
        self._kept_until.append(match.start() - before + len(closed))
        self._removed.append(before + len(match[0]) - len(closed))
        return closed

    def place(self, offset: int) -> tuple[int, int]:
        index = bisect_right(self._kept_until, offset)
        offset += self._removed[index - 1] if index else 0
        line_start = self.original.rfind("\n", 0, offset) + 1
        return self.original.count("\n", 0, offset) + 1, offset - line_start + 1

    def error(self, reason: str, offset: int) -> EnvsubstError:
        return EnvsubstError(reason, *self.place(offset))


def _pieces(source: _Source) -> Iterator[str | _Expression]:
    """Plain text and expressions in turn; ``$$`` has become ``$`` and shields what follows it."""
    text = source.text
    kept = position = 0
    while match := _INTERESTING().search(text, position):
        if match[0] == "$$":
            yield text[kept : match.start() + 1]
            kept = position = match.end()
            continue
        yield text[kept : match.start()]
        reader = _Reader(text, match.end())
        try:
            yield reader.expression(match.start(), depth=0)
        except _FaultError as fault:
            raise source.error(fault.reason, match.start()) from None
        kept = position = reader.position
    yield text[kept:]


class _Reader:
    """Reads one expression; ``position`` is the next character of the text."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self.position = position

    def expression(self, start: int, depth: int) -> _Expression:
        """What follows ``${`` up to and with its closing brace."""
        if depth > _DEPTH_LIMIT:
            raise _FaultError(NESTED_TOO_DEEPLY)
        if self._peek() == "#":
            return self._length(start)
        name = self._name(UNPARSABLE_NAME)
        function, arguments = self._function(depth)
        return _Expression(start, name, function, tuple(arguments))

    def _function(self, depth: int) -> tuple[str, list[str | _Expression]]:
        match self._peek():
            case ":":
                return self._default_or_substring(depth)
            case "=":
                return self._default(1, depth)
            case "," | "^":
                return self._operator(",^"), self._closed([])
            case "/":
                return self._replacement(depth)
            case "#" | "%" as operator:
                return self._operator(operator), self._closed([self._argument(_PLAIN_STOP(), depth)])
            case "}":
                return "", self._closed([])
            case _:
                raise _FaultError(MISSING_CLOSING_BRACE)

    def _length(self, start: int) -> _Expression:
        self.position += 1
        name = self._name(BAD_SUBSTITUTION)
        return _Expression(start, name, "#", tuple(self._closed([])))

    def _default_or_substring(self, depth: int) -> tuple[str, list[str | _Expression]]:
        following = self._text[self.position + 1 : self.position + 2]
        if following in ("=", "-", "?", "+"):
            return self._default(2, depth)
        # The library steps back by the width of the next character, so that a wide one, or none at all,
        # makes it miss the colon.
        if not following.isascii() or not following:
            raise _FaultError(BAD_SUBSTITUTION)
        self.position += 1
        return ":", self._substring_arguments(depth)

    def _default(self, width: int, depth: int) -> tuple[str, list[str | _Expression]]:
        function = self._text[self.position : self.position + width]
        self.position += width
        arguments: list[str | _Expression] = []
        while self._peek() != "}":
            arguments.append(self._argument(_PLAIN_STOP(), depth))
        return function, self._closed(arguments)

    def _substring_arguments(self, depth: int) -> list[str | _Expression]:
        arguments = [self._argument(_OFFSET_STOP(), depth)]
        if self._peek() == "}":
            return self._closed(arguments)
        self._delimiter(":")
        arguments.append(self._argument(_PLAIN_STOP(), depth))
        return self._closed(arguments)

    def _replacement(self, depth: int) -> tuple[str, list[str | _Expression]]:
        function = "/"
        self.position += 1
        if self._peek() in ("/", "#", "%"):
            function += self._peek()
            self.position += 1
        arguments = [self._argument(_PATTERN_STOP(), depth)]
        self._delimiter("/")
        if self._peek() != "}":
            arguments.append(self._argument(_REPLACEMENT_STOP(), depth))
        return function, self._closed(arguments)

    def _argument(self, stop: re.Pattern[str], depth: int) -> str | _Expression:
        """One argument: a nested expression, or text up to a stop; escapes are undone where they exist."""
        if self._text.startswith("${", self.position):
            start = self.position
            self.position += 2
            return self.expression(start, depth + 1)
        parts = []
        while True:
            match = stop.search(self._text, self.position)
            end = match.start() if match else len(self._text)
            parts.append(self._text[self.position : end])
            self.position = end
            if match is None or len(match[0]) == 1 or match[0] == "${":
                break
            parts.append(match[0][1])
            self.position = match.end()
        if not (argument := "".join(parts)):
            raise _FaultError(UNPARSABLE_ARGUMENT)
        return argument

    def _name(self, otherwise: str) -> str:
        match = _NAME_STOP().search(self._text, self.position)
        name = self._text[self.position : match.start() if match else len(self._text)]
        if not name.isascii():
            name = "".join(itertools.takewhile(_is_name_character, name))
        if not name:
            raise _FaultError(otherwise)
        self.position += len(name)
        return name

    def _operator(self, characters: str) -> str:
        """One or two operator characters."""
        end = self.position + 1
        if self._text[end : end + 1] and self._text[end] in characters:
            end += 1
        operator = self._text[self.position : end]
        self.position = end
        return operator

    def _delimiter(self, character: str) -> None:
        if self._peek() != character:
            raise _FaultError(BAD_SUBSTITUTION)
        while self._peek() == character:
            self.position += 1

    def _closed(self, arguments: list[str | _Expression]) -> list[str | _Expression]:
        if self._peek() != "}":
            raise _FaultError(BAD_SUBSTITUTION)
        self.position += 1
        return arguments

    def _peek(self) -> str:
        return self._text[self.position : self.position + 1]
