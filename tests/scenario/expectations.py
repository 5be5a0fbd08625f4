"""The table fixtures/scenarios/expectations.yaml, as values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from msgspec import Struct, field

from capyctl.core.codes import ALL_CODES

_FILE = Path(__file__).resolve().parents[2] / "fixtures" / "scenarios" / "expectations.yaml"
_CODES = {code.name: code.code for code in ALL_CODES}
_DIAGNOSE_STATUS = {"sound": 0, "degraded": 0, "broken": 1, "undetermined": 3}


class Expectation(Struct, frozen=True, kw_only=True):
    """What a scenario must bring out; the fields are explained at the head of the table."""

    version: str | None
    status: int
    verdict: str
    root: str | None
    init: int | None = None
    generate: int | None = None
    says: str | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)
    rest: int | None = None
    lists: int | None = None

    def statuses(self) -> dict[str, int]:
        """The exit status of each command (cli.md 3)."""
        return {
            "resolve": self.status,
            "init": self.status if self.init is None else self.init,
            "generate": self.status if self.generate is None else self.generate,
            "diagnose": _DIAGNOSE_STATUS[self.verdict],
        }

    @property
    def root_code(self) -> str | None:
        """The code that ``diagnose-provider`` puts first."""
        return _CODES[self.root] if self.root else None

    @property
    def resolve_code(self) -> str | None:
        """The code that ``resolve`` puts first."""
        name = self.root if self.says is None else self.says
        return _CODES[name] if name else None

    @property
    def note_codes(self) -> set[str]:
        """Codes that must be there as well."""
        return {_CODES[name] for name in self.notes}


def expectations() -> Mapping[str, Expectation]:
    """The whole table, by scenario."""
    loaded = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {name: _expectation(row) for name, row in loaded.items()}


def _expectation(row: dict[str, object]) -> Expectation:
    notes = row.pop("notes", [])
    assert isinstance(notes, list)
    return Expectation(**row, notes=tuple(notes))  # type: ignore[arg-type]
