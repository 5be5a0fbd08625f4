"""Which values of a kubeconfig are secrets, and how they are masked in what others said."""

from __future__ import annotations

import json

import pytest

from capyctl.adapters.kubernetes_masking import (
    masking,
    values_of_address,
    values_of_plugin,
    values_of_user,
)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("token abc<de/f is wrong", "token *** is wrong"),
        ("token abc&lt;de/f is wrong", "token *** is wrong"),
        ("token abc%3Cde%2Ff is wrong", "token *** is wrong"),
        ("abc<de/fabc<de/f and more", "****** and more"),
        ("abc<de is a piece, abc another", "abc<de is a piece, abc another"),
    ],
)
def test_a_value_is_masked_in_every_spelling(said: str, told: str) -> None:
    assert masking(["abc<de/f"]).text(said) == told


def test_the_longer_of_two_values_is_masked_first() -> None:
    assert masking(["abcdef", "abcdef-ghi"]).text("abcdef-ghi abcdef") == "*** ***"


def test_a_value_under_six_characters_is_left() -> None:
    assert masking(["12345", "123456", " 12345 ", ""]).text("12345 of 123456") == "12345 of ***"


def test_no_value_is_in_the_repr() -> None:
    assert "abcdef" not in repr(masking(["abcdef"]))


def test_a_body_keeps_its_shape_and_its_keys() -> None:
    body = json.dumps({"message": "no abcdef", "abcdef": [1, {"field": "abcdef"}, None]}).encode()
    found = json.loads(masking(["abcdef"]).body(body))
    assert found == {"message": "no ***", "abcdef": [1, {"field": "***"}, None]}


@pytest.mark.parametrize(
    "body", [b'{"message":  "no"}', b"plain \xff text", b"", b"[" * 5000, b"[" * 700 + b"]" * 700]
)
def test_a_body_without_a_value_keeps_its_bytes(body: bytes) -> None:
    assert masking(["abcdef"]).body(body) == body


@pytest.mark.parametrize(
    "body", [b'{"message": "no abc\\"def', b"[" * 5000 + b'abc"def', b"[" * 700 + b'"abc\\"def"' + b"]" * 700]
)
def test_a_body_that_cannot_be_taken_apart_is_masked_as_text(body: bytes) -> None:
    found = masking(['abc"def']).body(body)
    assert b"***" in found
    assert b"def" not in found


def test_a_user_has_secrets_and_a_name() -> None:
    section = {
        "token": 12345678,
        "username": "administrator",
        "password": "swordfish",
        "client-certificate-data": "Q0VSVA==",
        "client-key-data": "S0VZS0VZ",
        "auth-provider": {
            "name": "oidc",
            "config": {
                "client-id": "kubernetes",
                "idp-issuer-url": "https://issuer.example",
                "client-secret": "of-the-client",
                "id-token": "of-the-id",
                "access-token": "of-access",
                "refresh-token": "of-refresh",
            },
        },
    }
    # The text of basic authentication is that of RFC 7617: base64 of administrator:swordfish.
    assert values_of_user(section) == {
        "12345678",
        "swordfish",
        "YWRtaW5pc3RyYXRvcjpzd29yZGZpc2g=",
        "YWRtaW5pc3RyYXRvcjpzd29yZGZpc2g",
        "S0VZS0VZ",
        "of-the-client",
        "of-the-id",
        "of-access",
        "of-refresh",
    }
    assert values_of_user({}) == {""}


@pytest.mark.parametrize(
    ("address", "said", "told"),
    [
        ("https://user:pass%2Fword@x:6443/base", "user pass%2Fword pass/word x base", "user *** *** x base"),
        ("https://administrator@x", "administrator", "administrator"),
        ("https://abcdefghijklmnop@x", "abcdefghijklmnop at x", "*** at x"),
        ("https://x/?key=abcdef&more=ghijkl&a=1", "abcdef ghijkl 1", "*** *** 1"),
        ("https://[x", "https://[x", "https://[x"),
        ("", "no address", "no address"),
    ],
)
def test_an_address_has_a_password_and_a_query(address: str, said: str, told: str) -> None:
    assert masking(values_of_address(address)).text(said) == told


@pytest.mark.parametrize(
    ("argument", "said", "told"),
    [
        ("--password=swordfish", "--password swordfish", "--password ***"),
        ("--password", "--password is missing", "--password is missing"),
        ("swordfish", "swordfish", "***"),
        ("-pswordfish", "swordfish -pswordfish", "*** ***"),
        ("name=swordfish", "swordfish for name=swordfish", "*** for ***"),
        ("get", "cannot get it", "cannot get it"),
    ],
)
def test_a_plugin_is_handed_arguments(argument: str, said: str, told: str) -> None:
    assert masking(values_of_plugin({"args": [argument]}, {})).text(said) == told


def test_a_plugin_is_handed_variables_and_what_its_cluster_says() -> None:
    env = [
        {"name": "LOGIN_PASSWORD", "value": "swordfish"},
        {"name": "PIN", "value": 1234567},
        {"name": "EMPTY"},
    ]
    cluster = {
        "server": "https://u:of-server@x",
        "proxy-url": "http://u:of-proxy@y",
        "extensions": [{"name": "n", "extension": {"audience": ["of-extension"]}}],
    }
    section = {"env": env, "provideClusterInfo": True}
    said = "LOGIN_PASSWORD swordfish 1234567 of-server of-proxy of-extension"
    assert masking(values_of_plugin(section, cluster)).text(said) == "LOGIN_PASSWORD *** *** *** *** ***"
