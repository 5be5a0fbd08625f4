"""The record: written and read again, of hostile content, without secrets; and what an unfinished one asks for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject
from capyctl.core.transaction import (
    Operation,
    Phase,
    ProviderRecord,
    Resume,
    ResumeKind,
    Transaction,
    decide_resume,
    mark_of,
    parse_record,
    phase_patch,
    record_object,
)

_SECRET = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "credentials", "namespace": "capa-system"},
    "stringData": {"key": "hunter2"},
}
_ROLE = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "capa"}}
_AWS = ProviderRecord(
    label="infrastructure-aws",
    version="v2.9.1",
    namespace="capa-system",
    contract="v1beta1",
    previous="v2.8.1",
    files={"metadata.yaml": "ab" * 32},
    objects=(mark_of(_SECRET), mark_of(_ROLE)),
)
_CORE = ProviderRecord(label="cluster-api", version="v1.10.0", namespace="capi-system")
_WHOLE = Transaction(
    operation=Operation.UPGRADE,
    run="3f",
    started_at="2026-11-22T00:00:00Z",
    phase=Phase.PROVIDERS,
    cert_manager="v1.21.1",
    planned=("infrastructure-aws",),
    providers={"infrastructure-aws": _AWS, "cluster-api": _CORE},
    flags={"wait-providers": "true"},
)


def test_a_record_is_read_as_it_was_written() -> None:
    assert parse_record(ApiObject(record_object(_WHOLE))) == _WHOLE


def test_a_phase_is_written_without_the_rest() -> None:
    written: Any = record_object(_WHOLE)
    patch: Any = phase_patch(replace(_WHOLE, phase=Phase.INVENTORY))
    found = parse_record(ApiObject({**written, "data": {**written["data"], **patch["data"]}}))
    assert found == replace(_WHOLE, phase=Phase.INVENTORY)
    assert set(patch["data"]) == {"transaction"}


def test_the_record_carries_no_label_and_no_secret_nor_its_digest() -> None:
    written: Any = record_object(_WHOLE)
    assert "labels" not in written["metadata"]
    assert "hunter2" not in json.dumps(written)
    assert mark_of(_SECRET) == mark_of({**_SECRET, "stringData": {"key": "other"}, "data": {"a": "Yg=="}})
    assert mark_of(_ROLE) != mark_of({**_ROLE, "rules": []})


def test_the_plan_leaves_out_labels_without_a_record() -> None:
    assert replace(_WHOLE, planned=("infrastructure-aws", "gone")).plan == (_AWS,)


def _with(**changes: object) -> ApiObject:
    head = {"format": "capyctl-transaction/1", "operation": "init", "phase": "begun", **changes}
    return ApiObject({"data": {"transaction": json.dumps(head)}})


@pytest.mark.parametrize(
    "found",
    [
        None,
        ApiObject({}),
        ApiObject({"data": None}),
        ApiObject({"data": {"transaction": "{"}}),
        ApiObject({"data": {"transaction": "[" * 100_000}}),
        ApiObject({"data": {"transaction": '"' + "x" * 600_000 + '"'}}),
        ApiObject({"data": {"transaction": "[]"}}),
        ApiObject({"data": {"transaction": 3}}),
        _with(format="capyctl-transaction/2"),
        _with(operation="destroy"),
        _with(phase=3),
    ],
)
def test_what_is_no_record_is_none(found: ApiObject | None) -> None:
    assert parse_record(found) is None


def test_of_a_record_what_has_not_the_form_is_left_out() -> None:
    data = {
        "transaction": json.dumps(
            {
                "format": "capyctl-transaction/1",
                "operation": "init",
                "phase": "providers",
                "run": [],
                "planned": ["a", 3, "a", None],
                "flags": {"a": "b", "c": 1},
            }
        ),
        "provider.": json.dumps({"version": "v1"}),
        "provider.a": json.dumps(
            {
                "version": "v1",
                "objects": [
                    ["", "Role", "", "a", "0" * 64],
                    ["", "Role", "", "a", "zz"],
                    ["", "", "", "a", "0" * 64],
                    ["", "Role", "", "", "0" * 64],
                    ["", "Role", 3, "a", "0" * 64],
                    ["short"],
                    None,
                ],
            }
        ),
        "provider.b": "not json",
        "provider.c": 4,
        "other": "x",
    }
    found = parse_record(ApiObject({"data": data}))
    assert found is not None
    assert (found.run, found.planned, found.flags) == ("", ("a",), {"a": "b"})
    assert list(found.providers) == ["a"]
    assert [str(each.key) for each in found.providers["a"].objects] == ["Role a"]


_INIT = replace(
    _WHOLE, operation=Operation.INIT, planned=("cluster-api", "infrastructure-aws"), cert_manager=""
)


@pytest.mark.parametrize("found", [None, replace(_INIT, phase=Phase.FINISHED)])
def test_a_finished_record_asks_for_nothing(found: Transaction | None) -> None:
    assert decide_resume(found, {}, ()) == Resume(kind=ResumeKind.NOTHING)


def test_an_unfinished_one_is_finished_with_its_versions() -> None:
    assert decide_resume(_INIT, {}, ()) == Resume(kind=ResumeKind.FINISH, transaction=_INIT)


def test_a_provider_in_another_version_since_stays_as_it_is() -> None:
    found = decide_resume(_INIT, {"cluster-api": "v1.11.0"}, ())
    assert found.overtaken == ("cluster-api",)
    assert found.transaction is not None
    assert found.transaction.planned == ("infrastructure-aws",)
    assert list(found.transaction.providers) == ["infrastructure-aws"]


@pytest.mark.parametrize("version", ["v2.8.1", "v2.9.1"])
def test_an_upgrade_goes_on_from_its_old_or_its_new_version(version: str) -> None:
    found = decide_resume(_WHOLE, {"infrastructure-aws": version}, ())
    assert (found.kind, found.overtaken) == (ResumeKind.FINISH, ())


def test_an_upgrade_brings_back_nothing_that_was_deleted_since() -> None:
    found = decide_resume(replace(_WHOLE, cert_manager=""), {}, ("infrastructure-aws",))
    assert (found.kind, found.overtaken) == (ResumeKind.CLOSE, ("infrastructure-aws",))


@pytest.mark.parametrize(("present", "kind"), [(True, ResumeKind.FINISH), (False, ResumeKind.CLOSE)])
def test_late_in_an_init_a_provider_without_objects_was_deleted_since(
    present: bool, kind: ResumeKind
) -> None:
    late = replace(_INIT, phase=Phase.INVENTORY)
    assert decide_resume(late, {}, late.planned if present else ()).kind is kind


def test_a_run_that_brings_cert_manager_alone_is_finished() -> None:
    alone = replace(_INIT, planned=(), cert_manager="v1.21.1", phase=Phase.CERT_MANAGER)
    assert decide_resume(alone, {}, ()).kind is ResumeKind.FINISH
    assert decide_resume(replace(alone, cert_manager=""), {}, ()).kind is ResumeKind.CLOSE
