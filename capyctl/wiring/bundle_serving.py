"""A bundle served to the clients that read HTTP (cli.md 7.5)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from capyctl.adapters.bundle_server import BundleServer, ListenAddressError
from capyctl.adapters.system_clock import SystemClock
from capyctl.core import codes
from capyctl.core.bundle.config_map import FOLDER as OPERATOR
from capyctl.core.bundle.content import REPOSITORY
from capyctl.core.bundle.goproxy import FOLDER as GOPROXY
from capyctl.core.bundle.oci import artifact_of
from capyctl.core.bundle.pages import site_of
from capyctl.core.bundle.release import releases_of
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.wiring.bundle_reading import BundleRefusedError, sound_bundle


class Serving(Struct, frozen=True, kw_only=True):
    """A bundle that is being listened for; nothing is answered before ``server.serve()``."""

    server: BundleServer
    notes: tuple[Diagnostic, ...] = ()

    @property
    def addresses(self) -> Mapping[str, str]:
        """Where each part is: three URLs, and the registry as ``HOST:PORT``."""
        base = f"http://{self.server.address}"
        return {
            "goproxy": f"{base}/{GOPROXY}",
            "repository": f"{base}/{REPOSITORY}",
            "operator": f"{base}/{OPERATOR}",
            "registry": self.server.address,
        }


@contextmanager
def serving_bundle(path: str, host: str, port: int) -> Iterator[Serving]:
    """Judge a bundle, then listen; nothing is listened on for one that is not whole.

    Raises:
        BundleRefusedError: the bundle is not whole, or the address cannot be listened on.
    """
    with sound_bundle(path) as sound:
        releases = [each for each in releases_of(sound.bundle.lock) if each.is_provider]
        site = site_of((*sound.bundle.files, sound.archive.index), map(artifact_of, releases))
        try:
            server = BundleServer(sound.archive, site, (host, port), SystemClock())
        except ListenAddressError as error:
            raise BundleRefusedError((_not_listening(path, error),)) from error
        try:
            yield Serving(server=server, notes=sound.notes)
        finally:
            server.close()


def _not_listening(path: str, error: ListenAddressError) -> Diagnostic:
    command = shlex.join(("capyctl", "bundle", "serve", path, "--listen", "127.0.0.1:0"))
    title = "let the system choose a port, and read it from the first line"
    return Diagnostic(
        code=codes.LISTENING_REFUSED,
        severity=Severity.ERROR,
        detail=f"The bundle is not served: {error}.",
        fixes=(Fix(applicability=Applicability.REVIEW, title=title, command=command),),
    )
