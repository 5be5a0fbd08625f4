"""What a run is told before it reads anything: by the command line, or by a call of the library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from capyctl.config.environment import Environment
from capyctl.core.invocation import Invocation
from capyctl.fetching.transcript import Transcript

if TYPE_CHECKING:
    from capyctl.ports.clock import Clock
    from capyctl.ports.progress import Progress, Waiting

DEADLINE = 30.0
"""Seconds that questions to sources may take in all, where nobody says otherwise (cli.md 2)."""

LONG_DEADLINE = 600.0
"""The same for ``lock`` and ``bundle``, which ask for everything at once."""


class WorldRequest(Struct, frozen=True, kw_only=True):
    """What a run is told before it reads anything.

    Attributes:
        invocation: the command as typed, or the one that does the same, for the commands of fixes.
        config, providers, offline, ca_file, no_cache: as the options of these names (cli.md 2).
        locked, bundle: a lock or a bundle that this run is bound to (cli.md 7.2 and 7.5).
        deadline: seconds. transcript: takes what is asked, also in a run that ends early.
        at_end: is given what has to be closed when the run is over.
        progress: makes the observer of questions; None where nobody watches. waiting: the same for the
            management cluster.
        interactive: whether a person sits at the terminal, for credential plugins of a kubeconfig.
    """

    environment: Environment
    invocation: Invocation
    transcript: Transcript
    at_end: Callable[[Callable[[], None]], object]
    config: str | None = None
    providers: str | None = None
    offline: bool = False
    deadline: float = DEADLINE
    ca_file: str | None = None
    no_cache: bool = False
    locked: str | None = None
    bundle: str | None = None
    progress: Callable[[Clock], Progress] | None = None
    waiting: Callable[[Clock], Waiting | None] | None = None
    interactive: bool = False
