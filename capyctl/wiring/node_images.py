"""Node images of one run: the registry, and what was recorded of an image before."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.adapters.machine import architecture
from capyctl.app.node_images import Inspection, NodeImage, NodeImageDesk
from capyctl.core.exit_status import ExitStatus, worst
from capyctl.core.node_image import RecordedImage, node_image
from capyctl.core.release_marker import ReleaseVersion
from capyctl.core.status_rules import status_of
from capyctl.ports.registry import Registry
from capyctl.wiring.kubernetes_versions import FolderLock, folder_lock
from capyctl.wiring.served import Served, served_beside_providers
from capyctl.wiring.world import World


def look_at_node_image(world: World, version: ReleaseVersion, *, inspect: bool) -> Served[NodeImage]:
    """Whether the version has an image, and with ``inspect`` what is in it."""
    found = folder_lock(world)
    desk = NodeImageDesk(
        registry=_registry(world),
        clock=world.clock,
        invocation=world.invocation,
        recorded=_of_lock(found, node_image(version.text)),
        may_list=not world.settings.goproxy.strict,
        cache=world.cache,
        asked=world.evidence,
    )
    answer = desk.look(version, Inspection(architecture=architecture()) if inspect else None)
    told = served_beside_providers(world, answer, (*found.notes, *desk.said), used_cache=True)
    if answer.exists is None or (inspect and answer.exists and answer.contains is None):
        # What came in place of an answer, such as a web page, leaves as much open as silence does (cli.md 7.4).
        status = worst((ExitStatus.UNDETERMINED, status_of((*found.notes, *world.notes))))
        return replace(told, status=status)
    return told


def _registry(world: World) -> Registry | None:
    if world.offline:
        return None
    from capyctl.wiring.registry import open_registry  # noqa: PLC0415 - oras, which offline runs spare

    return open_registry(world)


def _of_lock(found: FolderLock, image: str) -> tuple[RecordedImage, ...]:
    entries = found.lock.kubernetes if found.lock is not None else ()
    return tuple(
        RecordedImage(digest=each.digest, seen_at=each.resolved_at, where=found.name)
        for each in entries
        if each.image == image and each.digest is not None
    )
