"""Rules about the entries under releaseSeries, one entry at a time, and the reading of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from capyctl.core import codes
from capyctl.core.contract import is_contract_name
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.metadata import ReleaseSeries
from capyctl.core.pattern import pattern
from capyctl.core.rules.metadata_file import MetadataFile
from capyctl.core.rules.metadata_head import (
    SERIES_FIELD,
    SERIES_FIELDS,
    check_unknown_fields,
    is_null,
    wrong_type,
)
from capyctl.core.rules.metadata_words import shown, upstream_fix
from capyctl.core.yaml_nodes import MappingNode, Node, Place, ScalarNode, SequenceNode

_INT32 = range(-(2**31), 2**31)
_LONGEST_NUMBER = 20
_DECIMAL = pattern(r"[0-9]{1,9}\Z", re.ASCII)
_LEADING_ZERO = pattern(r"[-+]?0[0-9_]+\Z", re.ASCII)
_JSON_INTEGER = pattern(r"-?(0|[1-9][0-9]*)\Z", re.ASCII)


class EntryReading(Struct, kw_only=True):
    """What the entries say and what is wrong with them."""

    series: list[ReleaseSeries] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def read_entries(file: MetadataFile) -> EntryReading:
    """The release series of a file, as far as they can be read (clusterctl-resolution 7.2)."""
    reading = EntryReading()
    node = file.root.get(SERIES_FIELD)
    if node is None or is_null(node):
        reading.diagnostics.append(_no_series(file, node))
    elif not isinstance(node, SequenceNode):
        reading.diagnostics.append(wrong_type(file, node, SERIES_FIELD, "a list"))
    elif not node.items:
        reading.diagnostics.append(_no_series(file, node))
    else:
        for item in node.items:
            _read_entry(file, item, reading)
    return reading


def _no_series(file: MetadataFile, node: Node | None) -> Diagnostic:
    place = node.place if node is not None else file.root.place
    return file.report(
        codes.METADATA_NO_SERIES,
        Severity.ERROR,
        "metadata.yaml lists no release series, so no version can belong to one. clusterctl v1.11 and later"
        " refuse the file.",
        [file.text.point(place.line, place.column, "no release series")],
        [upstream_fix("list every release series under releaseSeries: with major, minor and contract")],
    )


def _read_entry(file: MetadataFile, item: Node, reading: EntryReading) -> None:
    if isinstance(item, ScalarNode) and item.value is None:
        span = file.text.span(item.place, "an empty entry")
        reading.series.append(ReleaseSeries(major=0, minor=0, contract="", span=span))
        return
    if not isinstance(item, MappingNode):
        reading.diagnostics.append(wrong_type(file, item, f"an entry of {SERIES_FIELD}", "an object"))
        return
    found = [_read_number(file, item, "major"), _read_number(file, item, "minor")]
    contract = item.get("contract")
    problems = [diagnostic for _, diagnostics in found for diagnostic in diagnostics]
    if contract is not None and not is_null(contract) and not _is_text(contract):
        problems.append(wrong_type(file, contract, "contract", "text"))
    problems.extend(check_unknown_fields(file, item, SERIES_FIELDS, where="of a release series"))
    reading.diagnostics.extend(problems)
    if not any(problem.code is codes.METADATA_FIELD_TYPE and problem.is_error for problem in problems):
        series = _series(file, item, found[0][0], found[1][0], contract)
        reading.series.append(series)
        reading.diagnostics.extend(_check_contract(file, series, contract))


def _is_text(node: Node | None) -> bool:
    return isinstance(node, ScalarNode) and isinstance(node.value, str)


def _series(
    file: MetadataFile, item: MappingNode, major: int, minor: int, contract: Node | None
) -> ReleaseSeries:
    text = contract.value if isinstance(contract, ScalarNode) else None
    return ReleaseSeries(
        major=major,
        minor=minor,
        contract=text if isinstance(text, str) else "",
        span=file.text.span(entry_place(item), f"series {major}.{minor}"),
        node=item,
    )


def entry_place(item: MappingNode) -> Place:
    """From an entry's first character to the end of its last value; a block's own end is too far."""
    ends = [(entry.value.place.end_line, entry.value.place.end_column) for entry in item.written]
    end_line, end_column = max(ends, default=(item.place.end_line, item.place.end_column))
    return Place(line=item.place.line, column=item.place.column, end_line=end_line, end_column=end_column)


def _read_number(file: MetadataFile, item: MappingNode, name: str) -> tuple[int, list[Diagnostic]]:
    node = item.get(name)
    if node is None or is_null(node):
        return 0, []
    value = node.value if isinstance(node, ScalarNode) else None
    is_integer = isinstance(value, int) and not isinstance(value, bool) and value in _INT32
    if isinstance(node, ScalarNode) and file.is_json and not _JSON_INTEGER().match(node.text):
        is_integer = False
    if not isinstance(node, ScalarNode) or not isinstance(value, int) or not is_integer:
        return 0, [_not_a_number(file, node, name)]
    return value, [*_check_octal(file, node, name, value), *_check_negative(file, node, name, value)]


def _not_a_number(file: MetadataFile, node: Node, name: str) -> Diagnostic:
    found = wrong_type(file, node, name, "a whole number of 32 bits")
    digits = node.value if isinstance(node, ScalarNode) else None
    if isinstance(node, ScalarNode) and isinstance(digits, str) and _DECIMAL().match(digits):
        plain = str(int(digits))
        edit = file.text.replaced((node.place, plain))
        fix = upstream_fix(f"write {name}: {plain}, without quotes", edit)
        return file.report(found.code, found.severity, found.detail, found.spans, [fix])
    return found


def _check_octal(file: MetadataFile, node: ScalarNode, name: str, value: int) -> Iterator[Diagnostic]:
    if not node.is_plain or len(node.text) > _LONGEST_NUMBER or not _LEADING_ZERO().match(node.text):
        return
    decimal = int(node.text.replace("_", ""))
    if decimal == value:
        return
    yield file.report(
        codes.METADATA_OCTAL_NUMBER,
        Severity.WARNING,
        f"{name}: {node.text} on line {node.place.line} is read as {value}: with a leading zero it is octal.",
        [file.text.span(node.place, f"read as {value}")],
        [upstream_fix(f"write {name}: {decimal}", file.text.replaced((node.place, str(decimal))))],
    )


def _check_negative(file: MetadataFile, node: ScalarNode, name: str, value: int) -> Iterator[Diagnostic]:
    if value < 0:
        yield file.report(
            codes.METADATA_FIELD_TYPE,
            Severity.WARNING,
            f"{name}: {value} on line {node.place.line} is negative: no version can belong to this series.",
            [file.text.span(node.place, "negative")],
        )


def _check_contract(file: MetadataFile, series: ReleaseSeries, node: Node | None) -> Iterator[Diagnostic]:
    if is_contract_name(series.contract):
        return
    found = f"names the contract {shown(series.contract)}" if series.contract else "names no contract"
    span = file.text.span(node.place, "no contract version") if node is not None else series.span
    yield file.report(
        codes.METADATA_CONTRACT_INVALID,
        Severity.WARNING,
        f"Series {series} {found}; a contract has the form v1beta1. No core provider accepts its versions.",
        [span] if span else [],
        [upstream_fix(f"state the contract that the CRDs of series {series} carry as a label")],
    )
