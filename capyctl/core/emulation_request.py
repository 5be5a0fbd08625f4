"""What is to be emulated, and what comes of it (cli.md 5, ``Emulated``)."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from msgspec import Struct

from capyctl.core.emulation_facts import FactQuestion
from capyctl.core.emulation_release import ClusterctlRelease
from capyctl.core.identity import ProviderKey


class GoproxyState(enum.Enum):
    """The states of a row. ``UNREACHABLE``: GOPROXY is unset and the module proxy refuses connections."""

    UNSET = "unset"
    OFF = "off"
    UNREACHABLE = "unreachable"


class EmulatedOutcome(enum.Enum):
    """What clusterctl does. ``STALLS``: it succeeds after 30 seconds or more, or hangs without an end."""

    INSTALLS = "installs"
    FAILS = "fails"
    STALLS = "stalls"
    UNKNOWN = "unknown"


class EmulationRequest(Struct, frozen=True, kw_only=True):
    """``clusterctl init --TYPE NAME[:TAG]`` of one release, on an empty cluster.

    Attributes:
        key, tag: the provider asked for. addresses: that release's own provider table with the user's
            configuration over it. goproxy: state of the row. goproxy_value: the user's GOPROXY; in the state
            ``UNSET`` the proxy it names first stands in for the default one, unless it names none.
        cert_manager_url, cert_manager_version: from the configuration, or None for the release's defaults.
    """

    release: ClusterctlRelease
    goproxy: GoproxyState
    key: ProviderKey
    addresses: Mapping[ProviderKey, str]
    tag: str | None = None
    goproxy_value: str | None = None
    cert_manager_url: str | None = None
    cert_manager_version: str | None = None

    @property
    def pin(self) -> str | None:
        """The tag as this release asks for it: lower-cased where it did that to the whole reference."""
        if self.tag is None or not self.release.lowercases_tag:
            return self.tag
        return self.tag.lower()


class Emulated(Struct, frozen=True, kw_only=True):
    """One row of the emulation.

    Attributes:
        version: what it had chosen for the provider asked for, also when it fails; None where it had chosen
            nothing, or never ends. message: the error chain without ``Error: ``; None where there is none.
        seconds: time spent on retries, about; not part of the document.
    """

    release: str
    goproxy: GoproxyState
    outcome: EmulatedOutcome
    version: str | None
    message: str | None
    seconds: int = 0


class MissingFacts(Struct, frozen=True, kw_only=True):
    """Answers needed before the emulation can go on; fetch them side by side and ask again."""

    questions: frozenset[FactQuestion[object]]
