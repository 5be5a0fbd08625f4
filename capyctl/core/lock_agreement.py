"""Whether an entry of a lock agrees with itself: whoever edits one value by hand leaves the others (issue 6, item 3).

Each value that ``lock`` writes follows from the same answers, so that two that contradict each other are a fault of
the text, and no fault of a provider. What cannot be known from the text alone is not judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, quote, unquote, urlsplit

from capyctl.core.docker_config import api_host
from capyctl.core.evidence import printable, without_query
from capyctl.core.json_places import JsonPath
from capyctl.core.lock import (
    LockedCertManager,
    LockedFile,
    LockedKubernetes,
    LockedProvider,
    LockedRepository,
)
from capyctl.core.lock_values import Faulty
from capyctl.core.metadata import METADATA
from capyctl.core.node_image import node_image
from capyctl.core.release_marker import parse_marker, parse_release_version
from capyctl.core.requirement import Requirement, parse_requirement
from capyctl.core.version import parse_version

_BY_NUMBER = "/releases/assets/"
_DOWNLOAD = "/releases/download/"
_REMOTE = ("https", "oci")
_OF_FILES = ("https", "file", "snapshot")


def check_provider(entry: LockedProvider, path: JsonPath) -> None:
    """Judge a provider's entry, which stands at ``path``.

    Raises:
        Faulty: two of its values contradict each other.
    """
    _check_files(entry, path)
    if METADATA not in entry.files:
        raise Faulty((*path, "files"), f"{METADATA} is missing")
    if len(entry.files) == 1:
        raise Faulty((*path, "files"), f"there is no file of components beside {METADATA}")
    if entry.requested is not None:
        _check_requested(entry, entry.requested, (*path, "requested"))


def check_cert_manager(entry: LockedCertManager, path: JsonPath) -> None:
    """Judge cert-manager's entry in the same way.

    Raises:
        Faulty: two of its values contradict each other.
    """
    _check_files(entry, path)
    if not entry.files:
        raise Faulty((*path, "files"), "the manifest is missing")


def check_kubernetes(entry: LockedKubernetes, path: JsonPath) -> None:
    """Judge the entry of a marker, whose base address may be anybody's.

    Raises:
        Faulty: two of its values contradict each other.
    """
    version = parse_release_version(entry.version)
    if version is None:
        raise Faulty((*path, "version"), "an exact version such as 'v1.33.0' belongs here")
    marker = parse_marker(entry.marker)
    if marker is None and entry.version != entry.marker:
        raise Faulty((*path, "version"), f"it is {entry.version}, and {entry.marker} stands for itself")
    if marker is not None and marker.minor not in (None, version.minor):
        raise Faulty((*path, "version"), f"{entry.version} is no version that {entry.marker} can stand for")
    if marker is None and entry.url:
        raise Faulty((*path, "url"), f"nobody is asked what {entry.marker} stands for, so that it is empty")
    if marker is not None and not _is_address_of(entry.url, f"/{marker.path}"):
        shown = printable(without_query(entry.url))[:200]
        raise Faulty((*path, "url"), f"{shown!r} is no https address that ends in {marker.path}")
    image = node_image(entry.version)
    if entry.image != image:
        raise Faulty((*path, "image"), f"the node image of {entry.version} is {image}")


def _is_address_of(url: str, ending: str) -> bool:
    found = _parts(url)
    return found is not None and found.scheme == "https" and bool(found.hostname) and url.endswith(ending)


def _check_requested(entry: LockedProvider, requested: str, path: JsonPath) -> None:
    if entry.names_tag:
        return
    asked = _requirement(requested, path)
    version = parse_version(entry.version)
    differs = asked.is_pinned or (
        asked.constraint is not None and version is not None and not asked.constraint.admits(version)
    )
    if differs:
        raise Faulty(path, f"{requested[:60]!r} does not allow the version, which is {entry.version}")
    if asked.contract is not None and entry.contract not in (None, asked.contract):
        raise Faulty(path, f"{requested[:60]!r} does not allow the contract, which is {entry.contract}")
    if asked.text != requested:
        right = "null" if asked.text is None else repr(asked.text[:60])
        raise Faulty(path, f"{requested[:60]!r} is {right} in a lock")


def _requirement(requested: str, path: JsonPath) -> Requirement:
    from capyctl.core.version_constraint import ConstraintError  # noqa: PLC0415 - start-up budget

    try:
        return parse_requirement(requested)
    except ConstraintError as error:
        raise Faulty(path, f"a tag or a constraint belongs here: {error.reason}") from None


def _check_files(entry: LockedProvider | LockedCertManager, path: JsonPath) -> None:
    _check_repository(entry.repository, (*path, "repository"))
    files: Mapping[str, LockedFile] = entry.files
    repository = _parts(entry.repository.url.strip())
    for name, file in files.items():
        said = _contradiction(entry.version, name, file, repository)
        if said is not None:
            shown = printable(without_query(file.url))[:200]
            raise Faulty((*path, "files", name, "url"), f"{shown} {said}")


def _check_repository(repository: LockedRepository, path: JsonPath) -> None:
    """What a repository can have been configured as; a variable may stand for a host or a port."""
    url = repository.url.strip()
    parts = _parts(url)
    if (parts is None and "$" not in url) or not _is_configurable(url):
        raise Faulty((*path, "url"), f"{printable(without_query(url))[:200]!r} is no address of a repository")
    if parts is not None and parts.scheme in _REMOTE and (parts.query or "@" in parts.netloc):
        shown = printable(without_query(url))[:200]
        raise Faulty((*path, "url"), f"{shown} has a query or a credential, and no lock records one")
    if not _is_name_of(repository.name, repository.url, parts):
        wanted = "owner/name belongs here, or the address itself where the source has no other name"
        raise Faulty((*path, "name"), f"{wanted}, not {printable(without_query(repository.name))[:60]!r}")


def _is_configurable(url: str) -> bool:
    """Whether an address is remote in a way that is read, or else the path of a folder."""
    scheme, mark, rest = url.partition("://")
    if not mark or "/" in scheme:
        return bool(url)
    return bool(rest) and scheme.lower() in (*_REMOTE, "file")


def _is_name_of(name: str, url: str, parts: SplitResult | None) -> bool:
    """A tree, a folder and an artifact are called by their addresses, a GitLab project also by its number."""
    if name == url:
        return True
    if parts is not None and parts.scheme not in _REMOTE:
        return False
    owners = name.split("/")
    is_path = len(owners) > 1 and all(each and each == each.strip() for each in owners)
    return is_path or bool(name and f"/projects/{quote(name, safe='')}/packages/generic/" in url)


def _contradiction(version: str, name: str, file: LockedFile, repository: SplitResult | None) -> str | None:
    """What an address cannot be the address of; None where nothing is wrong, or nothing can be known."""
    found = _parts(file.url)
    if found is None:
        return "is no address"
    if repository is None or repository.scheme not in _REMOTE or found.scheme == "file":
        return None if found.scheme in _OF_FILES else "is no address that a file is read at"
    if found.scheme == "snapshot":
        return _of_another_file(found, version, name)
    if found.scheme != "https" or not _is_of(found, repository):
        return f"is no address of the repository's host, https://{_host(repository)}"
    if repository.scheme == "oci":
        return None if found.path.endswith(f"/sha256:{file.sha256}") else "has another digest than the file"
    return _of_another_release(found, repository, version, name)


def _is_of(found: SplitResult, repository: SplitResult) -> bool:
    """Whether an address is of a repository's host, or of the API beside it; a variable may stand for any host."""
    host = _host(repository)
    return "$" in host or _host(found) in (host, f"api.{host}", api_host(host))


def _of_another_release(found: SplitResult, repository: SplitResult, version: str, name: str) -> str | None:
    """A number in the place of an address says nothing of a release."""
    if found.query or "@" in found.netloc:
        return "has a query or a credential, and no lock records one"
    if _BY_NUMBER in found.path:
        return None
    return _of_another_repository(found, repository) or _of_another_file(found, version, name)


def _of_another_file(found: SplitResult, version: str, name: str) -> str | None:
    *_, tag, last = ["", "", *(unquote(each) for each in found.path.split("/"))]
    if tag != version:
        return f"is not of the version, which is {version}"
    return None if last == name else "is the address of another file"


def _of_another_repository(found: SplitResult, repository: SplitResult) -> str | None:
    """Where both are GitHub's, which compares without case."""
    ours, mark, _ = found.path.partition(_DOWNLOAD)
    theirs, releases, _ = repository.path.partition("/releases/")
    if mark and releases and unquote(ours).lower() != unquote(theirs).lower():
        return f"is not in the repository, which is {unquote(theirs)[1:][:200]}"
    return None


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _host(parts: SplitResult) -> str:
    """Host and port in one spelling, without a credential."""
    host = (parts.hostname or "").removeprefix("www.")
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, 443) else f"{host}:{parts.port}"
