"""The edit that puts another address into a user's own entry (F12, F17, F22)."""

from __future__ import annotations

import pytest

from capyctl.core.address_edit import address_fix, kind_fix
from capyctl.core.diagnostics import Applicability, Fix, Span

OLD = "https://github.com/old/x/releases/latest/c.yaml"
NEW = "https://github.com/new/x/releases/latest/c.yaml"
TEXT = f"""\
providers:
  - name: x
    type: BootstrapProvider
    url: {OLD}
"""


def fix(
    text: str | None = TEXT, *, line: int = 4, end_line: int | None = None, old: str = OLD, new: str = NEW
) -> Fix:
    span = Span(file="c.yaml", line=line, column=10, end_line=end_line or line, end_column=20)
    return address_fix("use the new name", text=text, span=span, old=old, new=new)


def test_the_line_is_exchanged_as_a_diff() -> None:
    found = fix()
    assert found.applicability is Applicability.SAFE
    assert found.edit is not None
    assert found.edit.file == "c.yaml"
    lines = found.edit.patch.splitlines()
    assert f"-    url: {OLD}" in lines
    assert f"+    url: {NEW}" in lines


def test_a_last_line_without_an_end_is_marked() -> None:
    found = fix(TEXT.removesuffix("\n"))
    assert found.edit is not None
    assert "\\ No newline at end of file" in found.edit.patch


@pytest.mark.parametrize(
    "left",
    [
        fix(None),
        fix(line=9),
        fix(line=3),
        fix(line=3, end_line=4),
        fix(old="https://token@github.com/old/x", text=TEXT.replace(OLD, "https://token@github.com/old/x")),
        fix(new="https://user:secret@github.com/new/x"),
        fix(text=TEXT.replace(OLD, f"{OLD}?token=hush")),
        fix(text=TEXT.replace(f"url: {OLD}", f"{{url: {OLD}, more: 'https://user:hush@host.example/x'}}")),
        address_fix("t", text=TEXT, span=None, old=OLD, new=NEW),
    ],
    ids=[
        "no text",
        "beyond the end",
        "another line",
        "two lines",
        "credential",
        "new credential",
        "query",
        "credential beside it",
        "no place",
    ],
)
def test_what_cannot_be_edited_safely_is_left_to_a_person(left: Fix) -> None:
    assert left.applicability is Applicability.REVIEW
    assert left.edit is None


def test_a_diff_shows_no_line_that_could_hold_a_secret() -> None:
    found = fix(f"TOKEN: hunter2\n{TEXT}PASSWORD: hunter3\n", line=5)
    assert found.edit is not None
    assert "hunter" not in found.edit.patch


@pytest.mark.parametrize("url", ["https://user:hunter2@host.example/x", "https://host.example/x?sig=hunter2"])
def test_a_diff_shows_no_neighbour_s_address_with_a_secret_in_it(url: str) -> None:
    found = fix(f"{TEXT}  - name: y\n    type: BootstrapProvider\n    url: {url}\n")
    assert found.edit is not None
    assert "hunter" not in found.edit.patch


@pytest.mark.parametrize(
    ("text", "line", "added"),
    [
        (TEXT, 4, "+    kind: gitlab"),
        (f"providers:\n- url: {OLD}\n  name: x\n", 2, "+  kind: gitlab"),
        (f"providers:\n  -   url: {OLD}\n      name: x\n", 2, "+      kind: gitlab"),
    ],
)
def test_the_kind_is_a_line_below_the_address(text: str, line: int, added: str) -> None:
    span = Span(file="c.yaml", line=line, column=10, end_line=line, end_column=20)
    found = kind_fix("gitlab", text=text, span=span)
    assert found.applicability is Applicability.REVIEW
    assert found.edit is not None
    assert added in found.edit.patch.splitlines()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (None, 4),
        (TEXT, 9),
        (TEXT, 3),
        (TEXT.removesuffix("\n"), 4),
        (f"providers: [{{url: {OLD}}}]\n", 1),
        (TEXT.replace(OLD, "https://user:secret@host/x"), 4),
    ],
    ids=["no text", "beyond the end", "another line", "no line end", "flow", "credential"],
)
def test_a_kind_that_cannot_be_put_below_stays_words(text: str | None, line: int) -> None:
    span = Span(file="c.yaml", line=line, column=10, end_line=line, end_column=20)
    found = kind_fix("gitlab", text=text, span=span)
    assert found.edit is None
    assert "kind: gitlab" in found.title


def test_a_kind_without_a_place_stays_words() -> None:
    assert kind_fix("gitlab", text=TEXT, span=None).edit is None
