"""One provider in clusterctl: its client, its metadata, its components (clusterctl-resolution 4, 7.5, 9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from capyctl.core.emulation_choice import Repository
from capyctl.core.emulation_components import ComponentsReader, ProcessedComponents
from capyctl.core.emulation_facts import Failed, Found, OverrideFile
from capyctl.core.emulation_files import GitLabRepository, LocalRepository, open_gitlab, open_local
from capyctl.core.emulation_github import GitHubRepository, open_github
from capyctl.core.emulation_metadata import DecodedMetadata, decode_metadata, validate_metadata
from capyctl.core.emulation_run import Run
from capyctl.core.emulation_text import ClusterctlError, quoted
from capyctl.core.identity import ProviderKey
from capyctl.core.metadata import METADATA

_GITLAB_PATH = "/api/v4/projects/"
_AnyRepository = GitHubRepository | GitLabRepository | LocalRepository
_R = TypeVar("_R", bound=_AnyRepository)


def open_repository(run: Run, address: str, *, label: str, type_and_name: str, pin: str | None) -> Repository:
    """The repository client for an address, with ``latest`` resolved whether or not a tag is pinned.

    Raises:
        ClusterctlError: with clusterctl's whole chain.
    """
    try:
        repository = _dispatch(run, address, label, pin)
    except ClusterctlError as error:
        raise error.wrapped(f"failed to get repository client for the {type_and_name}") from None
    version = pin or repository.default_version
    repository.expect_files(version)
    run.book.expect(
        OverrideFile(label=label, version=version, file=name)
        for name in (METADATA, repository.components_file)
    )
    return repository


def open_provider(run: Run, key: ProviderKey, address: str | None, pin: str | None) -> Repository:
    """The repository client of a provider of the table.

    Raises:
        ClusterctlError: the table has no such row, or as `open_repository`.
    """
    if address is None:
        raise ClusterctlError(
            f"failed to get configuration for the {key.type.value} with name {key.name}. Please check the "
            "provider name and/or add configuration for new providers using the .clusterctl config file"
        )
    words = f"{key.type.value} with name {key.name}"
    return open_repository(run, address, label=key.manifest_label, type_and_name=words, pin=pin)


def _dispatch(run: Run, address: str, label: str, pin: str | None) -> _AnyRepository:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise ClusterctlError(f"failed to parse repository url {quoted(address)}") from None
    if parts.scheme == "https":
        if parts.netloc.rpartition("@")[2] == "github.com":
            return _created("GitHub", lambda: open_github(run, parts, pin))
        if parts.netloc.rpartition("@")[2].startswith("gitlab.") and parts.path.startswith(_GITLAB_PATH):
            return _created("GitLab", lambda: open_gitlab(run, parts))
        raise ClusterctlError('invalid provider url. Only GitHub and GitLab are supported for "https" schema')
    if parts.scheme in ("", "file"):
        return _created("local filesystem", lambda: open_local(run, parts, address, label))
    raise ClusterctlError(
        f"invalid provider url. there are no provider implementation for {quoted(parts.scheme)} schema"
    )


def read_metadata(run: Run, repository: Repository, label: str, version: str) -> DecodedMetadata:
    """The override's or the repository's metadata.yaml, decoded and validated.

    Raises:
        ClusterctlError: with clusterctl's chain up to the metadata client.
    """
    data = _override(run, label, version, METADATA)
    if data is None:
        try:
            data = repository.file(version, METADATA)
        except ClusterctlError as error:
            words = f'failed to read "{METADATA}" from the repository for provider {quoted(label)}'
            raise error.wrapped(words) from None
    try:
        metadata = decode_metadata(data, run.release)
    except ClusterctlError as error:
        raise error.wrapped(f'error decoding "{METADATA}" for provider {quoted(label)}') from None
    validate_metadata(metadata, label, run.release)
    return metadata


def read_raw_components(run: Run, repository: Repository, label: str, version: str) -> bytes:
    """The override's or the repository's components file.

    Raises:
        ClusterctlError: with clusterctl's chain up to the components client.
    """
    name = repository.components_file
    data = _override(run, label, version, name)
    if data is not None:
        return data
    try:
        return repository.file(version, name)
    except ClusterctlError as error:
        words = f"failed to read {quoted(name)} from provider's repository {quoted(label)}"
        raise error.wrapped(words) from None


def read_components(
    run: Run, repository: Repository, label: str, version: str, reader: ComponentsReader
) -> ProcessedComponents:
    """The components, processed with the run's variables.

    Raises:
        ClusterctlError: they cannot be had or processed.
    """
    return reader.process(read_raw_components(run, repository, label, version))


def _override(run: Run, label: str, version: str, name: str) -> bytes | None:
    answer = run.book.ask(OverrideFile(label=label, version=version, file=name))
    if isinstance(answer, Found):
        return answer.value
    if isinstance(answer, Failed):
        raise ClusterctlError(f"failed to read local override for {name}: {answer.text}")
    return None


def _created(kind: str, create: Callable[[], _R]) -> _R:
    try:
        return create()
    except ClusterctlError as error:
        raise error.wrapped(f"error creating the {kind} repository client") from None
