"""clusterctl's configuration file: where it is found, how its formats and keys are read (2.1, 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.config.paths import Places, Platform
from capyctl.config.value_text import mapping_items, node_text, node_value, value_text
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Span, Subject
from capyctl.core.evidence import without_credentials
from capyctl.core.provider_table_file import node_span
from capyctl.core.repr_without import repr_without
from capyctl.core.setting import FileState, SearchedFile
from capyctl.core.yaml_nodes import MappingNode, Node, ScalarNode, YamlLimits, read_documents
from capyctl.core.yaml_text import YamlError
from capyctl.ports.fetch_errors import AbsentError

FetchConfiguration = Callable[[str], bytes]
"""Gets the bytes of a remote configuration file; may raise what the fetch ports raise."""

_LIMITS = YamlLimits(size=4 * 1024 * 1024, line=1024 * 1024, alias_nodes=100_000)
_BYTE_ORDER_MARK = "\ufeff".encode()
_READABLE = ("json", "toml", "yaml", "yml", "dotenv", "env")


class ConfigurationValue(Struct, frozen=True, kw_only=True):
    """One value: as text (None for null), as plain data, and as a node where the format has places.

    In YAML the scalars inside plain data are texts too, in Go's spelling.
    """

    text: str | None
    plain: object
    node: Node | None = None

    def __repr__(self) -> str:
        return repr_without(self, "text", "plain", "node")


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


class _UnreadableError(Exception):
    def __init__(self, reason: str, line: int | None = None, column: int = 1) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column


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
    scheme = urlsplit(given).scheme.lower() if "://" in given else ""
    if scheme in ("http", "https"):
        return _remote(given, scheme, fetch)
    if not Path(given).is_file():
        return _unusable(given, "the file does not exist", FileState.ABSENT)
    return _local(given)


def _searched(places: Places, platform: Platform) -> Configuration:
    files = [(path, Path(path).is_file()) for path in places.configuration_files(platform)]
    chosen = next((path for path, exists in files if exists), None)
    others = tuple(
        SearchedFile(path=path, state=FileState.SHADOWED if exists else FileState.ABSENT)
        for path, exists in files
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


def _remote(address: str, scheme: str, fetch: FetchConfiguration) -> Configuration:
    shown = without_credentials(address)
    if scheme != "https":
        return _unusable(shown, "a remote configuration file is read over https only", FileState.UNREADABLE)
    try:
        data = fetch(address)
    except AbsentError as error:
        return _unusable(shown, error.reason, FileState.ABSENT)
    return _parsed(shown, "yaml", data)


def _local(path: str) -> Configuration:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LIMITS.size + 1)
    except OSError as error:
        return _unusable(
            path, f"it cannot be read: {error.strerror or 'unknown reason'}", FileState.UNREADABLE
        )
    extension = Path(path).suffix.lstrip(".").lower()
    found = _parsed(path, extension, data)
    editable = found.values and extension in ("yaml", "yml") and not data.startswith(_BYTE_ORDER_MARK)
    return replace(found, content=data.decode()) if editable else found


def _parsed(path: str, extension: str, data: bytes) -> Configuration:
    try:
        values = _values(extension, data)
    except _UnreadableError as error:
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


def _values(extension: str, data: bytes) -> dict[str, ConfigurationValue]:
    if extension not in _READABLE:
        raise _UnreadableError(
            f"the extension {extension[:20]!r} stands for no format that can be read; "
            f"{', '.join(_READABLE)} can"
        )
    if len(data) > _LIMITS.size:
        raise _UnreadableError(f"it is larger than {_LIMITS.size // 1024 // 1024} MiB")
    if extension in ("yaml", "yml"):
        return _yaml_values(data)
    from capyctl.config.plain_formats import PlainFormatError, parse_plain  # noqa: PLC0415 - seldom needed

    try:
        plain = parse_plain(extension, data)
    except PlainFormatError as error:
        raise _UnreadableError(str(error), error.line, error.column) from None
    return {
        key.lower(): ConfigurationValue(text=value_text(value), plain=value) for key, value in plain.items()
    }


def _yaml_values(data: bytes) -> dict[str, ConfigurationValue]:
    try:
        documents = read_documents(data, _LIMITS)
    except YamlError as error:
        raise _UnreadableError(error.reason, error.line, error.column) from None
    root = documents[0].root if documents else None
    if root is None or (isinstance(root, ScalarNode) and root.value is None):
        return {}
    if not isinstance(root, MappingNode):
        raise _UnreadableError("it is no mapping of keys to values", root.place.line, root.place.column)
    for _, repeated in root.duplicates():
        place = repeated.key.place
        raise _UnreadableError(f"the key {repeated.name[:60]!r} stands there twice", place.line, place.column)
    return {
        key: ConfigurationValue(text=node_text(node), plain=node_value(node), node=node)
        for key, node in mapping_items(root).items()
    }
