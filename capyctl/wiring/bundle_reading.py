"""Bundles read and judged, for the commands that look at one and for runs that are bound to one (cli.md 7.5)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from msgspec import Struct

from capyctl.adapters.bundle_file import (
    BundleChangedError,
    BundleFileError,
    OpenBundle,
    begins_as_bundle,
    open_bundle,
)
from capyctl.adapters.whole_file import has_place
from capyctl.app.bundle_report import Making, diagnose_bundle, diagnose_repacked, diagnose_unreadable
from capyctl.app.lock.contradicted_images import contradicted_by
from capyctl.config.lock_file import LockFileError, load_lock
from capyctl.core.bundle.content import LOCK, Bundle
from capyctl.core.bundle.faults import Fault, FaultKind
from capyctl.core.bundle.members import BundleSource
from capyctl.core.bundle.release import releases_of
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.lock import LOCK_NAME


class BundleRefusedError(Exception):
    """A bundle that is not used; ``diagnostics`` say why."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("the bundle is not used")
        self.diagnostics = diagnostics


class SoundBundle(Struct, frozen=True, kw_only=True):
    """A bundle that is whole, its file open.

    Attributes:
        source: what it was made from: its lock, its rows of the provider table. archive: gives its bytes.
        notes: what is to be said of it all the same.
    """

    bundle: Bundle
    source: BundleSource
    archive: OpenBundle
    notes: tuple[Diagnostic, ...] = ()


@contextmanager
def sound_bundle(path: str) -> Iterator[SoundBundle]:
    """A bundle that is whole, open for its members to be read. Asks nobody.

    Raises:
        BundleRefusedError: it cannot be read, or something is wrong with it.
    """
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(open_bundle(path))
        except BundleFileError as error:
            raise BundleRefusedError((diagnose_unreadable(path, str(error), _making(path)),)) from error
        yield _sound(archive)


def verify_bundle(path: str) -> tuple[Bundle, tuple[Diagnostic, ...]]:
    """Judge a bundle from its first byte to its last: what it is, and what is to be said of it all the same.

    Raises:
        BundleRefusedError: as for ``sound_bundle``.
    """
    with sound_bundle(path) as sound:
        try:
            faults = tuple(_image_faults(sound))
        except (BundleFileError, BundleChangedError) as error:
            raise BundleRefusedError((diagnose_unreadable(path, str(error), _making(path)),)) from error
        if faults:
            raise BundleRefusedError(diagnose_bundle(path, faults, _making(path)))
        return sound.bundle, sound.notes


def _image_faults(sound: SoundBundle) -> Iterator[Fault]:
    """Images of the lock that the components beside it cannot have."""
    lock = sound.source.lock
    entries = {each.provider: each for each in lock.providers}
    for release in releases_of(lock):
        entry = entries.get(release.label, lock.cert_manager)
        name = release.components
        data = sound.archive.body(release.files[name].sha256) if name is not None else None
        if entry is None or name is None or data is None:
            continue
        images = tuple(each.image for each in entry.images)
        found = contradicted_by(release.label, images, name, data, names_are_kept=False)
        if found is not None:
            said = f"the images of {release.label} are not its own: {found.reason}"
            yield Fault(kind=FaultKind.CHANGED, reason=said, path=LOCK)


def _sound(archive: OpenBundle) -> SoundBundle:
    verified = archive.verified
    if verified.source is None or verified.faults:
        raise BundleRefusedError(diagnose_bundle(archive.path, verified.faults, _making(archive.path)))
    bundle = Bundle(
        digest=archive.digest,
        lock=verified.source.lock,
        files=verified.files,
        images=verified.images,
        needed=verified.needed,
    )
    notes = (diagnose_repacked(archive.path, _making(archive.path)),) if verified.is_repacked else ()
    return SoundBundle(bundle=bundle, source=verified.source, archive=archive, notes=notes)


def _making(path: str) -> Making:
    """Whether the bundle can be made again in its place, here and now."""
    if os.path.lexists(path):
        if not begins_as_bundle(path) or not has_place(path):
            return Making.ANOTHER
    elif not has_place(path):
        return Making.ELSEWHERE
    try:
        load_lock(LOCK_NAME)
    except LockFileError:
        return Making.ELSEWHERE
    return Making.HERE
