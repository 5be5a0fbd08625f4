"""Edits of a spec file: applied by ``patch`` as a user would, they say what was meant and change nothing else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from capyctl.core.diagnostics import Edit
from capyctl.core.lock_spec import SpecProvider, read_spec
from capyctl.core.spec_edit import name_edit, unpinning_edit, version_edit
from capyctl.core.spec_entry import SpecEntry

HEAD = "format: capyctl-spec/1\nproviders:\n- cluster-api\n"
TAIL = "- ipam-in-cluster:v1.0.0\nkubernetes: [stable-1.34]\n"
ACME = "infrastructure-acme"


def entry_of(text: str) -> SpecEntry:
    found = read_spec(text.encode(), "spec.yaml").providers[1].reference.spec_entry
    assert found is not None
    return found


def edited(folder: Path, text: str, make: Callable[[SpecEntry], Edit | None]) -> str:
    """The text after the edit was applied."""
    edit = make(entry_of(text))
    assert edit is not None
    path = folder / edit.file
    path.write_bytes(text.encode())
    program = shutil.which("patch")
    assert program, "patch is needed to apply an edit as a user would"
    subprocess.run(
        [program, "--force", str(path)], input=edit.patch.encode(), check=True, capture_output=True
    )
    return path.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- infrastructure-acme\n", "- infrastructure-acme:v1.2.0\n"),
        ("- infrastructure-acme:1.2.0\n", "- infrastructure-acme:v1.2.0\n"),
        ("- 'infrastructure-acme' # ours\n", "- 'infrastructure-acme:v1.2.0' # ours\n"),
        (
            '- provider: infrastructure-acme\n  version: "1.2.0"\n',
            "- provider: infrastructure-acme\n  version: v1.2.0\n",
        ),
        (
            "- version: '>=1 <2'\n  provider: infrastructure-acme\n",
            "- version: v1.2.0\n  provider: infrastructure-acme\n",
        ),
        (
            "- provider: infrastructure-acme\n  contract: v1beta1\n",
            "- provider: infrastructure-acme\n  version: v1.2.0\n  contract: v1beta1\n",
        ),
        ("- {provider: infrastructure-acme}\n", "- {provider: infrastructure-acme, version: v1.2.0}\n"),
        (
            "- {provider: infrastructure-acme, allow-prerelease: true}\n",
            "- {provider: infrastructure-acme, version: v1.2.0, allow-prerelease: true}\n",
        ),
    ],
)
def test_a_version_is_named_where_the_entry_would_name_it(tmp_path: Path, before: str, after: str) -> None:
    assert (
        edited(tmp_path, HEAD + before + TAIL, lambda each: version_edit(each, "v1.2.0"))
        == HEAD + after + TAIL
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- infrastructure-acme:v1.3.0\n", "- infrastructure-acme\n"),
        ("- provider: infrastructure-acme\n  version: v1.3.0\n", "- provider: infrastructure-acme\n"),
        ('- {provider: infrastructure-acme, version: "1.3.0"}\n', "- {provider: infrastructure-acme}\n"),
        (
            "- {provider: infrastructure-acme, version: v1.3.0, contract: v1beta1}\n",
            "- {provider: infrastructure-acme, contract: v1beta1}\n",
        ),
    ],
)
def test_a_version_is_taken_back(tmp_path: Path, before: str, after: str) -> None:
    assert edited(tmp_path, HEAD + before + TAIL, unpinning_edit) == HEAD + after + TAIL


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- acme:v1.3.0\n", "- infrastructure-acme:v1.3.0\n"),
        ('- provider: "acme"\n  version: "1.2"\n', '- provider: "infrastructure-acme"\n  version: "1.2"\n'),
    ],
)
def test_another_provider_is_named_and_its_version_stays(tmp_path: Path, before: str, after: str) -> None:
    assert edited(tmp_path, HEAD + before + TAIL, lambda each: name_edit(each, ACME)) == HEAD + after + TAIL


def test_the_last_line_may_lack_its_end(tmp_path: Path) -> None:
    text = f"{HEAD}- infrastructure-acme"
    assert edited(tmp_path, text, lambda each: version_edit(each, "v1.2.0")) == f"{text}:v1.2.0"


def test_a_comment_beside_the_entry_is_not_repeated() -> None:
    edit = version_edit(entry_of(f"{HEAD}# hush\n- infrastructure-acme\n"), "v1.2.0")
    assert edit is not None
    assert "hush" not in edit.patch


@pytest.mark.parametrize(
    "text",
    [
        (HEAD + "- infrastructure-acme\n").replace("\n", "\r\n"),
        "\ufeff" + HEAD + "- infrastructure-acme\n",
        HEAD + '- "infrastructure-\\\n  acme"\n',
        HEAD + '- {provider: "infrastructure-\\\n  acme"}\n',
        HEAD + "- provider: infrastructure-acme\n  version: >-\n    1.2.0\n",
    ],
    ids=["CRLF", "BOM", "two lines", "two lines in braces", "a block"],
)
def test_what_lines_cannot_say_is_left_to_a_person(text: str) -> None:
    assert version_edit(entry_of(text), "v1.2.0") is None
    assert name_edit(entry_of(text), ACME) is None or "version" in text
    assert unpinning_edit(entry_of(text)) is None


@pytest.mark.parametrize("version", ["version: >-\n    v1.2.0", "version:\n    v1.2.0", "version: v1.2.0\r"])
def test_a_version_on_several_lines_is_not_taken_back(version: str) -> None:
    assert unpinning_edit(entry_of(f"{HEAD}- provider: infrastructure-acme\n  {version}\n")) is None


def test_nor_is_one_that_comes_first_between_braces() -> None:
    entry = entry_of(HEAD + "- {version: v1.2.0, provider: infrastructure-acme}\n")
    assert unpinning_edit(entry) is None


def test_a_spec_of_its_own_text_is_not_repeated_in_messages() -> None:
    assert "cluster-api" not in repr(entry_of(HEAD + "- infrastructure-acme\n"))


def test_providers_of_a_spec_know_their_place() -> None:
    first, *_ = read_spec((HEAD + TAIL).encode(), "s.yaml").providers
    assert isinstance(first, SpecProvider)
    entry = first.reference.spec_entry
    assert entry is not None
    assert (entry.file, entry.name, entry.name_place.line, entry.name_place.column) == (
        "s.yaml",
        "cluster-api",
        3,
        3,
    )
