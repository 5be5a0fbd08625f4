"""The cluster options of a run, as every service about a cluster takes them."""

from __future__ import annotations

from msgspec import Struct, field

from capyctl.ports.cluster import ClusterChoice

API_TIMEOUT = 60.0
"""Seconds that an API server that is still coming up is waited for, where nobody says otherwise (cli.md 5)."""


class ClusterSettings(Struct, frozen=True, kw_only=True):
    """The cluster options of a command (cli.md 5).

    Attributes:
        api_timeout: seconds. kubernetes_version: what is asked for, as given; version_said_by: the option or
            variable that it came from. allow_unsupported: as the flag.
    """

    choice: ClusterChoice = field(default_factory=ClusterChoice)
    api_timeout: float = API_TIMEOUT
    kubernetes_version: str | None = None
    version_said_by: str = "--kubernetes-version"
    allow_unsupported: bool = False
