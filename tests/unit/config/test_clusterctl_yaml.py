"""The configuration file: search, formats, case, errors (clusterctl-resolution 2.1, 2.2, W-28)."""

from __future__ import annotations

from pathlib import Path

import pytest

from capyctl.config.clusterctl_yaml import Configuration, load_configuration
from capyctl.config.paths import Places, Platform, places
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.setting import FileState
from capyctl.ports.fetch_errors import AbsentError


def never(address: str) -> bytes:
    raise AssertionError(address)


def search(home: Path) -> Configuration:
    return load_configuration(None, _places(home), Platform.LINUX, never)


def _places(home: Path) -> Places:
    return places(lambda _: None, Platform.LINUX, str(home))


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def given(path: str) -> Configuration:
    return load_configuration(
        path, Places(configuration=(), overrides=(), go_env=None, cache=None), Platform.LINUX, never
    )


def test_no_file_at_all_is_no_problem(tmp_path: Path) -> None:
    found = search(tmp_path)
    assert (found.path, found.problems) == (None, ())
    assert {file.state for file in found.files} == {FileState.ABSENT}
    assert len(found.files) == 24


def test_the_first_file_wins_and_the_others_are_shadowed(tmp_path: Path) -> None:
    legacy = write(tmp_path / ".cluster-api/clusterctl.yaml", "a: legacy")
    yml = write(tmp_path / ".config/cluster-api/clusterctl.yml", "a: yml")
    yaml = write(tmp_path / ".config/cluster-api/clusterctl.yaml", "a: yaml")
    assert search(tmp_path).text("a") == "yaml"
    json = write(tmp_path / ".config/cluster-api/clusterctl.json", '{"a": "json"}')
    found = search(tmp_path)
    assert (found.path, found.text("A")) == (json, "json")
    states = {file.path: file.state for file in found.files}
    assert states[json] is FileState.USED
    assert states[yaml] is states[yml] is states[legacy] is FileState.SHADOWED
    assert len(found.files) == 24
    assert found.files[0].path == json


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.yaml", "GitHub-Token: t\nNumber: 010\nNothing: null\nMap: {A: 1}\n"),
        ("c.yml", "GitHub-Token: t\nNumber: 8\nNothing:\nMap: {A: 1}\n"),
        ("c.json", '{"GitHub-Token": "t", "Number": 8, "Nothing": null, "Map": {"A": 1}}'),
        ("c.toml", 'GitHub-Token = "t"\nNumber = 8\n[Map]\nA = 1\n'),
    ],
)
def test_formats_and_case(tmp_path: Path, name: str, text: str) -> None:
    found = given(write(tmp_path / name, text))
    assert found.problems == ()
    assert found.text("github-token") == found.text("GITHUB-TOKEN") == "t"
    assert found.text("number") == "8"
    assert found.text("nothing") is None
    assert found.text("map") == ""
    assert found.text("missing") is None
    assert found.section("missing") is None


@pytest.mark.parametrize("name", ["c.env", "c.dotenv"])
def test_dotenv(tmp_path: Path, name: str) -> None:
    found = given(write(tmp_path / name, "GITHUB_TOKEN=t\n"))
    assert found.text("github_token") == "t"
    assert found.span("github_token") is None


def test_places_in_yaml(tmp_path: Path) -> None:
    path = write(tmp_path / "c.yaml", "a: 1\noverridesFolder: /x\n")
    span = given(path).span("overridesfolder")
    assert span is not None
    assert (span.file, span.line, span.column) == (path, 2, 18)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null\n"])
def test_an_empty_file_says_nothing(tmp_path: Path, text: str) -> None:
    found = given(write(tmp_path / "c.yaml", text))
    assert (dict(found.values), found.problems) == ({}, ())


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("c.yaml", "a: [", "c.yaml"),
        ("c.yaml", "- a\n", "no mapping"),
        ("c.yaml", "a: 1\nb: 2\na: 3\n", "'a' stands there twice"),
        ("c.yaml", "a: \x00", "c.yaml"),
        ("c.json", "{", "not valid JSON"),
        ("c.json", "[]", "no mapping"),
        ("c.json", "[" * 100_000, "nests too deeply"),
        ("c.toml", "a", "not valid TOML"),
        ("c.env", "what is this", "line 1"),
        ("c.ini", "a=1", "'ini'"),
        ("c.properties", "a=1", "'properties'"),
        ("c", "a: 1", "''"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, text: str, words: str) -> None:
    found = given(write(tmp_path / name, text))
    assert [problem.code.code for problem in found.problems] == ["CAPY0110"]
    assert words in found.problems[0].detail
    assert found.path is None
    assert [file.state for file in found.files] == [FileState.UNREADABLE]


def test_a_repeated_key_is_shown_where_it_stands(tmp_path: Path) -> None:
    found = given(write(tmp_path / "c.yaml", "a: 1\nb: 2\na: 3\n"))
    assert [(span.line, span.column) for span in found.problems[0].spans] == [(3, 1)]


def test_invalid_utf_8(tmp_path: Path) -> None:
    for name in ("c.json", "c.yaml"):
        (tmp_path / name).write_bytes(b'{"a": "\xff"}')
        assert given(str(tmp_path / name)).problems


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(b" " * (4 * 1024 * 1024 + 1))
    assert "larger than 4 MiB" in given(str(tmp_path / "c.json")).problems[0].detail


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    found = given(str(tmp_path / "c.yaml"))
    assert "does not exist" in found.problems[0].detail
    assert [file.state for file in found.files] == [FileState.ABSENT]
    assert given(str(tmp_path)).problems


def test_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "c.yaml", "a: 1")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    found = given(path)
    assert "Permission denied" in found.problems[0].detail


@pytest.mark.parametrize("name", ["x" * 300, "loop", "a\0b"])
def test_a_named_file_that_cannot_be_looked_at_is_not_said_to_be_absent(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    found = given(str(tmp_path / name))
    assert "it cannot be read: " in found.problems[0].detail
    assert found.files[0].state is FileState.UNREADABLE


def test_a_place_that_cannot_be_looked_at_is_passed_over(tmp_path: Path) -> None:
    """clusterctl goes on wherever its search finds no file; capyctl says why (clusterctl-resolution 2.1)."""
    (tmp_path / ".config").symlink_to("x" * 300)
    path = write(tmp_path / ".cluster-api/clusterctl.yaml", "a: legacy")
    found = search(tmp_path)
    assert (found.path, found.problems) == (path, ())
    assert {file.state for file in found.files} == {FileState.UNREADABLE, FileState.USED, FileState.ABSENT}


def test_a_remote_file_is_read_as_yaml() -> None:
    asked = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return b"a: 1\n"

    nowhere = Places(configuration=(), overrides=(), go_env=None, cache=None)
    found = load_configuration("https://u:pw@example.com/c", nowhere, Platform.LINUX, fetch)
    assert found.text("a") == "1"
    assert found.path == "https://example.com/c"
    assert asked == ["https://u:pw@example.com/c"]


def test_a_remote_file_over_plain_http_is_refused() -> None:
    found = given("http://example.com/c.yaml")
    assert "https only" in found.problems[0].detail


def test_a_remote_file_that_is_not_there_cannot_be_read() -> None:
    """As a local one that is not there; any other failure says nothing about the file and is raised."""

    def fetch(address: str) -> bytes:
        evidence = Evidence(route="config", question=Question.FILE, outcome=Outcome.ABSENT, url=address)
        raise AbsentError(evidence, "example.com answered 404")

    nowhere = Places(configuration=(), overrides=(), go_env=None, cache=None)
    found = load_configuration("https://u:pw@example.com/c", nowhere, Platform.LINUX, fetch)
    assert [item.code.code for item in found.problems] == ["CAPY0110"]
    assert "https://example.com/c cannot be used: example.com answered 404" in found.problems[0].detail
