"""Bytes of a metadata.yaml to its model, with everything that is wrong with it (clusterctl-resolution 7)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Span, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.metadata import Metadata, MetadataReading
from capyctl.core.metadata_text import MetadataText, cut_text
from capyctl.core.rules.metadata_entries import read_entries
from capyctl.core.rules.metadata_file import MetadataFile
from capyctl.core.rules.metadata_head import check_head
from capyctl.core.rules.metadata_series import check_series
from capyctl.core.rules.metadata_words import upstream_fix
from capyctl.core.yaml_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    YamlDocument,
    YamlError,
    YamlLimits,
    iterate_documents,
)

METADATA_LIMITS = YamlLimits(size=1024 * 1024, line=64 * 1024, alias_nodes=100_000)
"""Real files have at most a few KiB; a megabyte is an attack or a mistake."""

_REPEATS = 20
_FATAL = (
    codes.METADATA_UNREADABLE,
    codes.METADATA_API_VERSION,
    codes.METADATA_KIND_WRONG,
    codes.METADATA_NO_SERIES,
    codes.METADATA_FIELD_TYPE,
)


def read_metadata(
    data: bytes, *, subject: Subject, file: str, evidence: tuple[Evidence, ...] = ()
) -> MetadataReading:
    """Read a metadata.yaml as clusterctl's decoder does; never raises, whatever the bytes are.

    ``file`` names the file in spans. The version's own series is judged apart, by ``judge_own_series``.
    """
    text = cut_text(file, data)
    try:
        root, second_line, is_json = _first_document(data, text)
    except YamlError as error:
        span = text.point(error.line, error.column, error.reason)
        detail = f"metadata.yaml cannot be read: {error.reason} (line {error.line}, column {error.column})."
        return _unreadable(subject, evidence, detail, span)
    if not isinstance(root, MappingNode):
        return _unreadable(subject, evidence, *_no_mapping(root, text))
    source = MetadataFile(text=text, root=root, is_json=is_json, subject=subject, evidence=evidence)
    return _read_mapping(source, second_line)


def _read_mapping(file: MetadataFile, second_line: int | None) -> MetadataReading:
    entries = read_entries(file)
    found = [*check_head(file), *entries.diagnostics, *check_series(file, entries.series)]
    if second_line is not None:
        found.append(_second_document(file, second_line))
    partial = Metadata(series=tuple(entries.series), text=file.text)
    fatal = any(item.is_error and item.code in _FATAL for item in found)
    return MetadataReading(
        metadata=None if fatal else partial,
        diagnostics=_bounded(found),
        partial=partial if partial.series else None,
    )


def _first_document(data: bytes, text: MetadataText) -> tuple[Node, int | None, bool]:
    """The first document's root, the line of a second one, and whether clusterctl takes the file for JSON."""
    is_json = text.text.lstrip().startswith("{")
    documents = _json_documents(data, text) if is_json else iterate_documents(data, METADATA_LIMITS)
    first = next(documents, None)
    if first is None:
        raise YamlError("the file is empty")
    try:
        second = next(documents, None)
    except YamlError as error:
        return first.root, error.line, is_json
    return first.root, second.root.place.line if second else None, is_json


def _json_documents(data: bytes, text: MetadataText) -> Iterator[YamlDocument]:
    """A file that begins with ``{`` goes to clusterctl's JSON decoder, never to its YAML one.

    The nodes still come from the YAML reader, for their places. A text with the escapes that only JSON has is
    spelled anew first, and places are then those of the new spelling.
    """
    value = _json_value(text)
    try:
        return iter([*iterate_documents(data, METADATA_LIMITS)])
    except YamlError:
        spelled = json.dumps(value, ensure_ascii=False).encode("utf-8", errors="replace")
        return iterate_documents(spelled, METADATA_LIMITS)


def _json_value(text: MetadataText) -> object:
    try:
        return json.loads(text.text)
    except json.JSONDecodeError as error:
        reason = f"a file that begins with '{{' is read as JSON, and it is none: {error.msg}"
        raise YamlError(reason, error.lineno, error.colno) from None
    except (ValueError, RecursionError):
        raise YamlError("a file that begins with '{' is read as JSON, and it is none") from None


def _no_mapping(root: Node, text: MetadataText) -> tuple[str, Span]:
    if isinstance(root, ScalarNode) and root.value is None:
        return "metadata.yaml is empty.", text.point(1, 1, "nothing here")
    what = "plain text" if isinstance(root, ScalarNode) else "a list"
    span = text.point(root.place.line, root.place.column, what)
    return f"metadata.yaml holds {what} where fields such as apiVersion are expected.", span


def _unreadable(subject: Subject, evidence: tuple[Evidence, ...], detail: str, span: Span) -> MetadataReading:
    diagnostic = Diagnostic(
        code=codes.METADATA_UNREADABLE,
        severity=Severity.ERROR,
        detail=detail,
        subject=subject,
        spans=(span,),
        evidence=evidence,
        fixes=(upstream_fix("mend the file there and publish it again"),),
    )
    return MetadataReading(metadata=None, diagnostics=(diagnostic,))


def _second_document(file: MetadataFile, line: int) -> Diagnostic:
    return file.report(
        codes.METADATA_UNKNOWN_FIELD,
        Severity.NOTE,
        f"A second document stands on line {line}. clusterctl reads the first one and no other.",
        [file.text.point(line, 1, "nobody reads this document")],
        [upstream_fix("keep one document in metadata.yaml")],
    )


def _bounded(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """At most twenty diagnostics of one code: a hostile file must not fill the screen."""
    seen: Counter[str] = Counter()
    kept = []
    for diagnostic in found:
        seen[diagnostic.code.code] += 1
        if seen[diagnostic.code.code] <= _REPEATS:
            kept.append(diagnostic)
    return tuple(kept)
