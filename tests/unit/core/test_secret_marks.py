"""Marks in the place of secret values: in Secrets, and wherever a secret variable's value stands."""

from __future__ import annotations

import hashlib
import json

import pytest

from capyctl.core.secret_marks import marked_objects, secret_values_of

_TOKEN = "s3cr3t-Token-0001"  # noqa: S105 - opens nothing


def mark(value: object) -> str:
    """The mark as the reference of diffs has it: sha256 over the value as JSON."""
    return f"sha256:{hashlib.sha256(json.dumps(value).encode()).hexdigest()}"


@pytest.mark.parametrize(
    "name",
    [
        "DO_B64ENCODED_CREDENTIALS", "LINODE_TOKEN", "VSPHERE_PASSWORD", "NUTANIX_PASSWD", "AZURE_CLIENT_SECRET",
        "OCI_CREDENTIALS_PASSPHRASE", "OCI_CREDENTIALS_KEY_B64", "PACKET_API_KEY", "MY_APIKEY", "AWS_ACCESS_KEY_ID",
        "SSH_KEY", "authkey",
    ],
)  # fmt: skip
def test_values_of_names_that_look_secret_are_secret(name: str) -> None:
    assert _TOKEN in secret_values_of([name], {name: _TOKEN}.get)


@pytest.mark.parametrize("name", ["AWS_REGION", "EXP_MACHINE_POOL", "CLUSTER_TOPOLOGY", "SSH_USER", "KEY"])
def test_values_of_other_names_are_not(name: str) -> None:
    assert secret_values_of([name], {name: _TOKEN}.get) == ()


def test_a_value_is_known_in_the_ways_it_may_be_written() -> None:
    found = secret_values_of(
        ["A_TOKEN", "B_TOKEN", "C_TOKEN"], {"A_TOKEN": f" {_TOKEN}\nsecond line ", "C_TOKEN": "true"}.get
    )
    assert {_TOKEN, _TOKEN.upper(), _TOKEN.lower(), "second line"} <= set(found)
    assert "true" not in found
    assert list(found) == sorted(found, key=lambda each: (-len(each), each))


def test_every_value_of_a_secret_is_a_mark_and_nothing_else_of_it_changes() -> None:
    secret = {
        "kind": "Secret",
        "metadata": {"name": "credentials", "labels": {"a": "b"}},
        "data": {"token": "aGVsbG8=", "empty": ""},
        "stringData": {"user": "me"},
    }
    assert marked_objects([secret], ()) == (
        {
            "kind": "Secret",
            "metadata": {"name": "credentials", "labels": {"a": "b"}},
            "data": {"token": mark("aGVsbG8="), "empty": mark("")},
            "stringData": {"user": mark("me")},
        },
    )
    assert secret["stringData"] == {"user": "me"}


def test_a_secret_in_a_list_is_found_and_odd_ones_do_no_harm() -> None:
    listed = {"kind": "List", "items": [{"kind": "Secret", "data": {"a": "b"}}]}
    odd = [{"kind": "Secret", "data": None}, {"kind": "Secret", "data": ["x"]}]
    found = marked_objects([listed, *odd], ())
    assert found[0] == {"kind": "List", "items": [{"kind": "Secret", "data": {"a": mark("b")}}]}
    assert found[1:] == ({"kind": "Secret", "data": None}, {"kind": "Secret", "data": mark(["x"])})


def test_a_config_map_and_a_deployment_keep_all_but_the_secret_values() -> None:
    objects = [
        {"kind": "ConfigMap", "data": {"config": f"user: me\ntoken: {_TOKEN}\n", "other": "hello"}},
        {
            "kind": "Deployment",
            "spec": {"replicas": 1, "paused": False, "args": [f"--token={_TOKEN}", "--v=2"]},
        },
    ]
    assert marked_objects(objects, (_TOKEN,)) == (
        {"kind": "ConfigMap", "data": {"config": f"user: me\ntoken: {mark(_TOKEN)}\n", "other": "hello"}},
        {
            "kind": "Deployment",
            "spec": {"replicas": 1, "paused": False, "args": [f"--token={mark(_TOKEN)}", "--v=2"]},
        },
    )
