from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Severity, Subject
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.metadata import MetadataReading
from capyctl.core.metadata_parse import read_metadata

HEAD = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
ENTRY = "- major: 1\n  minor: 2\n  contract: v1beta1\n"
SOUND = f"{HEAD}releaseSeries:\n{ENTRY}"


def read(text: str) -> MetadataReading:
    return read_metadata(text.encode(), subject=Subject(version="v1.2.0"), file="metadata.yaml")


def only(text: str) -> Diagnostic:
    [found] = read(text).diagnostics
    return found


def place(diagnostic: Diagnostic) -> tuple[int, int]:
    return (diagnostic.spans[0].line, diagnostic.spans[0].column)


def patched(text: str, diagnostic: Diagnostic, folder: Path) -> str:
    """The text after the edit of the first fix, applied by git."""
    edit = diagnostic.fixes[0].edit
    assert edit is not None
    assert shutil.which("git"), "git is needed to apply a patch"
    file = folder / edit.file
    file.write_bytes(text.encode())
    command = ["git", "apply", "-p0", "-"]
    subprocess.run(command, cwd=folder, input=edit.patch.encode(), check=True, capture_output=True)
    return file.read_bytes().decode()


def test_a_sound_file() -> None:
    reading = read(SOUND)
    assert reading.diagnostics == ()
    assert reading.metadata is not None
    [series] = reading.metadata.series
    assert (series.major, series.minor, series.contract) == (1, 2, "v1beta1")
    assert series.span is not None
    assert (series.span.line, series.span.column, series.span.end_line, series.span.end_column) == (
        4,
        3,
        6,
        20,
    )
    assert series.span.source == "- major: 1"


def test_subject_and_evidence_are_carried_along() -> None:
    evidence = Evidence(route="local", question=Question.FILE, outcome=Outcome.FOUND)
    subject = Subject(provider="bootstrap-x", version="v1.2.0", file="metadata.yaml")
    reading = read_metadata(b"", subject=subject, file="metadata.yaml", evidence=(evidence,))
    [found] = reading.diagnostics
    assert found.subject is subject
    assert found.evidence == (evidence,)


ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


@pytest.mark.parametrize(
    ("text", "code", "severity", "line", "column"),
    [
        ("", codes.METADATA_UNREADABLE, ERROR, 1, 1),
        ("# nothing\n", codes.METADATA_UNREADABLE, ERROR, 1, 1),
        ("<html>\n", codes.METADATA_UNREADABLE, ERROR, 1, 1),
        ("- a\n", codes.METADATA_UNREADABLE, ERROR, 1, 1),
        (HEAD + "a: [\n", codes.METADATA_UNREADABLE, ERROR, 4, 1),
        ('{"a": 1,\n "b" 2}', codes.METADATA_UNREADABLE, ERROR, 2, 6),
        ("{a: 1}", codes.METADATA_UNREADABLE, ERROR, 1, 2),
        (SOUND.replace("v1alpha3", "v1alpha4"), codes.METADATA_API_VERSION, ERROR, 1, 13),
        (SOUND.partition("\n")[2], codes.METADATA_API_VERSION, ERROR, 1, 1),
        (SOUND.replace("kind: Metadata\n", ""), codes.METADATA_KIND_MISSING, WARNING, 1, 1),
        (SOUND.replace("kind: Metadata", "kind:"), codes.METADATA_KIND_MISSING, WARNING, 2, 6),
        (SOUND.replace("kind: Metadata", "kind: Wrong"), codes.METADATA_KIND_WRONG, ERROR, 2, 7),
        (HEAD, codes.METADATA_NO_SERIES, ERROR, 1, 1),
        (HEAD + "releaseSeries: []\n", codes.METADATA_NO_SERIES, ERROR, 3, 16),
        (HEAD + "releaseSeries: {}\n", codes.METADATA_FIELD_TYPE, ERROR, 3, 16),
        (SOUND.replace("minor: 2", "minor: '2'"), codes.METADATA_FIELD_TYPE, ERROR, 5, 10),
        (SOUND.replace("minor: 2", "minor: 1.10"), codes.METADATA_FIELD_TYPE, ERROR, 5, 10),
        (SOUND.replace("minor: 2", "minor: 4294967296"), codes.METADATA_FIELD_TYPE, ERROR, 5, 10),
        (SOUND.replace("minor: 2", "minor: yes"), codes.METADATA_FIELD_TYPE, ERROR, 5, 10),
        (SOUND.replace("minor: 2", "minor: -2"), codes.METADATA_FIELD_TYPE, WARNING, 5, 10),
        (SOUND.replace("v1beta1", "1"), codes.METADATA_FIELD_TYPE, ERROR, 6, 13),
        (SOUND.replace("v1beta1", "[v1beta1]"), codes.METADATA_FIELD_TYPE, ERROR, 6, 13),
        (SOUND.replace("kind: Metadata", "kind: 1"), codes.METADATA_FIELD_TYPE, ERROR, 2, 7),
        (SOUND + "metadata: x\n", codes.METADATA_FIELD_TYPE, ERROR, 7, 11),
        (SOUND + "- x\n", codes.METADATA_FIELD_TYPE, ERROR, 7, 3),
        (SOUND + "kind: Metadata\n", codes.METADATA_DUPLICATE_KEY, ERROR, 7, 1),
        (SOUND.replace("minor: 2", "minor: 1\n  minor: 2"), codes.METADATA_DUPLICATE_KEY, ERROR, 6, 3),
        (SOUND + ENTRY, codes.METADATA_DUPLICATE_SERIES, WARNING, 7, 3),
        (SOUND + ENTRY.replace("beta1", "beta2"), codes.METADATA_DUPLICATE_SERIES, ERROR, 7, 3),
        (SOUND + ENTRY.replace("2", "4"), codes.METADATA_SERIES_GAP, NOTE, 7, 3),
        (SOUND.replace("minor: 2", "minor: 010"), codes.METADATA_OCTAL_NUMBER, WARNING, 5, 10),
        (SOUND + "x: 1\n", codes.METADATA_UNKNOWN_FIELD, NOTE, 7, 1),
        (SOUND + "  x: 1\n", codes.METADATA_UNKNOWN_FIELD, NOTE, 7, 3),
        (SOUND.replace("minor: 2", "Minor: 2"), codes.METADATA_UNKNOWN_FIELD, WARNING, 5, 3),
        (SOUND + "---\na: 1\n", codes.METADATA_UNKNOWN_FIELD, NOTE, 8, 1),
        (SOUND + "---\n{{{\n", codes.METADATA_UNKNOWN_FIELD, NOTE, 9, 1),
        (SOUND.replace("v1beta1", "beta"), codes.METADATA_CONTRACT_INVALID, WARNING, 6, 13),
        (SOUND.replace("  contract: v1beta1\n", ""), codes.METADATA_CONTRACT_INVALID, WARNING, 4, 3),
    ],
)
def test_each_fault_alone(text: str, code: Code, severity: Severity, line: int, column: int) -> None:
    found = only(text)
    assert (found.code.name, found.severity, place(found)) == (code.name, severity, (line, column))


@pytest.mark.parametrize(
    "text",
    [
        SOUND.replace("minor: 2", "minor: 2.0"),
        SOUND.replace("minor: 2", "minor: 02"),
        SOUND.replace("minor: 2", "minor: 0x2"),
        SOUND.replace("minor: 2", "minor: 0"),
        SOUND.replace("v1beta1", "v1alpha2"),
        SOUND + "- major: 2\n  contract: v1beta1\n",
        SOUND + "metadata:\n  name: x\n",
        "---\n" + SOUND,
        SOUND.replace("\n", "\r\n"),
        "\ufeff" + SOUND,
        HEAD + "releaseSeries:\n- &a {major: 1, minor: 1, contract: v1beta1}\n- <<: *a\n  minor: 2\n",
    ],
)
def test_near_misses(text: str) -> None:
    reading = read(text)
    assert reading.diagnostics == ()
    assert reading.metadata is not None


def test_a_missing_list_under_a_mis_cased_name_is_explained() -> None:
    found = read(SOUND.replace("releaseSeries", "ReleaseSeries")).diagnostics
    assert [(item.code.name, item.severity.value) for item in found] == [
        ("metadata-unknown-field", "warning"),
        ("metadata-no-series", "error"),
    ]
    assert "releaseSeries" in found[0].detail


def test_a_contract_in_the_place_of_the_api_version_is_named_as_a_mix_up() -> None:
    assert "name of a contract" in only(SOUND.replace("v1alpha3", "v1beta1")).detail
    assert "name of a contract" not in only(SOUND.replace("v1alpha3", "x")).detail


def test_an_octal_number_is_read_as_go_reads_it() -> None:
    reading = read(SOUND.replace("minor: 2", "minor: 010"))
    assert reading.metadata is not None
    assert reading.metadata.series[0].minor == 8
    assert "read as 8" in reading.diagnostics[0].detail


def test_of_duplicate_keys_the_last_counts() -> None:
    reading = read(SOUND + "releaseSeries:\n" + ENTRY.replace("2", "3"))
    assert reading.metadata is not None
    assert [str(series) for series in reading.metadata.series] == ["1.3"]
    assert [span.line for span in reading.diagnostics[0].spans] == [7, 3]


def test_a_refused_file_still_shows_what_could_be_understood() -> None:
    reading = read(SOUND.replace("v1alpha3", "v1alpha4"))
    assert reading.metadata is None
    assert reading.partial is not None
    assert [str(series) for series in reading.partial.series] == ["1.2"]


def test_json_is_read_as_json() -> None:
    text = '{"apiVersion": "clusterctl.cluster.x-k8s.io\\/v1alpha3",\n "kind": "Metadata", "releaseSeries": [%s]}'
    assert read(text % '{"major": 1, "minor": 2, "contract": "v1beta1"}').diagnostics == ()
    assert only(text % '{"major": 1.0, "minor": 2, "contract": "v1beta1"}').code is codes.METADATA_FIELD_TYPE


def test_gaps_are_one_note() -> None:
    entries = "".join(ENTRY.replace("2", str(minor)) for minor in (2, 4, 8, 9))
    found = only(f"{HEAD}releaseSeries:\n{entries}")
    assert "1.3, 1.5 to 1.7" in found.detail
    assert [span.line for span in found.spans] == [7, 10]


def test_huge_gaps_cost_nothing() -> None:
    assert only(SOUND + ENTRY.replace("2", "2147483647")).code is codes.METADATA_SERIES_GAP


def test_a_hostile_file_does_not_fill_the_screen() -> None:
    reading = read(HEAD + "releaseSeries:\n" + "- {major: x}\n" * 5000)
    assert len(reading.diagnostics) == 20


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("kind: Metadata\n", ""),
        ("v1alpha3", "v1alpha4"),
        ("kind: Metadata", "kind: Provider"),
        ("minor: 2", "minor: '2'"),
        ("minor: 12", "minor: 012"),
        ("minor", "Minor"),
        ("releaseSeries", "releaseseries"),
        ("apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\n", ""),
    ],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_the_exact_edit_makes_the_fault_go_away(
    before: str, after: str, ending: str, last: bool, tmp_path: Path
) -> None:
    sound = SOUND.replace("minor: 2", "minor: 12") if before == "minor: 12" else SOUND
    text = sound.replace(before, after).replace("\n", ending)
    text = text if last else text.removesuffix(ending)
    [found] = [item for item in read(text).diagnostics if item.fixes and item.fixes[0].edit]
    assert found.fixes[0].applicability is Applicability.UPSTREAM
    assert read(patched(text, found, tmp_path)).diagnostics == ()


def test_no_patch_where_lines_cannot_be_counted_alike() -> None:
    text = "# \x85\n" + SOUND.replace("kind: Metadata\n", "")
    assert only(text.replace("\n", "\r")).fixes[0].edit is None
    assert only("\ufeff" + SOUND.replace("kind: Metadata\n", "")).fixes[0].edit is None


def test_json_that_is_too_deep_or_too_large_for_python_is_no_crash() -> None:
    assert only('{"a": ' + "[" * 50_000).code is codes.METADATA_UNREADABLE
    assert only('{"a": ' + "1" * 5000 + "}").code is codes.METADATA_UNREADABLE


def test_a_duplicate_on_the_last_line_of_a_file_without_an_end_is_mended(tmp_path: Path) -> None:
    text = HEAD + "releaseSeries:\n- contract: v1beta1\n  major: 1\n  minor: '2'"
    found = only(text)
    mended = patched(text, found, tmp_path)
    assert mended == text.replace("'2'", "2")


def test_a_value_on_several_lines_has_no_edit() -> None:
    assert only(SOUND.replace("kind: Metadata", "kind: >-\n  Wrong")).fixes[0].edit is None


@pytest.mark.parametrize(
    "text",
    [
        SOUND + "kind: Metadata\n",
        SOUND + "kind: Metadata",
        SOUND.replace("minor: 2", "minor: 2\n  minor: 2"),
        SOUND.replace("minor: 2", "minor: 2\n  minor: 0x2"),
    ],
)
def test_a_key_that_is_stated_twice_alike_is_taken_away_once(text: str, tmp_path: Path) -> None:
    [found] = [item for item in read(text).diagnostics if item.code is codes.METADATA_DUPLICATE_KEY]
    edit = found.fixes[0].edit
    assert edit is not None
    (tmp_path / edit.file).write_text(text)
    command = ["git", "apply", "-p0", "-"]
    subprocess.run(command, cwd=tmp_path, input=edit.patch.encode(), check=True, capture_output=True)
    assert read((tmp_path / edit.file).read_text()).diagnostics == ()


@pytest.mark.parametrize(
    "text",
    [
        SOUND + "kind: Other\n",
        SOUND + "kind: [Metadata]\n",
        SOUND + "kind: Metadata # again\n",
        SOUND + "kind:\n  Metadata\n",
        f"{HEAD}releaseSeries:\n- {{major: 1, minor: 2, minor: 2, contract: v1beta1}}\n",
        SOUND.replace("kind: Metadata\n", "metadata: {}\n") + "metadata: x\n",
        SOUND + 'kind: "Metadata\n  "\n',
    ],
)
def test_keys_that_differ_or_stand_among_others_are_for_a_person(text: str) -> None:
    [found] = [item for item in read(text).diagnostics if item.code is codes.METADATA_DUPLICATE_KEY]
    assert found.fixes[0].edit is None
    assert "once" in found.fixes[0].title
