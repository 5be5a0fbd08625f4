"""clusterctl's GitHub repository client (clusterctl-resolution 4.2, 5.2 to 5.8)."""

from __future__ import annotations

import posixpath
from urllib.parse import SplitResult, unquote

from msgspec import Struct, field

from capyctl.core.emulation_choice import latest_contract_release
from capyctl.core.emulation_facts import (
    Absent,
    Asset,
    Download,
    FactQuestion,
    Failed,
    Found,
    ProxyList,
    ReleaseByTag,
    ReleaseList,
)
from capyctl.core.emulation_run import NOT_FOUND_TEXT, HangsError, Run, rest_failure
from capyctl.core.emulation_text import (
    ClusterctlError,
    VersionTextError,
    parse_semantic,
    parse_tolerant,
    quoted,
)
from capyctl.core.metadata import METADATA

_API = "https://api.github.com"
_MAJORS = 100
_EXPECTED_MAJORS = (2, 3)
_FORM = (
    "invalid url: a GitHub repository url should be in the form "
    "https://github.com/{owner}/{Repository}/releases/{latest|version-tag}/{componentsClient.yaml}"
)
_RETRY_LATER = 'please retry later or set "GOPROXY=off" to get the current stable release'


class GitHubRepository(Struct, kw_only=True):
    """One repository of github.com as clusterctl handles it; build it with `open_github`."""

    run: Run
    owner: str
    name: str
    root: str
    components_file: str
    default_version: str = ""
    expects_components: bool = field(default=False)

    def versions(self) -> tuple[str, ...]:
        """Module proxy first, then REST; a list is remembered for the run."""
        slug = f"{self.owner}/{self.name}"
        if slug not in self.run.versions:
            self.run.versions[slug] = self._proxy_versions() or self._rest_versions()
        return self.run.versions[slug]

    def file(self, version: str, name: str) -> bytes:
        """Plain download unless the proxy is off, then REST; what was had once is remembered."""
        key = (f"{self.owner}/{self.name}", version, name)
        if key not in self.run.files:
            data = self._downloaded(version, name) if self.run.proxy else None
            self.run.files[key] = self._asset(version, name) if data is None else data
        return self.run.files[key]

    def expect_candidates(self, versions: list[str]) -> None:
        """Downloads or releases of the candidates; of a sole one the components too."""
        self.run.book.expect(
            question for version in versions for question in self._first_questions(version, METADATA)
        )
        if len(versions) == 1 and self.expects_components:
            self.run.book.expect(self._first_questions(versions[0], self.components_file))

    def expect_files(self, version: str) -> None:
        """Both files of a version that is sure to be asked for."""
        for name in (METADATA, self.components_file):
            self.run.book.expect(self._first_questions(version, name))

    def _first_questions(self, version: str, name: str) -> tuple[FactQuestion[object], ...]:
        if self.run.proxy:
            return (self._download_question(version, name),)
        release = ReleaseByTag(owner=self.owner, name=self.name, tag=version)
        return (release, Asset(owner=self.owner, name=self.name, tag=version, file=name))

    def _download_question(self, version: str, name: str) -> Download:
        return Download(owner=self.owner, name=self.name, tag=version, file=name)

    def _proxy_versions(self) -> tuple[str, ...]:
        """Empty where the proxy is off, fails, or knows no version: clusterctl then asks REST."""
        if self.run.proxy is None:
            return ()
        if self.run.proxy_refuses:
            self.run.gave_up()
            return ()
        lines: list[str] = []
        self.run.book.expect(self._list_question(major) for major in _EXPECTED_MAJORS)
        for major in range(1, _MAJORS):
            answer = self.run.book.ask(self._list_question(major))
            if isinstance(answer, Failed):
                self.run.gave_up(answer)
                return ()
            if isinstance(answer, Absent):
                return _tolerant(lines)
            lines += answer.value.split("\n")
        raise HangsError

    def _list_question(self, major: int) -> ProxyList:
        return ProxyList(
            base=self.run.proxy or "", module=f"github.com/{self.owner}/{self.name}", major=major
        )

    def _rest_versions(self) -> tuple[str, ...]:
        answer = self.run.book.ask(ReleaseList(owner=self.owner, name=self.name))
        if isinstance(answer, Found):
            return tuple(tag for tag in answer.value if _is_semantic(tag))
        if isinstance(answer, Absent):
            self.run.gave_up()
            error = ClusterctlError(NOT_FOUND_TEXT, not_found=True)
        else:
            url = f"{_API}/repos/{self.owner}/{self.name}/releases?per_page=100"
            error = rest_failure(self.run, answer, "failed to get the list of releases", url)
        raise error.wrapped("failed to get repository versions")

    def _downloaded(self, version: str, name: str) -> bytes | None:
        answer = self.run.book.ask(self._download_question(version, name))
        if isinstance(answer, Found):
            return answer.value
        if isinstance(answer, Failed):
            self.run.gave_up(answer)
        return None

    def _asset(self, version: str, name: str) -> bytes:
        if posixpath.join(self.root, name).removeprefix("./") not in self._assets(version):
            raise ClusterctlError(
                f"failed to download files from GitHub release {version}: "
                f"failed to get file {quoted(name)} from {quoted(version)} release"
            )
        answer = self.run.book.ask(Asset(owner=self.owner, name=self.name, tag=version, file=name))
        if isinstance(answer, Found):
            record = None if self.run.release.keeps_accept else answer.value.record
            return answer.value.data if record is None else record
        if isinstance(answer, Absent):
            self.run.gave_up()
            error = ClusterctlError(NOT_FOUND_TEXT, not_found=True)
        else:
            # The two values stand in the wrong places in clusterctl's own sentence.
            what = f"failed to download file {quoted(version)} from {quoted(name)} release"
            url = f"{_API}/repos/{self.owner}/{self.name}/releases/assets"
            error = rest_failure(self.run, answer, what, url, remembers_quota=False)
        raise error.wrapped(f"failed to download files from GitHub release {version}")

    def _assets(self, version: str) -> tuple[str, ...]:
        key = (f"{self.owner}/{self.name}", version)
        if key in self.run.releases:
            return self.run.releases[key]
        answer = self.run.book.ask(ReleaseByTag(owner=self.owner, name=self.name, tag=version))
        if isinstance(answer, Found):
            self.run.releases[key] = answer.value
            return answer.value
        if isinstance(answer, Absent):
            raise ClusterctlError(
                f"release not found for version {version}, {_RETRY_LATER}: {NOT_FOUND_TEXT}", not_found=True
            )
        url = f"{_API}/repos/{self.owner}/{self.name}/releases/tags/{version}"
        error = rest_failure(self.run, answer, f"failed to read release {quoted(version)}", url)
        raise error.wrapped(f"failed to get GitHub release {version}")


def open_github(run: Run, address: SplitResult, pin: str | None) -> GitHubRepository:
    """The client for an address; ``latest`` is resolved here, before anybody looks at the pin (section 0.1).

    Raises:
        ClusterctlError: the address has another form, or ``latest`` cannot be resolved.
    """
    parts = unquote(address.path).removeprefix("/").split("/")
    if len(parts) < 5 or parts[2] != "releases":
        raise ClusterctlError(_FORM)
    path = "/".join(parts[4:])
    root = posixpath.normpath(posixpath.dirname(path) or ".")
    repository = GitHubRepository(
        run=run,
        owner=parts[0],
        name=parts[1],
        root=root,
        components_file=path.removeprefix(root).removeprefix("/"),
        default_version=parts[3],
        expects_components=pin is None,
    )
    if pin is not None:
        repository.expect_files(pin)
    if parts[3] == "latest":
        try:
            repository.default_version = latest_contract_release(repository, run.release)
        except ClusterctlError as error:
            raise error.wrapped("failed to get latest release") from None
    return repository


def _tolerant(lines: list[str]) -> tuple[str, ...]:
    """Canonical forms of the lines of ``@v/list``, ascending."""
    versions = sorted(version for line in lines if line and (version := parse_tolerant(line)))
    return tuple(
        version.canonical + (f"+{version.build}" if version.build is not None else "") for version in versions
    )


def _is_semantic(tag: str) -> bool:
    try:
        parse_semantic(tag)
    except VersionTextError:
        return False
    return True
