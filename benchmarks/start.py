"""The start-up rows: beside a bare interpreter, and beside an empty typer command of the same installation."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.installation import Installation
from benchmarks.measuring import Command, bare_environment, in_sequence, interleaved
from benchmarks.table import Row

_CHEAPEST = {
    "--help": ("--help",),
    "version": ("version",),
    "completion of the first word": ("__complete", "bash", "re"),
}
_CHEAP = {
    "resolve --help": ("resolve", "--help"),
    "config repositories": ("config", "repositories"),
    "config repositories -o json": ("config", "repositories", "-o", "json"),
}
_OFFLINE = {
    "resolve --offline, one provider": ("resolve", "--offline", "bootstrap-k0sproject-k0smotron"),
    "init --dry-run --offline": (
        "init", "--bootstrap", "k0sproject-k0smotron", "--dry-run", "--offline",
    ),
}  # fmt: skip


def start_rows(installation: Installation, rounds: int) -> Iterator[Row]:
    """Whole fresh processes, warm page cache, bytecode present."""
    environment = bare_environment()

    def command(*words: str) -> Command:
        return Command(words=words, environment=environment)

    commands = {
        "bare": command(installation.python, "-c", "pass"),
        "empty": command(installation.empty),
        **{
            name: command(installation.capyctl, *words)
            for group in (_CHEAPEST, _CHEAP, _OFFLINE)
            for name, words in group.items()
        },
    }
    found = interleaved({name: in_sequence([one]) for name, one in commands.items()}, rounds)
    bare, empty = found["bare"].seconds, found["empty"].seconds
    for names, beside, other, goal in (
        (_CHEAPEST, bare, "bare interpreter", 2.5),
        (_CHEAP, empty, "empty typer command", 1.3),
        (_OFFLINE, empty, "empty typer command", None),
    ):
        for name in names:
            yield Row(what=name, ours=found[name].seconds, beside=beside, unit="s", other=other, goal=goal)
