"""Local repositories: layout, both spellings of a version, what each absence says (F09, F10, F11, W-24)."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from capyctl.adapters.local_files import FILE_LIMIT, is_plain_segment
from capyctl.adapters.local_tree import LocalTreeSource
from capyctl.core.evidence import Outcome, Question
from capyctl.core.location import HttpsTree, LocalTree
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, UnavailableError

LABEL = "infrastructure-docker"


def tree(base: Path) -> LocalTree:
    return LocalTree(
        base=str(base), label=LABEL, channel="latest", components_file="infrastructure-components.yaml"
    )


def put(base: Path, version: str, name: str, content: bytes = b"a: 1\n") -> Path:
    path = base / LABEL / version / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_folders_named_for_versions_are_listed_as_they_are_spelled(tmp_path: Path) -> None:
    put(tmp_path, "v1.0.0", "metadata.yaml", b"12345")
    put(tmp_path, "1.0.1", "infrastructure-components.yaml")
    for other in ("latest", "v1.2", "notes"):
        put(tmp_path, other, "metadata.yaml")
    (tmp_path / LABEL / "v9.9.9").write_text("a file, not a folder")
    answer = LocalTreeSource().versions(tree(tmp_path))
    assert {(item.tag, item.assets) for item in answer.value} == {
        ("v1.0.0", (("metadata.yaml", 5),)),
        ("1.0.1", (("infrastructure-components.yaml", 5),)),
    }
    (evidence,) = answer.evidence
    assert (evidence.route, evidence.question, evidence.outcome) == (
        "local",
        Question.VERSIONS,
        Outcome.FOUND,
    )
    assert evidence.url == (tmp_path / LABEL).as_uri()


@pytest.mark.parametrize(("folder", "asked"), [("v1.0.0", "1.0.0"), ("1.0.0", "v1.0.0"), ("1.0.0", "1.0.0")])
def test_a_version_is_found_in_either_spelling(tmp_path: Path, folder: str, asked: str) -> None:
    path = put(tmp_path, folder, "metadata.yaml", b"kind: Metadata\n")
    answer = LocalTreeSource().file(tree(tmp_path), asked, "metadata.yaml")
    assert answer.value.data == b"kind: Metadata\n"
    assert answer.value.url == path.as_uri()
    digest = hashlib.sha256(b"kind: Metadata\n").hexdigest()
    assert answer.value.sha256 == answer.evidence[0].sha256 == digest
    assert answer.evidence[0].size == 15


def test_the_exact_spelling_wins_where_both_exist(tmp_path: Path) -> None:
    put(tmp_path, "v1.0.0", "metadata.yaml", b"with: v\n")
    put(tmp_path, "1.0.0", "metadata.yaml", b"without: v\n")
    source = LocalTreeSource()
    assert source.file(tree(tmp_path), "v1.0.0", "metadata.yaml").value.data == b"with: v\n"
    assert source.file(tree(tmp_path), "1.0.0", "metadata.yaml").value.data == b"without: v\n"


def test_a_missing_base_folder_is_named_with_the_layout(tmp_path: Path) -> None:
    with pytest.raises(AbsentError) as caught:
        LocalTreeSource().versions(tree(tmp_path / "nowhere"))
    assert caught.value.evidence.failure == "base-missing"
    assert str(tmp_path / "nowhere") in caught.value.reason
    assert "{base}/{label}/{version}/{file}" in caught.value.reason


def test_a_missing_label_folder_shows_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "infrastructure-aws").mkdir()
    for ask in (
        lambda: LocalTreeSource().versions(tree(tmp_path)),
        lambda: LocalTreeSource().file(tree(tmp_path), "v1.0.0", "metadata.yaml"),
    ):
        with pytest.raises(AbsentError) as caught:
            ask()
        assert caught.value.evidence.failure == "label-missing"
        assert caught.value.evidence.outcome is Outcome.ABSENT
        assert "infrastructure-aws" in caught.value.reason


def test_no_version_folder_shows_what_is_there(tmp_path: Path) -> None:
    put(tmp_path, "latest", "metadata.yaml")
    with pytest.raises(AbsentError) as caught:
        LocalTreeSource().versions(tree(tmp_path))
    assert caught.value.evidence.failure == "no-version-folders"
    assert "latest" in caught.value.reason


def test_a_missing_version_shows_what_is_there(tmp_path: Path) -> None:
    put(tmp_path, "v0.3.7", "metadata.yaml")
    with pytest.raises(AbsentError) as caught:
        LocalTreeSource().file(tree(tmp_path), "v0.3.8", "metadata.yaml")
    assert caught.value.evidence.failure == "version-missing"
    assert "v0.3.7" in caught.value.reason


def test_a_missing_file_shows_what_is_beside_it(tmp_path: Path) -> None:
    put(tmp_path, "v0.3.8", "infrastructure-components.yaml")
    with pytest.raises(AbsentError) as caught:
        LocalTreeSource().file(tree(tmp_path), "v0.3.8", "metadata.yaml")
    assert caught.value.evidence.failure == "file-missing"
    assert "infrastructure-components.yaml" in caught.value.reason


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("../v1.0.0", "metadata.yaml"),
        ("..", "metadata.yaml"),
        ("v1.0.0", "../../secret"),
        ("/etc", "passwd"),
        ("v1.0.0\\..", "metadata.yaml"),
        ("v1.0.0\0", "metadata.yaml"),
        ("C:", "metadata.yaml"),
        ("", "metadata.yaml"),
        ("v1.0.0", ""),
        ("v1.0.0" + "0" * 300, "metadata.yaml"),
    ],
)
def test_names_that_lead_elsewhere_are_absent_and_touch_nothing(tmp_path: Path, tag: str, name: str) -> None:
    base = tmp_path / "base"
    put(base, "v1.0.0", "metadata.yaml")
    (tmp_path / "secret").write_text("a: secret\n")
    with pytest.raises(AbsentError) as caught:
        LocalTreeSource().file(tree(base), tag, name)
    assert caught.value.evidence.url == (base / LABEL).as_uri()


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "lfs-pointer"),
        (b"<!DOCTYPE html><html></html>", "html"),
    ],
)
def test_a_file_of_the_wrong_kind_is_bad(tmp_path: Path, content: bytes, failure: str) -> None:
    put(tmp_path, "v1.0.0", "metadata.yaml", content)
    with pytest.raises(BadAnswerError) as caught:
        LocalTreeSource().file(tree(tmp_path), "v1.0.0", "metadata.yaml")
    assert caught.value.evidence.failure == failure
    assert caught.value.evidence.outcome is Outcome.BAD
    assert caught.value.evidence.size == len(content)


def test_a_file_beyond_the_limit_is_bad(tmp_path: Path) -> None:
    path = put(tmp_path, "v1.0.0", "metadata.yaml")
    os.truncate(path, FILE_LIMIT + 1)
    with pytest.raises(BadAnswerError) as caught:
        LocalTreeSource().file(tree(tmp_path), "v1.0.0", "metadata.yaml")
    assert caught.value.evidence.failure == "too-large"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    put(tmp_path, "v1.0.0", "other.yaml")
    os.mkfifo(tmp_path / LABEL / "v1.0.0" / "metadata.yaml")
    with pytest.raises(BadAnswerError) as caught:
        LocalTreeSource().file(tree(tmp_path), "v1.0.0", "metadata.yaml")
    assert caught.value.evidence.failure == "malformed"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_no_absence(tmp_path: Path) -> None:
    put(tmp_path, "v1.0.0", "metadata.yaml")
    (tmp_path / LABEL).chmod(0)
    try:
        with pytest.raises(UnavailableError) as caught:
            LocalTreeSource().versions(tree(tmp_path))
    finally:
        (tmp_path / LABEL).chmod(0o755)
    assert caught.value.evidence.failure == "unreadable"


@pytest.mark.parametrize("base", ["x" * 300, "a\0b"])
def test_a_place_that_cannot_be_looked_at_is_no_absence(tmp_path: Path, base: str) -> None:
    source, place = LocalTreeSource(), tree(tmp_path / base)
    with pytest.raises(UnavailableError):
        source.versions(place)
    with pytest.raises(UnavailableError) as caught:
        source.file(place, "v1.0.0", "metadata.yaml")
    assert caught.value.evidence.failure == "unreadable"


def test_a_directory_loop_of_links_is_unavailable_not_a_crash(tmp_path: Path) -> None:
    put(tmp_path, "v1.0.0", "other.yaml")
    link = tmp_path / LABEL / "v1.0.0" / "metadata.yaml"
    link.symlink_to(link)
    with pytest.raises(UnavailableError) as caught:
        LocalTreeSource().file(tree(tmp_path), "v1.0.0", "metadata.yaml")
    assert caught.value.evidence.failure == "unreadable"


def test_another_kind_of_location_is_a_fault_of_ours() -> None:
    other = HttpsTree(base="https://x.example", label="l", channel="latest", components_file="c")
    with pytest.raises(TypeError):
        LocalTreeSource().versions(other)


@pytest.mark.parametrize("text", ["v1.0.0", "v1.0.0-rc.1+build.5", "metadata.yaml", "0.1.0-alpha"])
def test_ordinary_names_are_plain_segments(text: str) -> None:
    assert is_plain_segment(text)


@pytest.mark.parametrize("text", [" v1", "v1\n", "a/b", "a\\b", "a:b", "\x1b[0m", "*", ".", ".."])
def test_other_texts_are_not(text: str) -> None:
    assert not is_plain_segment(text)
