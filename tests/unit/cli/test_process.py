"""Streams and statuses, by real processes (cli.md 3)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Capyctl

_FULL = Path("/dev/full")
_TOKEN = "ghp_0123456789"  # noqa: S105 - a token that opens nothing


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("--color", "never")])
def test_help_alone_ends_with_0_and_says_nothing_aside(capyctl: Capyctl, words: tuple[str, ...]) -> None:
    ended = capyctl(*words)
    assert (ended.status, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Usage: capyctl [OPTIONS] COMMAND [ARGS]...\n")


def test_python_m_capyctl_and_the_long_way_print_the_same_help(capyctl: Capyctl) -> None:
    assert capyctl("--help").stdout == capyctl("--help", "--color", "never").stdout


def test_version_in_text_and_json(capyctl: Capyctl) -> None:
    facts = capyctl("version", "-o", "json").document["result"]
    assert set(facts) == {"version", "python", "snapshot"}
    assert capyctl("version").stdout == "".join(f"{key:<10}{value}\n" for key, value in facts.items())
    assert capyctl("--version").stdout == f"capyctl {facts['version']}\n"
    assert capyctl("--version", "--quiet").stdout == f"capyctl {facts['version']}\n"


def test_the_variable_for_output_has_the_flags_meaning(capyctl: Capyctl) -> None:
    assert capyctl("version", CAPYCTL_OUTPUT="json").document["command"] == "version"
    assert capyctl("version", "-o", "text", CAPYCTL_OUTPUT="json").stdout.startswith("version ")


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("explain", "--no-such-option", "-o", "json"), "explain"),
        (("-o", "json", "explain", "--no-such-option"), "explain"),
        (("explain", "--output=json", "a", "b"), "explain"),
        (("-ojson", "nonsense"), ""),
        (("config", "nonsense", "-o=json"), "config"),
        (("version", "-o", "json", "--deadline", "soon"), "version"),
        (("version", "-o", "json", "--ignore", "CAPY9999"), "version"),
        (("version", "-o", "json", "--fail-on", "note"), "version"),
        (("version", "-o", "json", "--config"), "version"),
    ],
)
def test_usage_errors_are_a_document_where_json_was_asked_for(
    capyctl: Capyctl, words: tuple[str, ...], command: str
) -> None:
    ended = capyctl(*words)
    assert (ended.status, ended.stderr) == (2, "")
    document = ended.document
    assert (document["status"], document["exit_status"], document["command"]) == ("usage", 2, command)
    assert [each["code"] for each in document["diagnostics"]] == ["CAPY0100"]


def test_usage_errors_in_text_leave_stdout_empty(capyctl: Capyctl) -> None:
    ended = capyctl("explian")
    assert (ended.status, ended.stdout) == (2, "")
    assert "Did you mean 'explain'?" in ended.stderr


def test_yaml_is_refused_where_clusterctl_has_none(capyctl: Capyctl) -> None:
    assert capyctl("explain", "-o", "yaml").status == 2


def test_a_variable_with_a_bad_value_is_named(capyctl: Capyctl) -> None:
    ended = capyctl("version", "--quiet", CAPYCTL_OFFLINE="maybe")
    assert ended.status == 2
    assert "CAPYCTL_OFFLINE" in ended.stderr


def test_the_result_goes_to_stdout_and_diagnostics_to_stderr(capyctl: Capyctl) -> None:
    ended = capyctl("find", commands=True)
    assert (ended.status, ended.stdout) == (1, "the result\n")
    assert ended.stderr.index("error[CAPY0302]") < ended.stderr.index("warning[CAPY0205]")


def test_quiet_tells_errors_only(capyctl: Capyctl) -> None:
    ended = capyctl("--quiet", "find", commands=True)
    assert "CAPY0302" in ended.stderr
    assert "CAPY0205" not in ended.stderr


def test_ignored_diagnostics_are_counted_in_one_note(capyctl: Capyctl) -> None:
    words = ("find", "--ignore", "CAPY0302=infrastructure-aws", "--ignore", "CAPY0205=other", "-o", "json")
    ended = capyctl(*words, commands=True)
    told = [(each["code"], each["severity"]) for each in ended.document["diagnostics"]]
    assert (ended.status, told) == (0, [("CAPY0205", "warning"), ("CAPY0126", "note")])
    assert "1 diagnostic was" in ended.document["diagnostics"][1]["detail"]


def test_fail_on_warning_ends_with_1(capyctl: Capyctl) -> None:
    ignored = ("find", "--ignore", "own-series-missing", "--fail-on", "warning", "-o", "json")
    assert capyctl(*ignored, commands=True).document["status"] == "problems"
    assert capyctl(*ignored, "--ignore", "CAPY0205", commands=True).document["status"] == "done"


def test_in_the_c_locale_text_is_ascii(capyctl: Capyctl) -> None:
    assert "Größe" in capyctl("find", commands=True).stderr
    plain = capyctl("find", commands=True, LC_ALL="C").stderr
    assert plain.isascii()
    assert "Gr\\xf6\\xdfe" in plain


def test_colour_only_where_it_is_asked_for(capyctl: Capyctl) -> None:
    assert "\x1b" not in capyctl("find", commands=True).stderr
    assert "\x1b[1;31merror" in capyctl("find", "--color", "always", commands=True, NO_COLOR="1").stderr
    assert "\x1b[1;31merror" in capyctl("find", commands=True, FORCE_COLOR="1").stderr
    assert "\x1b" not in capyctl("find", commands=True, FORCE_COLOR="1", NO_COLOR="1").stderr


@pytest.mark.parametrize("output", [(), ("-o", "json")])
def test_a_fault_is_one_diagnostic_with_the_transcript_and_no_traceback(
    capyctl: Capyctl, output: tuple[str, ...]
) -> None:
    ended = capyctl("fault", *output, commands=True)
    assert ended.status == 70
    assert "Traceback" not in ended.stdout + ended.stderr
    if output:
        document = ended.document
        assert ended.stderr == ""
        assert (document["status"], document["exit_status"], document["result"]) == ("fault", 70, None)
        assert [each["code"] for each in document["diagnostics"]] == ["CAPY0001"]
        assert "report" in document["diagnostics"][0]["detail"]
        assert [each["url"] for each in document["evidence"]] == ["https://github.com/a/b"]


def test_a_traceback_under_debug_holds_no_secret(capyctl: Capyctl) -> None:
    ended = capyctl("fault", "--debug", commands=True, GITHUB_TOKEN=_TOKEN)
    assert "Traceback" in ended.stderr
    assert "KeyError" in ended.stderr
    assert _TOKEN not in ended.stdout + ended.stderr
    assert "debug: E1 github-web github.com/a/b" in ended.stderr


def test_a_result_that_cannot_be_told_is_a_fault(capyctl: Capyctl) -> None:
    document = capyctl("broken-result", "-o", "json", commands=True).document
    assert (document["exit_status"], document["result"]) == (70, None)


def test_a_run_that_ends_below_its_command_is_told_like_any_other(capyctl: Capyctl) -> None:
    ended = capyctl("end", "-o", "json", commands=True)
    assert (ended.status, ended.document["status"]) == (3, "undetermined")


def test_a_thread_that_hangs_does_not_keep_the_process(capyctl: Capyctl) -> None:
    assert capyctl("hang", "-o", "json", commands=True).status == 0


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="threads have no signals on this system")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_that_the_main_thread_slept_through_wakes_it(
    capyctl: Capyctl, number: int, status: int
) -> None:
    command = capyctl.command("deaf", with_test_commands=True)
    with subprocess.Popen(command, env=capyctl.environment(), stderr=subprocess.PIPE, text=True) as child:
        try:
            assert child.stderr is not None
            assert child.stderr.readline() == "ready\n"
            child.send_signal(number)
            assert child.wait(60) == status
        finally:
            child.kill()


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
@pytest.mark.parametrize("output", [(), ("-o", "json")], ids=["text", "json"])
def test_a_signal_ends_the_run_at_once(
    capyctl: Capyctl, number: int, status: int, output: tuple[str, ...]
) -> None:
    command = capyctl.command("wait", *output, with_test_commands=True)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=capyctl.environment(), stdout=pipe, stderr=pipe, text=True) as child:
        try:
            assert child.stderr is not None
            assert child.stderr.readline() == "ready\n"
            child.send_signal(number)
            stdout, stderr = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == status
    assert "Traceback" not in stderr
    if output:
        document: dict[str, Any] = json.loads(stdout)
        assert (document["status"], document["exit_status"]) == ("interrupted", status)
        assert (document["command"], len(document["evidence"])) == ("wait", 1)
    else:
        assert stdout == ""


@pytest.mark.parametrize(
    "words", [("large",), ("large", "-o", "json"), ("schema",), ("--help",)], ids=" ".join
)
def test_a_closed_pipe_ends_quietly(capyctl: Capyctl, words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        capyctl.command(*words, with_test_commands=True),
        env=capyctl.environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not _FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [("large",), ("schema",)], ids=" ".join)
def test_a_full_disk_is_one_error_and_status_1(capyctl: Capyctl, words: tuple[str, ...]) -> None:
    with _FULL.open("wb") as full:
        done = subprocess.run(
            capyctl.command(*words, with_test_commands=True),
            env=capyctl.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.decode().startswith("error: the result cannot be written: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("mode", [(), ("-o", "json")])
def test_schema_and_completion_print_bare_in_every_mode(capyctl: Capyctl, mode: tuple[str, ...]) -> None:
    assert capyctl("schema", *mode).document["title"].startswith("The document")
    assert capyctl("completion", "bash", *mode).stdout.startswith("# capyctl completion for bash")


def test_hostile_bytes_on_the_command_line_become_one_document(capyctl: Capyctl) -> None:
    done = subprocess.run(
        [*capyctl.command("explain", "-o", "json"), b"\xff\x1b[2J"],
        env=capyctl.environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["result"] == {"codes": []}


@pytest.mark.parametrize(
    "words",
    [
        ("move",), ("convert",), ("alpha", "rollout", "restart", "x/y"),
        ("generate", "cluster", "c", "-n", "x"),
        ("generate", "yaml", "--from", "f"),
        ("move", "--help"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_command_of_clusterctl_says_use_clusterctl(capyctl: Capyctl, words: tuple[str, ...]) -> None:
    text = capyctl(*words)
    assert (text.status, text.stdout) == (2, "")
    assert "use clusterctl" in text.stderr
    document = capyctl(*words, "-o", "json").document
    assert (document["status"], [each["code"] for each in document["diagnostics"]]) == ("usage", ["CAPY0108"])


def test_options_stand_before_or_after_the_command(capyctl: Capyctl) -> None:
    before = capyctl("--offline", "--config", "a", "-v", "5", "refer", "aws", "-o", "json", commands=True)
    after = capyctl("refer", "aws", "-o", "json", "-v", "5", "--offline", "--config", "a", commands=True)
    assert before.document["result"]["options"] == {"config": "a", "verbosity": 5, "offline": True}
    assert before.document == after.document
    both = capyctl("--config", "a", "refer", "--config", "b", "-o", "json", commands=True)
    assert both.document["result"]["options"]["config"] == "b"


def test_references_by_word_and_by_flag(capyctl: Capyctl) -> None:
    words = ("-b", "kubeadm,k0sproject-k0smotron:v1.5.2", "-i=AWS", "--ipam", "-", "infrastructure-azure")
    result = capyctl("refer", *words, "-o", "json", commands=True).document["result"]
    assert result["found"] == [
        ["infrastructure-azure", None, None],
        ["kubeadm", "BootstrapProvider", None],
        ["k0sproject-k0smotron", "BootstrapProvider", "v1.5.2"],
        ["aws", "InfrastructureProvider", None],
    ]
    assert result["skipped"] == ["IPAMProvider"]


@pytest.mark.parametrize("text", ["a:b:c", "", ":v1", "a_b", "aws:", "x" * 64, "-"])
def test_a_malformed_reference_is_usage(capyctl: Capyctl, text: str) -> None:
    ended = capyctl("refer", f"--core={text}", "-o", "json", commands=True)
    assert ended.status == 2
    assert [each["code"] for each in ended.document["diagnostics"]] == ["CAPY0101"]
