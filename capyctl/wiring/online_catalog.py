"""Sources of a run with network, as GOPROXY and the credentials of this run allow them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from capyctl.adapters.local_tree import LocalTreeSource
from capyctl.adapters.overrides import OverrideFolder
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitHubReleases, GitLabPackages, HttpsTree, OciArtifact, RepositoryLocation
from capyctl.core.provider_table import TableEntry
from capyctl.fetching.held_sources import held_lists
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import OfflineError
from capyctl.ports.fetcher import Answer, FileSource, ListedVersion, VersionSource
from capyctl.wiring.http_sources import HttpSources

_GITHUB = "github.com"
_OBJECTS_HOST = "release-assets.githubusercontent.com"
_WARM_AT_MOST = 16


class ForbiddenListing:
    """Stands in for every remote list where listing is forbidden."""

    @property
    def route(self) -> str:
        """The route that is refused."""
        return "goproxy:off"

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """Refuse.

        Raises:
            OfflineError: always; no socket is opened.
        """
        del location
        evidence = Evidence(route=self.route, question=Question.VERSIONS, outcome=Outcome.UNAVAILABLE)
        raise OfflineError(
            evidence,
            "GOPROXY=off with CAPYCTL_GOPROXY_OFF=strict forbids listing by a remote source; name a tag",
        )


class OnlineCatalog:
    """Hands out sources over one HTTP client."""

    def __init__(
        self,
        over_http: HttpSources,
        overrides: OverrideFolder | None = None,
        kept: HttpSources | None = None,
    ) -> None:
        """Prepare a catalog; nothing is asked.

        Args:
            over_http: the sources.
            overrides: the folder whose files replace those of releases, if there is one.
            kept: the sources of what is kept, for lists where asking for one is forbidden.
        """
        self.over_http = over_http
        self._overrides = overrides
        self.kept = kept

    def sources(self, entry: TableEntry) -> ProviderSources:
        """The sources of one provider."""
        label, over_http = entry.key.manifest_label, self.over_http
        override = self._overrides.source(label) if self._overrides is not None else None
        match entry.location:
            case GitHubReleases() as location:
                return self._github(location, override=override)
            case GitLabPackages() as location:
                return ProviderSources(
                    listings=self._lists(HttpSources.gitlab_versions, location),
                    files=(over_http.gitlab_files(),),
                    override=override,
                    memory=over_http.memory(location),
                )
            case HttpsTree() as location:
                return ProviderSources(
                    listings=self._lists(HttpSources.tree_versions, location),
                    files=(over_http.tree_files(),),
                    override=override,
                    memory=over_http.memory(location),
                )
            case OciArtifact() as location:
                return ProviderSources(
                    # The address names one artifact: which version that is, is no list of versions.
                    listings=(over_http.oci_versions(),),
                    files=(over_http.oci_files(),),
                    override=override,
                    memory=over_http.memory(location),
                )
            case _:
                local = LocalTreeSource()
                return ProviderSources(listings=(local,), files=(local,), override=override)

    def warm(self, entries: tuple[TableEntry, ...]) -> None:
        """Open what round two needs: a connection for each file, to the web host and to the objects host.

        Those to the web host serve the questions for "latest" first, and are kept. Where files are asked for
        together with the lists, each question has a connection of its own.
        """
        locations = [entry.location for entry in entries if isinstance(entry.location, GitHubReleases)]
        on_github = [location for location in locations if location.host == _GITHUB]
        repositories = len({location.full_name for location in on_github})
        files = min(len(on_github) + repositories, _WARM_AT_MOST)
        for _ in range(files):
            self.over_http.http.warm(_GITHUB)
            self.over_http.http.warm(_OBJECTS_HOST)

    def _lists(
        self, of: Callable[[HttpSources], VersionSource], location: RepositoryLocation
    ) -> tuple[VersionSource, ...]:
        """The list of a source; where listing is forbidden what is kept of it, or the word that it is forbidden."""
        if not self.over_http.settings.policy.strict:
            return (of(self.over_http),)
        held = held_lists((of(self.kept),), location) if self.kept is not None else ()
        return held or (ForbiddenListing(),)

    def _github(self, location: GitHubReleases, override: FileSource | None) -> ProviderSources:
        over_http, policy = self.over_http, self.over_http.settings.policy
        asks_proxy = policy.asks_proxy(location)
        plain = ProviderSources(
            files=(over_http.downloads(), over_http.api_files()),
            override=override,
            witness=over_http.witness() if asks_proxy else None,
            retractions=over_http.retractions() if asks_proxy else None,
            releases=over_http.api_releases(),
            repository=over_http.api_repository(),
            memory=over_http.memory(location),
        )
        if policy.strict:
            return replace(plain, listings=self._kept_lists(location), memory=None)
        return replace(
            plain,
            listings=(over_http.proxy(),) if asks_proxy else (),
            fallback_listings=(over_http.api_versions(),),
            latest=over_http.web(),
            tags=over_http.tags(),
        )

    def _kept_lists(self, location: GitHubReleases) -> tuple[VersionSource, ...]:
        """Where listing is forbidden: what is kept of a list, by whatever route it came."""
        if self.kept is None:
            return (ForbiddenListing(),)
        kept = self.kept
        proxies = (kept.proxy(),) if kept.settings.policy.asks_proxy(location) else ()
        return held_lists((*proxies, kept.api_versions()), location) or (ForbiddenListing(),)
