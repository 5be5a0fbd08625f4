from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capyctl.core import codes
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.resolved import RejectedVersion, Resolved, ResolvedFile, ResolvedRepository
from capyctl.report.lab_text import lab_report_text
from capyctl.report.redaction import secret_values, without_secrets
from capyctl.report.resolved_json import resolved_json
from capyctl.report.tables import table
from capyctl.report.text_style import disarm, one_command, size_text, wrap


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    "name", ["a\nb.lock", "x\udcff.lock", "a\tb  c", 'it\'s\n"it"', "a\\n\nb", "ä\n\u202e", "a b;$(x)", "ä b"]
)
def test_a_command_of_the_text_is_one_line_that_a_shell_takes_for_the_same_words(name: str) -> None:
    words = ["capyctl", "lock", "--locked", name, f"--out={name}"]
    line = one_command(shlex.join(words))
    assert len(line.splitlines()) == 1
    assert disarm(line) == line
    script = f"printf '%s\\0' {line}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert done.stdout.split(b"\0")[:-1] == [os.fsencode(word) for word in words]


def test_a_command_has_no_line_end_outside_its_words_and_nothing_that_steers() -> None:
    assert one_command("a b\nc") == "a b c"
    assert one_command("a \x1b[1m 'b\ud800'") == "a \ufffd[1m $'b\ufffd'"


def test_the_columns_are_those_of_clusterctl_config_repositories() -> None:
    """The first rows of clusterctl-resolution 11.1, whose third column is 98 wide in the whole table."""
    long = "https://github.com/" + "x" * (95 - len("https://github.com/"))
    rows = [("cluster-api", "CoreProvider", long, "core-components.yaml"), ("a" * 24, "b" * 24, "u", "f")]
    assert table(("NAME", "TYPE", "URL", "FILE"), rows).splitlines() == [
        f"{'NAME':<27}{'TYPE':<27}{'URL':<98}FILE",
        f"{'cluster-api':<27}{'CoreProvider':<27}{long:<98}core-components.yaml",
        f"{'a' * 24:<27}{'b' * 24:<27}{'u':<98}f",
    ]


def test_columns_are_at_least_ten_wide() -> None:
    assert table(("A", "B"), [("x", "y")]) == "A         B\nx         y\n"


def test_a_cell_cannot_break_its_line() -> None:
    assert table(("A", "B"), [("x\ny", "\x1b[2J")]).count("\n") == 2


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1024 * 1024, "1.0 MiB"), (3344957, "3.2 MiB")],
)
def test_sizes_are_in_kib_and_mib(size: int, text: str) -> None:
    assert size_text(size) == text


@given(st.text())
def test_disarmed_text_has_no_control_characters(text: str) -> None:
    safe = disarm(text)
    assert len(safe) == len(text)
    assert not any((ord(char) < 32 and char not in "\t\n") or 127 <= ord(char) < 160 for char in safe)


def test_an_indented_line_stands_alone() -> None:
    assert wrap("Run this:\n\n    capyctl explain\n\nand look.") == [
        "  Run this:", "", "      capyctl explain", "", "  and look.",
    ]  # fmt: skip


def test_a_token_in_the_place_of_a_user_s_name_is_a_secret_and_a_name_is_not() -> None:
    environ = {"GOPROXY": "https://ghp_01234567890123@a.example,https://reader@b.example"}
    secrets = secret_values(environ)
    assert secrets == ("ghp_01234567890123",)
    text = f"{environ['GOPROXY']} ghp_01234567890123 reader oci://c.example/d@sha256:00"
    assert without_secrets(text, secrets) == (
        "https://***@a.example,https://***@b.example *** reader oci://c.example/d@sha256:00"
    )


def test_secret_values_are_found_and_masked() -> None:
    environ = {
        "GITHUB_TOKEN": "ghp_abcdef",
        "AWS_B64ENCODED_CREDENTIALS": "W2RlZmF1bHRd",
        "HTTPS_PROXY": "http://me:hunter22@proxy:3128",
        "HOME": "/home/somebody",
        "SHORT_TOKEN": "abc",
    }
    secrets = secret_values(environ)
    assert set(secrets) == {"ghp_abcdef", "W2RlZmF1bHRd", "hunter22"}
    text = "ghp_abcdef at http://me:hunter22@proxy and W2RlZmF1bHRd, abc, https://a:b@c/d"
    assert without_secrets(text, secrets) == "*** at http://***@proxy and ***, abc, https://***@c/d"


@pytest.mark.parametrize("name", ["my_token", "Größe_Password", "PRİVATE_KEY", "api_\u212aey", "TOKEN"])
def test_a_variable_named_like_a_secret_is_one_in_any_case(name: str) -> None:
    assert secret_values({name: "abcdefgh"}) == ("abcdefgh",)


def test_resolved_has_the_fields_of_the_page_in_its_order() -> None:
    resolved = Resolved(
        key=ProviderKey(type=ProviderType.BOOTSTRAP, name="k0sproject-k0smotron"),
        requested=None,
        version="v1.10.9",
        series=(1, 10),
        contract="v1beta1",
        repository=ResolvedRepository(
            url="https://github.com/k0smotron/k0smotron/releases/latest/bootstrap-components.yaml",
            kind="github",
            name="k0sproject/k0smotron",
            formerly=("k0smotron/k0smotron",),
        ),
        files={
            "metadata.yaml": ResolvedFile(name="metadata.yaml", url="https://x/y", sha256="0" * 64, size=885),
            "bootstrap-components.yaml": None,
        },
        target_namespace="k0smotron",
        rejected=(
            RejectedVersion(version="v2.1.0", code=codes.CONTRACT_NOT_ACCEPTED, reason="contract v1beta2"),
        ),
    )
    assert resolved_json(resolved) == {
        "provider": "bootstrap-k0sproject-k0smotron",
        "name": "k0sproject-k0smotron",
        "type": "BootstrapProvider",
        "requested": None,
        "version": "v1.10.9",
        "series": {"major": 1, "minor": 10},
        "contract": "v1beta1",
        "repository": {
            "url": "https://github.com/k0smotron/k0smotron/releases/latest/bootstrap-components.yaml",
            "kind": "github",
            "name": "k0sproject/k0smotron",
            "formerly": ["k0smotron/k0smotron"],
        },
        "files": {
            "metadata.yaml": {"url": "https://x/y", "sha256": "0" * 64, "size": 885},
            "bootstrap-components.yaml": None,
        },
        "target_namespace": "k0smotron",
        "rejected": [{"version": "v2.1.0", "code": "CAPY0501", "reason": "contract v1beta2"}],
    }


def test_the_lab_report_names_each_request_and_the_end() -> None:
    request = {
        "number": 1, "round": 1, "method": "GET", "host": "github.com", "path": "/a\x1b/b", "status": 301,
        "location": "https://github.com/c", "fault": None,
    }  # fmt: skip
    silent = request | {"number": 2, "round": 2, "status": None, "location": None, "fault": "black-hole"}
    assert lab_report_text({"exit_status": 7, "requests": [request, silent]}) == (
        "lab: the command ended with 7 after 2 requests in 2 rounds\n"
        "   1 301 GET github.com/a\ufffd/b\n"
        "         to https://github.com/c\n"
        "   2 --- GET github.com/a\ufffd/b (fault: black-hole)\n"
    )
