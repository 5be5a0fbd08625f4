"""The functions of the library that make a bundle, and judge one."""

from __future__ import annotations

import os
from typing import Unpack

from capyctl.core.bundle.content import Bundle
from capyctl.core.status_rules import status_of
from capyctl.library.results import BoundRunSettings, Result, RunSettings
from capyctl.library.serving import serve
from capyctl.wiring.bundle_creating import create_bundle as create_in_world
from capyctl.wiring.bundle_reading import BundleRefusedError
from capyctl.wiring.bundle_reading import verify_bundle as verify_at
from capyctl.wiring.request import LONG_DEADLINE
from capyctl.wiring.served import Served
from capyctl.wiring.world import World


class BundleResult(Result, frozen=True, kw_only=True):
    """A bundle that is whole; ``bundle`` is None where it could not be made, or something is wrong with it."""

    bundle: Bundle | None = None


def create_bundle(
    path: str | os.PathLike[str], *, locked: str | os.PathLike[str], **settings: Unpack[RunSettings]
) -> BundleResult:
    """Carry every file of a lock in one archive, as ``bundle create`` does.

    Args:
        path: the file to write, whole or not at all; compressed if it ends in ``.gz`` or ``.tgz``.
        locked: the lock.
        settings: see ``RunSettings``; the deadline is ten minutes where none is given.

    Raises:
        ValueError: no file is named.
    """
    file = os.fspath(path)
    if not file:
        raise ValueError("no file is named")
    bound: BoundRunSettings = {"deadline": LONG_DEADLINE, **settings, "locked": locked, "bundle": None}
    served = serve("bundle create", (), bound, lambda world: _created(world, file))
    return BundleResult(
        bundle=served.found,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def verify_bundle(path: str | os.PathLike[str]) -> BundleResult:
    """Say whether a bundle is unchanged, and whole for its lock, as ``bundle verify`` does; nobody is asked."""
    try:
        bundle, notes = verify_at(os.fspath(path))
    except BundleRefusedError as error:
        return BundleResult(diagnostics=error.diagnostics, exit_status=status_of(error.diagnostics))
    return BundleResult(bundle=bundle, diagnostics=notes, exit_status=status_of(notes))


def _created(world: World, path: str) -> Served[Bundle | None]:
    run = world.locked
    if run is None:
        raise TypeError("a bundle is made in a world that is bound to a lock")
    return create_in_world(world, run, path)
