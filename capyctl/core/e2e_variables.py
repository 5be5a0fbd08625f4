"""The Kubernetes versions that a configuration of end-to-end tests names (clusterctl-resolution 12.2)."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from capyctl.core.diagnostics import Span
from capyctl.core.node_span import node_span
from capyctl.core.pattern import pattern
from capyctl.core.yaml_nodes import MappingEntry, MappingNode, ScalarNode, read_documents
from capyctl.core.yaml_text import YamlError

PREFIX: Final = "KUBERNETES_VERSION"
LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a configuration; those of the projects have some ten thousand."""

_NAME = pattern(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)


def is_variable_name(text: str) -> bool:
    """Whether a shell takes it for the name of a variable: any other in ``NAME=VALUE`` could be a command."""
    return _NAME().match(text) is not None


class E2eConfigError(ValueError):
    """A file is no configuration of end-to-end tests; ``line`` and ``column`` count from 1, where it has a place."""

    def __init__(self, reason: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class VersionVariable(Struct, frozen=True, kw_only=True):
    """A variable whose name begins with ``KUBERNETES_VERSION``, and its value as the file writes it.

    Attributes:
        span: of the value. name_span: of the name.
        fault: why nothing says what its value is, such as ``stands twice``; None where something does.
    """

    name: str
    value: str
    span: Span | None = None
    name_span: Span | None = None
    fault: str | None = None


def version_variables(data: bytes, file: str) -> tuple[VersionVariable, ...]:
    """The variables that name a version of Kubernetes, in the file's order; the value of an empty or null one is "".

    Raises:
        E2eConfigError: the file is too large, or no YAML mapping with one mapping ``variables``.
    """
    if len(data) > LARGEST:
        raise E2eConfigError(f"it is larger than the {LARGEST // 1024} KiB that are read")
    try:
        documents = read_documents(data)
    except YamlError as error:
        raise E2eConfigError(error.reason, error.line, error.column) from error
    root = documents[0].root if len(documents) == 1 else None
    variables = root.get("variables") if isinstance(root, MappingNode) else None
    if not isinstance(root, MappingNode) or not isinstance(variables, MappingNode):
        raise E2eConfigError("it is no YAML mapping that holds a mapping called variables")
    again = _second(root, "variables")
    if again is not None:
        raise E2eConfigError("the key variables stands twice", again.place.line, again.place.column)
    return tuple(
        _variable(entry, _second(variables, name), file)
        for name, entry in variables.entries.items()
        if name.startswith(PREFIX)
    )


def _second(mapping: MappingNode, name: str) -> ScalarNode | None:
    """Where a key stands for the second time: no reader of YAML that is strict takes either."""
    return next((entry.key for _, entry in mapping.duplicates() if entry.name == name), None)


def _variable(entry: MappingEntry, again: ScalarNode | None, file: str) -> VersionVariable:
    value, fault = entry.value, None
    if again is not None:
        fault = "stands twice, so that nothing says which value holds"
    elif not isinstance(value, ScalarNode):
        kind = "mapping" if isinstance(value, MappingNode) else "list"
        fault = f"is a {kind}, where one marker or version belongs"
    written = value.text.strip() if isinstance(value, ScalarNode) and value.value is not None else ""
    return VersionVariable(
        name=entry.name,
        value=written,
        span=node_span(value, file),
        name_span=node_span(again or entry.key, file),
        fault=fault,
    )
