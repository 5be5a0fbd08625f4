"""The configuration formats without places: JSON, TOML, dotenv. Imported only when such a file is there."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable

from capyctl.config.dotenv import DotenvError, parse_dotenv


class PlainFormatError(ValueError):
    """A file that is not of its format.

    Attributes:
        line, column: where, from 1; None where the parser does not say.
    """

    def __init__(self, reason: str, line: int | None = None, column: int = 1) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column


def parse_plain(extension: str, data: bytes) -> dict[str, object]:
    """The mapping that a file of this extension holds.

    Raises:
        PlainFormatError: the file is damaged, or holds something else than a mapping.
    """
    try:
        document = _PARSERS[extension](data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise PlainFormatError("it is not valid UTF-8") from None
    except json.JSONDecodeError as error:
        raise PlainFormatError(f"it is not valid JSON: {error.msg}", error.lineno, error.colno) from None
    except DotenvError as error:
        raise PlainFormatError(str(error), error.line) from None
    except tomllib.TOMLDecodeError as error:
        raise PlainFormatError(f"it is not valid TOML: {error}") from None
    except (RecursionError, ValueError):
        raise PlainFormatError("it nests too deeply or holds a value out of range") from None
    if not isinstance(document, dict):
        raise PlainFormatError("it is no mapping of keys to values")
    return document


_PARSERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "toml": tomllib.loads,
    "dotenv": parse_dotenv,
    "env": parse_dotenv,
}
