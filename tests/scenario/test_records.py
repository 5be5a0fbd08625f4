"""Commands in the lab's scenarios, recorded and replayed byte for byte in both forms, with secrets all around.

Secrets stand wherever one can stand: variables, GOPROXY, proxies, the configuration file, template variables.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from msgspec import Struct

from capyctl.cli.recording import Said
from capyctl.cli.run import Run
from capyctl.cli.run_records import leave_record
from capyctl.cli.session import begin_recording, execute, told
from capyctl.lab.run import child_environment, furnish, open_lab
from tests.plugins.packaged_scenarios import packaged_scenario

_SECRETS = {
    "GITHUB_TOKEN": "ghp_RecordGithubToken00000000000000001",
    "GITLAB_ACCESS_TOKEN": "glpat-RecordGitlabToken02",
    "AWS_B64ENCODED_CREDENTIALS": base64.b64encode(b"aws_secret_access_key = RecordAwsSecret03").decode(),
    "GOPROXY": "RecordGoproxyPassword04",
    "PROXY": "RecordProxyPassword05",
    "CONFIGURED": "RecordConfiguredPassword06",
}
_LINES = {
    "sound": "generate provider -i aws",
    "renamed-repository": "resolve bootstrap-k0sproject-k0smotron",
    "hidden-major": "versions infrastructure-aws",
    "rate-limit": "diagnose-provider addon-helm",
    "tag-without-release": "resolve addon-helm",
    "connection-refused": "init --dry-run",
    "captive-portal": "resolve addon-helm --fail-on warning",
    "unreadable-metadata": "diagnose-provider addon-helm -v",
    "rejected-credential": "resolve addon-helm --debug",
    "server-errors": "init list-images",
}
"""A command line in each of these scenarios: chosen versions, warnings, failures, no verdict, components."""


_VALUES_OF_SECRETS = 2
"""In the components of the sound infrastructure-aws: the credentials, and the log level beside them."""


class Recorded(Struct, frozen=True, kw_only=True):
    """What a run printed, and what its record holds."""

    said: Said
    live: str
    record: str


def run_recorded(scene: str, line: str, form: str, home: Path) -> Recorded:
    """Run a command line in a scenario as a process would, but for the signals."""
    scenario = packaged_scenario(scene)
    furnish(home, scenario)
    configuration = home / ".config" / "cluster-api" / "clusterctl.yaml"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    with configuration.open("a", encoding="utf-8") as file:
        file.write(f"\nREGISTRY_PASSWORD: {_SECRETS['CONFIGURED']}\n")
    path = home / "run.json"
    with open_lab(scenario.world) as lab:
        environ = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, str(home))
        run = Run(
            argv=[*line.split(), "-o", form, "--record", str(path)], environ=environ | _secret(lab.proxy)
        )
        begin_recording(run)
        outcome = execute(run)
        run.close()
        said = leave_record(run, outcome, told(run, outcome), told)
    live = "".join(run.recording.stderr) if run.recording is not None else ""
    return Recorded(said=said, live=live, record=path.read_text("ascii"))


def _secret(proxy: str) -> dict[str, str]:
    through = proxy.replace("http://", f"http://walker:{_SECRETS['PROXY']}@")
    return {
        **{
            name: _SECRETS[name]
            for name in ("GITHUB_TOKEN", "GITLAB_ACCESS_TOKEN", "AWS_B64ENCODED_CREDENTIALS")
        },
        "GOPROXY": f"https://reader:{_SECRETS['GOPROXY']}@proxy.golang.org,direct",
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), through),
    }


def replay(path: Path, *more: str) -> Said:
    """``capyctl replay`` with an environment that has nothing in it: no home, no proxy."""
    run = Run(argv=["replay", str(path), *more], environ={})
    return told(run, execute(run))


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("scene", _LINES)
def test_what_was_printed_is_replayed_and_holds_no_secret(scene: str, form: str, tmp_path: Path) -> None:
    ran = run_recorded(scene, _LINES[scene], form, tmp_path)
    again = replay(tmp_path / "run.json")
    if not _LINES[scene].startswith("generate"):
        assert again == Said(
            stdout=ran.said.stdout, stderr=ran.live + ran.said.stderr, status=ran.said.status
        )
        assert replay(tmp_path / "run.json", "-o", form) == again
    document = json.loads(replay(tmp_path / "run.json", "-o", "json").stdout)
    assert (document["exit_status"], document["evidence"] != []) == (again.status, True)
    assert _LINES[scene].startswith(document["command"])
    shown = replay(tmp_path / "run.json", "-o", "text")
    assert shown.status == again.status
    assert shown.stdout + shown.stderr
    for name, secret in _SECRETS.items():
        assert secret not in ran.record, name
        assert base64.b64encode(secret.encode()).decode() not in ran.record, name


def test_components_are_recorded_whole_but_for_the_values_of_secrets(tmp_path: Path) -> None:
    """A record without all the rest would hold no secret either, and say nothing."""
    ran = run_recorded("sound", _LINES["sound"], "text", tmp_path)
    secret = _SECRETS["AWS_B64ENCODED_CREDENTIALS"]
    assert secret in ran.said.stdout, "the run itself prints it"
    again = replay(tmp_path / "run.json")
    changed = [
        (one, other)
        for one, other in zip(ran.said.stdout.splitlines(), again.stdout.splitlines(), strict=True)
        if one != other
    ]
    assert len(changed) == again.stdout.count("sha256:") == _VALUES_OF_SECRETS
    assert all("sha256:" in other for _, other in changed)
    assert [one.split(": ")[0] for one, _ in changed] == [other.split(": ")[0] for _, other in changed]
    assert sum(secret in one for one, _ in changed) == 1
    assert again.status == 0
    assert json.loads(ran.record)["environment"]["AWS_B64ENCODED_CREDENTIALS"] == "***"


@pytest.mark.parametrize("form", ["text", "json"])
def test_published_components_as_they_stand_are_replayed_byte_for_byte(form: str, tmp_path: Path) -> None:
    """Nothing was put into them, though a variable that they name is set (cli.md 7.3)."""
    ran = run_recorded("sound", f"{_LINES['sound']} --raw", form, tmp_path)
    assert "${AWS_B64ENCODED_CREDENTIALS}" in ran.said.stdout
    assert replay(tmp_path / "run.json") == ran.said
    assert not any(secret in ran.record for secret in _SECRETS.values())


@pytest.mark.parametrize("more", ["", " --raw"])
def test_a_secret_in_a_file_of_this_machine_is_in_no_record(more: str, tmp_path: Path) -> None:
    place = tmp_path / "own" / "infrastructure-own" / "v1.0.0"
    place.mkdir(parents=True)
    (place / "metadata.yaml").write_text(
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
        "releaseSeries: [{major: 1, minor: 0, contract: v1beta2}]\n"
    )
    (place / "infrastructure-components.yaml").write_text(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: own-system}\n---\n"
        "apiVersion: v1\nkind: Secret\nmetadata: {name: own, namespace: own-system}\n"
        "stringData: {password: written-into-the-file}\n"
    )
    latest = place.parent / "latest" / "infrastructure-components.yaml"
    table = tmp_path / "table.yaml"
    table.write_text(f"providers:\n- {{name: own, type: InfrastructureProvider, url: {latest}}}\n")
    ran = run_recorded("sound", f"generate provider -i own --providers {table}{more}", "text", tmp_path)
    assert "written-into-the-file" in ran.said.stdout
    assert "written-into-the-file" not in ran.record
    assert "sha256:" in replay(tmp_path / "run.json").stdout


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("resolve cluster-api --offline --password TypedSecret07", ["--password", "***"]),
        ("bundle push a.tar oci://h/x --registry-password TypedSecret07", ["--registry-password", "***"]),
        ("TypedSecret07 --token TypedSecret07", ["***", "--token", "***"]),
    ],
)
def test_a_secret_that_was_typed_as_a_word_of_its_own_is_in_no_record(
    line: str, told: list[str], form: str, tmp_path: Path
) -> None:
    """Nor in what was printed, where the words are quoted, so that both are the same."""
    ran = run_recorded("sound", line, form, tmp_path)
    assert ran.said.status == 2
    assert "TypedSecret07" not in ran.record + ran.said.stdout + ran.said.stderr
    assert replay(tmp_path / "run.json") == ran.said
    arguments = json.loads(ran.record)["arguments"]
    assert "".join(told) in "".join(arguments)
