"""The lease: its holder as text, leases of anybody's making, and who may take one over."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.core.api_object import ApiObject
from capyctl.core.cluster_lease import (
    LEASE_SECONDS,
    Holder,
    LeaseHeld,
    LeaseVerdict,
    judge_lease,
    micro_time,
    parse_holder,
    parse_lease,
)

_ME = Holder(host="here", pid=10, started="7", run="mine")
_NEIGHBOUR = Holder(host="here", pid=11, started="8", run="other")
_STRANGER = Holder(host="a/b%c", pid=11, started="8", run="other")
_THEN = "2026-11-22T10:00:00.000000Z"
_SOON = "2026-11-22T10:00:14Z"
_LATER = "2026-11-22T10:00:15Z"


def _lease(holder: Holder | str, **spec: object) -> ApiObject:
    held = LeaseHeld(holder=_ME, acquired_at=_THEN, renewed_at=_THEN, resource_version="5")
    raw: Any = held.object
    text = holder if isinstance(holder, str) else holder.text
    return ApiObject({**raw, "spec": {**raw["spec"], "holderIdentity": text, **spec}})


def test_a_holder_is_read_as_it_was_written() -> None:
    assert parse_holder(_STRANGER.text) == _STRANGER
    assert str(_STRANGER) == "process 11 on a/b%c"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "somebody",
        "a/1/x",
        "a/1/x/y/z",
        "/1/x/y",
        "a/x/1/y",
        "a/1/x/",
        "a/٣/x/y",
        "a/12345678901/x/y",
        "a" * 900,
    ],
)
def test_a_text_of_another_form_is_no_holder(text: str) -> None:
    assert parse_holder(text) is None


@pytest.mark.parametrize(
    ("holder", "now", "alive", "verdict"),
    [
        ("", _SOON, (), LeaseVerdict.FREE),
        (_ME, _SOON, (), LeaseVerdict.OURS),
        (_NEIGHBOUR, _SOON, (), LeaseVerdict.DEAD),
        (_NEIGHBOUR, _SOON, (11,), LeaseVerdict.HELD),
        (_NEIGHBOUR, _LATER, (11,), LeaseVerdict.EXPIRED),
        (_STRANGER, _SOON, (), LeaseVerdict.HELD),
        (_STRANGER, _LATER, (), LeaseVerdict.EXPIRED),
        ("kubectl", _SOON, (), LeaseVerdict.HELD),
        ("kubectl", _LATER, (), LeaseVerdict.EXPIRED),
        (_STRANGER, "no time", (), LeaseVerdict.HELD),
    ],
)
def test_a_lease_may_be_taken_when_its_holder_is_gone_or_its_time_is_over(
    holder: Holder | str, now: str, alive: tuple[int, ...], verdict: LeaseVerdict
) -> None:
    found = judge_lease(parse_lease(_lease(holder)), _ME, now, lambda each: each.pid in alive)
    assert found is verdict
    assert found.may_be_taken == (verdict is not LeaseVerdict.HELD)


@pytest.mark.parametrize(
    "spec",
    [
        {"renewTime": "yesterday"},
        {"renewTime": None},
        {"renewTime": "2026-11-22T10:00:00"},
        {"renewTime": "9999-12-31T23:59:59-23:00"},
        {"renewTime": "x" * 5000},
        {"leaseDurationSeconds": "15"},
        {"leaseDurationSeconds": 10**9},
        {"leaseDurationSeconds": -1},
    ],
)
def test_a_lease_that_tells_no_sensible_time_is_nobodys(spec: dict[str, Any]) -> None:
    state = parse_lease(_lease(_STRANGER, **spec))
    assert judge_lease(state, _ME, _SOON, lambda _: True) is LeaseVerdict.EXPIRED


def test_a_lease_says_who_and_since_when() -> None:
    state = parse_lease(_lease(_STRANGER))
    assert (state.holder, state.acquired_at, state.resource_version) == (_STRANGER, _THEN, "5")
    assert parse_lease(ApiObject({"spec": []})).holder_text == ""


def test_a_lease_of_ours_ends_after_fifteen_seconds() -> None:
    held = LeaseHeld(holder=_ME, acquired_at=_THEN, renewed_at=_THEN).renewed(_LATER)
    raw: Any = held.object
    assert LEASE_SECONDS == 15
    assert raw["spec"] == {
        "holderIdentity": "here/10/7/mine",
        "leaseDurationSeconds": 15,
        "acquireTime": _THEN,
        "renewTime": _LATER,
    }
    assert "resourceVersion" not in raw["metadata"]


def test_times_are_written_with_microseconds_and_shifted_to_the_servers_clock() -> None:
    assert micro_time("2026-11-22T10:00:00Z", -1.5) == "2026-11-22T09:59:58.500000Z"
    assert micro_time("2026-11-22T12:00:00+02:00") == "2026-11-22T10:00:00.000000Z"
    assert micro_time("no time") == ""
