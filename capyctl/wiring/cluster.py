"""The management cluster of a run: named by a kubeconfig, reached once something is asked."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from msgspec import Struct

from capyctl.adapters.askers import ThreadedAsker
from capyctl.app.cluster_diagnostics import diagnose_kubeconfig, unverified
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_reading import ApiFailure
from capyctl.core.diagnostics import Diagnostic
from capyctl.ports.cluster import ClusterConnection, KubeconfigError, KubeconfigTrouble
from capyctl.ports.progress import Waiting
from capyctl.report.progress import NoProgress
from capyctl.wiring.cluster_settings import ClusterSettings
from capyctl.wiring.network import proxy_chooser, trust_of
from capyctl.wiring.world import World


class Cluster(Struct, frozen=True, kw_only=True):
    """A management cluster that is named; ``reader`` waits for what passes, ``notes`` are said in every command.

    Attributes:
        waiting: told of what is awaited in the cluster; None where nobody watches.
    """

    reader: ClusterReader
    connection: ClusterConnection
    settings: ClusterSettings
    notes: tuple[Diagnostic, ...] = ()
    waiting: Waiting | None = None


class ClusterNotNamedError(Exception):
    """No management cluster can be named; ``diagnostics`` say why.

    Attributes:
        trouble: of what kind; ``NOTHING_FOUND`` where nothing was named and nothing is there.
    """

    def __init__(self, diagnostics: tuple[Diagnostic, ...], trouble: KubeconfigTrouble) -> None:
        super().__init__("no management cluster can be named")
        self.diagnostics = diagnostics
        self.trouble = trouble


def open_cluster(world: World, settings: ClusterSettings) -> Cluster:
    """Find the cluster; asks nothing. The time that it is waited for counts from here.

    Raises:
        ClusterNotNamedError: as it says.
    """
    from capyctl.adapters.kubernetes_config import (  # noqa: PLC0415 - costs what only these commands may
        ConnectorSettings,
        KubernetesConnector,
    )

    request, clock = world.request, world.clock
    waiting = request.waiting(clock) if request.waiting is not None else None
    until = clock.monotonic() + settings.api_timeout
    connector = KubernetesConnector(
        settings=ConnectorSettings(
            variables=request.environment.variables,
            home=request.environment.home,
            trust=trust_of(request),
            proxy_for=proxy_chooser(request.environment),
            clock=clock,
            left=lambda: until - clock.monotonic(),
            progress=waiting or NoProgress(),
            record=world.transcript.record,
            at_end=request.at_end,
            interactive=request.interactive,
        )
    )
    try:
        connection = connector.connect(settings.choice)
    except KubeconfigError as error:
        diagnostic = diagnose_kubeconfig(error, world.invocation)
        raise ClusterNotNamedError((diagnostic,), error.trouble) from error
    reader = ClusterReader(
        api=connection.api,
        asker=ThreadedAsker(),
        clock=clock,
        until=until,
        jitter=secrets.SystemRandom().random,
        waited=_told(waiting),
    )
    notes = (unverified(connection.api.address),) if connection.unverified else ()
    return Cluster(reader=reader, connection=connection, settings=settings, notes=notes, waiting=waiting)


def _told(waiting: Waiting | None) -> Callable[[ApiFailure, float], None]:
    def told(failure: ApiFailure, seconds: float) -> None:
        if waiting is not None:
            asked = urlsplit(failure.evidence.url or "")
            waiting.waiting(asked.netloc, asked.path, failure.reason, seconds)

    return told
