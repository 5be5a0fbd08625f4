"""Credential plugins: what they are told, what they may print, and how each failure is named."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from capyctl.adapters.kubernetes_exec import Credential, CredentialError, CredentialPlugin
from capyctl.adapters.kubernetes_user import ClusterUser

V1 = "client.authentication.k8s.io/v1"
V1BETA1 = "client.authentication.k8s.io/v1beta1"


def program(folder: Path, body: str, name: str = "plugin") -> Path:
    """A plugin in Python; ``told`` is what it was told and ``say(status)`` prints a credential."""
    path = folder / name
    lines = [
        f"#!{sys.executable}",
        "import json, os, sys",
        "told = json.loads(os.environ['KUBERNETES_EXEC_INFO'])",
        "def say(**status):",
        "    print(json.dumps({'apiVersion': told['apiVersion'], 'kind': 'ExecCredential', 'status': status}))",
        body,
    ]
    path.write_text("\n".join(lines) + "\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def plugin(program: str, folder: Path, patience: float = 60.0, **section: object) -> CredentialPlugin:
    return CredentialPlugin(
        section={"apiVersion": V1, "command": program, **section},
        cluster={"server": "https://x:6443", "extensions": [
            {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "me"}}]},
        folder=str(folder),
        environment={"PATH": os.environ["PATH"], "INHERITED": "yes"},
        patience=patience,
    )  # fmt: skip


def told(made: CredentialPlugin) -> str:
    with pytest.raises(CredentialError) as caught:
        made.run()
    return str(caught.value)


@pytest.mark.parametrize("version", [V1, V1BETA1])
def test_a_token_and_its_expiry(tmp_path: Path, version: str) -> None:
    path = program(tmp_path, "say(token='abc', expirationTimestamp='2026-11-22T11:00:00Z')")
    found = plugin(str(path), tmp_path, apiVersion=version).run()
    assert found == Credential(authorization="Bearer abc", expires_at="2026-11-22T11:00:00Z")
    assert "abc" not in repr(found)


def test_a_certificate_with_its_key(tmp_path: Path) -> None:
    path = program(tmp_path, "say(clientCertificateData='cert', clientKeyData='key')")
    found = plugin(str(path), tmp_path).run()
    assert found.authorization is None
    assert found.certificate is not None
    assert (found.certificate.certificate, found.certificate.key) == (b"cert", b"key")
    assert "key'" not in repr(found)


def test_it_is_told_who_asks_and_reads_no_stdin(tmp_path: Path) -> None:
    body = (
        "say(token=json.dumps({'args': sys.argv[1:], 'stdin': sys.stdin.read(), 'spec': told['spec'],"
        " 'env': {k: os.environ.get(k) for k in ('INHERITED', 'ADDED')}}))"
    )
    made = plugin(
        str(program(tmp_path, body)),
        tmp_path,
        args=["get-token", "x"],
        env=[{"name": "ADDED", "value": "too"}],
        provideClusterInfo=True,
    )
    seen = json.loads((made.run().authorization or "").removeprefix("Bearer "))
    assert seen == {
        "args": ["get-token", "x"],
        "stdin": "",
        "spec": {
            "interactive": False,
            "cluster": {"server": "https://x:6443", "config": {"audience": "me"}},
        },
        "env": {"INHERITED": "yes", "ADDED": "too"},
    }


def test_the_cluster_is_told_only_where_it_is_asked_for(tmp_path: Path) -> None:
    made = plugin(str(program(tmp_path, "say(token=','.join(told['spec']))")), tmp_path)
    assert made.run().authorization == "Bearer interactive"


def test_a_command_with_a_slash_is_relative_to_the_kubeconfig(tmp_path: Path) -> None:
    program(tmp_path, "say(token='near')")
    assert plugin("./plugin", tmp_path).run().authorization == "Bearer near"


def test_a_missing_command_is_named_with_its_hint(tmp_path: Path) -> None:
    reason = told(plugin("no-such-plugin", tmp_path, installHint="Install it:\n  brew\x1b[31m x"))
    assert reason == (
        "the credential plugin no-such-plugin is not installed or not in PATH; its kubeconfig says: "
        "Install it: brew\ufffd[31m x"
    )


def test_a_failing_command_is_named_with_what_it_said_and_no_secret(tmp_path: Path) -> None:
    secret = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMzQ1Njc4OTAi.e30"  # noqa: S105 - looks like one, is none
    path = program(tmp_path, f"sys.stderr.write('expired\\x1b[2J\\nsession {secret}'); sys.exit(3)")
    assert told(plugin(str(path), tmp_path)) == (
        f"the credential plugin {path} ended with status 3: expired\ufffd[2J session ***"
    )


def test_what_a_failing_command_was_handed_is_not_repeated(tmp_path: Path) -> None:
    body = "sys.exit(f\"no {sys.argv[1]} {os.environ['PIN']} {os.environ['GIVEN_TOKEN']} {os.environ['SHORT']}\")"
    made = plugin(
        str(program(tmp_path, body)),
        tmp_path,
        args=["--key=of-args"],
        env=[{"name": "PIN", "value": "of-env"}, {"name": "SHORT", "value": "short"}],
    )
    made = replace(made, environment={**made.environment, "GIVEN_TOKEN": "of-parent"})
    assert told(made).endswith("ended with status 1: no --key=*** *** *** short")


def test_a_secret_is_masked_before_what_was_said_is_cut(tmp_path: Path) -> None:
    hidden = "of env, " * 75
    path = program(
        tmp_path, "sys.stderr.write(os.environ['LOGIN'] + 'x' * 30 + ' ' + 'word ' * 800); sys.exit(1)"
    )
    reason = told(plugin(str(path), tmp_path, env=[{"name": "LOGIN", "value": hidden}]))
    assert "of env" not in reason


def test_much_that_is_said_is_cut(tmp_path: Path) -> None:
    path = program(tmp_path, "sys.stderr.write('long words ' * 100_000); sys.exit(1)")
    assert len(told(plugin(str(path), tmp_path))) < 700


def test_a_command_that_does_not_end_is_ended(tmp_path: Path) -> None:
    path = program(tmp_path, "import time; time.sleep(600)")
    assert "did not end within 0.5 s" in told(plugin(str(path), tmp_path, patience=0.5))


@pytest.mark.parametrize(
    "body",
    [
        "print('')",
        "print('[]')",
        "print('{')",
        "print(json.dumps({'kind': 'ExecCredential'}))",
        "told['apiVersion'] = 'client.authentication.k8s.io/v1alpha1'; say(token='x')",
        "say()",
        "say(token='')",
        "say(clientCertificateData='cert')",
        "say(token=7)",
        "print('[' * 100_000)",
        "print(' ' * 2_000_000)",
    ],
)
def test_what_is_no_credential_is_told(tmp_path: Path, body: str) -> None:
    assert "the credential plugin" in told(plugin(str(program(tmp_path, body)), tmp_path))


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (
            {"apiVersion": "client.authentication.k8s.io/v1alpha1"},
            "speaks client.authentication.k8s.io/v1alpha1",
        ),
        ({"apiVersion": 7}, "speaks no version"),
        ({"command": ""}, "without a command"),
        ({"command": ["a"]}, "without a command"),
        ({"interactiveMode": "Always"}, "needs a terminal"),
    ],
)
def test_a_section_that_cannot_be_followed_is_told(
    tmp_path: Path, section: Mapping[str, object], words: str
) -> None:
    made = plugin("true", tmp_path)
    assert words in told(replace(made, section={**made.section, **section}))


class HandClock:
    def __init__(self) -> None:
        self.time = "2026-11-22T10:00:00Z"

    def now(self) -> str:
        return self.time

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def test_a_plugin_runs_once_until_its_credential_is_about_to_expire(tmp_path: Path) -> None:
    counting = (
        "n = len(open('runs').read()) if os.path.exists('runs') else 0\n"
        "open('runs', 'a').write('x')\n"
        "say(token=f'token-{n}', expirationTimestamp='2026-11-22T10:30:00Z')"
    ).replace("'runs'", repr(str(tmp_path / "runs")))
    clock = HandClock()
    user = ClusterUser(
        section={},
        folder=str(tmp_path),
        clock=clock,
        plugin=plugin(str(program(tmp_path, counting)), tmp_path),
    )
    first = user.credential()
    assert user.credential() is first
    clock.time = "2026-11-22T10:29:45Z"
    second = user.credential()
    assert (first.authorization, second.authorization) == ("Bearer token-0", "Bearer token-1")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"token": "abc"}, "Bearer abc"),
        ({"token": 12345}, "Bearer 12345"),
        ({"tokenFile": "token", "token": "abc"}, "Bearer from-file"),
        ({"username": "a", "password": 1}, "Basic YTox"),
        ({"auth-provider": {"name": "oidc", "config": {"id-token": "id"}}}, "Bearer id"),
        ({}, None),
        ({"token": ["a"], "username": {}}, None),
    ],
)
def test_what_stands_in_the_kubeconfig_is_shown(
    tmp_path: Path, section: Mapping[str, object], expected: str | None
) -> None:
    (tmp_path / "token").write_text("from-file\n")
    user = ClusterUser(section=section, folder=str(tmp_path), clock=HandClock())
    assert user.credential().authorization == expected


def test_a_file_of_the_user_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    user = ClusterUser(section={"tokenFile": "gone"}, folder=str(tmp_path), clock=HandClock())
    with pytest.raises(CredentialError, match=r"gone, the tokenFile of the kubeconfig, cannot be read"):
        user.credential()
    broken = ClusterUser(
        section={"client-certificate-data": "*", "client-key-data": "*"}, folder=".", clock=HandClock()
    )
    with pytest.raises(CredentialError, match=r"client-certificate-data of the kubeconfig is not base64"):
        broken.credential()
