"""clusterctl's clients for local trees and GitLab packages (clusterctl-resolution 4.3, 4.4)."""

from __future__ import annotations

import posixpath
from urllib.parse import SplitResult, unquote

from msgspec import Struct

from capyctl.core.emulation_choice import latest_contract_release, latest_release
from capyctl.core.emulation_facts import (
    Absent,
    Failed,
    FailureKind,
    Found,
    GitLabFile,
    LocalFile,
    LocalListing,
)
from capyctl.core.emulation_run import Run
from capyctl.core.emulation_text import ClusterctlError, VersionTextError, parse_semantic, quoted
from capyctl.core.metadata import METADATA

_GITLAB_FORM = (
    "invalid url: a GitLab repository url should be in the form https://{host}/api/v4/projects/{projectSlug}"
    "/packages/generic/{packageName}/{defaultVersion}/{componentsPath}"
)
_LOCAL_FORM = "{basepath}/{provider-name}/{version}/{components.yaml}"
_GITLAB_TIMEOUT = 30
_LATEST = "latest"


class GitLabRepository(Struct, kw_only=True):
    """Generic packages: no listing, one request a file, no retry."""

    run: Run
    base: str
    default_version: str
    components_file: str

    def file(self, version: str, name: str) -> bytes:
        """One GET."""
        url = f"{self.base}/{version}/{name}"
        answer = self.run.book.ask(GitLabFile(url=url))
        if isinstance(answer, Found):
            return answer.value
        raise self._failure(answer, url, f"failed to get file {quoted(name)} with version {quoted(version)}")

    def expect_files(self, version: str) -> None:
        """Both files of a version."""
        self.run.book.expect(
            GitLabFile(url=f"{self.base}/{version}/{name}") for name in (METADATA, self.components_file)
        )

    def _failure(self, answer: Absent | Failed, url: str, what: str) -> ClusterctlError:
        words = f"{what} from {quoted(url)}"
        if isinstance(answer, Absent):
            return ClusterctlError(f"{words}, got 404")
        if answer.status == 401:
            return ClusterctlError(f"{words}: unauthorized access, please check your credentials")
        if answer.kind is FailureKind.STATUS:
            return ClusterctlError(f"{words}, got {answer.status}")
        return ClusterctlError(f"{words}: Get {quoted(url)}: {self._cause(answer)}")

    def _cause(self, failed: Failed) -> str:
        if failed.kind is FailureKind.SILENCE:
            self.run.seconds += _GITLAB_TIMEOUT
            return "context deadline exceeded"
        return failed.text or "EOF"


class LocalRepository(Struct, kw_only=True):
    """``{base}/{label}/{version}/{file}`` in the file system; nothing is remembered between questions."""

    run: Run
    folder: str
    default_version: str
    components_file: str

    def versions(self) -> tuple[str, ...]:
        """Folders named by a semantic version."""
        answer = self.run.book.ask(LocalListing(folder=self.folder))
        if not isinstance(answer, Found):
            raise ClusterctlError(
                f"failed to list release directories: open {self.folder}: {_local_cause(answer)}"
            )
        return tuple(name for name in answer.value if _is_semantic(name))

    def file(self, version: str, name: str) -> bytes:
        """One file; ``latest`` is resolved again, without a look at the contract."""
        if version == _LATEST:
            try:
                version = latest_release(self)
            except ClusterctlError as error:
                raise error.wrapped("failed to get the latest release") from None
        path = posixpath.normpath(f"{self.folder}/{version}/{name}")
        answer = self.run.book.ask(LocalFile(path=path))
        if isinstance(answer, Found):
            return answer.value
        raise ClusterctlError(
            f"failed to read file {quoted(path)} from local release {version}: "
            f"stat {path}: {_local_cause(answer)}"
        )

    def expect_candidates(self, versions: list[str]) -> None:
        """Metadata of the candidates."""
        self.run.book.expect(LocalFile(path=f"{self.folder}/{version}/{METADATA}") for version in versions)

    def expect_files(self, version: str) -> None:
        """Both files of a version."""
        names = (METADATA, self.components_file)
        self.run.book.expect(LocalFile(path=f"{self.folder}/{version}/{name}") for name in names)


def open_gitlab(run: Run, address: SplitResult) -> GitLabRepository:
    """The client for an address of generic packages; ``latest`` means nothing here.

    Raises:
        ClusterctlError: the address has another form.
    """
    parts = address.path.removeprefix("/").split("/")
    if len(parts) != 9 or parts[4:6] != ["packages", "generic"]:
        raise ClusterctlError(_GITLAB_FORM)
    host = address.netloc.rpartition("@")[2]
    return GitLabRepository(
        run=run,
        base=f"https://{host}/{'/'.join(parts[:7])}",
        default_version=parts[7],
        components_file=parts[8],
    )


def open_local(run: Run, address: SplitResult, url: str, label: str) -> LocalRepository:
    """The client for a path, by the rules for systems whose paths begin with a slash.

    Raises:
        ClusterctlError: the path has another form, or ``latest`` cannot be resolved.
    """
    path = unquote(address.path)
    if not path.startswith("/"):
        raise ClusterctlError(f"invalid path: path {quoted(url)} must be an absolute path")
    parts = path.split("/")
    if len(parts) < 3:
        raise ClusterctlError(f"invalid path: path should be in the form {_LOCAL_FORM}")
    folder, version, components = parts[-3:]
    if version != _LATEST and not _is_semantic(version):
        raise ClusterctlError(
            f"invalid version: {quoted(version)}. Version must obey the syntax and semantics of the "
            f'"Semantic Versioning" specification (http://semver.org/) and path format {_LOCAL_FORM}'
        )
    if folder != label:
        raise ClusterctlError(
            f"invalid path: path {quoted(url)} must contain provider {quoted(label)} in the format "
            "{basepath}/{provider-label}/{version}/{components.yaml}"
        )
    base = posixpath.normpath("/" + "/".join(parts[1:-3]))
    repository = LocalRepository(
        run=run,
        folder=posixpath.join(base, label),
        default_version=version,
        components_file=components,
    )
    if version == _LATEST:
        try:
            repository.default_version = latest_contract_release(repository, run.release)
        except ClusterctlError as error:
            raise error.wrapped("failed to get latest version") from None
    return repository


def _local_cause(answer: Absent | Failed) -> str:
    return answer.text if isinstance(answer, Failed) and answer.text else "no such file or directory"


def _is_semantic(text: str) -> bool:
    try:
        parse_semantic(text)
    except VersionTextError:
        return False
    return True
