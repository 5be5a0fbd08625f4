"""Rules about the head of a metadata.yaml: apiVersion, kind, fields that nobody reads, keys stated twice."""

from __future__ import annotations

from collections.abc import Iterator

from capyctl.core import codes
from capyctl.core.contract import is_contract_name
from capyctl.core.diagnostics import Diagnostic, Fix, Severity
from capyctl.core.rules.metadata_file import API_VERSION, KIND, MetadataFile
from capyctl.core.rules.metadata_words import shown, upstream_fix
from capyctl.core.yaml_nodes import MappingEntry, MappingNode, Node, ScalarNode, SequenceNode

SERIES_FIELD = "releaseSeries"
TOP_FIELDS = ("apiVersion", "kind", "metadata", SERIES_FIELD)
SERIES_FIELDS = ("major", "minor", "contract")


def check_head(file: MetadataFile) -> Iterator[Diagnostic]:
    """What is wrong before the release series begin."""
    yield from _check_api_version(file)
    yield from _check_kind(file)
    metadata = file.root.get("metadata")
    if metadata is not None and not isinstance(metadata, MappingNode) and not is_null(metadata):
        yield wrong_type(file, metadata, "metadata", "an object")
    yield from check_unknown_fields(file, file.root, TOP_FIELDS, where="at the top")
    yield from check_duplicate_keys(file, file.root)


def is_null(node: Node | None) -> bool:
    """Whether a field is absent or null; Go makes no difference."""
    return node is None or (isinstance(node, ScalarNode) and node.value is None)


def wrong_type(file: MetadataFile, node: Node, name: str, wanted: str) -> Diagnostic:
    """An error: clusterctl cannot decode a field."""
    got = "an object" if isinstance(node, MappingNode) else "a list"
    if isinstance(node, ScalarNode):
        got = f"the {_TYPE_NAMES[type(node.value)]} {shown(node.value)}"
        if isinstance(node.value, str) and not node.is_plain:
            got += " in quotes" if node.style in "'\"" else ""
    return file.report(
        codes.METADATA_FIELD_TYPE,
        Severity.ERROR,
        f"{name} must be {wanted}; line {node.place.line} has {got}. clusterctl cannot decode the file.",
        [file.text.span(node.place, f"not {wanted}")],
    )


_TYPE_NAMES = {str: "text", int: "number", float: "number", bool: "boolean", type(None): "value"}


def _check_api_version(file: MetadataFile) -> Iterator[Diagnostic]:
    node = file.root.get("apiVersion")
    if node is not None and not is_null(node) and not _is_text(node):
        yield wrong_type(file, node, "apiVersion", "text")
        return
    if isinstance(node, ScalarNode) and node.value == API_VERSION:
        return
    if node is None or not isinstance(node, ScalarNode) or not node.value:
        yield _missing_api_version(file, node)
        return
    edit = file.text.replaced((node.place, API_VERSION if node.is_plain else f'"{API_VERSION}"'))
    yield file.report(
        codes.METADATA_API_VERSION,
        Severity.ERROR,
        f"metadata.yaml has apiVersion {shown(node.value)}; only {API_VERSION} is defined."
        + _mix_up(node.text),
        [file.text.span(node.place, f"must be {API_VERSION}")],
        [upstream_fix(f"write apiVersion: {API_VERSION}", edit)],
    )


def _mix_up(text: str) -> str:
    group, _, version = text.rpartition("/")
    if group == API_VERSION.partition("/")[0] and is_contract_name(version):
        return (
            f" {version} is the name of a contract, which belongs into the release series; it is often"
            " mistaken for the version of this file's format."
        )
    return ""


def _missing_api_version(file: MetadataFile, node: Node | None) -> Diagnostic:
    line = f"apiVersion: {API_VERSION}"
    edit = None
    if node is None and not file.is_json:
        edit = file.text.inserted(file.root.place.line, [line])
    place = node.place if node is not None else file.root.place
    return file.report(
        codes.METADATA_API_VERSION,
        Severity.ERROR,
        f"metadata.yaml states no apiVersion. clusterctl v1.11 and later expect {API_VERSION}.",
        [file.text.point(place.line, place.column, "no apiVersion")],
        [upstream_fix(f"add the line {line}", edit)],
    )


def _check_kind(file: MetadataFile) -> Iterator[Diagnostic]:
    node = file.root.get("kind")
    if node is None or is_null(node) or (isinstance(node, ScalarNode) and node.value == ""):
        yield _missing_kind(file, node)
    elif not _is_text(node):
        yield wrong_type(file, node, "kind", "text")
    elif isinstance(node, ScalarNode) and node.value != KIND:
        yield file.report(
            codes.METADATA_KIND_WRONG,
            Severity.ERROR,
            f"metadata.yaml has kind {shown(node.value)}; clusterctl cannot decode what is not {KIND}.",
            [file.text.span(node.place, f"must be {KIND}")],
            [upstream_fix(f"write kind: {KIND}", file.text.replaced((node.place, KIND)))],
        )


def _missing_kind(file: MetadataFile, node: Node | None) -> Diagnostic:
    line = f"kind: {KIND}"
    version = file.root.entries.get("apiVersion")
    anchor = version.key.place if version else file.root.place
    edit = None
    if node is None and version is not None and version.key.place.column == 1:
        edit = file.text.inserted(version.value.place.end_line + 1, [line])
    place = node.place if node is not None else anchor
    return file.report(
        codes.METADATA_KIND_MISSING,
        Severity.WARNING,
        f"metadata.yaml does not state kind: {KIND}. clusterctl v1.11.0 refuses that; every other release"
        " accepts it.",
        [file.text.point(place.line, place.column, "no kind")],
        [upstream_fix(f"add the line {line}", edit)],
    )


def _is_text(node: Node) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, str)


def check_unknown_fields(
    file: MetadataFile, mapping: MappingNode, known: tuple[str, ...], *, where: str
) -> Iterator[Diagnostic]:
    """Fields that clusterctl ignores; a warning where one of them takes a release series away."""
    meant = {name.lower(): name for name in known}
    for entry in mapping.entries.values():
        if entry.name in known:
            continue
        right = meant.get(entry.name.lower())
        if right is None or right in mapping.entries:
            detail = f"Nobody reads the field {shown(entry.name)} {where} (line {entry.key.place.line})."
            yield file.report(
                codes.METADATA_UNKNOWN_FIELD,
                Severity.NOTE,
                detail,
                [file.text.span(entry.key.place, "unread")],
            )
        else:
            yield _mis_cased(file, entry, right)


def _mis_cased(file: MetadataFile, entry: MappingEntry, right: str) -> Diagnostic:
    vanishes = right in (SERIES_FIELD, *SERIES_FIELDS)
    loss = "the release series vanish" if right == SERIES_FIELD else f"{right} counts as not stated"
    return file.report(
        codes.METADATA_UNKNOWN_FIELD,
        Severity.WARNING if vanishes else Severity.NOTE,
        f"{shown(entry.name)} on line {entry.key.place.line} is not {right}: case matters, so {loss}.",
        [file.text.span(entry.key.place, f"must be {right}")],
        [upstream_fix(f"write {right}:", file.text.replaced((entry.key.place, right)))],
    )


def check_duplicate_keys(file: MetadataFile, node: Node) -> Iterator[Diagnostic]:
    """Keys stated twice anywhere in the document."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from check_duplicate_keys(file, item)
    elif isinstance(node, MappingNode):
        for first, second in node.duplicates():
            yield _duplicate_key(file, first, second)
        for entry in node.written:
            yield from check_duplicate_keys(file, entry.value)


def _duplicate_key(file: MetadataFile, first: MappingEntry, second: MappingEntry) -> Diagnostic:
    return file.report(
        codes.METADATA_DUPLICATE_KEY,
        Severity.ERROR,
        f"The key {shown(second.name)} stands on line {first.key.place.line} and again on line"
        f" {second.key.place.line}. clusterctl takes the last one and drops the other without a word; strict"
        " readers refuse the file.",
        [
            file.text.span(second.key.place, "stated again; this one counts"),
            file.text.span(first.key.place, "stated here first; lost", primary=False),
        ],
        [_stated_once(file, first, second)],
    )


def _stated_once(file: MetadataFile, first: MappingEntry, second: MappingEntry) -> Fix:
    """Where both say the same on lines of their own, the second line goes; else only a person can tell."""
    node = second.value
    line = file.text.line(second.key.place.line)
    alone = (
        isinstance(node, ScalarNode)
        and isinstance(first.value, ScalarNode)
        and (node.value, node.place.line) == (first.value.value, second.key.place.line)
        and node.place.end_line == node.place.line
        and not line[: second.key.place.column - 1].strip()
        and not line[node.place.end_column - 1 :].strip()
    )
    if not alone:
        return upstream_fix(f"state {second.name} once, with everything that belongs under it")
    number = second.key.place.line
    return upstream_fix(
        f"take line {number} away: it repeats line {first.key.place.line}", file.text.removed(number)
    )
