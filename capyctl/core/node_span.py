"""Where a node of a YAML document stands, as a diagnostic says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from capyctl.core.diagnostics import Span

if TYPE_CHECKING:
    from capyctl.core.yaml_tree import Node


def node_span(node: Node, file: str, label: str = "") -> Span:
    """The place of a node as a diagnostic's span."""
    place = node.place
    return Span(
        file=file,
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        label=label,
    )
