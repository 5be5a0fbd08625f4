"""The sources over one HTTP client, whatever it gets its answers from; each question is asked once a run.

A source is made, and its adapter imported, when it is first needed: a run offline pays for what it uses.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from capyctl.adapters.goproxy import GoProxySource
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.core.kept_answer import fingerprint
from capyctl.core.location import GitHubReleases, GitLabPackages, HttpsTree, OciArtifact, RepositoryLocation
from capyctl.core.repr_without import repr_without
from capyctl.fetching.memoized import (
    MemoizedFiles,
    MemoizedReleases,
    MemoizedRepository,
    MemoizedRetractions,
    MemoizedVersions,
)
from capyctl.fetching.witnessed_files import WitnessedFiles
from capyctl.ports.asking import Asker
from capyctl.ports.fetcher import FileSource
from capyctl.ports.http import Credential, HttpClient, HttpRequest

if TYPE_CHECKING:
    from capyctl.adapters.github_api import GitHubApi
    from capyctl.adapters.gitlab import GitLabSource
    from capyctl.adapters.https_tree import HttpsTreeSource
    from capyctl.adapters.oci_artifact import OciArtifactSource
    from capyctl.fetching.source_memory import MajorMemory, SourceMemory
    from capyctl.ports.cache import Cache
    from capyctl.ports.clock import Clock
    from capyctl.ports.registry import Registry

T = TypeVar("T")
_GITHUB = "github.com"


class ListingPolicy(Struct, frozen=True, kw_only=True):
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


class SourceSettings(Struct, frozen=True, kw_only=True):
    """What sources over HTTP depend on.

    Attributes:
        credential_for: GitHub's credential by host. gitlab_token: None for anonymous questions.
        cache, clock: release files are held against what the cache has seen; None where nothing is kept.
        registry: OCI registries, made when the first artifact is asked for.
        holds: whether the answer to a question is kept, where nobody but the cache is asked.
    """

    policy: ListingPolicy
    credential_for: Callable[[str], Credential | None]
    clock: Clock
    registry: Callable[[], Registry]
    gitlab_token: str | None = None
    cache: Cache | None = None
    remembers: bool = True
    holds: Callable[[HttpRequest], bool] | None = None

    def __repr__(self) -> str:
        return repr_without(self, "gitlab_token")

    @property
    def memory(self) -> Cache | None:
        """The cache of a run that learns something."""
        return self.cache if self.remembers else None


class HttpSources:
    """Makes each source once, whichever thread asks for it first."""

    def __init__(self, http: HttpClient, asker: Asker, settings: SourceSettings) -> None:
        """Nothing is asked, and next to nothing is made."""
        self.http = http
        self.settings = settings
        self._asker = asker
        self._lock = threading.RLock()
        self._made: dict[str, object] = {}

    def memory(self, location: RepositoryLocation) -> SourceMemory | None:
        """What is remembered of a repository."""
        cache = self.settings.memory
        if cache is None:
            return None
        from capyctl.fetching.source_memory import SourceMemory  # noqa: PLC0415 - see the top

        return SourceMemory(cache=cache, location=location)

    def proxy(self) -> MemoizedVersions:
        """Lists of the module proxies."""

        def make() -> MemoizedVersions:
            goproxy = self.settings.policy.goproxy
            return MemoizedVersions(GoProxySource(self.http, goproxy, self._asker, self._majors()))

        return self._once("proxy", make)

    def _majors(self) -> MajorMemory | None:
        cache = self.settings.memory
        if cache is None:
            return None
        from capyctl.fetching.source_memory import MajorMemory  # noqa: PLC0415 - see the top

        return MajorMemory(cache=cache, route=self.settings.policy.goproxy.route)

    def witness(self) -> MemoizedFiles:
        """metadata.yaml of tags, out of modules' zips."""
        from capyctl.adapters.module_zip import ModuleZipSource  # noqa: PLC0415 - see the top

        goproxy = self.settings.policy.goproxy
        return self._once("witness", lambda: MemoizedFiles(ModuleZipSource(self.http, goproxy)))

    def retractions(self) -> MemoizedRetractions:
        """What modules take back."""
        from capyctl.adapters.goproxy_retractions import GoProxyRetractions  # noqa: PLC0415 - see the top

        goproxy = self.settings.policy.goproxy
        return self._once("retractions", lambda: MemoizedRetractions(GoProxyRetractions(self.http, goproxy)))

    def may_hold_releases(self, location: GitHubReleases) -> bool:
        """Whether the API's list can be had; a cache without it tells so before the API's adapter is imported."""
        if self.settings.holds is None:
            return True
        from capyctl.adapters.github_address import (  # noqa: PLC0415 - see the top
            api_credential,
            first_page,
            list_request,
        )

        credential = api_credential(location, self.settings.credential_for)
        return self.settings.holds(list_request(first_page(location), credential, last_resort=True))

    def api_versions(self) -> MemoizedVersions:
        """Releases as GitHub's API lists them."""
        return self._once("api-versions", lambda: MemoizedVersions(self._api()))

    def api_files(self) -> MemoizedFiles:
        """Files of releases by GitHub's API."""
        return self._once("api-files", lambda: self._files(self._api()))

    def api_releases(self) -> MemoizedReleases:
        """Single releases by GitHub's API."""
        return self._once("api-releases", lambda: MemoizedReleases(self._api()))

    def api_repository(self) -> MemoizedRepository:
        """Repositories by GitHub's API."""
        return self._once("api-repository", lambda: MemoizedRepository(self._api()))

    def tags(self) -> tuple[MemoizedVersions, MemoizedVersions]:
        """Tags of a repository, by the web host and by GitHub's API."""
        from capyctl.adapters.github_refs import GitHubRefs  # noqa: PLC0415 - see the top
        from capyctl.adapters.github_tags import GitHubTags  # noqa: PLC0415 - see the top

        def make() -> tuple[MemoizedVersions, MemoizedVersions]:
            by_api = GitHubTags(self.http, self.settings.credential_for)
            return MemoizedVersions(GitHubRefs(self.http)), MemoizedVersions(by_api)

        return self._once("tags", make)

    def web(self) -> MemoizedRepository:
        """What GitHub's web host marks as latest."""
        from capyctl.adapters.github_web import GitHubWeb  # noqa: PLC0415 - see the top

        return self._once("web", lambda: MemoizedRepository(GitHubWeb(self.http)))

    def downloads(self) -> MemoizedFiles:
        """Files of releases by their download addresses."""
        from capyctl.adapters.github_download import GitHubDownload  # noqa: PLC0415 - see the top

        return self._once("downloads", lambda: self._files(GitHubDownload(self.http)))

    def gitlab_versions(self) -> MemoizedVersions:
        """Versions of GitLab packages."""
        return self._once("gitlab-versions", lambda: MemoizedVersions(self._gitlab()))

    def gitlab_files(self) -> MemoizedFiles:
        """Files of GitLab packages."""
        return self._once("gitlab-files", lambda: self._files(self._gitlab()))

    def tree_versions(self) -> MemoizedVersions:
        """Versions of HTTPS trees."""
        return self._once("tree-versions", lambda: MemoizedVersions(self._tree()))

    def tree_files(self) -> MemoizedFiles:
        """Files of HTTPS trees."""
        return self._once("tree-files", lambda: self._files(self._tree()))

    def oci_versions(self) -> MemoizedVersions:
        """Versions of OCI artifacts."""
        return self._once("oci-versions", lambda: MemoizedVersions(self._oci()))

    def oci_files(self) -> MemoizedFiles:
        """Files of OCI artifacts."""
        return self._once("oci-files", lambda: self._files(self._oci()))

    def file_routes(self, location: RepositoryLocation | None) -> tuple[Callable[[], FileSource], ...]:
        """By what ways files of this repository come, in order; each source is made when its turn comes."""
        match location:
            case GitHubReleases():
                return (self.downloads, self.api_files)
            case GitLabPackages():
                return (self.gitlab_files,)
            case HttpsTree():
                return (self.tree_files,)
            case OciArtifact():
                return (self.oci_files,)
            case _:
                return ()

    def _api(self) -> GitHubApi:
        from capyctl.adapters.github_api import GitHubApi  # noqa: PLC0415 - see the top

        credential_for = self.settings.credential_for
        return self._once(
            "api", lambda: GitHubApi(self.http, credential_for=credential_for, last_resort=True)
        )

    def _gitlab(self) -> GitLabSource:
        from capyctl.adapters.gitlab import GitLabSource  # noqa: PLC0415 - see the top

        return self._once("gitlab", lambda: GitLabSource(self.http, self.settings.gitlab_token))

    def _tree(self) -> HttpsTreeSource:
        from capyctl.adapters.https_tree import HttpsTreeSource  # noqa: PLC0415 - see the top

        return self._once("tree", lambda: HttpsTreeSource(self.http))

    def _oci(self) -> OciArtifactSource:
        from capyctl.adapters.oci_artifact import OciArtifactSource  # noqa: PLC0415 - see the top

        return self._once("oci", lambda: OciArtifactSource(self.settings.registry()))

    def _files(self, source: FileSource) -> MemoizedFiles:
        """Files of a release, under watch where there is a cache (cli.md 7.1)."""
        cache, clock = self.settings.cache, self.settings.clock
        if cache is None:
            return MemoizedFiles(source)
        return MemoizedFiles(WitnessedFiles(source, cache, clock, self.fingerprint_of))

    def fingerprint_of(self, location: RepositoryLocation) -> str | None:
        """What stands in the cache for the credential that a repository is asked with; None for none."""
        if isinstance(location, GitHubReleases):
            from capyctl.adapters.github_address import api_credential  # noqa: PLC0415 - see the top

            credential = api_credential(location, self.settings.credential_for)
            return fingerprint(credential.value) if credential is not None else None
        token = self.settings.gitlab_token if isinstance(location, GitLabPackages) else None
        return fingerprint(token) if token is not None else None

    def _once(self, name: str, make: Callable[[], T]) -> T:
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]  # type: ignore[return-value]  # each name has one maker
