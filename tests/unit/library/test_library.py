"""The library gives the answers of the command line, as values, and prints nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import capyctl
from capyctl import ExitStatus, MalformedReferenceError, ProviderReference, ProviderType, Verdict
from capyctl.lab.run import run_in_lab
from capyctl.lab.scenario import load_scenario

ROOT = Path(capyctl.__file__).parents[1]
QUIET = {"HOME": "/nowhere"}


def command_line(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "capyctl", *words, "--offline", "-o", "json"],
        env={**QUIET, "PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    loaded = json.loads(done.stdout)
    assert isinstance(loaded, dict)
    return loaded


def codes(result: capyctl.Result) -> list[str]:
    return sorted(item.code.code for item in result.diagnostics)


@pytest.mark.parametrize(
    "reference", ["infrastructure-aws", "bootstrap-k0sproject-k0smotron:v1.5.1", "nothing-of-the-kind"]
)
def test_resolve_answers_as_the_command_does(reference: str) -> None:
    document = command_line("resolve", reference)
    result = capyctl.resolve(reference, offline=True, environ=QUIET)
    assert [each.version for each in result.providers] == [
        each["version"] for each in document["result"]["providers"]
    ]
    assert set(codes(result)) == {each["code"] for each in document["diagnostics"]}
    assert int(result.exit_status) == document["exit_status"]


def test_diagnose_answers_as_the_command_does() -> None:
    document = command_line("diagnose-provider", "infrastructure-aws")
    result = capyctl.diagnose("infrastructure-aws", offline=True, environ=QUIET)
    (provider,) = document["result"]["providers"]
    assert result.providers[0].verdict.value == provider["verdict"]
    assert [row.outcome.value for row in result.providers[0].clusterctl] == [
        row["outcome"] for row in provider["clusterctl"]
    ]
    assert int(result.exit_status) == document["exit_status"]


def test_versions_and_plans_answer_as_the_commands_do() -> None:
    listed = command_line("versions", "infrastructure-aws")["result"]["providers"][0]["versions"]
    found = capyctl.versions("infrastructure-aws", offline=True, environ=QUIET).providers[0]
    assert [row.version for row in found.rows] == [row["version"] for row in listed]
    plan = command_line("init", "--bootstrap", "k0sproject-k0smotron", "--dry-run")["result"]["plan"]
    mine = capyctl.plan_install("bootstrap-k0sproject-k0smotron", offline=True, environ=QUIET)
    assert mine.cert_manager == plan["cert_manager"]["version"]
    assert [(each.key.manifest_label, each.version) for each in mine.providers] == [
        (each["provider"], each["version"]) for each in plan["providers"]
    ]


def test_a_reference_with_a_type_is_that_provider_alone() -> None:
    reference = ProviderReference(
        text="k0sproject-k0smotron", name="k0sproject-k0smotron", type=ProviderType.BOOTSTRAP
    )
    result = capyctl.resolve(reference, offline=True, environ=QUIET)
    assert [each.key.manifest_label for each in result.providers] == ["bootstrap-k0sproject-k0smotron"]


def test_a_configuration_that_cannot_be_used_is_an_answer() -> None:
    result = capyctl.plan_install(offline=True, environ=QUIET, config=Path("/nowhere/clusterctl.yaml"))
    assert (result.exit_status, codes(result)) == (ExitStatus.PROBLEMS, ["CAPY0110"])
    assert result.providers == ()


def test_a_malformed_reference_is_raised() -> None:
    with pytest.raises(MalformedReferenceError):
        capyctl.resolve("a:b:c", offline=True, environ=QUIET)


def test_the_command_of_a_fix_is_the_command_that_does_the_same(tmp_path: Path) -> None:
    table = tmp_path / "my table.yaml"
    table.write_text("providers: []\n")
    result = capyctl.resolve("infrastructure-awz", offline=True, environ=QUIET, providers=table)
    commands = [fix.command for item in result.errors for fix in item.fixes if fix.command]
    assert f"capyctl resolve infrastructure-aws --offline --providers '{table}'" in commands


def test_a_folder_that_is_not_there_is_nothing_to_lint(tmp_path: Path) -> None:
    result = capyctl.lint(tmp_path / "missing", "v1.0.0")
    assert (result.files, codes(result), int(result.exit_status)) == ((), ["CAPY0221"], 1)


def test_a_folder_is_linted_as_its_contents_are(tmp_path: Path) -> None:
    text = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries: []\n"
    (tmp_path / "metadata.yaml").write_bytes(text)
    from_folder = capyctl.lint(tmp_path, "v1.0.0")
    assert from_folder.files == capyctl.lint({"metadata.yaml": text}, "v1.0.0").files
    assert codes(from_folder) == codes(capyctl.lint({"metadata.yaml": text}, "v1.0.0"))
    assert from_folder.exit_status is ExitStatus.PROBLEMS


_ONLINE = """
import capyctl, threading
result = capyctl.diagnose(["bootstrap-k0sproject-k0smotron"])
print(result.providers[0].verdict.value, result.providers[0].version, int(result.exit_status))
print(*(item.code.code for item in result.diagnostics if item.severity is capyctl.Severity.WARNING))
"""


def test_it_works_over_a_network_and_prints_nothing_itself() -> None:
    done = run_in_lab(
        load_scenario("renamed-repository-goproxy-off"),
        [sys.executable, "-W", "error", "-c", _ONLINE],
        environment={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture=True,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [f"{Verdict.DEGRADED.value} v2.1.0 0", "CAPY0205"]
    assert len(done.requests) > 10
