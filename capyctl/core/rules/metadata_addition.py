"""The exact change that gives a metadata.yaml the series of a version: a new entry, or a mended one."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.core.contract import NEWEST_CORE_CONTRACT, is_contract_name
from capyctl.core.diagnostics import Edit, Span
from capyctl.core.metadata import Metadata, ReleaseSeries
from capyctl.core.metadata_text import MetadataText
from capyctl.core.rules.metadata_slip import Slip
from capyctl.core.version import ProviderVersion
from capyctl.core.yaml_nodes import MappingNode, Place, ScalarNode, YamlError, plain_value, read_documents

_FIELDS = ("major", "minor", "contract")


def series_line(version: ProviderVersion, contract: str) -> str:
    """The new entry as one line of YAML."""
    return f"- {{major: {version.major}, minor: {version.minor}, contract: {contract}}}"


def inferred_contract(series: Sequence[ReleaseSeries], version: ProviderVersion) -> str:
    """The contract of the highest series below the version's own, else of the lowest above it.

    A text that is no contract is never copied; where there is no other, the newest contract stands in.
    """
    sound = [entry for entry in series if is_contract_name(entry.contract)]
    below = [entry for entry in sound if entry.number < version.series]
    neighbour = max(below, key=_number) if below else min(sound, key=_number, default=None)
    return neighbour.contract if neighbour else NEWEST_CORE_CONTRACT


def _number(entry: ReleaseSeries) -> tuple[int, int]:
    return entry.number


def insertion(metadata: Metadata, version: ProviderVersion, contract: str) -> Edit | None:
    """The patch that adds the version's series where the list's order wants it; None for odd layouts."""
    series = metadata.series
    rising = series[0].number <= series[-1].number
    following = next((s for s in series if (s.number > version.series) == rising), None)
    model = following or series[-1]
    if metadata.text is None or model.node is None or model.span is None:
        return None
    if _is_flow(metadata.text, model.node):
        return _flow_insertion(metadata.text, model.node, version, contract, after=following is None)
    prefix = _dash(metadata.text, model.span)
    if prefix is None:
        return None
    before = following.span.line if following and following.span else model.span.end_line + 1
    return metadata.text.inserted(before, _entry(model.node, prefix, version, contract))


def _is_flow(text: MetadataText, node: MappingNode) -> bool:
    """Whether an entry stands in braces on one line, in this very place (an alias stands elsewhere)."""
    place = node.place
    written = text.line(place.line)[place.column - 1 : place.end_column - 1]
    if place.line != place.end_line or not written.startswith("{") or not written.endswith("}"):
        return False
    try:
        (document,) = read_documents(written.encode())
    except (YamlError, ValueError):
        return False
    return plain_value(document.root) == plain_value(node)


def _flow_insertion(
    text: MetadataText, node: MappingNode, version: ProviderVersion, contract: str, *, after: bool
) -> Edit | None:
    """A new entry beside one in braces: on a line of its own after a dash, else within the brackets."""
    place = node.place
    line = text.line(place.line)
    before, behind = line[: place.column - 1], line[place.end_column - 1 :]
    entry = _flow_entry(node, version, contract)
    if before.strip() == "-" and (not behind.strip() or behind.lstrip().startswith("#")):
        return text.inserted(place.line + after, [f"{before}{entry}"])
    if not _within_brackets(text, place):
        return None
    column = place.end_column if after else place.column
    point = Place(line=place.line, column=column, end_line=place.line, end_column=column)
    return text.replaced((point, f", {entry}" if after else f"{entry}, "))


def _within_brackets(text: MetadataText, place: Place) -> bool:
    """Whether what stands before an entry opens a list in brackets, or goes on with one."""
    ahead = "\n".join([*text.lines[: place.line - 1], text.line(place.line)[: place.column - 1]])
    return ahead.rstrip().endswith(("[", ","))


def _flow_entry(model: MappingNode, version: ProviderVersion, contract: str) -> str:
    """The new entry in braces, with quotes where the model has them, as in JSON."""
    if any(entry.key.style == '"' for entry in model.written):
        return f'{{"major": {version.major}, "minor": {version.minor}, "contract": "{contract}"}}'
    return series_line(version, contract).removeprefix("- ")


def _dash(text: MetadataText, span: Span) -> str | None:
    """What stands before an entry on its line, if that is indentation and a dash."""
    begin = span.column - 1
    line = text.line(span.line)
    is_block = span.end_line > span.line and not line[begin:].startswith("{")
    return line[:begin] if is_block and line[:begin].strip() == "-" else None


def _entry(model: MappingNode, prefix: str, version: ProviderVersion, contract: str) -> list[str]:
    values = {"major": version.major, "minor": version.minor, "contract": contract}
    names = [name for name in model.entries if name in _FIELDS]
    names += [name for name in _FIELDS if name not in names]
    lines = [f"{name}: {values[name]}" for name in names]
    return [f"{prefix}{lines[0]}", *(f"{' ' * len(prefix)}{line}" for line in lines[1:])]


def correction(metadata: Metadata, version: ProviderVersion, slip: Slip) -> Edit | None:
    """The patch that makes a mistaken entry the version's own; None where it has to be written anew."""
    node = slip.series.node
    if node is None or metadata.text is None:
        return None
    changes: list[tuple[Place, str]] = []
    for name, wanted in (("major", version.major), ("minor", version.minor)):
        written = next((entry for entry in node.written if entry.name.lower() == name), None)
        if written is None:
            continue
        if not isinstance(written.value, ScalarNode):
            return None
        if written.name != name:
            changes.append((written.key.place, name))
        if written.value.text != str(wanted):
            changes.append((written.value.place, str(wanted)))
    return metadata.text.replaced(*changes) if changes else None
