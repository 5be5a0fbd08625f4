"""What a docker configuration has for a registry; the cases are those of docker's own rules."""

from __future__ import annotations

import base64
import json

import pytest

from capyctl.core.docker_config import (
    DockerConfigError,
    RegistryLogin,
    api_host,
    docker_logins,
    helper_login,
)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def config(**sections: object) -> str:
    return json.dumps(sections)


BASIC = encoded("anna:secret")


@pytest.mark.parametrize(
    "key",
    ["ghcr.io", "https://ghcr.io", "https://ghcr.io/v1/", "http://ghcr.io/v2/", "GHCR.io"],
)
def test_an_entry_is_found_by_host_and_by_address(key: str) -> None:
    logins = docker_logins(config(auths={key: {"auth": BASIC}}), "ghcr.io")
    assert logins.inline == RegistryLogin(basic=BASIC)
    assert logins.helper is None


@pytest.mark.parametrize(
    "key", ["example.ghcr.io", "ghcr.io.example.com", "ghcr.io:443", "https://x/ghcr.io"]
)
def test_another_host_has_no_part_in_it(key: str) -> None:
    assert docker_logins(config(auths={key: {"auth": BASIC}}), "ghcr.io").inline.is_anonymous


@pytest.mark.parametrize("host", ["docker.io", "index.docker.io", "registry-1.docker.io"])
def test_docker_hub_goes_by_its_old_address(host: str) -> None:
    auths = {"https://index.docker.io/v1/": {"auth": BASIC}}
    logins = docker_logins(config(auths=auths), host)
    assert logins.inline.basic == BASIC
    assert logins.server == "https://index.docker.io/v1/"
    assert api_host(host) == "registry-1.docker.io"


def test_other_hosts_are_asked_under_their_own_name() -> None:
    assert api_host("ghcr.io") == "ghcr.io"


@pytest.mark.parametrize(
    ("entry", "login"),
    [
        ({"username": "anna", "password": "secret"}, RegistryLogin(basic=BASIC)),
        ({"auth": BASIC, "identitytoken": "refresh"}, RegistryLogin(identity="refresh")),
        ({"auth": encoded("anna:secret\0\0")}, RegistryLogin(basic=encoded("anna:secret\0\0"))),
        ({}, RegistryLogin()),
        ({"auth": encoded("anna")}, RegistryLogin()),
        ({"auth": encoded(":secret")}, RegistryLogin()),
        ({"auth": encoded("anna:")}, RegistryLogin()),
        ({"auth": "no base64!"}, RegistryLogin()),
        ({"auth": "é"}, RegistryLogin()),
        ({"auth": 5}, RegistryLogin()),
        ({"username": "anna"}, RegistryLogin()),
        ("text", RegistryLogin()),
    ],
)
def test_the_forms_of_an_entry(entry: object, login: RegistryLogin) -> None:
    assert docker_logins(config(auths={"ghcr.io": entry}), "ghcr.io").inline == login


@pytest.mark.parametrize(
    ("auths", "said"),
    [
        ({"ghcr.io": {"auth": "%%%"}}, "auth of its entry for ghcr.io is not USER:PASSWORD in base64"),
        ({"ghcr.io": {"auth": encoded("annasecret")}}, "not USER:PASSWORD in base64"),
        ({"https://ghcr.io/v1/": {"auth": 5}}, "not USER:PASSWORD in base64"),
        ({"ghcr.io": {"username": "anna"}}, "lacks the user or the password"),
        ({"ghcr.io": {"password": "secret"}}, "lacks the user or the password"),
        ({"ghcr.io": "secret"}, "its entry for ghcr.io is no JSON object"),
        (["secret"], "auths is no JSON object"),
    ],
)
def test_an_entry_that_was_meant_to_be_a_login(auths: object, said: str) -> None:
    logins = docker_logins(config(auths=auths, credsStore="desktop"), "ghcr.io")
    assert logins.inline.is_anonymous
    assert logins.helper == "desktop"
    assert logins.trouble is not None
    assert said in logins.trouble
    assert "secret" not in logins.trouble


@pytest.mark.parametrize("entry", [{}, {"auth": ""}, {"email": "anna@example.com"}])
def test_an_entry_without_a_login_is_for_a_helper_that_has_it(entry: object) -> None:
    auths = {"ghcr.io": entry}
    assert docker_logins(config(auths=auths), "ghcr.io").trouble == "its entry for ghcr.io holds no login"
    assert docker_logins(config(auths=auths, credsStore="desktop"), "ghcr.io").trouble is None
    assert docker_logins(config(auths=auths, credHelpers={"ghcr.io": "gh"}), "ghcr.io").trouble is None


@pytest.mark.parametrize(
    "entry",
    [
        {"auth": "%%%", "identitytoken": "refresh"},
        {"auth": "%%%", "username": "anna", "password": "secret"},
    ],
)
def test_an_entry_that_is_a_login_is_no_trouble(entry: object) -> None:
    assert docker_logins(config(auths={"ghcr.io": entry}), "ghcr.io").trouble is None
    assert (
        docker_logins(config(auths={"quay.io": {"auth": "%%%"}, "ghcr.io": entry}), "ghcr.io").trouble is None
    )


def test_a_helper_for_the_host_comes_before_the_store_for_all() -> None:
    text = config(credsStore="desktop", credHelpers={"ghcr.io": "gh"})
    assert docker_logins(text, "ghcr.io").helper == "gh"
    assert docker_logins(text, "quay.io").helper == "desktop"


@pytest.mark.parametrize("name", ["../evil", "a b", "", "-x", 5])
def test_a_helper_is_a_plain_name(name: object) -> None:
    assert docker_logins(config(credsStore=name), "ghcr.io").helper is None


@pytest.mark.parametrize("text", ["", "[", "[]", "5", "[" * 100_000])
def test_what_is_no_configuration(text: str) -> None:
    with pytest.raises(DockerConfigError):
        docker_logins(text, "ghcr.io")


@pytest.mark.parametrize("sections", [{"auths": []}, {"credHelpers": 5}, {}])
def test_sections_of_another_kind_are_empty(sections: dict[str, object]) -> None:
    logins = docker_logins(json.dumps(sections), "ghcr.io")
    assert logins.inline.is_anonymous
    assert logins.helper is None


def test_what_a_helper_prints() -> None:
    printed = json.dumps({"ServerURL": "ghcr.io", "Username": "anna", "Secret": "secret"}).encode()
    assert helper_login(printed) == RegistryLogin(basic=BASIC)
    token = json.dumps({"Username": "<token>", "Secret": "refresh"}).encode()
    assert helper_login(token) == RegistryLogin(identity="refresh")


@pytest.mark.parametrize("printed", [b"", b"[]", b'{"Username": "anna"}', b"[" * 100_000])
def test_a_helper_that_prints_no_login(printed: bytes) -> None:
    with pytest.raises(DockerConfigError):
        helper_login(printed)


def test_no_secret_is_in_a_repr() -> None:
    login = RegistryLogin(basic=BASIC, identity="refresh")
    assert BASIC not in repr(login)
    assert "refresh" not in repr(login)
    assert not login.is_anonymous
