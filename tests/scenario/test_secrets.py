"""No credential in any output, and none at a host that is not its own (issue 3 section 3, cli.md 6)."""

from __future__ import annotations

import base64
from concurrent.futures import Future

import pytest

from capyctl.lab.credentials import mark
from tests.scenario.playing import Played, Theatre, ahead, play_aloud, provider_scenarios

_SECRETS = {
    "github": "ghp_SceneGithubToken0000000000000000001",
    "gitlab": "glpat-SceneGitlabToken0002",
    "configuration": "ghp_SceneConfigurationToken00000000003",
    "password": "ScenePassword0004",
    "netrc": "SceneNetrcPassword0005",
    "goproxy": "SceneGoproxyPassword0006",
    "proxy": "SceneProxyPassword0007",
}
_HOSTS = {
    "github": {"api.github.com"},
    "gitlab": {"gitlab.corp.example"},
    "configuration": {"api.github.com"},
    "password": set[str](),
    "netrc": {"artifacts.corp.example"},
    "goproxy": {"proxy.golang.org"},
    "proxy": set[str](),
}
_USERS = {"netrc": "reader", "goproxy": "reader", "proxy": "walker"}


class Aloud:
    """What every scenario says aloud; each is played a little before it is asked for."""

    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre
        self._programme = sorted(provider_scenarios())
        self._said: dict[str, Future[list[Played]]] = {}

    def __getitem__(self, scene: str) -> list[Played]:
        for name in (scene, *ahead(self._programme, scene)):
            if name not in self._said:
                self._said[name] = self._theatre.perform(play_aloud, name, _SECRETS)
        return self._theatre.answer(self._said[scene])


@pytest.fixture(name="aloud", scope="module")
def every_scenario_aloud(theatre: Theatre) -> Aloud:
    return Aloud(theatre)


@pytest.mark.parametrize("scene", provider_scenarios())
def test_no_secret_is_in_any_output(aloud: Aloud, scene: str) -> None:
    for played in aloud[scene]:
        assert played.stderr or not played.requests, "--debug says what was asked"
        for name, secret in _SECRETS.items():
            for form in (secret, *_encoded(name)):
                assert form not in played.stdout, name
                assert form not in played.stderr, name


@pytest.mark.parametrize("scene", provider_scenarios())
def test_a_secret_goes_to_its_own_host_alone(aloud: Aloud, scene: str) -> None:
    """The lab's log keeps credentials as marks; the proxy's own credential belongs to no request inside."""
    for played in aloud[scene]:
        for request in played.requests:
            told = " ".join((request["path"], *request["headers"].values()))
            for name, secret in _SECRETS.items():
                if any(each in told for each in (secret, *_marks(name))):
                    assert request["host"] in _HOSTS[name], (name, request)


def test_the_log_would_show_a_secret_that_was_sent(aloud: Aloud) -> None:
    """So that the test above can fail: a token is seen at its host, in its mark."""
    shown = [
        value
        for played in aloud["gitlab-private"]
        for request in played.requests
        if request["host"] == "gitlab.corp.example"
        for value in request["headers"].values()
    ]
    assert set(shown) & _marks("gitlab")


def _encoded(name: str) -> tuple[str, ...]:
    """How a password travels: with its user, in base 64."""
    if name not in _USERS:
        return ()
    pair = f"{_USERS[name]}:{_SECRETS[name]}"
    return (pair, base64.b64encode(pair.encode()).decode())


def _marks(name: str) -> set[str]:
    """What stands in the log for a header with this secret, whatever its scheme."""
    secret = _SECRETS[name]
    values = {secret, f"Bearer {secret}", f"token {secret}"}
    values |= {f"Basic {form}" for form in _encoded(name)}
    return {mark(value) for value in values}
