"""The edit that names another provider, or a version, in a spec file: there no reference can be typed (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from msgspec.structs import replace

from capyctl.core.address_edit import unified_edit
from capyctl.core.diagnostics import Edit
from capyctl.core.lock_spec import SpecError, SpecProvider, read_spec
from capyctl.core.pattern import pattern
from capyctl.core.requirement import Requirement
from capyctl.core.spec_entry import SpecEntry
from capyctl.core.yaml_tree import Place

_HARMLESS: Final = pattern(r"[^#]*$")
"""A line without a comment: only there could something stand that a spec does not say."""
_VERSION_KEY: Final = pattern(r", *version: *\Z")


def version_edit(entry: SpecEntry, tag: str) -> Edit | None:
    """The edit that pins the entry's provider to a tag; None where the file cannot be edited by lines."""
    return _edit(
        entry,
        _with_version(entry, tag),
        lambda old: replace(
            old,
            reference=replace(old.reference, version=tag),
            requirement=replace(old.requirement, tag=tag, constraint=None),
        ),
    )


def unpinning_edit(entry: SpecEntry) -> Edit | None:
    """The edit that leaves the version to be chosen, in place of the one tag that the entry names."""
    return _edit(
        entry,
        _without_version(entry),
        lambda old: replace(
            old,
            reference=replace(old.reference, version=None),
            requirement=replace(old.requirement, tag=None),
        ),
    )


def name_edit(entry: SpecEntry, name: str) -> Edit | None:
    """The edit that names another provider and leaves its version as it is."""
    return _edit(
        entry,
        _replaced(entry, entry.name_place, entry.name, name),
        lambda old: replace(old, reference=replace(old.reference, name=name)),
    )


def _edit(
    entry: SpecEntry, candidates: Iterator[list[str]], change: Callable[[SpecProvider], SpecProvider]
) -> Edit | None:
    """The first candidate that, read as a spec, says what was said before with this one change."""
    before = entry.text.splitlines(keepends=True)
    wanted = [
        _meaning(change(each) if each.reference.spec_entry == entry else each)
        for each in _read(entry, entry.text)
    ]
    for after in candidates:
        if [_meaning(each) for each in _read(entry, "".join(after))] == wanted:
            return unified_edit(entry.file, before, after, _HARMLESS())
    return None


def _meaning(provider: SpecProvider) -> tuple[str, str | None, Requirement]:
    return provider.reference.name, provider.reference.version, provider.requirement


def _read(entry: SpecEntry, text: str) -> tuple[SpecProvider, ...]:
    try:
        return read_spec(text.encode(), entry.file).providers
    except SpecError:
        return ()


def _with_version(entry: SpecEntry, tag: str) -> Iterator[list[str]]:
    if entry.version_place is not None:
        yield from _replaced(entry, entry.version_place, None, tag)
    elif entry.key_column is None:
        yield from _replaced(entry, entry.name_place, entry.written, f"{entry.name}:{tag}")
    else:
        yield from _inserted(entry, entry.key_column, tag)


def _without_version(entry: SpecEntry) -> Iterator[list[str]]:
    if entry.version_place is None:
        yield from _replaced(entry, entry.name_place, entry.written, entry.name)
        return
    lines, place = entry.text.splitlines(keepends=True), entry.version_place
    index = place.line - 1
    if place.line != place.end_line or place.line > len(lines):
        return
    line = lines[index]
    if line.lstrip().startswith("version:"):
        yield [*lines[:index], *lines[index + 1 :]]
    key = _VERSION_KEY().search(line[: place.column - 1])
    if key is not None:
        yield [*lines[:index], f"{line[: key.start()]}{line[place.end_column - 1 :]}", *lines[index + 1 :]]


def _replaced(entry: SpecEntry, place: Place, old: str | None, new: str) -> Iterator[list[str]]:
    """The lines with ``new`` in the place of ``old``, or of all that stands there."""
    lines = entry.text.splitlines(keepends=True)
    if place.line != place.end_line or place.line > len(lines):
        return
    line = lines[place.line - 1]
    begin, end = place.column - 1, place.end_column - 1
    there = line[begin:end]
    put = new if old is None else there.replace(old, new)
    lines[place.line - 1] = f"{line[:begin]}{put}{line[end:]}"
    yield lines


def _inserted(entry: SpecEntry, column: int, tag: str) -> Iterator[list[str]]:
    """The lines with the key ``version`` after the provider: on a line of its own, or between braces."""
    lines, place = entry.text.splitlines(keepends=True), entry.name_place
    if place.line != place.end_line or place.line > len(lines):
        return
    own = f"{' ' * (column - 1)}version: {tag}\n"
    whole = lines[place.line - 1].endswith("\n")
    yield [*lines[: place.line], own, *lines[place.line :]] if whole else []
    line, end = lines[place.line - 1], place.end_column - 1
    yield [
        *lines[: place.line - 1],
        f"{line[:end]}, version: {tag}{line[end:]}",
        *lines[place.line :],
    ]
