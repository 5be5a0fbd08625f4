"""The format ``capyctl-providers/1``: the file of the built-in table, and of ``--providers`` (cli.md 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from capyctl.core.diagnostics import Span
from capyctl.core.local_path import LocalRules
from capyctl.core.location import GitHubReleases
from capyctl.core.node_span import node_span
from capyctl.core.provider_entry import BUILT_IN, InvalidEntry, TableEntry
from capyctl.core.provider_section import SectionContext, read_section
from capyctl.core.provider_table import BuiltInTable, CertManagerDefaults
from capyctl.core.repository_url import parse_repository_url
from capyctl.core.yaml_nodes import MappingNode, Node, SequenceNode, YamlLimits, plain_value, read_documents
from capyctl.core.yaml_text import YamlError
from capyctl.core.yaml_values import load_values

FORMAT = "capyctl-providers/1"
LIMITS = YamlLimits(size=4 * 1024 * 1024, line=64 * 1024, alias_nodes=10_000)


class TableFileError(ValueError):
    """A table file that cannot be used at all; the message says where and why."""


def parse_built_in(data: bytes) -> BuiltInTable:
    """The table that comes with capyctl.

    Raises:
        TableFileError: the file is damaged or of another format.
    """
    content = _content(next(iter(_values(data)), None))
    context = SectionContext(origin=BUILT_IN, span_of=_no_span, rules=LocalRules(), lookup=_no_variable)
    entries = read_section(content.get("providers"), context)
    rows = tuple(entry for entry in entries if isinstance(entry, TableEntry))
    if not rows or len(rows) != len(entries):
        raise TableFileError("the built-in provider table is damaged")
    return BuiltInTable(
        rows=rows,
        clusterctl=str(content.get("clusterctl") or ""),
        as_of=str(content.get("as_of") or ""),
        cert_manager=_cert_manager(content.get("cert_manager")),
    )


def parse_table_file(
    data: bytes, origin: str, rules: LocalRules, lookup: Callable[[str], str | None]
) -> tuple[TableEntry | InvalidEntry, ...]:
    """The entries of a user's table file; bad ones carry their error.

    Raises:
        TableFileError: the file is not readable YAML, of another format, or has no list of providers.
    """
    try:
        documents = read_documents(data, LIMITS)
    except YamlError as error:
        raise TableFileError(str(error)) from None
    root = documents[0].root if documents else None
    content = _content(plain_value(root) if root is not None else None)
    if not isinstance(content.get("providers"), list):
        raise TableFileError("it has no list under 'providers'")
    section = root.get("providers") if isinstance(root, MappingNode) else None
    context = SectionContext(
        origin=origin,
        span_of=spans_of_entries(section, origin),
        rules=rules,
        lookup=lookup,
        text=data.decode(),
    )
    return read_section(content["providers"], context)


def spans_of_entries(section: Node | None, file: str) -> Callable[[int], Span | None]:
    """The place of each entry's address, or of the entry where it has none."""
    items = section.items if isinstance(section, SequenceNode) else (section,) if section is not None else ()

    def span_of(index: int) -> Span | None:
        if index >= len(items):
            return None
        return node_span(_address_node(items[index]) or items[index], file)

    return span_of


def _address_node(entry: Node) -> Node | None:
    if not isinstance(entry, MappingNode):
        return None
    return next((item.value for name, item in entry.entries.items() if name.lower() == "url"), None)


def _values(data: bytes) -> list[object]:
    try:
        return load_values(data, LIMITS)
    except YamlError as error:
        raise TableFileError(str(error)) from None


def _content(value: object) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise TableFileError("it is not a mapping")
    found = value.get("format", FORMAT)
    if found != FORMAT:
        raise TableFileError(f"its format is {str(found)[:60]!r}, {FORMAT} is read")
    return dict(value)


def _cert_manager(value: object) -> CertManagerDefaults | None:
    if not isinstance(value, Mapping):
        return None
    defaults = value.get("defaults")
    rows = [item for item in defaults if isinstance(item, Mapping)] if isinstance(defaults, list) else []
    formerly, sources = value.get("formerly"), value.get("sources")
    url = str(value.get("url"))
    return CertManagerDefaults(
        version=str(value.get("version")),
        url=url,
        location=_plain_location(url),
        formerly=tuple(map(str, formerly)) if isinstance(formerly, list) else (),
        defaults=tuple((str(row.get("since")), str(row.get("version"))) for row in rows),
        sources=tuple(map(str, sources)) if isinstance(sources, list) else (),
    )


def _plain_location(url: str) -> GitHubReleases | None:
    """What cert-manager's address stands for, where there is nothing to say about it."""
    parsed = parse_repository_url(url, "cert-manager")
    return parsed.location if isinstance(parsed.location, GitHubReleases) and not parsed.findings else None


def _no_span(_index: int) -> Span | None:
    return None


def _no_variable(_name: str) -> str | None:
    return None
