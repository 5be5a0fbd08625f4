"""The values of a configuration file by its format, each as clusterctl reads it (clusterctl-resolution 2.2)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.config.value_text import mapping_items, node_text, node_value, value_text
from capyctl.core.repr_without import repr_without
from capyctl.core.yaml_nodes import MappingNode, Node, ScalarNode, YamlLimits, read_documents
from capyctl.core.yaml_text import YamlError

LIMITS = YamlLimits(size=4 * 1024 * 1024, line=1024 * 1024, alias_nodes=100_000)
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


class UnreadableError(Exception):
    """A file cannot be used; ``line`` and ``column`` count from 1, where the reason has a place."""

    def __init__(self, reason: str, line: int | None = None, column: int = 1) -> None:
        super().__init__(reason)
        self.line = line
        self.column = column


def read_values(extension: str, data: bytes) -> dict[str, ConfigurationValue]:
    """The values by their keys in lower case; the extension of its name says what format a file has.

    Raises:
        UnreadableError: the file cannot be used.
    """
    if extension not in _READABLE:
        raise UnreadableError(
            f"the extension {extension[:20]!r} stands for no format that can be read; "
            f"{', '.join(_READABLE)} can"
        )
    if len(data) > LIMITS.size:
        raise UnreadableError(f"it is larger than {LIMITS.size // 1024 // 1024} MiB")
    if extension in ("yaml", "yml"):
        return _yaml_values(data)
    from capyctl.config.plain_formats import PlainFormatError, parse_plain  # noqa: PLC0415 - seldom needed

    try:
        plain = parse_plain(extension, data)
    except PlainFormatError as error:
        raise UnreadableError(str(error), error.line, error.column) from None
    return {
        key.lower(): ConfigurationValue(text=value_text(value), plain=value) for key, value in plain.items()
    }


def _yaml_values(data: bytes) -> dict[str, ConfigurationValue]:
    try:
        documents = read_documents(data, LIMITS)
    except YamlError as error:
        raise UnreadableError(error.reason, error.line, error.column) from None
    root = documents[0].root if documents else None
    if root is None or (isinstance(root, ScalarNode) and root.value is None):
        return {}
    if not isinstance(root, MappingNode):
        raise UnreadableError("it is no mapping of keys to values", root.place.line, root.place.column)
    for _, repeated in root.duplicates():
        place = repeated.key.place
        raise UnreadableError(f"the key {repeated.name[:60]!r} stands there twice", place.line, place.column)
    return {
        key: ConfigurationValue(text=node_text(node), plain=node_value(node), node=node)
        for key, node in mapping_items(root).items()
    }
