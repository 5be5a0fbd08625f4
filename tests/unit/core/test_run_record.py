"""Records as text: what is written comes back, and what is none is told by its kind (cli.md 7.3)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.run_record import (
    PrintedForm,
    RecordFault,
    RecordUnusableError,
    RunRecord,
    read_record,
    record_text,
)

_TEXT = PrintedForm(stdout="one\ntwo", stderr="a\r\n\x1b[31mb\n", exit_status=3)
_JSON = PrintedForm(stdout='{"a": "\u00e9\u2028"}\n', stderr="", exit_status=0)
_RECORD = RunRecord(
    output="text",
    forms={"text": _TEXT, "json": _JSON},
    command="resolve",
    arguments=("resolve", "addon-helm"),
    environment={"GOPROXY": "off"},
    started_at="2026-11-22T10:00:00Z",
    capyctl="0.1.0",
    python="3.11.7",
    platform="linux x86_64",
)


def edited(**changes: object) -> bytes:
    document = json.loads(record_text(_RECORD)) | changes
    return json.dumps({name: value for name, value in document.items() if value != "GONE"}).encode()


def fault_of(data: bytes) -> RecordFault:
    with pytest.raises(RecordUnusableError) as raised:
        read_record(data)
    assert raised.value.reason
    assert not raised.value.reason.endswith(".")
    return raised.value.fault


def test_what_is_written_comes_back() -> None:
    text = record_text(_RECORD)
    assert text.isascii()
    assert text.startswith('{\n  "format": "capyctl-record/1",\n')
    assert text.endswith("}\n")
    assert read_record(text.encode()) == _RECORD


_BYTES = st.binary().map(lambda data: data.decode("utf-8", "surrogateescape"))


@given(st.text(st.characters(codec="utf-8")) | _BYTES, st.text(), st.integers(0, 255))
def test_any_output_comes_back(stdout: str, stderr: str, status: int) -> None:
    form = PrintedForm(stdout=stdout, stderr=stderr, exit_status=status)
    record = RunRecord(output="text", forms={"text": form})
    assert read_record(record_text(record).encode()).forms["text"] == form


def test_output_stands_in_lines_that_people_can_read() -> None:
    document = json.loads(record_text(_RECORD))
    assert document["outputs"]["text"]["stdout"] == ["one\n", "two"]


def test_a_byte_order_mark_of_an_editor_does_no_harm() -> None:
    assert read_record(b"\xef\xbb\xbf" + record_text(_RECORD).encode()) == _RECORD


def test_what_replaying_does_not_need_may_be_taken_out() -> None:
    bare = edited(**dict.fromkeys(("command", "arguments", "environment", "started_at", "python"), "GONE"))
    record = read_record(bare)
    assert record.forms == _RECORD.forms
    assert (record.command, record.arguments, dict(record.environment)) == ("", (), {})


def test_keys_of_a_later_capyctl_are_passed_over() -> None:
    assert read_record(edited(mood="good")) == _RECORD


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\xff\xfe",
        b"[]",
        b'"capyctl-record/1"',
        b"{}",
        b'{"format": 1}',
        b'{"format": "capyctl/1"}',
    ],
)
def test_what_is_no_record(data: bytes) -> None:
    assert fault_of(data) is RecordFault.NO_RECORD


@pytest.mark.parametrize("later", ["capyctl-record/2", "capyctl-record/1.1", "capyctl-record/10"])
def test_a_record_of_a_later_format(later: str) -> None:
    assert fault_of(edited(format=later)) is RecordFault.LATER_FORMAT


@pytest.mark.parametrize("none", ["0", "01", "", "-1", "one", "²"])
def test_a_format_before_the_first_is_no_record(none: str) -> None:
    assert fault_of(edited(format=f"capyctl-record/{none}")) is RecordFault.NO_RECORD


def test_every_half_of_a_record_is_damaged() -> None:
    data = record_text(_RECORD).encode()
    faults = {fault_of(data[:length]) for length in range(40, len(data) - 2)}
    assert faults == {RecordFault.DAMAGED}


def _outputs(**changes: object) -> dict[str, Any]:
    form = {"exit_status": 0, "stdout": [], "stderr": []} | changes
    return {"text": {name: value for name, value in form.items() if value != "GONE"}}


@pytest.mark.parametrize(
    "changes",
    [
        {"output": "GONE"},
        {"output": 1},
        {"output": "yaml"},
        {"outputs": "GONE"},
        {"outputs": []},
        {"outputs": {}},
        {"outputs": {"text": "hello"}},
        *({"outputs": _outputs(exit_status=status)} for status in (-1, 256, "0", None, True, 1.0, "GONE")),
        *({"outputs": _outputs(stdout=lines)} for lines in ("text", [1], None, "GONE")),
        {"outputs": _outputs(stderr=["a", None])},
        {"outputs": _outputs(stdout=["\ud800 x\n"])},
        {"outputs": _outputs(stderr=["x\udfff"])},
        *({"outputs": _outputs(stdout=["one\n", lone])} for lone in ("\udc7f", "\udd00", "\udbff")),
        {"outputs": _outputs(stdout=["\ud83d", "\ude00"])},
    ],
)
def test_a_record_edited_to_nonsense_is_damaged(changes: dict[str, Any]) -> None:
    assert fault_of(edited(**changes)) is RecordFault.DAMAGED


def test_nesting_without_end_is_damage_and_no_crash() -> None:
    deep = b'{"format": "capyctl-record/1", "outputs": ' + b"[" * 200_000
    assert fault_of(deep) is RecordFault.DAMAGED
