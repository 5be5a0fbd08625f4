"""OCI registries for a run: the same line as its other sources, and the user's docker logins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from capyctl.adapters.docker_credentials import DockerCredentials
from capyctl.adapters.oci_registry import OciRegistry
from capyctl.config.environment import Environment
from capyctl.ports.registry import Registry

if TYPE_CHECKING:
    from capyctl.wiring.network import Network
    from capyctl.wiring.world import World

_HELPER_SECONDS = 30.0
"""How long a credential helper may take: some ask a person, none may hold up a run for ever."""


def open_registry(world: World) -> Registry:
    """The registries of this run; nothing is read or opened before the first question."""
    return registry_of(world.network)


def registry_of(network: Network, *, silence: float | None = None) -> OciRegistry:
    """The same for a run without a world; ``silence`` is borne for so many seconds where the run's are too few."""
    request = network.request
    return OciRegistry(
        client=network.client,
        log=request.transcript,
        clock=network.clock,
        credentials=docker_credentials(request.environment, min(request.deadline, _HELPER_SECONDS)),
        offline=request.offline,
        silence=silence,
    )


def artifact_registry(network: Network, *, asks: bool = True) -> Registry:
    """The registries that providers come from: each question once a run, and with the disk cache behind it.

    ``asks`` is false where the disk cache alone may answer.
    """
    from capyctl.fetching.kept_registry import KeepingRegistry, KeptRegistry, MemoizedRegistry  # noqa: PLC0415

    registry, cache = registry_of(network), network.cache
    mark_of = registry.credentials.mark
    if cache is None:
        return MemoizedRegistry(inner=registry)
    if network.request.offline or not asks:
        kept = KeptRegistry(cache=cache, log=network.request.transcript, mark_of=mark_of)
        return MemoizedRegistry(inner=kept)
    keeping = KeepingRegistry(inner=registry, cache=cache, clock=network.clock, mark_of=mark_of)
    return MemoizedRegistry(inner=keeping)


def docker_credentials(environment: Environment, patience: float) -> DockerCredentials:
    """Logins of ``config.json`` in ``DOCKER_CONFIG``, else in ``~/.docker`` (cli.md 7.5)."""
    named = environment.get("DOCKER_CONFIG")
    home = environment.home
    folder = Path(named) if named else Path(home) / ".docker" if home else None
    return DockerCredentials(
        path=folder / "config.json" if folder else None,
        environment=environment.variables,
        patience=patience,
    )
