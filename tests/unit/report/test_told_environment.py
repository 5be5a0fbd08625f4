"""What a record tells of words and variables: no credential in any spelling (cli.md 7.3)."""

from __future__ import annotations

import pytest

from capyctl.report.redaction import word_secrets
from capyctl.report.told_environment import told_arguments, told_environment

_SECRET = "hunter2hunter2"  # noqa: S105 - opens nothing


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("https://proxy.example,direct", "https://proxy.example,direct"),
        (f"https://me:{_SECRET}@proxy.example|off", "https://***@proxy.example|off"),
        (
            f"https://{_SECRET}@proxy.example,https://me:{_SECRET}@b.example/x,direct",
            "https://***@proxy.example,https://***@b.example/x,direct",
        ),
        (f"https://me:{_SECRET}/{_SECRET}@proxy.example", "https://***@proxy.example"),
        (f"https://me:{_SECRET},{_SECRET}@proxy.example,off", "https://***@proxy.example,off"),
        (f"me:{_SECRET}@proxy.example:3128", "***@proxy.example:3128"),
        (f"https://proxy.example/x?sig={_SECRET},off", "https://proxy.example/x,off"),
    ],
)
def test_addresses_lose_their_credentials(value: str, told: str) -> None:
    assert told_environment({"GOPROXY": value, "https_proxy": value}) == {
        "GOPROXY": told,
        "https_proxy": told,
    }


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GH_TOKEN", "GITLAB_ACCESS_TOKEN", "PROVIDERS"])
def test_of_secrets_only_is_told_that_they_are_set(name: str) -> None:
    assert told_environment({name: _SECRET}) == {name: "***"}


def test_template_variables_are_told_by_name_where_they_are_set() -> None:
    environ = {"AWS_REGION": "eu", "AWS_KEY": _SECRET, "OTHER": "x"}
    assert told_environment(environ, ["AWS_REGION", "AWS_KEY", "UNSET"]) == {
        "AWS_REGION": "***",
        "AWS_KEY": "***",
    }


def test_what_does_not_matter_to_capyctl_is_not_told() -> None:
    assert told_environment({"HOME": "/home/me", "AWS_SECRET_ACCESS_KEY": _SECRET, "PWD": "/"}) == {}


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("infrastructure-aws:v2.8.1", "infrastructure-aws:v2.8.1"),
        ("addon-secrets:v1.0.0", "addon-secrets:v1.0.0"),
        (f"https://me:{_SECRET}@host.example/c.yaml", "https://***@host.example/c.yaml"),
        (f"https://{_SECRET}@host.example/c.yaml", "https://***@host.example/c.yaml"),
        (
            f"--config=https://host.example/c.yaml?X-Signature={_SECRET}",
            "--config=https://host.example/c.yaml",
        ),
        (f"--config=https://host.example/c.yaml?a=b,{_SECRET}", "--config=https://host.example/c.yaml"),
        (f"https://host.example/c.yaml#{_SECRET}", "https://host.example/c.yaml"),
        (f"https://me:x/{_SECRET}@host.example/c.yaml", "https://***@host.example/c.yaml"),
        (f"Authorization: Bearer {_SECRET}", "Authorization: Bearer ***"),
        (f"--api-key={_SECRET}", "--api-key=***"),
        (f"MY_TOKEN={_SECRET} make", "MY_TOKEN=*** make"),
        ("oci://host.example/repository@sha256:00", "oci://host.example/repository@sha256:00"),
    ],
)
def test_words_lose_their_credentials(word: str, told: str) -> None:
    assert told_arguments([word], ()) == (told,)


def test_a_known_secret_is_masked_wherever_it_stands() -> None:
    assert told_arguments(["--x", f"a{_SECRET}b"], (_SECRET,)) == ("--x", "a***b")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--registry-password", _SECRET, "--offline"], ["--registry-password", "***", "--offline"]),
        (["--token", _SECRET, "--record", "q.json"], ["--token", "***", "--record", "q.json"]),
        (["--api-key", "short"], ["--api-key", "***"]),
        (["-password", f"-{_SECRET}"], ["-password", "***"]),
        (["--token", "--record", "q.json"], ["--token", "--record", "q.json"]),
        (["--token", "--", "make"], ["--token", "--", "make"]),
        (["--", "curl", "-u", f"user:{_SECRET}", "-v"], ["--", "curl", "-u", "user:***", "-v"]),
        (["curl", "--user", f"user:{_SECRET}"], ["curl", "--user", "user:***"]),
        (["curl", "--proxy-user", f"user:{_SECRET}"], ["curl", "--proxy-user", "user:***"]),
        ([f"--user=user:{_SECRET}"], ["--user=user:***"]),
        ([f"-uuser:{_SECRET}"], ["-uuser:***"]),
        (["id", "-u", "user"], ["id", "-u", "user"]),
        ([f"curl -u user:{_SECRET} -v https://host.example"], ["curl -u user:*** -v https://host.example"]),
        ([f"oras login --password {_SECRET}"], ["oras login --password ***"]),
        ([f"PRIVATE-TOKEN: {_SECRET}"], ["PRIVATE-TOKEN: ***"]),
        (["failed to get secret: not found"], ["failed to get secret: not found"]),
        (
            ["--kubeconfig", "file", "--contract", "v1beta1"],
            ["--kubeconfig", "file", "--contract", "v1beta1"],
        ),
    ],
)
def test_a_word_is_known_by_the_option_before_it(words: list[str], told: list[str]) -> None:
    assert told_arguments(words, ()) == tuple(told)


def test_what_is_typed_behind_an_option_named_like_a_secret_is_masked_in_what_is_printed() -> None:
    own = ["resolve", "--password", _SECRET, "--token=another-one", "-u", "me:mine-alone", "--key", "abc"]
    assert word_secrets([*own, "--", "curl", "--token", "of-the-child"]) == tuple(
        sorted((_SECRET, "another-one", "mine-alone"), key=lambda each: (-len(each), each))
    )
    assert word_secrets(["resolve", "infrastructure-aws", "-o", "json"]) == ()
