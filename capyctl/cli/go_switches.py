"""Switches as clusterctl takes them: ``--grouping=false`` beside ``--no-grouping`` (cli.md, first paragraph)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


class Switch(Protocol):
    """An option, as far as its spellings go; ``secondary_opts`` turn it off."""

    opts: list[str]
    secondary_opts: list[str]


def without_values(args: Sequence[str], switches: Iterable[Switch]) -> list[str]:
    """The words with every ``--switch=true`` or ``=false`` as the switch itself, its opposite or nothing.

    Another value stays as it is, to be refused by name.
    """
    known = {name: each for each in switches for name in each.opts}
    rest: list[str] = []
    for number, word in enumerate(args):
        if word == "--":
            return [*rest, *args[number:]]
        name, equals, value = word.partition("=")
        switch = known.get(name)
        if switch is None or not equals or value not in _TRUE | _FALSE:
            rest.append(word)
        elif value in _TRUE:
            rest.append(name)
        else:
            rest += switch.secondary_opts[:1]
    return rest
