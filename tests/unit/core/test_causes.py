"""Chains of causes stay whole when a link is exchanged."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.causes import exchanged, root_of
from capyctl.core.diagnostics import Diagnostic, Severity


def diagnostic(detail: str, cause: Diagnostic | None = None) -> Diagnostic:
    return Diagnostic(code=codes.NO_VERSION, severity=Severity.ERROR, detail=detail, caused_by=cause)


ROOT = diagnostic("root")
MIDDLE = diagnostic("middle", ROOT)
LEAF = diagnostic("leaf", MIDDLE)


def test_the_root_of_a_chain() -> None:
    assert root_of(LEAF) is ROOT
    assert root_of(ROOT) is ROOT


def test_nothing_exchanged_is_nothing_changed() -> None:
    assert exchanged((LEAF, MIDDLE, ROOT), {}) == (LEAF, MIDDLE, ROOT)


def test_a_consequence_names_the_new_cause_however_far_and_wherever_it_stands() -> None:
    new = replace(ROOT, detail="new")
    leaf, middle, root = exchanged((LEAF, MIDDLE, ROOT), {ROOT: new})
    assert root is new
    assert middle.caused_by is new
    assert leaf.caused_by is middle


def test_a_cause_that_nobody_listed_is_exchanged_all_the_same() -> None:
    new = replace(ROOT, detail="new")
    [leaf] = exchanged((LEAF,), {ROOT: new})
    assert root_of(leaf) is new


def test_several_exchanged_for_one_are_told_once() -> None:
    other, whole = diagnostic("other root"), diagnostic("both")
    found = exchanged((ROOT, other, diagnostic("of the other", other)), {ROOT: whole, other: whole})
    assert len(found) == 2
    assert found[0] is whole
    assert found[1].caused_by is whole
