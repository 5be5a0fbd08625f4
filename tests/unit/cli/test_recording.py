"""Runs recorded and replayed by real processes: the same bytes and status, and no secret (cli.md 7.3)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from capyctl.core import codes

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Capyctl, Ended

_TOKEN = "ghp_0123456789"  # noqa: S105 - a token that opens nothing
_CHILD = "import sys; sys.stdout.buffer.write(b'a\\xffb\\n'); sys.stderr.write('aside\\n'); sys.exit(7)"


def record_of(capyctl: Capyctl, name: str = "run.json") -> dict[str, Any]:
    loaded = json.loads((capyctl.home / name).read_text("ascii"))
    assert isinstance(loaded, dict)
    return loaded


def replayed(capyctl: Capyctl, *words: str, **variables: str) -> Ended:
    return capyctl("replay", str(capyctl.home / "run.json"), *words, commands=False, **variables)


def recorded(capyctl: Capyctl, *words: str, commands: bool = False, **variables: str) -> Ended:
    path = str(capyctl.home / "run.json")
    separator = words.index("--") if "--" in words else len(words)
    line = (*words[:separator], "--record", path, *words[separator:])
    return capyctl(*line, commands=commands, **variables)


_RUNS = {
    "resolve bootstrap-kubeadm --offline -v": "json",
    "resolve infrastructure-nowhere": "text",
    "config view": "json",
    "config repositories": "text",
    "explain CAPY0205": "json",
    "explian": "text",
    "resolve --wrong --offline": "json",
    "version --deadline soon": "text",
    "move": "json",
    "schema": "text",
    "completion bash": "json",
    "resolve --help": "text",
    "--color never": "text",
    "--version": "text",
    "cache info": "json",
    "lab run no-such-scenario -- true": "text",
}
"""Command lines, each with the form of output that it is recorded in."""


@pytest.mark.parametrize(("line", "form"), _RUNS.items())
def test_a_replay_is_the_run_byte_for_byte_and_the_other_form_works(
    capyctl: Capyctl, line: str, form: str
) -> None:
    own, separator, child = line.partition(" -- ")
    rest = [*separator.split(), *child.split()]
    other = {"text": "json", "json": "text"}[form]
    printed = recorded(capyctl, *own.split(), "-o", form, *rest)
    assert replayed(capyctl) == printed
    shown, expected = replayed(capyctl, "-o", other), capyctl(*own.split(), "-o", other, *rest)
    assert shown.status == expected.status
    # Of the run in the other form it differs where that says which form was asked for, and in times.
    assert _head(shown) == _head(expected)


@pytest.mark.parametrize("line", ["", "-h", "resolve --help", "version", "schema"])
@pytest.mark.parametrize("form", ["text", "json", "yaml"])
def test_a_replay_takes_the_form_that_was_typed_whatever_the_run_made_of_it(
    capyctl: Capyctl, line: str, form: str
) -> None:
    """cli.md 7.3: "prints what the recorded run printed with the same ``-o``"; help prints alike in every form."""
    printed = recorded(capyctl, *line.split(), "-o", form)
    assert replayed(capyctl, "-o", form) == printed
    assert replayed(capyctl) == printed


def _head(ended: Ended) -> list[str]:
    return [line for line in (ended.stdout + ended.stderr).splitlines() if "output" not in line][:5]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("command", ["fault", "broken-result", "end", "find", "large"])
@pytest.mark.parametrize("more", [(), ("--debug",)], ids=["", "debug"])
def test_faults_and_failures_are_recorded_like_any_run(
    capyctl: Capyctl, command: str, form: str, more: tuple[str, ...]
) -> None:
    printed = recorded(capyctl, command, "-o", form, *more, commands=True, GITHUB_TOKEN=_TOKEN)
    assert replayed(capyctl) == printed
    assert _TOKEN not in (capyctl.home / "run.json").read_text()


@pytest.mark.parametrize("output", [(), ("-o", "json")], ids=["text", "json"])
def test_an_interrupted_run_leaves_its_record(capyctl: Capyctl, output: tuple[str, ...]) -> None:
    path = str(capyctl.home / "run.json")
    command = capyctl.command("wait", *output, "--record", path, with_test_commands=True)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=capyctl.environment(), stdout=pipe, stderr=pipe, text=True) as child:
        try:
            assert child.stderr is not None
            assert child.stderr.readline() == "ready\n"
            child.send_signal(signal.SIGTERM)
            stdout, stderr = child.communicate(timeout=60)
        finally:
            child.kill()
    shown = replayed(capyctl)
    assert (shown.status, shown.stdout, shown.stderr) == (143, stdout, stderr)
    document = replayed(capyctl, "-o", "json").document
    assert (document["status"], document["command"], len(document["evidence"])) == ("interrupted", "wait", 1)


def test_a_record_tells_what_the_run_ran_with_and_no_secret(capyctl: Capyctl) -> None:
    goproxy = f"https://me:{_TOKEN}@proxy.example,direct"
    recorded(
        capyctl,
        "resolve", "bootstrap-kubeadm", "--offline", "--config", f"https://me:{_TOKEN}@host.example/c.yaml",
        GITHUB_TOKEN=_TOKEN, GOPROXY=goproxy, HTTPS_PROXY=f"me:{_TOKEN}@proxy:1", MY_OWN=_TOKEN,
    )  # fmt: skip
    record = record_of(capyctl)
    assert _TOKEN not in json.dumps(record)
    assert record["environment"]["GOPROXY"] == "https://***@proxy.example,direct"
    assert record["environment"]["GITHUB_TOKEN"] == "***"  # noqa: S105 - a mark
    assert "MY_OWN" not in record["environment"]
    assert record["arguments"][:4] == ["resolve", "bootstrap-kubeadm", "--offline", "--config"]
    assert record["arguments"][4] == "https://***@host.example/c.yaml"
    assert record["command"] == "resolve"
    assert record["python"] == ".".join(map(str, sys.version_info[:3]))
    assert record["started_at"].endswith("Z")


def test_a_secret_that_a_message_repeats_is_not_in_the_record(capyctl: Capyctl) -> None:
    """The text of the run itself may hold what was typed; its record does not."""
    recorded(capyctl, "resolve", f"x:{_TOKEN}:y", "-o", "json", GITHUB_TOKEN=_TOKEN)
    assert _TOKEN not in (capyctl.home / "run.json").read_text()


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_a_record_is_the_user_s_alone_and_replaces_an_older_one_whole(capyctl: Capyctl) -> None:
    (capyctl.home / "run.json").write_text("older")
    recorded(capyctl, "version", "-o", "json")
    assert stat.S_IMODE((capyctl.home / "run.json").stat().st_mode) == 0o600
    assert [path.name for path in capyctl.home.iterdir()] == ["run.json"]


@pytest.mark.parametrize(("form", "stream"), [("text", "stderr"), ("json", "stdout")])
def test_a_record_that_cannot_be_written_is_one_error_and_the_result_is_given(
    capyctl: Capyctl, form: str, stream: str
) -> None:
    plain = capyctl("cache", "info", "-o", form)
    ended = capyctl("cache", "info", "-o", form, "--record", str(capyctl.home / "nowhere" / "run.json"))
    assert ended.status == 1
    assert getattr(ended, stream).count(codes.RECORD_UNWRITABLE.code) >= 1
    if form == "text":
        assert ended.stdout == plain.stdout
    else:
        assert ended.stderr == ""
        assert ended.document["result"] == plain.document["result"]
        assert [each["name"] for each in ended.document["diagnostics"]] == ["record-unwritable"]
        assert (ended.document["status"], ended.document["exit_status"]) == ("problems", 1)


def test_beside_a_worse_outcome_the_worse_status_stays(capyctl: Capyctl) -> None:
    assert capyctl("explian", "--record", str(capyctl.home / "no" / "r")).status == 2
    ended = capyctl("schema", "--record", str(capyctl.home / "no" / "r"))
    assert (ended.status, ended.stdout) == (1, capyctl("schema").stdout)
    assert codes.RECORD_UNWRITABLE.code in ended.stderr


def test_a_device_is_written_to_and_stays_one(capyctl: Capyctl) -> None:
    assert capyctl("version", "-o", "json", "--record", os.devnull).status == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_without_a_reader_is_one_error_and_the_result_is_given(capyctl: Capyctl) -> None:
    os.mkfifo(capyctl.home / "pipe")
    ended = capyctl("version", "-o", "json", "--record", str(capyctl.home / "pipe"))
    assert (ended.status, ended.document["result"]) == (
        1,
        capyctl("version", "-o", "json").document["result"],
    )
    assert [each["name"] for each in ended.document["diagnostics"]] == ["record-unwritable"]


@pytest.mark.parametrize("name", ["", ".", "..", "/", "//", "new/", "n" * 256, "\udcff/x"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_name_that_no_file_can_have_is_one_error(capyctl: Capyctl, name: str, form: str) -> None:
    ended = capyctl("explain", "CAPY0205", "-o", form, "--record", name)
    assert ended.status == (1 if name else 2)
    told = (
        ended.stderr
        if form == "text"
        else "".join(f"{each['severity']}[{each['code']}]" for each in ended.document["diagnostics"])
    )
    assert told.count("error[") == 1
    assert (codes.RECORD_UNWRITABLE if name else codes.USAGE).code in told
    assert list(capyctl.home.iterdir()) == []


@pytest.mark.parametrize("words", [("--record", "", "version"), ("version", "--record=")])
def test_an_unset_variable_names_no_record(capyctl: Capyctl, words: tuple[str, ...]) -> None:
    ended = capyctl(*words)
    assert (ended.status, ended.stdout) == (2, "")


_SH = shutil.which("bash") or ""


@pytest.mark.skipif(
    not _SH or not Path("/dev/fd").exists(), reason="no bash, or no files of open streams here"
)
@pytest.mark.parametrize(
    ("line", "stdout", "kept"),
    [
        ('"$@" --record /dev/stdout | cat', "RECORD+RESULT", None),
        ('"$@" --record /dev/stdout >kept', "", "RECORD+RESULT"),
        ('"$@" --record /dev/stderr 2>&1 >/dev/null | cat', "RECORD", None),
        ('exec 3> >(cat >kept); "$@" --record /dev/fd/3; exec 3>&-; wait $!', "RESULT", "RECORD"),
        ('"$@" --record /dev/fd/3 3>kept', "RESULT", "RECORD"),
        ('"$@" --record >(cat >kept; echo >done); until test -e done; do :; done', "RESULT", "RECORD"),
    ],
)
def test_a_record_goes_where_a_shell_leads_it(
    capyctl: Capyctl, line: str, stdout: str, kept: str | None
) -> None:
    command = capyctl.command("version", "-o", "json")
    done = subprocess.run(
        [_SH, "-c", line, "sh", *command],
        env=capyctl.environment(),
        cwd=capyctl.home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = {"": done.stdout, "kept": (capyctl.home / "kept").read_text() if kept is not None else ""}
    assert (done.returncode, done.stderr) == (0, "")
    for text, parts in ((found[""], stdout), (found["kept"], kept or "")):
        assert _parts(text) == parts, text


def _parts(text: str) -> str:
    """Which documents a text has, in order, and nothing else."""
    names, rest = [], text
    while rest.strip():
        document, end = json.JSONDecoder().raw_decode(rest)
        names.append("RECORD" if document["format"] == "capyctl-record/1" else "RESULT")
        rest = rest[end:].lstrip()
    return "+".join(names)


def test_a_full_disk_leaves_the_older_record(capyctl: Capyctl) -> None:
    unshare = shutil.which("unshare")
    isolated = [unshare or "", "--map-root-user", "--mount", "sh", "-c"]
    if unshare is None or subprocess.run([*isolated, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a mount namespace cannot be made here (unshare -rm)")
    place = capyctl.home / "disk"
    place.mkdir()
    script = (
        f'mount -t tmpfs -o size=16k none "{place}" && echo older > "{place}/run.json" && "$@";'
        f' echo "status $?" >&2; ls -A "{place}" >&2; cat "{place}/run.json" >&2'
    )
    command = capyctl.command("config", "repositories", "--record", str(place / "run.json"), "--quiet")
    done = subprocess.run(
        [*isolated, script, "sh", *command],
        env=capyctl.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("NAME")
    assert codes.RECORD_UNWRITABLE.code in done.stderr
    assert "No space left on device" in done.stderr
    assert done.stderr.endswith("status 1\nrun.json\nolder\n")


def _printing(stdout: str, stderr: str) -> str:
    """A record whose text prints these, written as JSON writes them."""
    return (
        '{"format": "capyctl-record/1", "output": "text", "outputs": {"text":'
        f' {{"exit_status": 0, "stdout": ["{stdout}"], "stderr": ["{stderr}"]}}}}}}'
    )


def test_a_record_with_bytes_that_are_no_text_prints_them(capyctl: Capyctl) -> None:
    (capyctl.home / "run.json").write_text(_printing("\\udc80\\udcff\\ud83d\\ude00", "\\udcc3\\udca9"))
    command = capyctl.command("replay", str(capyctl.home / "run.json"))
    done = subprocess.run(command, env=capyctl.environment(), capture_output=True, check=False)
    printed = (b"\x80\xff\xf0\x9f\x98\x80", b"\xc3\xa9")
    assert (done.returncode, done.stdout, done.stderr) == (0, *printed)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (None, "not-a-record"),
        ("", "not-a-record"),
        ('{"format": "capyctl/1", "command": "resolve"}', "not-a-record"),
        ('{"format": "capyctl-record/7"}', "record-of-later-format"),
        ('{"format": "capyctl-record/0"}', "not-a-record"),
        (_printing("\\ud800 x\\n", ""), "record-damaged"),
        (_printing("", "\\udfff"), "record-damaged"),
        ('{"format": "capyctl-record/1", "output": "te', "record-damaged"),
        ('{"format": "capyctl-record/1", "output": "text", "outputs": 1}', "record-damaged"),
    ],
)
@pytest.mark.parametrize("output", [(), ("-o", "json")], ids=["text", "json"])
def test_what_cannot_be_replayed_is_one_diagnostic(
    capyctl: Capyctl, content: str | None, name: str, output: tuple[str, ...]
) -> None:
    if content is not None:
        (capyctl.home / "run.json").write_text(content)
    ended = replayed(capyctl, *output)
    assert ended.status == 1
    if output:
        assert [each["name"] for each in ended.document["diagnostics"]] == [name]
        assert ended.document["command"] == "replay"
        assert ended.document["result"] is None
    else:
        assert (ended.stdout, ended.stderr.count("error[CAPY")) == ("", 1)


def test_a_form_that_the_record_lacks_is_usage(capyctl: Capyctl) -> None:
    recorded(capyctl, "version", "-o", "json")
    assert replayed(capyctl, "-o", "yaml").status == 2


def test_a_command_with_yaml_is_replayed_in_yaml(capyctl: Capyctl) -> None:
    printed = recorded(capyctl, "config", "repositories", "-o", "yaml")
    assert replayed(capyctl) == printed
    assert replayed(capyctl, "-o", "json").document["command"] == "config repositories"


def test_the_variable_for_output_chooses_the_form_as_the_option_does(capyctl: Capyctl) -> None:
    recorded(capyctl, "version", "--quiet")
    assert replayed(capyctl, CAPYCTL_OUTPUT="json").document["command"] == "version"


def test_replay_reads_no_configuration(capyctl: Capyctl) -> None:
    printed = recorded(capyctl, "config", "view", "--no-cache")
    folder = capyctl.home / ".config" / "cluster-api"
    folder.mkdir(parents=True)
    (folder / "clusterctl.yaml").write_text("providers: [\n")
    assert replayed(capyctl, GOPROXY="https://[::1") == printed


def test_a_replay_can_be_recorded(capyctl: Capyctl) -> None:
    printed = recorded(capyctl, "version", "-o", "json")
    capyctl("replay", str(capyctl.home / "run.json"), "--record", str(capyctl.home / "again.json"))
    assert capyctl("replay", str(capyctl.home / "again.json"), "-o", "json") == printed


def test_a_child_of_the_lab_keeps_its_bytes_and_its_status(capyctl: Capyctl) -> None:
    command = capyctl.command("lab", "run", "sound", "--record", str(capyctl.home / "r"), "--")
    done = subprocess.run(
        [*command, sys.executable, "-c", _CHILD], env=capyctl.environment(), capture_output=True, check=False
    )
    again = subprocess.run(
        capyctl.command("replay", str(capyctl.home / "r")),
        env=capyctl.environment(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr[:6]) == (7, b"a\xffb\n", b"aside\n")
    assert (again.returncode, again.stdout, again.stderr) == (7, done.stdout, done.stderr)
    shown = capyctl("replay", str(capyctl.home / "r"), "-o", "json")
    assert (shown.status, shown.document["result"]["run"]["exit_status"]) == (0, 7)


def test_escape_sequences_of_a_stranger_s_record_do_not_reach_a_terminal(capyctl: Capyctl) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31mred\x1b[31mcolour\x1b[0m\ttab\r\n"
    form = {"exit_status": 0, "stdout": [evil], "stderr": []}
    record = {"format": "capyctl-record/1", "output": "text", "outputs": {"text": form}}
    (capyctl.home / "run.json").write_text(json.dumps(record))
    piped = subprocess.run(
        capyctl.command("replay", str(capyctl.home / "run.json")),
        env=capyctl.environment(),
        capture_output=True,
        check=False,
    )
    assert piped.stdout.decode() == evil
    assert _on_a_terminal(capyctl) == b"]0;owned[2J31mred\x1b[31mcolour\x1b[0m\ttab\n"


def _on_a_terminal(capyctl: Capyctl) -> bytes:
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    leader, follower = pty.openpty()
    settings = termios.tcgetattr(follower)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(follower, termios.TCSANOW, settings)
    command = capyctl.command("replay", str(capyctl.home / "run.json"))
    subprocess.run(command, env=capyctl.environment(), stdout=follower, check=True)
    os.close(follower)
    printed = os.read(leader, 65_536)
    os.close(leader)
    return printed
