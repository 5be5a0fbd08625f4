"""Why a write was refused, on Status objects in the API server's words (tests/cluster asks the real one)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from capyctl.adapters.kubernetes_refusal import trouble_of_write
from capyctl.core.api_reading import ApiTrouble


def _status(code: int, reason: str, message: str, **details: object) -> bytes:
    raw: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code}
    return json.dumps({**raw, "reason": reason, "message": message, "details": details}).encode()


_CAUSES = [
    {
        "reason": "FieldManagerConflict",
        "field": ".spec.replicas",
        "message": 'conflict with "kubectl-edit" using v1',
    },
    "odd",
]


@pytest.mark.parametrize(
    ("code", "body", "trouble"),
    [
        (409, _status(409, "AlreadyExists", 'leases "capyctl" already exists'), ApiTrouble.EXISTS),
        (409, _status(409, "Conflict", "the object has been modified"), ApiTrouble.CONFLICT),
        (409, _status(409, "Conflict", "Apply failed with 1 conflict", causes=_CAUSES), ApiTrouble.OWNED),
        (409, _status(409, "", ""), ApiTrouble.CONFLICT),
        (422, _status(422, "Invalid", "spec.selector: Required value"), ApiTrouble.INVALID),
        (422, b"{}", ApiTrouble.INVALID),
        (413, _status(413, "RequestEntityTooLarge", "limit is 3145728"), ApiTrouble.TOO_LARGE),
        (413, b"{}", ApiTrouble.TOO_LARGE),
        (500, _status(500, "", "etcdserver: request is too large"), ApiTrouble.TOO_LARGE),
        (
            500,
            _status(500, "InternalError", 'failed calling webhook "w": connect: connection refused'),
            ApiTrouble.WEBHOOK_UNAVAILABLE,
        ),
        (500, _status(500, "InternalError", "leader changed"), ApiTrouble.FAILED),
        (503, _status(503, "ServiceUnavailable", "starting"), ApiTrouble.STARTING),
        (429, _status(429, "TooManyRequests", "later"), ApiTrouble.BUSY),
        (400, _status(400, "BadRequest", 'admission webhook "w" denied the request: no'), ApiTrouble.DENIED),
        (
            422,
            _status(422, "Invalid", "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no"),
            ApiTrouble.DENIED,
        ),
        (403, _status(403, "Forbidden", 'admission webhook "w" denied the request: no'), ApiTrouble.DENIED),
        (403, _status(403, "Forbidden", 'secrets "a" is forbidden: exceeded quota: none'), ApiTrouble.QUOTA),
        (403, _status(403, "Forbidden", 'User "nobody" cannot patch'), ApiTrouble.FORBIDDEN),
        (
            403,
            _status(403, "Forbidden", "unable to create", causes=[{"reason": "NamespaceTerminating"}]),
            ApiTrouble.TERMINATING,
        ),
        (
            404,
            _status(404, "NotFound", 'namespaces "a" not found', kind="namespaces", name="a"),
            ApiTrouble.NO_NAMESPACE,
        ),
        (
            404,
            _status(404, "NotFound", "the server could not find the requested resource"),
            ApiTrouble.NOT_SERVED,
        ),
        (404, b"404 page not found", ApiTrouble.NOT_SERVED),
        (400, _status(400, "BadRequest", "unknown field"), ApiTrouble.REJECTED),
        (401, _status(401, "Unauthorized", "Unauthorized"), ApiTrouble.UNAUTHENTICATED),
        (500, b"boom", ApiTrouble.FAILED),
        (500, b"[" * 100_000, ApiTrouble.FAILED),
    ],
)
def test_a_refusal_is_of_one_kind(code: int, body: bytes, trouble: ApiTrouble) -> None:
    found = trouble_of_write(code, "application/json", body, None)
    assert found is not None
    assert found.kind is trouble
    assert f"{code}" in found.reason


def test_an_object_that_is_not_there_is_no_trouble() -> None:
    body = _status(404, "NotFound", 'configmaps "a" not found', kind="configmaps", name="a")
    assert trouble_of_write(404, "application/json", body, None) is None


def test_a_web_page_is_no_answer_of_an_api_server() -> None:
    found = trouble_of_write(404, "text/html", b"<html><title>Sign in</title></html>", None)
    assert found is not None
    assert found.kind is ApiTrouble.MALFORMED


def test_the_fields_in_conflict_are_told_without_control_characters() -> None:
    odd = [{"reason": "FieldManagerConflict", "field": ".a\n", "message": "\x1b[31mred"}] * 30
    found = trouble_of_write(409, "application/json", _status(409, "Conflict", "no", causes=odd), None)
    assert found is not None
    assert len(found.causes) == 20
    assert found.causes[0][0] == ".a"
    assert "\x1b" not in found.causes[0][1]
