"""A registered code: number, name, constant summary and catalogue cases (style C7)."""

from __future__ import annotations

from msgspec import Struct


class Code(Struct, frozen=True, kw_only=True):
    """A registered code.

    Attributes:
        code: ``CAPY`` and four digits. name: kebab-case name of the fault.
        title: the constant summary of every diagnostic with this code; never holds user data.
        cases: ids of the failure catalogue it serves. since: first release. state: ``preview`` or ``stable``.
    """

    code: str
    name: str
    title: str
    cases: tuple[str, ...] = ()
    since: str = "0.1.0"
    state: str = "stable"


def registered(number: str, name: str, title: str, cases: str = "") -> Code:
    """A code for the registry in ``capyctl.core.codes``; ``cases`` are parted by blanks."""
    return Code(code=f"CAPY{number}", name=name, title=title, cases=tuple(cases.split()))
