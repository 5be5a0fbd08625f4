"""The one world of the lab and of the tests, as plain data (style C9).

A world says what exists (repositories, releases, module proxies, GitLab projects, file trees) and what goes
wrong. Nothing here knows HTTP; expected answers of tests are computed from these values.
"""

from __future__ import annotations

import enum
import zlib
from collections.abc import Mapping

from msgspec import Struct, field

from capyctl.core.repr_without import repr_without
from capyctl.core.version import ProviderVersion, parse_version
from capyctl.lab.content import Content

GITHUB = "github.com"
DEFAULT_MODULE_PROXY = "proxy.golang.org"


class Majors(enum.Enum):
    """How a major version of 2 and above stands in the module proxy (peers-and-protocols B1, case F34)."""

    SUFFIX = "suffix"
    HIDDEN = "hidden"
    INCOMPATIBLE = "incompatible"


class FaultKind(enum.Enum):
    """What goes wrong. The first four happen to the connection, the next two to its handshake."""

    DNS = "dns"
    REFUSED = "refused"
    DENIED = "denied"
    BLACK_HOLE = "black-hole"
    UNTRUSTED = "untrusted"
    HANDSHAKE_RESET = "handshake-reset"
    STATUS = "status"
    SILENCE = "silence"
    CLOSE = "close"
    RESET = "reset"
    SLOW = "slow"
    PORTAL = "portal"
    TRUNCATED = "truncated"
    EMPTY = "empty"
    BODY = "body"
    LFS_POINTER = "lfs-pointer"
    RECORD = "record"
    GZIP = "gzip"

    @property
    def is_of_connection(self) -> bool:
        """Whether it strikes before a tunnel stands."""
        return self in {FaultKind.DNS, FaultKind.REFUSED, FaultKind.DENIED, FaultKind.BLACK_HOLE}

    @property
    def is_of_handshake(self) -> bool:
        """Whether it strikes during the TLS handshake."""
        return self in {FaultKind.UNTRUSTED, FaultKind.HANDSHAKE_RESET}

    @property
    def needs_file(self) -> bool:
        """Whether it changes the bytes of a file, and so leaves redirects and pages alone."""
        return self in {
            FaultKind.TRUNCATED,
            FaultKind.EMPTY,
            FaultKind.BODY,
            FaultKind.LFS_POINTER,
            FaultKind.RECORD,
            FaultKind.GZIP,
        }


class Fault(Struct, frozen=True, kw_only=True):
    """One thing that goes wrong, and where.

    Attributes:
        kind: what happens. host, path: shell patterns on the host and on the path without its query.
        repository, file, route: narrow it to answers about this ``owner/name``, this file, or of this route.
        status, headers, body: of the answer, for ``status`` and ``body``.
        delay: seconds before the first byte. rate: bytes a second, 0 for no limit.
        after: bytes sent before the end, for ``truncated`` and ``reset``.
        times: only the first so many strike; 0 is always.
    """

    kind: FaultKind
    host: str = "*"
    path: str = "*"
    repository: str | None = None
    file: str | None = None
    route: str | None = None
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay: float = 0.0
    rate: int = 0
    after: int = 0
    times: int = 0


class Release(Struct, frozen=True, kw_only=True):
    """A release of a repository.

    Attributes:
        tag: as published. files: the release's assets by name. tree: what the tag's own tree holds where that
        differs from the assets (None: the assets). draft, prerelease, immutable: the forge's flags.
        latest: marked as latest by a maintainer. created_at, published_at: RFC 3339.
        pushed: whether the tag exists.
    """

    tag: str
    files: Mapping[str, Content]
    tree: Mapping[str, Content] | None = None
    draft: bool = False
    prerelease: bool = False
    immutable: bool = False
    latest: bool = False
    created_at: str = "2025-01-01T00:00:00Z"
    published_at: str = "2025-01-01T00:00:00Z"
    pushed: bool = True

    @property
    def version(self) -> ProviderVersion | None:
        """The version its tag stands for."""
        return parse_version(self.tag)

    @property
    def sources(self) -> Mapping[str, Content]:
        """The files in the tag's tree, as a module proxy packs them."""
        return self.files if self.tree is None else self.tree


class Repository(Struct, frozen=True, kw_only=True):
    """A repository on a forge.

    Attributes:
        name: canonical ``owner/name``. id: the forge's number. formerly: names that redirect here.
        releases: in any order. tags: pushed without a release.
        withdrawn: gone everywhere but in the module proxy.
        retracted: by the go.mod of the highest version: a tag or ``[low, high]``, and the reason (empty: none).
        majors: how majors of 2 and above stand in the module proxy; ``suffix`` where not named.
    """

    name: str
    host: str = GITHUB
    id: int = 0
    formerly: tuple[str, ...] = ()
    archived: bool = False
    private: bool = False
    releases: tuple[Release, ...] = ()
    tags: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    majors: Mapping[int, Majors] = field(default_factory=dict)
    retracted: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The forge's number: ``id``, or one made from the name."""
        return self.id or 100_000_000 + zlib.crc32(f"{self.host}/{self.name}".encode()) % 900_000_000

    @property
    def published(self) -> tuple[Release, ...]:
        """Releases that strangers can see, newest first by date, as the forge lists them."""
        return tuple(release for release in self.listed if not release.draft)

    @property
    def listed(self) -> tuple[Release, ...]:
        """All releases, newest first by creation date."""
        return tuple(sorted(self.releases, key=lambda release: release.created_at, reverse=True))

    @property
    def marked_latest(self) -> Release | None:
        """The release marked as latest: chosen by a maintainer, else newest by date; never a pre-release."""
        stable = [release for release in self.published if not release.prerelease]
        chosen = [release for release in stable if release.latest]
        return next(iter(chosen or stable), None)

    @property
    def pushed_tags(self) -> tuple[str, ...]:
        """Every tag that exists in the repository now."""
        return tuple(release.tag for release in self.releases if release.pushed) + self.tags

    @property
    def module_versions(self) -> tuple[str, ...]:
        """Every tag a module proxy has ever seen; withdrawn ones stay there for good (case F27)."""
        return tuple(tag for tag in (*self.pushed_tags, *self.withdrawn) if parse_version(tag))

    def release(self, tag: str) -> Release | None:
        """The release of that tag, drafts included."""
        return next((release for release in self.releases if release.tag == tag), None)

    def is_called(self, name: str) -> bool:
        """Whether this is its present name; forges take no notice of case."""
        return self.name.lower() == name.lower()

    def was_called(self, name: str) -> bool:
        """Whether this is one of its former names."""
        return name.lower() in {former.lower() for former in self.formerly}


class ModuleProxy(Struct, frozen=True, kw_only=True):
    """A Go module proxy over all repositories of the world.

    Attributes:
        host: where it answers. base: path in front of every module. credential: ``user:password`` it demands.
        lists: replaces the body of ``@v/list`` for a module path. absent: module paths it answers 404 for.
    """

    host: str = DEFAULT_MODULE_PROXY
    base: str = ""
    credential: str | None = None
    lists: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()


class GitLabProject(Struct, frozen=True, kw_only=True):
    """A GitLab project with generic packages: package name to version to file name to content."""

    host: str
    path: str
    id: int
    private: bool = False
    redirects: bool = False
    packages: Mapping[str, Mapping[str, Mapping[str, Content]]] = field(default_factory=dict)


class FileTree(Struct, frozen=True, kw_only=True):
    """A plain HTTPS server of files; ``index`` tells whether it lists its folders."""

    host: str
    files: Mapping[str, Content]
    index: bool = True
    private: bool = False


class StoredImage(Struct, frozen=True, kw_only=True):
    """A node image in a registry.

    Attributes:
        contains: the version that the image states inside; None for that of its tag, empty for no file.
        revision: another one gives another digest.
    """

    contains: str | None = None
    revision: int = 1


class ImageRegistry(Struct, frozen=True, kw_only=True):
    """A registry of images.

    Attributes:
        host: of its API. tokens: host of its token service. blobs: host to which it redirects for bytes.
        repositories: name to tag to what is behind the tag, question after question; None is nothing.
    """

    host: str
    tokens: str
    blobs: str
    repositories: Mapping[str, Mapping[str, tuple[StoredImage | None, ...]]] = field(default_factory=dict)


class Quota(Struct, frozen=True, kw_only=True):
    """What is left of the forge's API quota for strangers, and what it answers when nothing is.

    Attributes:
        reset_in: seconds until questions are answered again. status: 403 or 429.
        retry_after: seconds, or None.
    """

    limit: int = 60
    remaining: int = 60
    reset_in: int = 3600
    status: int = 403
    retry_after: int | None = None


class Token(Struct, frozen=True, kw_only=True):
    """A credential the world accepts; any other is refused.

    Attributes:
        value: the secret, without its scheme. hosts: patterns of hosts that know it.
        push: whether drafts are shown.
    """

    value: str
    hosts: tuple[str, ...] = ("*",)
    push: bool = False
    limit: int = 5000

    def __repr__(self) -> str:
        return repr_without(self, "value")


class World(Struct, frozen=True, kw_only=True):
    """Everything that can be reached.

    ``round_trip`` is in seconds; ``round_trips`` names hosts that differ. ``markers`` are those of Kubernetes
    releases, with what each answers, question after question; the last stays.
    """

    repositories: tuple[Repository, ...] = ()
    proxies: tuple[ModuleProxy, ...] = (ModuleProxy(),)
    projects: tuple[GitLabProject, ...] = ()
    trees: tuple[FileTree, ...] = ()
    markers: Mapping[str, tuple[Content, ...]] = field(default_factory=dict)
    registries: tuple[ImageRegistry, ...] = ()
    faults: tuple[Fault, ...] = ()
    quota: Quota = field(default_factory=Quota)
    tokens: tuple[Token, ...] = ()
    round_trip: float = 0.0
    round_trips: Mapping[str, float] = field(default_factory=dict)

    @property
    def forges(self) -> tuple[str, ...]:
        """github.com and every GitHub Enterprise host a repository lives on."""
        return tuple(sorted({GITHUB, *(repository.host for repository in self.repositories)}))

    def repository(self, name: str, host: str = GITHUB) -> Repository | None:
        """The repository that has this name now, or else the one that had it."""
        on_host = [repository for repository in self.repositories if repository.host == host]
        present = [repository for repository in on_host if repository.is_called(name)]
        former = [repository for repository in on_host if repository.was_called(name)]
        return next(iter(present or former), None)

    def repository_by_number(self, number: int, host: str = GITHUB) -> Repository | None:
        """The repository with the forge's number."""
        return next(
            (found for found in self.repositories if (found.number, found.host) == (number, host)), None
        )

    def round_trip_to(self, host: str) -> float:
        """Seconds to ``host`` and back."""
        return self.round_trips.get(host, self.round_trip)
