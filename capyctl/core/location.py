"""Where a provider publishes: a parsed repository address, by kind."""

from msgspec import Struct


class GitHubReleases(Struct, frozen=True, kw_only=True, tag="github"):
    """Releases of one repository on github.com or on a GitHub Enterprise host.

    Attributes:
        host: web host, with port if one was given. api_base: REST base without a trailing slash.
        owner, name: as configured. channel: ``latest`` or the tag the address pins.
        components_file: file name of the components. root_path: folder part; ``.`` for none.
    """

    host: str
    api_base: str
    owner: str
    name: str
    channel: str
    components_file: str
    root_path: str = "."

    @property
    def full_name(self) -> str:
        """``owner/name``."""
        return f"{self.owner}/{self.name}"

    @property
    def module_path(self) -> str:
        """The Go module path under which a module proxy lists this repository, without ``/vN``."""
        return f"{self.host}/{self.owner}/{self.name}"


class GitLabPackages(Struct, frozen=True, kw_only=True, tag="gitlab"):
    """A generic package of a GitLab project; ``project`` is URL-encoded or a number."""

    host: str
    base_path: str
    project: str
    package: str
    channel: str
    components_file: str


class HttpsTree(Struct, frozen=True, kw_only=True, tag="https"):
    """``{base}/{label}/{version}/{file}`` on a plain HTTPS server; ``base`` has no trailing slash."""

    base: str
    label: str
    channel: str
    components_file: str


class LocalTree(Struct, frozen=True, kw_only=True, tag="local"):
    """``{base}/{label}/{version}/{file}`` in the file system; ``base`` is absolute."""

    base: str
    label: str
    channel: str
    components_file: str


class OciArtifact(Struct, frozen=True, kw_only=True, tag="oci"):
    """One artifact in an OCI registry, ``oci://HOST/REPOSITORY:TAG`` or ``…@sha256:…`` (cli.md 7.5).

    Attributes:
        host: with port if one was given. repository: path in the registry. reference: the tag or the digest.
        channel: always ``latest``: which version the artifact is, it says itself.
        label: the provider's manifest label, which is in the long names of its files.
    """

    host: str
    repository: str
    reference: str
    channel: str
    components_file: str
    label: str = ""

    @property
    def address(self) -> str:
        """The address itself."""
        mark = "@" if ":" in self.reference else ":"
        return f"oci://{self.host}/{self.repository}{mark}{self.reference}"


RepositoryLocation = GitHubReleases | GitLabPackages | HttpsTree | LocalTree | OciArtifact
