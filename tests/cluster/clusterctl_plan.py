"""The tables that real ``clusterctl upgrade plan`` prints."""

from __future__ import annotations

Plans = dict[str, dict[str, str | None]]
"""By contract, then by provider: the next version, None where it is up to date."""


def clusterctl_plans(text: str) -> Plans:
    """The tables in what was printed."""
    found: Plans = {}
    contract = ""
    for line in text.splitlines():
        if line.startswith("Latest release available for the "):
            contract = line.split()[5]
            found[contract] = {}
        cells = [cell.strip() for cell in line.split("   ") if cell.strip()]
        if contract and len(cells) == 5 and cells[0] != "NAME":
            found[contract][cells[0]] = None if cells[4] == "Already up to date" else cells[4]
    return found
