"""A lab that is open: a world served on loopback, the environment of its clients, and what they asked."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from capyctl.lab.authority import RunAuthority
from capyctl.lab.front import Front
from capyctl.lab.internet import applications
from capyctl.lab.request_log import RequestRecord
from capyctl.lab.world import World


class Lab:
    """Serves a world while the ``with`` block lasts.

    Attributes:
        world: what is served. proxy: address of the proxy that leads into it.
        ca_file: the authority to trust.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._folder = tempfile.TemporaryDirectory(prefix="capyctl-lab-")
        self.ca_file = Path(self._folder.name) / "authority.pem"
        authority = RunAuthority(applications(world))
        authority.write(self.ca_file)
        self._front = Front(world, authority)
        self.proxy = f"http://127.0.0.1:{self._front.port}"

    def __enter__(self) -> Self:
        self._front.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._front.stop()
        self._folder.cleanup()

    @property
    def environment(self) -> Mapping[str, str]:
        """Variables that lead a client of any make into this lab and make it trust the lab's authority."""
        proxied = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), self.proxy)
        outside = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
        names = (
            "SSL_CERT_FILE",
            "CURL_CA_BUNDLE",
            "REQUESTS_CA_BUNDLE",
            "GIT_SSL_CAINFO",
            "NODE_EXTRA_CA_CERTS",
        )
        return proxied | outside | dict.fromkeys(names, str(self.ca_file))

    @property
    def requests(self) -> tuple[RequestRecord, ...]:
        """Every request so far, in order of arrival."""
        return self._front.log.records

    @property
    def connections(self) -> int:
        """How many connections clients have opened."""
        return self._front.log.connections
