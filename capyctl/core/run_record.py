"""A recorded run as text: format ``capyctl-record/1`` (cli.md 7.3, ADR 34).

What was printed is kept as lists of lines, so that a record can be read, compared and shortened by people. Nothing
in it is computed from anything else when it is read: a record says what was printed, on any machine.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct, field

from capyctl.core.pattern import pattern

FAMILY: Final = "capyctl-record/"
FORMAT: Final = f"{FAMILY}1"
LONGEST: Final = 256 * 1024 * 1024
"""Bytes of a record that are read at most."""
_HEAD = 200
_HIGHEST_STATUS = 255
_DIGITS = frozenset("123456789")
"""Formats are counted from 1."""
_NO_BYTE = pattern(r"[\ud800-\udc7f\udd00-\udfff]")
"""Lone surrogates, but for those that stand for the bytes 0x80 to 0xff; JSON has made one character of every pair."""


class RecordFault(enum.Enum):
    """Why a text is no record that can be replayed."""

    NO_RECORD = "no-record"
    LATER_FORMAT = "later-format"
    DAMAGED = "damaged"


class RecordUnusableError(Exception):
    """A text that cannot be replayed.

    Attributes:
        fault: of which kind. reason: one sentence without its full stop.
    """

    def __init__(self, fault: RecordFault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason


class PrintedForm(Struct, frozen=True, kw_only=True):
    """What one form of output prints on both streams, and the exit status that goes with it.

    A lone surrogate stands for a byte that is no UTF-8, as in ``surrogateescape``.
    """

    stdout: str
    stderr: str
    exit_status: int


class RunRecord(Struct, frozen=True, kw_only=True):
    """One run.

    Attributes:
        output: the form that was asked for, a key of ``forms``.
        command: its words, joined by a blank. arguments: the words as typed, secrets masked.
        environment: the variables that mattered; a value that might be secret is ``***``.
        started_at: RFC 3339 time. capyctl, python, platform: what it ran with.
    """

    output: str
    forms: Mapping[str, PrintedForm]
    command: str = ""
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    started_at: str = ""
    capyctl: str = ""
    python: str = ""
    platform: str = ""


def record_text(record: RunRecord) -> str:
    """The record as it is written: JSON in ASCII, indented, the format first."""
    document = {
        "format": FORMAT,
        "command": record.command,
        "arguments": list(record.arguments),
        "started_at": record.started_at,
        "capyctl": record.capyctl,
        "python": record.python,
        "platform": record.platform,
        "environment": dict(sorted(record.environment.items())),
        "output": record.output,
        "outputs": {name: _form_json(form) for name, form in record.forms.items()},
    }
    return f"{json.dumps(document, indent=2, ensure_ascii=True)}\n"


def read_record(data: bytes) -> RunRecord:
    """The record in a file's content.

    Raises:
        RecordUnusableError: it is none, of a later format, or damaged.
    """
    document = _document(data)
    found = document.get("format")
    if not isinstance(found, str) or not found.startswith(FAMILY):
        raise RecordUnusableError(RecordFault.NO_RECORD, f"it is JSON without the format {FORMAT}")
    if found.removeprefix(FAMILY)[:1] not in _DIGITS:
        raise RecordUnusableError(RecordFault.NO_RECORD, f"its format {found[:40]!r} is none of capyctl's")
    if found != FORMAT:
        reason = f"its format is {found[:40]}, and this capyctl reads {FORMAT}"
        raise RecordUnusableError(RecordFault.LATER_FORMAT, reason)
    outputs, output = document.get("outputs"), document.get("output")
    if not isinstance(outputs, dict) or not isinstance(output, str) or output not in outputs:
        raise _damaged("it lacks the form of output that was asked for")
    forms = {str(name): _form(name, value) for name, value in outputs.items()}
    return RunRecord(output=output, forms=forms, **_facts(document))


def _document(data: bytes) -> Mapping[str, Any]:
    try:
        text = data.decode("utf-8-sig")
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        if FAMILY.encode() in data[:_HEAD]:
            raise _damaged("it begins as a record and is no JSON: cut short, or changed") from error
        raise RecordUnusableError(RecordFault.NO_RECORD, "it is no JSON") from error
    if not isinstance(found, dict):
        raise RecordUnusableError(RecordFault.NO_RECORD, "it is JSON, and no object")
    return found


def _facts(document: Mapping[str, Any]) -> dict[str, Any]:
    """What is told about the run besides; whoever attaches a record may take it out."""
    facts: dict[str, Any] = {
        name: value
        for name in ("command", "started_at", "capyctl", "python", "platform")
        if isinstance(value := document.get(name), str)
    }
    arguments, environment = document.get("arguments"), document.get("environment")
    if isinstance(arguments, list):
        facts["arguments"] = tuple(str(each) for each in arguments)
    if isinstance(environment, dict):
        facts["environment"] = {str(name): str(value) for name, value in environment.items()}
    return facts


def _form_json(form: PrintedForm) -> Mapping[str, object]:
    return {
        "exit_status": form.exit_status,
        "stdout": form.stdout.splitlines(keepends=True),
        "stderr": form.stderr.splitlines(keepends=True),
    }


def _form(name: object, value: object) -> PrintedForm:
    if not isinstance(value, dict):
        raise _damaged(f"its output {str(name)[:40]!r} is no object")
    status = value.get("exit_status")
    if not isinstance(status, int) or isinstance(status, bool) or not 0 <= status <= _HIGHEST_STATUS:
        raise _damaged(f"its output {str(name)[:40]!r} has no exit status from 0 to {_HIGHEST_STATUS}")
    return PrintedForm(
        stdout=_lines(name, value, "stdout"), stderr=_lines(name, value, "stderr"), exit_status=status
    )


def _lines(name: object, value: Mapping[str, Any], stream: str) -> str:
    lines = value.get(stream)
    if not isinstance(lines, list) or not all(isinstance(each, str) for each in lines):
        raise _damaged(f"its output {str(name)[:40]!r} has no list of lines as {stream}")
    text = "".join(lines)
    if _NO_BYTE().search(text):
        raise _damaged(
            f"its output {str(name)[:40]!r} has half a character in {stream}, which stands for no byte"
        )
    return text


def _damaged(reason: str) -> RecordUnusableError:
    return RecordUnusableError(RecordFault.DAMAGED, reason)
