"""A command in the lab: its environment, its streams, its status, the signals it gets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from capyctl.lab.errors import CommandNotStartedError, LabExtraMissingError
from capyctl.lab.run import LabRun, open_lab, run_in_lab
from capyctl.lab.scenario import Scenario, load_scenario, read_scenario
from capyctl.lab.world import World

_ROOT = Path(__file__).resolve().parents[2]


def _scenario(text: str = "") -> Scenario:
    head = "format: capyctl-scenario/1\ntitle: t\nextends: sound\n"
    return read_scenario((head + text).encode(), name="mine", file="mine.yaml")


def _run(code: str, scenario: Scenario | None = None, **environment: str) -> LabRun:
    inherited = {"PATH": os.environ["PATH"], **environment}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return run_in_lab(scenario or _scenario(), command, environment=inherited, capture=True)


def test_streams_status_and_requests_of_the_child_come_back() -> None:
    run = _run(
        """
        import sys, urllib.request
        print(urllib.request.urlopen("https://api.github.com/repos/k0smotron/k0smotron").status)
        sys.exit(7)
        """
    )
    assert (run.exit_status, run.stdout) == (7, "200\n")
    assert [(record.url, record.status) for record in run.requests] == [
        ("https://api.github.com/repos/k0smotron/k0smotron", 301),
        ("https://api.github.com/repositories/612034", 200),
    ]
    assert json.loads(json.dumps(run.as_json()))["requests"][1]["follows"] == 1


def test_the_child_lives_in_a_fresh_home_and_sees_no_credential_of_ours() -> None:
    scenario = _scenario(
        "environment: {GOPROXY: 'off', PLACE: '{home}/x'}\nhome: {.config/a/b: {text: here}}\n"
    )
    run = _run(
        """
        import json, os, pathlib
        home = pathlib.Path(os.environ["HOME"])
        print(json.dumps([dict(os.environ), (home / ".config/a/b").read_text(), sorted(os.listdir(home))]))
        """,
        scenario,
        HOME="/somewhere",
        **dict.fromkeys(("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_ACCESS_TOKEN"), "mine"),
        GOPROXY="https://mine",
        ALL_PROXY="http://mine",
        CAPYCTL_OFFLINE="1",
        XDG_CONFIG_HOME="/mine",
        KUBECONFIG="/mine",
        LANG="C.UTF-8",
    )
    seen, text, names = json.loads(run.stdout)
    assert "mine" not in json.dumps(seen)
    assert (seen["GOPROXY"], seen["LANG"], text, names) == ("off", "C.UTF-8", "here", [".config"])
    assert seen["PLACE"] == seen["HOME"] + "/x"
    assert seen["XDG_CONFIG_HOME"] == seen["HOME"] + "/.config"
    assert seen["NO_PROXY"] == "127.0.0.1,localhost"
    assert seen["CLUSTERCTL_DISABLE_VERSIONCHECK"] == "true"
    assert not Path(seen["HOME"]).exists()


def test_a_child_ended_by_a_signal_has_its_status() -> None:
    assert _run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)").exit_status == 137


@pytest.mark.parametrize("command", [[], ["no-such-command-here"]])
def test_a_command_that_cannot_be_started_is_capy1204(command: list[str]) -> None:
    with pytest.raises(CommandNotStartedError) as caught:
        run_in_lab(_scenario(), command, environment={"PATH": os.environ["PATH"]}, capture=True)
    assert caught.value.diagnostic().code.code == "CAPY1204"


def test_without_the_extra_the_lab_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("capyctl.lab.lab", "capyctl.lab.authority", "trustme"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(LabExtraMissingError, match=r"pip install 'capyctl\[lab\]'") as caught:
        open_lab(World())
    assert caught.value.diagnostic().code.code == "CAPY1203"


def test_scenarios_are_listed_without_the_extra() -> None:
    code = (
        "import sys; sys.modules['trustme'] = sys.modules['h11'] = None\n"
        "from capyctl.lab.scenario import list_scenarios\nimport capyctl.lab.run\nprint(len(list_scenarios()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) > 50


def test_signals_reach_the_child_and_its_status_comes_back() -> None:
    child = (
        "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9)); "
        "print('up', flush=True); signal.pause()"
    )
    parent = textwrap.dedent(
        f"""
        import os, sys
        from capyctl.lab.run import run_in_lab
        from capyctl.lab.scenario import load_scenario
        run = run_in_lab(load_scenario("sound"), [sys.executable, "-c", {child!r}], environment=os.environ)
        print("child ended with", run.exit_status)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=_ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            process.send_signal(signal.SIGTERM)
            assert process.stdout.read() == "child ended with 9\n"
            assert process.wait(60) == 0
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_a_run_with_a_document_is_in_its_own_status(
    tmp_path: Path, number: int, status: int
) -> None:
    """Cli.md 3 has 130 and 143 above 0, and the command has not run to its end."""
    up = tmp_path / "up"
    os.mkfifo(up)
    child = f"import os; os.close(os.open({str(up)!r}, os.O_WRONLY)); __import__('signal').pause()"
    words = [
        sys.executable,
        "-m",
        "capyctl",
        "lab",
        "run",
        "sound",
        "-o",
        "json",
        "--",
        sys.executable,
        "-c",
        child,
    ]
    with subprocess.Popen(
        words, cwd=_ROOT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            up.read_bytes()
            process.send_signal(number)
            document = json.loads(process.communicate(timeout=60)[0])
        finally:
            process.kill()
    assert (process.returncode, document["exit_status"], document["status"]) == (
        status,
        status,
        "interrupted",
    )
    assert document["result"]["run"]["exit_status"] == status


def test_a_child_does_not_outlive_a_run_that_ends_before_it(tmp_path: Path) -> None:
    up = tmp_path / "up"
    os.mkfifo(up)
    child = f"import os; os.close(os.open({str(up)!r}, os.O_WRONLY)); __import__('signal').pause()"
    parent = textwrap.dedent(
        f"""
        import os, signal, subprocess, sys, threading
        from pathlib import Path
        from capyctl.lab.run import run_in_lab
        from capyctl.lab.scenario import load_scenario

        class Broken(Exception):
            pass

        def broken(*_):
            raise Broken

        def send():
            Path({str(up)!r}).read_bytes()
            signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

        signal.signal(signal.SIGUSR1, broken)
        threading.Thread(target=send, daemon=True).start()
        try:
            run_in_lab(load_scenario("sound"), [sys.executable, "-c", {child!r}], environment=os.environ)
        except Broken:
            print("broken off")
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", parent], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "broken off\n"


def test_the_readme_s_scenario_is_there() -> None:
    scenario = load_scenario("renamed-repository-goproxy-off")
    assert scenario.cases == ("F18",)
    assert scenario.environment == {"GOPROXY": "off"}
    repository = scenario.world.repository("k0smotron/k0smotron")
    assert repository is not None
    assert repository.name == "k0sproject/k0smotron"
