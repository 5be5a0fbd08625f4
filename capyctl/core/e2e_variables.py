"""The Kubernetes versions that a configuration of end-to-end tests names (clusterctl-resolution 12.2)."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from capyctl.core.diagnostics import Span
from capyctl.core.node_span import node_span
from capyctl.core.pattern import pattern
from capyctl.core.yaml_nodes import MappingNode, ScalarNode, read_documents
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
    """

    name: str
    value: str
    span: Span | None = None
    name_span: Span | None = None


def version_variables(data: bytes, file: str) -> tuple[VersionVariable, ...]:
    """The variables that name a version of Kubernetes, in the file's order; the value of an empty or null one is "".

    Raises:
        E2eConfigError: the file is too large, or no YAML mapping with a mapping ``variables``.
    """
    if len(data) > LARGEST:
        raise E2eConfigError(f"it is larger than the {LARGEST // 1024} KiB that are read")
    try:
        documents = read_documents(data)
    except YamlError as error:
        raise E2eConfigError(error.reason, error.line, error.column) from error
    root = documents[0].root if len(documents) == 1 else None
    variables = root.get("variables") if isinstance(root, MappingNode) else None
    if not isinstance(variables, MappingNode):
        raise E2eConfigError("it is no YAML mapping that holds a mapping called variables")
    return tuple(
        VersionVariable(
            name=name,
            value=entry.value.text.strip() if entry.value.value is not None else "",
            span=node_span(entry.value, file),
            name_span=node_span(entry.key, file),
        )
        for name, entry in variables.entries.items()
        if name.startswith(PREFIX) and isinstance(entry.value, ScalarNode)
    )
