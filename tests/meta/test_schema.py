"""The JSON Schema is a schema, its enumerations are those of cli.md, and documents are held to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from capyctl.cli.command_table import COMMANDS
from capyctl.core.evidence import Outcome, Question
from capyctl.core.identity import ProviderType

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "capyctl" / "data" / "schema.json").read_text("utf-8")
)
BARE = {("schema",), ("completion",)}


def document(**changes: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "format": "capyctl/1", "command": "resolve", "status": "done", "exit_status": 0,
        "result": {"providers": []}, "diagnostics": [], "evidence": [],
    }  # fmt: skip
    return plain | changes


def is_valid(instance: object) -> bool:
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(instance)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert is_valid(document())


def test_the_enumerations_are_those_of_the_code() -> None:
    definitions = SCHEMA["$defs"]
    assert definitions["question"]["enum"] == [each.value for each in Question]
    assert definitions["outcome"]["enum"] == [each.value for each in Outcome]
    assert definitions["provider-type"]["enum"] == [each.value for each in ProviderType]


def test_every_command_with_a_document_has_its_result_described() -> None:
    described: set[str] = set()
    for rule in SCHEMA["allOf"]:
        command = rule["if"]["properties"].get("command", {})
        described |= set(command.get("enum", [command.get("const")]))
    assert {" ".join(words) for words in COMMANDS if words not in BARE} <= described


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "capyctl/2"},
        {"status": "ok"},
        {"status": "problems"},
        {"exit_status": 5},
        {"status": "interrupted", "exit_status": 0},
        {"result": []},
        {"result": {}},
        {"result": {"providers": [{}]}},
        {"extra": 1},
        {"diagnostics": [{}]},
        {"evidence": [{}]},
        {"command": "explain", "result": {"codes": [{"code": "205"}]}},
        {"command": "version", "result": {"version": "1"}},
        {"command": "lab run", "result": {"run": {"exit_status": "0"}}},
    ],
    ids=str,
)
def test_it_refuses_what_the_page_does_not_promise(changes: dict[str, object]) -> None:
    assert not is_valid(document(**changes))


@pytest.mark.parametrize(
    ("status", "number"),
    [
        ("done", 0), ("problems", 1), ("usage", 2), ("undetermined", 3), ("partial", 4), ("fault", 70),
        ("interrupted", 130), ("interrupted", 143),
    ],
)  # fmt: skip
def test_each_status_of_the_page_is_valid(status: str, number: int) -> None:
    assert is_valid(document(status=status, exit_status=number, result=None))


@pytest.mark.parametrize(
    ("route", "valid"),
    [
        ("goproxy:proxy.golang.org", True), ("github-web", True), ("github-download", True), ("oci", True),
        ("goproxy", False), ("goproxy:", False), ("github", False), ("memory", False),
    ],
)  # fmt: skip
def test_routes_are_those_of_the_page(route: str, *, valid: bool) -> None:
    evidence: dict[str, object] = {
        "id": "E1", "route": route, "question": "file", "url": None, "final_url": None, "hops": [],
        "outcome": "found", "status": None, "media_type": None, "size": None, "sha256": None, "as_of": None,
        "credential_sent": False, "elapsed_ms": None,
    }  # fmt: skip
    assert is_valid(document(evidence=[evidence])) is valid
    assert not is_valid(document(evidence=[evidence | {"route": "local", "final_url": "https://a/b?c=d"}]))
