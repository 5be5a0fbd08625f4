"""Sources of a run with network, as GOPROXY and the credentials of this run allow them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from capyctl.adapters.github_api import GitHubApi
from capyctl.adapters.github_download import GitHubDownload
from capyctl.adapters.github_refs import GitHubRefs
from capyctl.adapters.github_tags import GitHubTags
from capyctl.adapters.github_web import GitHubWeb
from capyctl.adapters.gitlab import GitLabSource
from capyctl.adapters.goproxy import GoProxySource
from capyctl.adapters.goproxy_retractions import GoProxyRetractions
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.adapters.https_tree import HttpsTreeSource
from capyctl.adapters.local_tree import LocalTreeSource
from capyctl.adapters.module_zip import ModuleZipSource
from capyctl.adapters.overrides import OverrideFolder
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitHubReleases, GitLabPackages, HttpsTree, RepositoryLocation
from capyctl.core.provider_table import TableEntry
from capyctl.fetching.memoized import (
    MemoizedFiles,
    MemoizedReleases,
    MemoizedRepository,
    MemoizedRetractions,
    MemoizedVersions,
)
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import OfflineError
from capyctl.ports.fetcher import Answer, FileSource, ListedVersion
from capyctl.ports.http import Credential, HttpClient

_GITHUB = "github.com"
_OBJECTS_HOST = "release-assets.githubusercontent.com"
_WARM_AT_MOST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPolicy:
    """How versions may be listed.

    Attributes:
        goproxy: the proxies of this run. is_private: whether no proxy may hear of a module path.
        is_default: whether GOPROXY is unset; then no module path of another host than github.com is told.
        strict: no listing by any remote source (``CAPYCTL_GOPROXY_OFF=strict``).
    """

    goproxy: GoProxySettings
    is_private: Callable[[str], bool]
    is_default: bool
    strict: bool

    def asks_proxy(self, location: GitHubReleases) -> bool:
        """Whether a module proxy may be asked about this repository."""
        if not self.goproxy.proxies.entries or self.is_private(location.module_path):
            return False
        return location.host == _GITHUB or not self.is_default


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogSettings:
    """What the sources of a run with network depend on.

    Attributes:
        credential_for: GitHub's credential by host. gitlab_token: None for anonymous questions.
        overrides: the folder whose files replace those of releases, if there is one.
    """

    policy: ListingPolicy
    credential_for: Callable[[str], Credential | None]
    gitlab_token: str | None = field(default=None, repr=False)
    overrides: OverrideFolder | None = None


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
    """Hands out sources over one HTTP client; each question is asked once a run."""

    def __init__(self, http: HttpClient, asker: Asker, settings: CatalogSettings) -> None:
        """Build the sources; nothing is asked."""
        policy, credential_for = settings.policy, settings.credential_for
        self.http = http
        self._policy = policy
        self._overrides = settings.overrides
        self._proxy = MemoizedVersions(GoProxySource(http, policy.goproxy, asker))
        self._witness = MemoizedFiles(ModuleZipSource(http, policy.goproxy))
        self._retractions = MemoizedRetractions(GoProxyRetractions(http, policy.goproxy))
        api = GitHubApi(http, credential_for=credential_for, last_resort=True)
        self.api_versions = MemoizedVersions(api)
        self.api_files = MemoizedFiles(api)
        self.api_releases = MemoizedReleases(api)
        self._api_repository = MemoizedRepository(api)
        self._tags = (MemoizedVersions(GitHubRefs(http)), MemoizedVersions(GitHubTags(http, credential_for)))
        self._web = MemoizedRepository(GitHubWeb(http))
        self.downloads = MemoizedFiles(GitHubDownload(http))
        gitlab = GitLabSource(http, settings.gitlab_token)
        self._gitlab_versions, self._gitlab_files = MemoizedVersions(gitlab), MemoizedFiles(gitlab)
        tree = HttpsTreeSource(http)
        self._tree_versions, self._tree_files = MemoizedVersions(tree), MemoizedFiles(tree)
        self._forbidden = ForbiddenListing()

    def sources(self, entry: TableEntry) -> ProviderSources:
        """The sources of one provider."""
        label = entry.key.manifest_label
        override = self._overrides.source(label) if self._overrides is not None else None
        match entry.location:
            case GitHubReleases() as location:
                return self._github(location, override=override)
            case GitLabPackages():
                listing = self._forbidden if self._policy.strict else self._gitlab_versions
                return ProviderSources(listings=(listing,), files=(self._gitlab_files,), override=override)
            case HttpsTree():
                listing = self._forbidden if self._policy.strict else self._tree_versions
                return ProviderSources(listings=(listing,), files=(self._tree_files,), override=override)
            case _:
                local = LocalTreeSource()
                return ProviderSources(listings=(local,), files=(local,), override=override)

    def warm(self, entries: tuple[TableEntry, ...]) -> None:
        """Open what round two needs: a connection for each file, to the web host and to the objects host.

        Those to the web host serve the questions for "latest" first, and are kept.
        """
        locations = [entry.location for entry in entries if isinstance(entry.location, GitHubReleases)]
        on_github = [location for location in locations if location.host == _GITHUB]
        repositories = len({location.full_name for location in on_github})
        files = min(len(on_github) + repositories, _WARM_AT_MOST)
        for _ in range(files):
            self.http.warm(_GITHUB)
            self.http.warm(_OBJECTS_HOST)

    def _github(self, location: GitHubReleases, override: FileSource | None) -> ProviderSources:
        asks_proxy = self._policy.asks_proxy(location)
        listings: Sequence[MemoizedVersions | ForbiddenListing] = (self._proxy,) if asks_proxy else ()
        if self._policy.strict:
            listings = (self._forbidden,)
        return ProviderSources(
            listings=tuple(listings),
            fallback_listings=() if self._policy.strict else (self.api_versions,),
            latest=None if self._policy.strict else self._web,
            files=(self.downloads, self.api_files),
            override=override,
            tags=() if self._policy.strict else self._tags,
            witness=self._witness if asks_proxy else None,
            retractions=self._retractions if asks_proxy else None,
            releases=self.api_releases,
            repository=self._api_repository,
        )
