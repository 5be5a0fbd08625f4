"""The answer of a service."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from capyctl.app.folding import fold_failures
from capyctl.app.ways_out import with_ways_out
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.exit_status import ExitStatus
from capyctl.core.status_rules import status_of
from capyctl.wiring.notes import cache_warnings, common_notes

if TYPE_CHECKING:
    from capyctl.wiring.world import World

T = TypeVar("T")


class Served(Struct, Generic[T], frozen=True, kw_only=True):
    """What a service found, all that is to be said about it, all that was asked, and the status (cli.md 3)."""

    found: T
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...]
    status: ExitStatus


def served(world: World, found: T, said: Iterable[Diagnostic], asked: tuple[Evidence, ...]) -> Served[T]:
    """The answer of a service: failures of one source folded, what every run says added, ways out to each."""
    folded = fold_failures((*said, *common_notes(world, asked)))
    diagnostics = with_ways_out(folded, world.invocation)
    return Served(found=found, diagnostics=diagnostics, evidence=asked, status=status_of(diagnostics))


def served_beside_providers(
    world: World, found: T, said: Iterable[Diagnostic], *, used_cache: bool
) -> Served[T]:
    """The answer of a service that asks nothing about providers: what concerns only them is not said.

    ``used_cache``: whether the answer would be another one, or go without something, if there were no cache.
    """
    warned = cache_warnings(world) if used_cache else ()
    diagnostics = with_ways_out((*said, *world.notes, *warned), world.invocation)
    return Served(
        found=found, diagnostics=diagnostics, evidence=world.evidence(), status=status_of(diagnostics)
    )
