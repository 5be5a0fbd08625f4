"""A bundle put into a registry (cli.md 7.5)."""

from __future__ import annotations

from capyctl.adapters.bundle_file import BundleChangedError, BundleFileError, OpenBundle
from capyctl.adapters.oci_target import OciTarget
from capyctl.app.bundle_push import BundlePusher, UnreadableBlobError
from capyctl.core.bundle.oci import artifact_of
from capyctl.core.bundle.pushed import Pushed
from capyctl.core.bundle.release import releases_of
from capyctl.core.oci_address import OciAddress
from capyctl.wiring.bundle_reading import sound_bundle
from capyctl.wiring.registry import registry_of
from capyctl.wiring.served import Served, served
from capyctl.wiring.world import World

_SILENCE = 60.0
"""Seconds: a registry answers an upload once it has moved the bytes to where they stay."""


def push_bundle(world: World, path: str, prefix: OciAddress) -> Served[tuple[Pushed, ...]]:
    """Judge a bundle, then put each of its providers under the prefix; nothing is sent of one that is not whole.

    Raises:
        BundleRefusedError: the bundle is not whole.
    """
    with sound_bundle(path) as sound:
        releases = [each for each in releases_of(sound.bundle.lock) if each.is_provider]
        pusher = BundlePusher(
            target=OciTarget(registry=registry_of(world.network, silence=_SILENCE)),
            prefix=prefix,
            read=lambda digest: _blob(sound.archive, digest),
            asker=world.asker,
        )
        result = pusher.push([artifact_of(each) for each in releases], world.invocation)
    return served(world, result.pushed, result.diagnostics, world.evidence())


def _blob(archive: OpenBundle, digest: str) -> bytes:
    try:
        data = archive.body(digest.partition(":")[2])
    except (BundleChangedError, BundleFileError) as error:
        raise UnreadableBlobError(str(error)) from error
    if data is None:
        raise UnreadableBlobError(f"it has no file with the digest {digest}")
    return data
