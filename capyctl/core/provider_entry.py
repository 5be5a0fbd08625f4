"""One row of the provider table: what an entry says, and what became of its address."""

import enum
from urllib.parse import unquote

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.diagnostics import Diagnostic, Span
from capyctl.core.identity import ProviderKey
from capyctl.core.location import (
    GitHubReleases,
    GitLabPackages,
    HttpsTree,
    LocalTree,
    OciArtifact,
    RepositoryLocation,
)
from capyctl.core.repr_without import repr_without
from capyctl.core.version import parse_version

BUILT_IN = "built-in"


class RowState(enum.Enum):
    """What became of a project: archived is read-only; retired was given up by its owners or clusterctl."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    RETIRED = "retired"


class FormerAddress(Struct, frozen=True, kw_only=True):
    """The repository that a row named in clusterctl, from these releases on; one per release branch."""

    repository: str
    since: tuple[str, ...]


class RowFacts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known about a project beside its address (clusterctl-resolution 3.2, F17 to F21).

    Attributes:
        canonical: ``owner/name`` today where the address names another. formerly: names that redirect.
        successor: manifest label of the provider that took over. sources: where the facts come from.
        since, until: clusterctl releases that first had the row and first lacked it, one per release branch.
    """

    canonical: str | None = None
    formerly: tuple[str, ...] = ()
    state: RowState = RowState.ACTIVE
    successor: str | None = None
    sources: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    addresses: tuple[FormerAddress, ...] = ()


class TableEntry(Struct, frozen=True, kw_only=True):
    """A provider with the address in force.

    Attributes:
        url: as configured, variables replaced, without what may not be shown (``shown_address``).
        kind: as the entry states it, or None where the form tells.
        location: None exactly where ``error`` is set. error: why requests for this provider fail.
        notices: warnings about the entry. origin: ``built-in`` or the file the entry stands in.
        span: where the entry's address stands in that file. text: that file, where it can be edited.
    """

    key: ProviderKey
    url: str
    kind: str | None = None
    location: RepositoryLocation | None = None
    error: Diagnostic | None = None
    notices: tuple[Diagnostic, ...] = ()
    origin: str = BUILT_IN
    span: Span | None = None
    facts: RowFacts = field(default_factory=RowFacts)
    text: str | None = None

    def __repr__(self) -> str:
        return repr_without(self, "text")

    @property
    def readable_location(self) -> RepositoryLocation:
        """Where the provider publishes, for those who ask there.

        Raises:
            ValueError: the address cannot be read; ``error`` has been told, and nobody may ask about the entry.
        """
        if self.location is None:
            raise ValueError(f"the address of {self.key.manifest_label} cannot be read")
        return self.location

    @property
    def formerly(self) -> tuple[str, ...]:
        """Names under which this repository was known."""
        return self.facts.formerly

    @property
    def state(self) -> RowState:
        """What became of the project."""
        return self.facts.state

    @property
    def successor(self) -> str | None:
        """Manifest label of the provider that took over."""
        return self.facts.successor

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the facts of the row come from."""
        return self.facts.sources

    @property
    def repository_kind(self) -> str | None:
        """``github``, ``gitlab``, ``https``, ``local`` or ``oci``; what the entry states where the address is bad."""
        return _KINDS[type(self.location)] if self.location is not None else self.kind

    @property
    def repository_name(self) -> str:
        """``owner/name`` today, a GitLab project, or else the address itself."""
        if isinstance(self.location, GitHubReleases):
            return self.facts.canonical or self.location.full_name
        return unquote(self.location.project) if isinstance(self.location, GitLabPackages) else self.url

    @property
    def renamed_to(self) -> str | None:
        """The name today, where the address names a former one: known without asking anybody (F17)."""
        canonical = self.facts.canonical
        if canonical is None or not isinstance(self.location, GitHubReleases):
            return None
        return None if canonical.lower() == self.location.full_name.lower() else canonical

    def known_to(self, release: str) -> bool:
        """Whether the table of that clusterctl release had the row."""
        return reached(self.facts.since, release) and not reached(self.facts.until, release)

    def as_in(self, release: str) -> "TableEntry":
        """The row as that clusterctl release had it: only owner and name ever changed (3.2)."""
        named = [address for address in self.facts.addresses if reached(address.since, release)]
        if not named or not isinstance(self.location, GitHubReleases):
            return self
        owner, _, name = named[-1].repository.partition("/")
        url = self.url.replace(f"/{self.location.full_name}/", f"/{owner}/{name}/", 1)
        canonical = self.facts.canonical or self.location.full_name
        return replace(
            self,
            url=url,
            location=replace(self.location, owner=owner, name=name),
            facts=replace(self.facts, canonical=canonical),
        )


_KINDS: dict[type, str] = {
    GitHubReleases: "github",
    GitLabPackages: "gitlab",
    HttpsTree: "https",
    LocalTree: "local",
    OciArtifact: "oci",
}


class InvalidEntry(Struct, frozen=True, kw_only=True):
    """A user's entry that cannot be told to belong to any provider: its name or type is no such thing."""

    name: str
    type: str
    url: str
    origin: str
    error: Diagnostic


def reached(firsts: tuple[str, ...], release: str) -> bool:
    """Whether a release is at or after the first release of a change, which may differ by release branch."""
    if not firsts:  # most rows name no release, and a run asks all rows
        return False
    asked = parse_version(release)
    versions = [version for first in firsts if (version := parse_version(first)) is not None]
    if asked is None or not versions:
        return False
    same_branch = [version for version in versions if version.series == asked.series]
    return asked >= min(same_branch) if same_branch else asked > max(versions)
