"""clusterctl's configuration file: where it is found, and what it says (clusterctl-resolution 2.1, 2.2)."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.config.paths import Places, Platform
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Span, Subject
from capyctl.core.node_span import node_span
from capyctl.core.repr_without import repr_without
from capyctl.core.setting import HIDDEN, FileState, SearchedFile
from capyctl.ports.fetch_errors import AbsentError

if TYPE_CHECKING:
    from capyctl.config.configuration_formats import ConfigurationValue

FetchConfiguration = Callable[[str], bytes]
"""Gets the bytes of a remote configuration file; may raise what the fetch ports raise."""

_BYTE_ORDER_MARK = "\ufeff".encode()


class Configuration(Struct, frozen=True, kw_only=True):
    """What the configuration file says; keys are in lower case.

    Attributes:
        path: the file or address in use, or None. files: every place that was searched.
        problems: why a file could not be used. content: a local YAML file as it is, which an edit can change.
    """

    path: str | None = None
    values: Mapping[str, ConfigurationValue] = field(default_factory=dict)
    files: tuple[SearchedFile, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    content: str | None = None

    def __repr__(self) -> str:
        return repr_without(self, "content")

    def text(self, key: str) -> str | None:
        """A value as text by its key in any case; None where it is missing or null."""
        value = self.values.get(key.lower())
        return value.text if value is not None else None

    def section(self, key: str) -> ConfigurationValue | None:
        """A structured value by its key."""
        return self.values.get(key.lower())

    def span(self, key: str) -> Span | None:
        """The place of a value, where its format has places."""
        value = self.values.get(key.lower())
        return node_span(value.node, self.path) if value is not None and value.node and self.path else None


def load_configuration(
    given: str | None, places: Places, platform: Platform, fetch: FetchConfiguration
) -> Configuration:
    """Read the file that ``--config`` names, or search clusterctl's places.

    Raises:
        FetchError: a remote file could not be had, as ``fetch`` raises it; one that its host does not have
            is unusable like a local one that is not there.
    """
    if given is None:
        return _searched(places, platform)
    scheme = given.partition("://")[0].lower() if "://" in given else ""
    if scheme in ("http", "https"):
        return _remote(given, scheme, fetch)
    if _looked_for(given) is FileState.ABSENT:
        from capyctl.core.shown_address import shown_file  # noqa: PLC0415 - start-up budget

        return _unusable(shown_file(given, HIDDEN), "the file does not exist", FileState.ABSENT)
    return _local(given)


def _searched(places: Places, platform: Platform) -> Configuration:
    files = [(path, _looked_for(path)) for path in places.configuration_files(platform)]
    chosen = next((path for path, state in files if state is FileState.USED), None)
    others = tuple(
        SearchedFile(path=path, state=FileState.SHADOWED if state is FileState.USED else state)
        for path, state in files
        if path != chosen
    )
    if chosen is None:
        return Configuration(files=others)
    found = _local(chosen)
    state = found.files[0]
    before = [path for path, _ in files].index(chosen)
    return Configuration(
        path=found.path,
        values=found.values,
        files=(*others[:before], state, *others[before:]),
        problems=found.problems,
        content=found.content,
    )


def _looked_for(path: str) -> FileState:
    """Whether a file can be used as far as its place goes; clusterctl searches on where it may not look."""
    try:
        about = Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return FileState.ABSENT
    except (OSError, ValueError):
        return FileState.UNREADABLE
    return FileState.USED if stat.S_ISREG(about.st_mode) else FileState.ABSENT


def _remote(address: str, scheme: str, fetch: FetchConfiguration) -> Configuration:
    from capyctl.core.shown_address import shown_address  # noqa: PLC0415 - start-up budget

    shown = shown_address(address)
    if scheme != "https":
        return _unusable(shown, "a remote configuration file is read over https only", FileState.UNREADABLE)
    if not _is_address(address):
        return _unusable(shown, "it is no address", FileState.UNREADABLE)
    try:
        data = fetch(address)
    except AbsentError as error:
        return _unusable(shown, error.reason, FileState.ABSENT)
    return _parsed(shown, "yaml", data)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _local(path: str) -> Configuration:
    from capyctl.config.configuration_formats import LIMITS  # noqa: PLC0415 - start-up budget

    try:
        with Path(path).open("rb") as file:
            data = file.read(LIMITS.size + 1)
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        return _unusable(path, f"it cannot be read: {said or 'unknown reason'}", FileState.UNREADABLE)
    extension = Path(path).suffix.lstrip(".").lower()
    found = _parsed(path, extension, data)
    editable = found.values and extension in ("yaml", "yml") and not data.startswith(_BYTE_ORDER_MARK)
    return replace(found, content=data.decode()) if editable else found


def _parsed(path: str, extension: str, data: bytes) -> Configuration:
    from capyctl.config.configuration_formats import (  # noqa: PLC0415 - start-up budget
        UnreadableError,
        read_values,
    )

    try:
        values = read_values(extension, data)
    except UnreadableError as error:
        return _unusable(path, str(error), FileState.UNREADABLE, line=error.line, column=error.column)
    return Configuration(path=path, values=values, files=(SearchedFile(path=path, state=FileState.USED),))


def _unusable(
    path: str, reason: str, state: FileState, line: int | None = None, column: int = 1
) -> Configuration:
    place = Span(file=path, line=line or 1, column=column, end_line=line or 1, end_column=column + 1)
    problem = Diagnostic(
        code=codes.CONFIGURATION_UNREADABLE,
        severity=Severity.ERROR,
        detail=f"The configuration file {path} cannot be used: {reason}.",
        subject=Subject(file=path),
        spans=(place,) if line is not None else (),
    )
    return Configuration(files=(SearchedFile(path=path, state=state),), problems=(problem,))
