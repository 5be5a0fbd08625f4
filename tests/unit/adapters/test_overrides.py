"""The overrides layer: exact paths, the record of use, and no way out of the folder (W-43, F05)."""

from __future__ import annotations

from pathlib import Path

import pytest

from capyctl.adapters.overrides import OverrideFolder
from capyctl.core.evidence import Outcome
from capyctl.core.location import HttpsTree
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError

ANYWHERE = HttpsTree(base="https://x.example", label="l", channel="latest", components_file="c.yaml")


def put(base: Path, label: str, version: str, name: str, text: str = "a: 1\n") -> None:
    path = base / label / version / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_an_override_replaces_the_file_of_its_label_and_version(tmp_path: Path) -> None:
    put(tmp_path, "infrastructure-aws", "v2.7.1", "metadata.yaml", "mine: true\n")
    source = OverrideFolder(tmp_path).source("infrastructure-aws")
    answer = source.file(ANYWHERE, "v2.7.1", "metadata.yaml")
    assert answer.value.data == b"mine: true\n"
    assert [(item.route, item.outcome) for item in answer.evidence] == [("override", Outcome.FOUND)]


@pytest.mark.parametrize(
    ("label", "version", "name"),
    [
        ("bootstrap-kubeadm", "v2.7.1", "metadata.yaml"),
        ("infrastructure-aws", "2.7.1", "metadata.yaml"),
        ("infrastructure-aws", "v2.7.1", "other.yaml"),
        ("infrastructure-aws", "../infrastructure-aws/v2.7.1", "metadata.yaml"),
        ("infrastructure-aws", "..", "metadata.yaml"),
        ("infrastructure-aws", "v2.7.1/../v2.7.1", "metadata.yaml"),
    ],
)
def test_anything_else_has_no_override(tmp_path: Path, label: str, version: str, name: str) -> None:
    put(tmp_path, "infrastructure-aws", "v2.7.1", "metadata.yaml")
    put(tmp_path, "infrastructure-aws", ".", "metadata.yaml")
    put(tmp_path, ".", ".", "metadata.yaml")
    folder = OverrideFolder(tmp_path)
    with pytest.raises(AbsentError) as caught:
        folder.source(label).file(ANYWHERE, version, name)
    assert caught.value.evidence.outcome is Outcome.ABSENT
    assert folder.used() == ()


def test_used_and_unused_files_are_told_apart(tmp_path: Path) -> None:
    put(tmp_path, "infrastructure-aws", "v2.7.1", "metadata.yaml")
    put(tmp_path, "infrastructure-aws", "v2.7.0", "metadata.yaml")
    put(tmp_path, "bootstrap-kubeadm", "v1.9.0", "bootstrap-components.yaml")
    put(tmp_path, "bootstrap-kubeadm", "v1.9.0", ".hidden")
    folder = OverrideFolder(tmp_path)
    folder.source("infrastructure-aws").file(ANYWHERE, "v2.7.1", "metadata.yaml")
    assert [(file.label, file.version, file.name) for file in folder.used()] == [
        ("infrastructure-aws", "v2.7.1", "metadata.yaml")
    ]
    assert [(file.label, file.version, file.name) for file in folder.unused()] == [
        ("bootstrap-kubeadm", "v1.9.0", "bootstrap-components.yaml"),
        ("infrastructure-aws", "v2.7.0", "metadata.yaml"),
    ]


def test_a_folder_that_does_not_exist_has_no_overrides(tmp_path: Path) -> None:
    folder = OverrideFolder(tmp_path / "none")
    assert folder.files() == ()
    with pytest.raises(AbsentError):
        folder.source("infrastructure-aws").file(ANYWHERE, "v1.0.0", "metadata.yaml")


def test_a_relative_folder_works_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "o", "infrastructure-aws", "v1.0.0", "metadata.yaml")
    monkeypatch.chdir(tmp_path)
    folder = OverrideFolder(Path("o"))
    answer = folder.source("infrastructure-aws").file(ANYWHERE, "v1.0.0", "metadata.yaml")
    assert answer.value.url == (tmp_path / "o/infrastructure-aws/v1.0.0/metadata.yaml").as_uri()
    assert folder.unused() == ()
    with pytest.raises(AbsentError):
        folder.source("infrastructure-aws").file(ANYWHERE, "../x", "metadata.yaml")


def test_a_folder_in_the_place_of_the_file_is_bad(tmp_path: Path) -> None:
    (tmp_path / "infrastructure-aws/v1.0.0/metadata.yaml").mkdir(parents=True)
    with pytest.raises(BadAnswerError):
        OverrideFolder(tmp_path).source("infrastructure-aws").file(ANYWHERE, "v1.0.0", "metadata.yaml")


def test_an_empty_override_is_bad_and_not_unused(tmp_path: Path) -> None:
    put(tmp_path, "infrastructure-aws", "v1.0.0", "metadata.yaml", "")
    folder = OverrideFolder(tmp_path)
    with pytest.raises(BadAnswerError) as caught:
        folder.source("infrastructure-aws").file(ANYWHERE, "v1.0.0", "metadata.yaml")
    assert caught.value.evidence.failure == "empty"
    assert folder.unused() == ()
