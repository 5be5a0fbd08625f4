"""``describe cluster --watch``: read anew on every change, and show what became of it."""

from __future__ import annotations

import sys
from contextlib import closing

from msgspec.structs import replace

from capyctl.adapters.watch_threads import WatchThreads
from capyctl.app.describe import Description
from capyctl.cli.described import WantedTree, described_outcome, description_text
from capyctl.cli.run import Outcome, Run
from capyctl.cli.styles import text_style
from capyctl.cli.watching import Scene, watch
from capyctl.core.api_reading import ApiRequest
from capyctl.core.cluster_node import to_cluster_node
from capyctl.core.diagnostics import Diagnostic
from capyctl.fetching.transcript import Transcript
from capyctl.ports.changes import ChangeFeed
from capyctl.ports.cluster import ApiServer
from capyctl.wiring.cluster import Cluster, ClusterNotNamedError, open_cluster
from capyctl.wiring.cluster_description import describe
from capyctl.wiring.run_end import RunEnd
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


def watch_description(run: Run, world: World, cluster: Cluster, wanted: WantedTree) -> Outcome:
    """Show the Cluster until the run is interrupted; one that cannot be read at the start is an outcome at once."""
    served = describe(world, cluster, wanted.name, wanted.namespace, wanted.options)
    if served.found.tree is None:
        return described_outcome(served, wanted)
    looker = _Looker(run, world, cluster, wanted)
    return watch(looker.scene(served), lambda _scene: looker.look(), run.recording)


class _Looker:
    """Reads anew, each time with the whole of ``--api-timeout`` and a transcript of its own."""

    def __init__(self, run: Run, world: World, cluster: Cluster, wanted: WantedTree) -> None:
        self._run = run
        self._world = world
        self._cluster = cluster
        self._wanted = wanted
        self._watched: tuple[ApiRequest, ...] = ()
        self._feed: ChangeFeed | None = None
        self._last: Description = Description()

    def look(self) -> Scene:
        """The Cluster as it stands now; what could not be read leaves the last tree, and says so."""
        with closing(RunEnd()) as end:
            request = replace(self._world.request, at_end=end.add)
            world = replace(self._world, request=request, transcript=Transcript())
            try:
                cluster = open_cluster(world, self._cluster.settings)
            except ClusterNotNamedError as error:
                return self._scene(self._last, error.diagnostics)
            found = describe(world, cluster, self._wanted.name, self._wanted.namespace, self._wanted.options)
        return self.scene(found)

    def scene(self, served: Served[Description]) -> Scene:
        """What there is to see of it."""
        found = served.found
        if found.tree is None:
            return self._scene(replace(self._last, described_at=self._world.clock.now()), served.diagnostics)
        self._last = found
        return self._scene(found, served.diagnostics)

    def _scene(self, found: Description, diagnostics: tuple[Diagnostic, ...]) -> Scene:
        style = text_style(self._run.options, self._run.environ, sys.stdout)
        told = [
            f"{style.paint(f'{each.severity.value}[{each.code.code}]', each.severity.value)}: {each.code.title}"
            for each in diagnostics
        ]
        lines = "".join(f"{line}\n" for line in ("", *told)) if told else ""
        tree = found.tree
        return Scene(
            text=description_text(found, self._wanted, style) + style.spell(lines),
            essence=(tree and to_cluster_node(tree, found.conditions), tuple(told)),
            at=found.described_at,
            feed=self._fed(found.watched),
        )

    def _fed(self, watched: tuple[ApiRequest, ...]) -> ChangeFeed:
        """The feed of these watches; begun anew only where there are others."""
        if self._feed is None or watched != self._watched:
            if self._feed is not None:
                self._feed.close()
            self._watched = watched
            self._feed = WatchThreads(self._api, watched, self._world.clock)
        return self._feed

    def _api(self) -> ApiServer:
        return self._cluster.connection.api
