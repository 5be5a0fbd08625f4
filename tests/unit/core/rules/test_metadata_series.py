"""The rules about one version and the series of its own metadata."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.metadata import Metadata, ReleaseSeries
from capyctl.core.metadata_parse import read_metadata
from capyctl.core.rules.crd_contract import contract_against_crds
from capyctl.core.rules.series import judge_own_series, list_series
from capyctl.core.version import ProviderVersion, parse_version

HEAD = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"


def version(tag: str) -> ProviderVersion:
    parsed = parse_version(tag)
    assert parsed is not None
    return parsed


def text_of(*numbers: str, indent: str = "  ") -> str:
    entries = (number.split(".") for number in numbers)
    lines = (
        f"{indent}- major: {major}\n{indent}  minor: {minor}\n{indent}  contract: v1beta1\n"
        for major, minor in entries
    )
    return HEAD + "".join(lines)


def entry(number: str) -> str:
    major, minor = number.split(".")
    return f"{{major: {major}, minor: {minor}, contract: v1beta1}}"


def flow(*numbers: str, between: str = ", ") -> str:
    return f"{HEAD.rstrip()} [{between.join(map(entry, numbers))}]\n"


def dashed(*numbers: str) -> str:
    return HEAD + "".join(f"  - {entry(number)}\n" for number in numbers)


def metadata_of(text: str) -> Metadata:
    reading = read_metadata(text.encode(), subject=Subject(), file="metadata.yaml")
    assert reading.metadata is not None
    return reading.metadata


def judge(text: str, tag: str) -> Diagnostic | None:
    return judge_own_series(metadata_of(text), version(tag), subject=Subject(version=tag))


def missing(text: str, tag: str) -> Diagnostic:
    found = judge(text, tag)
    assert found is not None
    assert (found.code, found.severity) == (codes.OWN_SERIES_MISSING, Severity.ERROR)
    return found


def test_a_listed_series_is_no_fault() -> None:
    assert judge(text_of("1.4", "1.5"), "v1.5.3-rc.1") is None


def test_a_forgotten_series_points_at_the_newest_one() -> None:
    found = missing(text_of("1.3", "1.4", "1.5"), "v1.6.0")
    assert found.detail == (
        "v1.6.0 belongs to series 1.6, which its own metadata.yaml does not list. Listed: 1.3 to 1.5."
    )
    [span] = found.spans
    assert (span.line, span.column, span.label) == (10, 5, "newest series in this file")
    assert span.source == "  - major: 1"
    assert "- {major: 1, minor: 6, contract: v1beta1}" in found.fixes[0].title


@pytest.mark.parametrize(
    ("numbers", "tag", "line", "sureness"),
    [
        (("1.3", "1.4", "1.4"), "v1.5.0", 10, "evidently"),  # copied and not edited
        (("1.4", "1.4", "1.3"), "v1.5.0", 4, "evidently"),  # the same, newest first
        (("1.3", "1.4", "1.6"), "v1.5.0", 10, "evidently"),  # one too far
        (("0.9", "1.0", "1.1", "0.2"), "v1.2.0", 13, "evidently"),  # major forgotten
        (("1.4", "1.6"), "v1.5.0", 7, "probably"),  # ahead of the release itself
        (("1.1",), "v0.1.0", 4, "probably"),  # kubevirt v0.1.0 in the corpus
        (("1.0",), "v0.1.0", 4, "probably"),  # microk8s v0.1.0 in the corpus
        (("1.8", "1.010"), "v1.10.0", 7, "evidently"),  # octal
    ],
)
def test_another_series_where_the_own_one_was_meant(
    numbers: tuple[str, ...], tag: str, line: int, sureness: str
) -> None:
    found = missing(text_of(*numbers), tag)
    own = ".".join(tag[1:].split(".")[:2])
    assert f"Line {line} was {sureness} meant to be {own}" in found.detail
    assert found.spans[0].line == line


@pytest.mark.parametrize(
    ("numbers", "tag"),
    [
        (("0.9", "1.0"), "v1.1.0"),  # plainly forgotten
        (("0.1",), "v1.0.0-rc.0"),  # in-cluster in the corpus: the list of the release before
        (("0.1", "0.3", "0.7"), "v0.9.0"),  # old gaps prove nothing
        (("1.6", "1.7"), "v1.5.0"),  # two series ahead: neither is evident
    ],
)
def test_no_guess_without_ground(numbers: tuple[str, ...], tag: str) -> None:
    assert "meant to be" not in missing(text_of(*numbers), tag).detail


def test_a_mis_cased_field_was_meant() -> None:
    found = missing(text_of("1.3", "1.4") + "  - major: 1\n    Minor: 5\n    contract: v1beta1\n", "v1.5.0")
    assert "Line 10 was evidently meant to be 1.5: Minor is not minor" in found.detail


def test_a_development_version() -> None:
    """F47: builds with patch 99 need the coming series in the source tree."""
    assert "development version: add series 1.1" in missing(text_of("1.0"), "v1.1.99").detail


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (text_of("1.3", "1.4"), "v1.5.0"),
        (text_of("1.3", "1.4").removesuffix("\n"), "v1.5.0"),
        (text_of("1.4", "1.3"), "v1.5.0"),
        (text_of("1.4", indent=""), "v1.5.0"),
        (text_of("1.3", "1.4", "1.6", "1.7"), "v1.5.0"),
        (text_of("1.7", "1.6", "1.4"), "v1.5.0"),
        (text_of("1.4", "1.4"), "v1.5.0"),
        (text_of("1.4", "1.6"), "v1.5.0"),
        (text_of("1.0"), "v0.1.0"),
        (text_of("1.8", "1.010"), "v1.10.0"),
        (text_of("1.4").replace("\n", "\r\n"), "v1.5.0"),
        (HEAD + "- contract: v1beta1\n  minor: 4\n  major: 1\n", "v1.5.0"),
        (text_of("1.4") + "# the end\n", "v1.5.0"),
        (flow("1.4"), "v1.5.0"),
        (flow("1.3", "1.4"), "v1.5.0"),
        (flow("1.4", "1.3"), "v1.5.0"),
        (flow("1.3", "1.4", between=",\n  "), "v1.5.0"),
        (flow("1.6", "1.7", between=",\n  "), "v1.5.0"),
        (flow("1.4").replace("major: 1", "major: !!int 1"), "v1.5.0"),
        (dashed("1.3", "1.4"), "v1.5.0"),
        (dashed("1.6", "1.7"), "v1.5.0"),
        (dashed("1.4").replace("}\n", "} # the newest\n"), "v1.5.0"),
        (json.dumps(yaml.safe_load(text_of("1.4"))), "v1.5.0"),
        (json.dumps(yaml.safe_load(text_of("1.7", "1.6"))), "v1.5.0"),
    ],
)
def test_the_exact_edit_gives_the_version_its_series(text: str, tag: str, tmp_path: Path) -> None:
    edit = missing(text, tag).fixes[0].edit
    assert edit is not None
    (tmp_path / edit.file).write_bytes(text.encode())
    patch = edit.patch.encode()
    subprocess.run(["git", "apply", "-p0", "-"], cwd=tmp_path, input=patch, check=True, capture_output=True)
    mended = (tmp_path / edit.file).read_bytes().decode()
    series = metadata_of(mended).series_for(version(tag))
    assert series is not None
    assert series.contract == "v1beta1"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(yaml.safe_load(text_of("1.4")), indent=2),
        flow("1.4").replace("[", "[ # all\n  "),
        flow("1.4").replace("[", "[ &a "),
        "one: &one 1\n" + flow("1.4").replace("major: 1", "major: *one"),
        f"kept: &a\n  {entry('1.4')}\n{HEAD}- *a\n",
        HEAD + "-\n  major: 1\n  minor: 4\n  contract: v1beta1\n",
    ],
)
def test_an_odd_layout_gets_the_line_and_no_edit(text: str) -> None:
    [fix] = missing(text, "v1.5.0").fixes
    assert fix.edit is None
    assert "- {major: 1, minor: 5, contract: v1beta1}" in fix.title


def test_the_contract_comes_from_the_crds_where_they_are_known() -> None:
    metadata = metadata_of(text_of("1.4"))
    found = judge_own_series(metadata, version("v1.5.0"), subject=Subject(), contract="v1beta2")
    assert found is not None
    assert "contract: v1beta2} (the contract is inferred from the labels of the CRDs)" in found.fixes[0].title


def test_a_text_that_is_no_contract_is_never_copied_into_a_fix() -> None:
    found = missing(text_of("1.4").replace("v1beta1", '"x\\n- major: 9"'), "v1.5.0")
    assert "contract: v1beta2}" in found.fixes[0].title
    assert found.fixes[0].edit is not None
    assert "major: 9" not in found.fixes[0].edit.patch.replace('"x\\n- major: 9"', "")


def test_metadata_without_a_file_is_judged_all_the_same() -> None:
    metadata = Metadata(series=(ReleaseSeries(major=1, minor=4, contract="v1beta1"),))
    found = judge_own_series(metadata, version("v1.5.0"), subject=Subject())
    assert found is not None
    assert found.spans == ()
    assert found.fixes[0].edit is None


def test_a_long_list_is_drawn_together() -> None:
    numbers = [(major, 2 * minor) for major in range(3) for minor in range(10)]
    entries = [ReleaseSeries(major=major, minor=minor, contract="") for major, minor in numbers]
    assert list_series(entries).startswith("…, 1.16, 1.18, 2.0, 2.2")


def test_a_hostile_list_is_not_searched_for_slips() -> None:
    found = missing(text_of(*(f"1.{2 * minor}" for minor in range(1000))), "v1.1.0")
    assert "meant" not in found.detail


def test_a_contract_that_the_crds_do_not_carry() -> None:
    metadata = metadata_of(text_of("1.4"))
    found = contract_against_crds(metadata, version("v1.4.0"), {"v1beta2", "v1alpha4"}, subject=Subject())
    assert found is not None
    assert (found.code, found.severity) == (codes.CONTRACT_DIFFERS_FROM_CRDS, Severity.WARNING)
    assert '"v1beta1"' in found.detail
    assert "v1alpha4, v1beta2" in found.detail
    assert found.spans[0].line == 4


@pytest.mark.parametrize(
    ("tag", "found"), [("v1.4.0", {"v1beta1", "v1beta2"}), ("v1.4.0", set()), ("v9.0.0", {"v1beta2"})]
)
def test_contracts_that_agree_or_cannot_be_compared(tag: str, found: set[str]) -> None:
    metadata = metadata_of(text_of("1.4"))
    assert contract_against_crds(metadata, version(tag), found, subject=Subject()) is None


@pytest.mark.parametrize("last", ["<<: *a", "MINOR: [4], major: 1, minor: 4, contract: v1beta1"])
def test_an_entry_whose_number_is_written_elsewhere_is_not_edited(last: str) -> None:
    entries = "- {major: 1, minor: 3, contract: v1beta1}\n- &a {major: 1, minor: 4, contract: v1beta1}\n"
    found = missing(f"{HEAD}{entries}- {{{last}}}\n", "v1.5.0")
    assert "Line 6 was evidently meant to be 1.5" in found.detail
    assert found.fixes[0].edit is None


def test_a_slip_without_a_file_is_named_by_its_series() -> None:
    series = tuple(ReleaseSeries(major=1, minor=minor, contract="v1beta1") for minor in (3, 4, 4))
    found = judge_own_series(Metadata(series=series), version("v1.5.0"), subject=Subject())
    assert found is not None
    assert "Series 1.4 was evidently meant to be 1.5" in found.detail
    assert (found.spans, found.fixes[0].edit) == ((), None)
