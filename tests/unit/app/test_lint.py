from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from capyctl.app.lint import LintRequest, LintResult, is_release_file, lint_provider
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity

METADATA = """\
apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Metadata
releaseSeries:
  - major: 1
    minor: 2
    contract: v1beta1
"""
COMPONENTS = """\
apiVersion: v1
kind: Namespace
metadata:
  name: x-system
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: xs.example.org
  labels:
    cluster.x-k8s.io/v1beta1: v1
    cluster.x-k8s.io/provider: bootstrap-x
"""
NAME = "bootstrap-components.yaml"


def lint(
    metadata: str | None = METADATA, components: str | None = COMPONENTS, tag: str = "v1.2.0"
) -> LintResult:
    files = {"metadata.yaml": metadata, NAME: components}
    return lint_provider(
        LintRequest(files={name: text.encode() for name, text in files.items() if text is not None}, tag=tag)
    )


def only(result: LintResult, code: Code) -> Diagnostic:
    [found] = result.diagnostics
    assert found.code is code
    return found


def test_a_sound_release() -> None:
    result = lint()
    assert result.diagnostics == ()
    assert [(file.name, file.size) for file in result.files] == [
        (NAME, len(COMPONENTS)),
        ("metadata.yaml", len(METADATA)),
    ]
    assert result.files[1].sha256 == hashlib.sha256(METADATA.encode()).hexdigest()


def test_other_files_of_the_folder_are_left_alone() -> None:
    files = {"metadata.yaml": METADATA.encode(), NAME: COMPONENTS.encode(), "cluster-template.yaml": b"{{{"}
    result = lint_provider(LintRequest(files=files, tag="v1.2.0"))
    assert result.diagnostics == ()
    assert "cluster-template.yaml" not in {file.name for file in result.files}
    assert not is_release_file("README.md")
    assert is_release_file("infrastructure-components-development.yaml")


def test_an_exact_edit_is_safe_and_applying_it_ends_the_finding(tmp_path: Path) -> None:
    broken = METADATA.replace("kind: Metadata\n", "")
    found = only(lint(broken), codes.METADATA_KIND_MISSING)
    [fix] = found.fixes
    assert fix.applicability is Applicability.SAFE
    assert fix.edit is not None
    assert "kind: Metadata" in fix.title
    (tmp_path / "metadata.yaml").write_text(broken)
    patch = fix.edit.patch.encode()
    subprocess.run(["git", "apply", "-p0", "-"], cwd=tmp_path, input=patch, check=True, capture_output=True)
    assert lint((tmp_path / "metadata.yaml").read_text()).diagnostics == ()


def test_a_missing_series_shows_the_lines_to_add_and_leaves_the_contract_to_a_person() -> None:
    found = only(lint(tag="v1.3.0"), codes.OWN_SERIES_MISSING)
    [fix] = found.fixes
    assert fix.applicability is Applicability.REVIEW
    assert fix.edit is not None
    assert "+  - major: 1\n+    minor: 3\n+    contract: v1beta1\n" in fix.edit.patch


def test_a_missing_metadata_file_is_written_out(tmp_path: Path) -> None:
    found = only(lint(metadata=None), codes.METADATA_MISSING)
    edit = found.fixes[0].edit
    assert edit is not None
    command = ["git", "apply", "-p0", "-"]
    subprocess.run(command, cwd=tmp_path, input=edit.patch.encode(), check=True, capture_output=True)
    assert lint((tmp_path / "metadata.yaml").read_text()).diagnostics == ()


def test_a_folder_without_components_is_told_so_in_a_note() -> None:
    found = only(lint(components=None), codes.COMPONENTS_MISSING)
    assert found.severity is Severity.NOTE


def test_contracts_of_file_and_crds_are_compared() -> None:
    found = only(lint(components=COMPONENTS.replace("v1beta1", "v1beta2")), codes.CONTRACT_DIFFERS_FROM_CRDS)
    assert found.severity is Severity.WARNING
    assert found.spans[0].line == 4


@pytest.mark.parametrize("contract", ["", "beta"])
def test_a_series_without_contract_is_an_error_only_where_it_is_the_releases_own(contract: str) -> None:
    broken = METADATA.replace("v1beta1", f'"{contract}"')
    own = [item for item in lint(broken).diagnostics if item.code is codes.METADATA_CONTRACT_INVALID]
    assert [item.severity for item in own] == [Severity.ERROR]
    other = broken + "  - {major: 1, minor: 3, contract: v1beta1}\n"
    found = [item for item in lint(other, tag="v1.3.0").diagnostics if not item.code.name.startswith("x")]
    assert [item.severity for item in found] == [Severity.WARNING]


def test_an_own_series_is_judged_in_a_refused_file_too() -> None:
    result = lint(METADATA.replace("v1alpha3", "v1beta1"), tag="v1.3.0")
    assert [item.code.name for item in result.diagnostics] == ["metadata-api-version", "own-series-missing"]


@pytest.mark.parametrize(
    ("components", "code", "severity"),
    [
        ("a: [\n", codes.COMPONENTS_UNREADABLE, Severity.ERROR),
        ("a: [${X}\n", codes.COMPONENTS_UNREADABLE, Severity.WARNING),
        ("- a\n", codes.COMPONENTS_UNREADABLE, Severity.ERROR),
        (COMPONENTS.partition("---\n")[2], codes.NAMESPACE_UNDETERMINED, Severity.ERROR),
        (COMPONENTS + "---\n" + COMPONENTS, codes.SEVERAL_NAMESPACES, Severity.ERROR),
    ],
)
def test_faults_of_components(components: str, code: Code, severity: Severity) -> None:
    found = only(lint(components=components), code)
    assert found.severity is severity
    assert found.subject.file == NAME


@pytest.mark.parametrize("expression", ["a: ${X:=1}", "a: ${X/#arn/b: c}", 'a: "${X:-"y"}"', "${X}: 1"])
def test_variables_do_not_make_components_unreadable(expression: str) -> None:
    assert lint(components=f"{COMPONENTS}---\nkind: X\n{expression}\n").diagnostics == ()


def test_errors_come_first() -> None:
    result = lint(METADATA.replace("kind: Metadata\n", "x: 1\n"), tag="v1.3.0")
    assert [item.severity.value for item in result.diagnostics] == ["error", "warning", "note"]


def test_a_tag_that_is_no_version_is_a_usage_error() -> None:
    found = only(lint(tag="1.2"), codes.USAGE)
    assert found.severity is Severity.ERROR


def test_a_tag_without_v_is_a_note() -> None:
    assert only(lint(tag="1.2.0"), codes.VERSION_SPELLING).severity is Severity.NOTE


def mended(text: str, fix: Fix, folder: Path) -> str:
    """The text after the edit, applied as a user would."""
    assert fix.edit is not None
    path = folder / fix.edit.file
    path.write_text(text)
    command = ["git", "apply", "-p0", "-"]
    subprocess.run(command, cwd=folder, input=fix.edit.patch.encode(), check=True, capture_output=True)
    return path.read_text()


HEAD = METADATA.partition("releaseSeries")[0]


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD.removesuffix("\n"),
        f"{HEAD}releaseSeries:\n",
        f"{HEAD}releaseSeries: []\n",
        "releaseSeries:\n" + HEAD,
        f"{HEAD}releaseSeries: [ ]",
    ],
)
def test_a_list_that_lacks_every_series_begins_with_the_releases_own(text: str, tmp_path: Path) -> None:
    found = only(lint(text), codes.METADATA_NO_SERIES)
    assert [fix.applicability for fix in found.fixes] == [Applicability.REVIEW]
    assert lint(mended(text, found.fixes[0], tmp_path)).diagnostics == ()


@pytest.mark.parametrize("text", ["{}\n", f"{HEAD}releaseSeries: []  # soon\n", f"{HEAD}...\n"])
def test_a_layout_that_would_not_take_the_series_gets_the_line_and_no_edit(text: str) -> None:
    (found,) = (item for item in lint(text).diagnostics if item.code is codes.METADATA_NO_SERIES)
    assert found.fixes[0].edit is None
    assert "- {major: 1, minor: 2, contract: v1beta1}" in found.fixes[0].title


@pytest.mark.parametrize("contract", ["beta", "v1beta2"])
def test_a_contract_that_the_crds_contradict_is_written_anew(contract: str, tmp_path: Path) -> None:
    text = METADATA.replace("v1beta1", contract)
    found = lint(text).diagnostics[0]
    assert found.code in {codes.METADATA_CONTRACT_INVALID, codes.CONTRACT_DIFFERS_FROM_CRDS}
    assert found.fixes[0].applicability is Applicability.REVIEW
    assert lint(mended(text, found.fixes[0], tmp_path)).diagnostics == ()


def test_a_series_in_braces_gets_its_neighbour_in_braces(tmp_path: Path) -> None:
    text = f"{HEAD}releaseSeries: [{{major: 1, minor: 1, contract: v1beta1}}]\n"
    found = only(lint(text), codes.OWN_SERIES_MISSING)
    assert lint(mended(text, found.fixes[0], tmp_path)).diagnostics == ()


WITHOUT_NAMESPACE = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: x, namespace: x-system}
"""


@pytest.mark.parametrize("text", [WITHOUT_NAMESPACE, f"---\n{WITHOUT_NAMESPACE}"])
def test_a_namespace_that_the_objects_name_is_added(text: str, tmp_path: Path) -> None:
    found = only(lint(components=text), codes.NAMESPACE_UNDETERMINED)
    assert lint(components=mended(text, found.fixes[0], tmp_path)).diagnostics == ()


@pytest.mark.parametrize(
    "text",
    [
        WITHOUT_NAMESPACE.replace(", namespace: x-system", ""),
        f"{WITHOUT_NAMESPACE}---\n{WITHOUT_NAMESPACE.replace('x-system', 'y-system')}",
        WITHOUT_NAMESPACE.replace("x-system", '"x: y"'),
        WITHOUT_NAMESPACE.replace("\n", "\r\n"),
    ],
)
def test_a_namespace_that_the_objects_leave_open_is_for_the_author(text: str) -> None:
    found = only(lint(components=text), codes.NAMESPACE_UNDETERMINED)
    assert [fix.edit for fix in found.fixes] == [None]


@pytest.mark.parametrize("components", [None, "a: [\n", COMPONENTS + "---\n" + COMPONENTS])
def test_an_author_is_never_told_to_take_another_version(components: str | None) -> None:
    (found,) = lint(components=components).diagnostics
    titles = " ".join(fix.title for fix in found.fixes)
    assert titles
    assert "version" not in titles
