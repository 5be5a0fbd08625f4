"""A saved plan: read, or refused with the reason; and what has changed since it was made (cli.md 5, weakness 4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from capyctl.core.identity import ProviderType
from capyctl.core.inventory import InstalledProvider
from capyctl.core.saved_plan import (
    LARGEST_PLAN,
    SavedContract,
    SavedRow,
    UnreadablePlanError,
    changed_files,
    changes_since,
    parse_saved_plan,
)

_ROW: dict[str, Any] = {
    "provider": "infrastructure-aws",
    "namespace": "capa-system",
    "current": "v2.9.3",
    "next": "v2.10.0",
    "hops": ["v2.10.0"],
    "reason": "r",
}


def _plan(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    plans = [{"contract": "v1beta1", "providers": []}, {"contract": "v1beta2", "providers": [_ROW]}]
    return {"format": "capyctl-plan/1", "server": "https://x", "created_at": "t", "plans": plans, **changes}


def _installed(
    label: str = "aws", version: str = "v2.9.3", namespace: str = "capa-system"
) -> InstalledProvider:
    return InstalledProvider(
        namespace=namespace,
        object_name=f"infrastructure-{label}",
        name=label,
        type_text="InfrastructureProvider",
        type=ProviderType.INFRASTRUCTURE,
        version_text=version,
        labels={},
    )


def test_a_plan_is_read_with_its_digests() -> None:
    digest = "a" * 64
    files = {"infrastructure-aws": {"v2.10.0": {"metadata.yaml": digest, "odd": "no digest", "number": 1}}}
    found = parse_saved_plan(json.dumps(_plan(files=files)).encode())
    assert (found.server, found.created_at) == ("https://x", "t")
    assert [each.contract for each in found.contracts] == ["v1beta1", "v1beta2"]
    assert [each.contract for each in found.applicable] == ["v1beta2"]
    plan = found.of("v1beta2")
    assert plan is not None
    (row,) = plan.upgrades
    assert (row.provider, row.current, row.next) == ("infrastructure-aws", "v2.9.3", "v2.10.0")
    assert dict(row.files) == {"metadata.yaml": digest}
    assert found.of("v1") is None
    staying = {"contract": "v1beta2", "providers": [{**_ROW, "next": None}]}
    (held,) = parse_saved_plan(json.dumps(_plan(plans=[staying])).encode()).contracts
    assert (held.upgrades, dict(held.rows[0].files)) == ((), {})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"{", "it is no JSON"),
        (b"\xff\xfe\x00", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"[]", "it names no format"),
        (b'{"format": "capyctl-plan/2"}', "its format is 'capyctl-plan/2', and capyctl-plan/1 is read here"),
        (b" " * (LARGEST_PLAN + 1), "it is larger than any plan"),
        (json.dumps(_plan(plans=[{"contract": "soon"}])).encode(), "one of its plans names no contract"),
        (
            json.dumps(_plan(plans=[{"contract": "v1beta2"}, {"contract": "v1beta2"}])).encode(),
            "it has two plans for one contract",
        ),
        (
            json.dumps(_plan(plans=[{"contract": "v1beta2", "providers": [_ROW, _ROW]}])).encode(),
            "its plan for v1beta2 names a provider twice",
        ),
        *(
            (
                json.dumps(
                    _plan(plans=[{"contract": "v1beta2", "providers": [{**_ROW, **change}]}])
                ).encode(),
                "one of its rows names no provider, or no version",
            )
            for change in ({"provider": ""}, {"next": ""}, {"next": 7})
        ),
    ],
)
def test_what_is_no_plan_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadablePlanError) as caught:
        parse_saved_plan(data)
    assert reason in str(caught.value)


def _contract(*rows: SavedRow) -> SavedContract:
    return SavedContract(contract="v1beta2", rows=rows)


_SAVED = SavedRow(
    provider="infrastructure-aws",
    namespace="capa-system",
    current="v2.9.3",
    next="v2.10.0",
    files={"a": "1", "b": "2"},
)


@pytest.mark.parametrize(
    ("installed", "changes"),
    [
        ((_installed(),), ()),
        ((_installed(version="v2.10.0"),), ()),
        ((_installed(version="v2.9.4"),), ("infrastructure-aws was v2.9.3 and is v2.9.4 now",)),
        ((), ("infrastructure-aws in capa-system was v2.9.3 and is not installed any more",)),
        (
            (_installed(), _installed("azure", "v1.0.0", "z")),
            ("infrastructure-azure v1.0.0 in z was not installed then",),
        ),
    ],
)
def test_a_cluster_that_is_another_by_now(
    installed: tuple[InstalledProvider, ...], changes: tuple[str, ...]
) -> None:
    assert changes_since(_contract(_SAVED), installed) == changes


def test_bytes_that_are_others_by_now() -> None:
    assert changed_files(_SAVED, {"a": "1", "b": "3"}) == (
        "b of infrastructure-aws v2.10.0 was sha256:2 and is sha256:3 now",
    )
    assert changed_files(_SAVED, {"a": "1"}) == ()
