"""No credential of a cluster is told, whatever a server, a proxy or a plugin repeats of it (cli.md 6, Secrets)."""

from __future__ import annotations

import base64
import binascii
import html
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from capyctl.core.api_reading import ApiRequest
from capyctl.core.api_writing import ApiWrite, Verb
from tests.contract.api_server_fake import (
    Asked,
    Behaviour,
    FakeApiServer,
    Stream,
    connect,
    refusal,
    reply,
    serving,
)
from tests.unit.adapters.test_kubernetes_exec import V1, program

_ROOT = Path(__file__).resolve().parents[2]
_PLANT = "Zq7"
"""Stands at the start of every planted secret, and all over the long ones, so that a piece of one is found too."""
_LONG = f"{_PLANT}<&/long+" * 150
User = Callable[[Path], dict[str, object]]


def _token(_: Path) -> dict[str, object]:
    return {"token": f"{_PLANT}Token1"}


def _long_token(_: Path) -> dict[str, object]:
    return {"token": _LONG}


def _token_file(folder: Path) -> dict[str, object]:
    (folder / "token").write_text(f"{_PLANT}TokenOfFile2\n")
    return {"tokenFile": "token"}


def _login(_: Path) -> dict[str, object]:
    return {"username": "somebody", "password": f"{_PLANT}Password/3"}


def _provider(_: Path) -> dict[str, object]:
    return {"auth-provider": {"name": "oidc", "config": {"id-token": f"{_PLANT}IdToken4"}}}


def _plugin(folder: Path) -> dict[str, object]:
    path = program(folder, f"say(token='{_PLANT}' + 'OfPlugin5')")
    return {"exec": {"apiVersion": V1, "command": str(path), "interactiveMode": "Never"}}


def _failing_plugin(folder: Path) -> dict[str, object]:
    path = program(folder, "print(sys.argv, sys.argv[1][9:], os.environ, file=sys.stderr); sys.exit(3)")
    env = [
        {"name": "LOGIN", "value": f"{_PLANT}Variable6"},
        {"name": "PADDING", "value": _LONG},
    ]
    args = [f"--secret={_PLANT}Argument7", f"-p{_PLANT}Argument8", f"{_PLANT}Argument9"]
    section = {"apiVersion": V1, "command": str(path), "interactiveMode": "Never", "env": env, "args": args}
    return {"exec": {**section, "provideClusterInfo": True}}


_USERS: tuple[User, ...] = (_token, _long_token, _token_file, _login, _provider, _plugin)


def _heard(asked: Asked) -> str:
    """What a server knows of a credential, in each way in which it may repeat that."""
    shown = asked.headers.get("authorization", "")
    word = shown.partition(" ")[2]
    said = [shown, word, quote(word, safe=""), html.escape(word)]
    if shown.startswith("Basic "):
        login = base64.b64decode(word).decode()
        said += [login, login.partition(":")[2], word.rstrip("=")]
    return f"{' '.join(said)} and {word}"


def _status(code: int) -> Behaviour:
    def behave(stream: Stream, asked: Asked) -> None:
        heard = _heard(asked)
        causes = [{"reason": "Odd", "field": heard, "message": heard}]
        body = {
            "kind": "Status",
            "code": code,
            "message": f"no user for {heard}",
            "details": {"causes": causes},
        }
        reply(body, code, Warning=f'299 - "{heard}"')(stream, asked)

    return behave


def _text(stream: Stream, asked: Asked) -> None:
    reply(f"proxy: {_heard(asked)}".encode(), 403, f"text/{_heard(asked)}")(stream, asked)


def _page(stream: Stream, asked: Asked) -> None:
    reply(f"<html><title>{_heard(asked)}</title></html>".encode(), 200, "text/html")(stream, asked)


def _redirect(stream: Stream, asked: Asked) -> None:
    word = quote(asked.headers["authorization"].partition(" ")[2], safe="")
    reply(b"", 302, Location=f"https://u:{word}@login.example/{word}/?token={word}#{word}")(stream, asked)


def _broken_object(stream: Stream, asked: Asked) -> None:
    reply(json.dumps({"message": _heard(asked)})[:-2].encode(), 500)(stream, asked)


def _deep_object(stream: Stream, asked: Asked) -> None:
    inner = "[" * 700 + json.dumps(_heard(asked)) + "]" * 700
    reply(f'{{"message": {json.dumps(_heard(asked))}, "more": {inner}}}'.encode(), 401)(stream, asked)


_ANSWERS: tuple[Behaviour, ...] = (
    *map(_status, (401, 403, 409, 422, 429, 500, 503)),
    _text,
    _page,
    _redirect,
    _broken_object,
    _deep_object,
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FakeApiServer]:
    with serving(tmp_path) as started:
        yield started


def assert_clean(told: str) -> None:
    assert _PLANT not in told
    for word in told.replace('"', " ").replace(":", " ").split():
        try:
            assert _PLANT.encode() not in base64.b64decode(word + "==")
        except binascii.Error:
            continue


@pytest.mark.parametrize("user", _USERS)
@pytest.mark.parametrize("answer", _ANSWERS)
def test_an_answer_that_repeats_the_credential_is_told_without_it(
    server: FakeApiServer, tmp_path: Path, user: User, answer: Behaviour
) -> None:
    server.default = answer
    connected = connect(server.kubeconfig(user(tmp_path)))
    api, writer = connected.connection.api, connected.connection.writer
    write = ApiWrite(verb=Verb.APPLY, path="/api/v1/namespaces/a/configmaps/b", body={"kind": "ConfigMap"})
    asked = [api.ask(ApiRequest(path="/version")), writer.write(write)]
    for reading in (*asked, api.ask_text(ApiRequest(path="/readyz"))):
        assert reading.failure is not None
        assert_clean(f"{reading.failure} {reading.warnings} {reading.evidence}")
    assert_clean(str(list(api.watch(ApiRequest(path="/watch")))))
    assert all("authorization" in each.headers for each in server.asked)


def test_an_error_within_a_watch_is_told_without_the_credential(
    server: FakeApiServer, tmp_path: Path
) -> None:
    def expired(stream: Stream, asked: Asked) -> None:
        event = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": _heard(asked)}}
        reply(json.dumps(event).encode() + b"\n")(stream, asked)

    server.default = expired
    connection = connect(server.kubeconfig(_token(tmp_path))).connection
    (event,) = connection.api.watch(ApiRequest(path="/watch"))
    assert event.object["code"] == 410
    assert event.object["message"] == "Bearer *** *** *** *** and ***"


def test_a_credential_that_was_replaced_stays_untold(server: FakeApiServer, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    runs.write_text("")
    path = program(
        tmp_path,
        f"n = len(open({str(runs)!r}).read()); open({str(runs)!r}, 'a').write('x'); say(token=f'{_PLANT}-run-{{n}}')",
    )
    user = {"exec": {"apiVersion": V1, "command": str(path), "interactiveMode": "Never"}}
    server.default = refusal(401, f"neither {_PLANT}-run-0 nor {_PLANT}-run-1")
    failure = connect(server.kubeconfig(user)).connection.api.ask(ApiRequest(path="/version")).failure
    assert failure is not None
    assert failure.reason == "status 401: neither *** nor ***"
    assert len(server.asked) == 2


def test_a_proxy_that_repeats_its_own_credential_is_told_without_it(tmp_path: Path) -> None:
    def refuse(stream: Stream, asked: Asked) -> None:
        word = asked.headers["proxy-authorization"].partition(" ")[2]
        reply(f"{word} is {base64.b64decode(word).decode()}".encode(), 403, "text/plain")(stream, asked)

    with serving(tmp_path, tls=False) as proxy:
        proxy.default = refuse
        path = proxy.kubeconfig(cluster={"server": "http://cluster.example"})
        address = proxy.url.replace("//", f"//somebody:{_PLANT}OfProxy13@")
        failure = connect(path, proxy=address).connection.api.ask(ApiRequest(path="/version")).failure
    assert failure is not None
    assert failure.reason == "status 403: *** is somebody:***"


def test_a_token_that_no_header_can_carry_is_not_told(server: FakeApiServer) -> None:
    user = {"token": f"{_LONG}\n{_LONG}"}
    failure = connect(server.kubeconfig(user)).connection.api.ask(ApiRequest(path="/version")).failure
    assert failure is not None
    assert failure.reason == "it cannot be asked: Invalid header value"


def test_an_ordinary_answer_keeps_what_it_holds(server: FakeApiServer, tmp_path: Path) -> None:
    held = {"data": {"value": f"{_PLANT}Token1"}}
    server.default = reply(held)
    assert (
        connect(server.kubeconfig(_token(tmp_path))).connection.api.ask(ApiRequest(path="/x")).value == held
    )


def run(folder: Path, kubeconfig: Path, *words: str) -> tuple[str, str, str]:
    """Both streams and the record, which holds the text and the JSON of the run."""
    record = folder / "record.json"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(_ROOT),
        "PLUGIN_PASSWORD": f"{_PLANT}Inherited10",
    }
    command = [sys.executable, "-m", "capyctl", *words, "--kubeconfig", str(kubeconfig), "--api-timeout", "1"]
    ran = subprocess.run(
        [*command, "--debug", "--record", str(record)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode in (1, 2, 3), ran.stderr
    return ran.stdout, ran.stderr, record.read_text()


@pytest.mark.parametrize("words", [("cluster", "check"), ("delete", "--all")])
@pytest.mark.parametrize("user", [*_USERS, _failing_plugin])
def test_a_run_tells_no_credential_on_either_stream_or_in_its_record(
    server: FakeApiServer, tmp_path: Path, words: tuple[str, ...], user: User
) -> None:
    server.default = _status(401)
    address = server.url.replace("//", f"//u:{_PLANT}OfAddress11@") + f"/?token={_PLANT}OfQuery12"
    kubeconfig = server.kubeconfig(user(tmp_path), server.cluster(server=address))
    stdout, stderr, record = run(tmp_path, kubeconfig, *words)
    assert ("ended with status 3" if user is _failing_plugin else "no user for") in " ".join(stderr.split())
    for told in (stdout, stderr, record):
        assert_clean(told)
