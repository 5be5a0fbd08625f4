"""Edits that only lint can offer: it knows the tag planned and the contracts on the CRDs, and asks the author."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.contract import NEWEST_CORE_CONTRACT
from capyctl.core.diagnostics import Applicability, Diagnostic, Edit, Fix, Subject
from capyctl.core.metadata import Metadata
from capyctl.core.metadata_parse import read_metadata
from capyctl.core.metadata_text import unified_patch
from capyctl.core.pattern import pattern
from capyctl.core.rules.metadata_addition import series_line
from capyctl.core.version import ProviderVersion
from capyctl.core.yaml_nodes import ScalarNode

_EMPTY_LIST = pattern(r"releaseSeries: *(\[ *\]|null|~)? *\n?\Z")


def with_contract(
    item: Diagnostic, metadata: Metadata, version: ProviderVersion, contract: str | None
) -> Diagnostic:
    """The diagnostic with the edit that gives the own series the contract of the CRDs, where they name one."""
    own = metadata.series_for(version)
    node = own.node.get("contract") if own is not None and own.node is not None else None
    if contract is None or metadata.text is None or not isinstance(node, ScalarNode):
        return item
    edit = metadata.text.replaced((node.place, contract))
    title = f"write contract: {contract}, as the labels of the CRDs say"
    fix = Fix(applicability=Applicability.REVIEW, title=title, edit=edit)
    return replace(item, fixes=(fix, *item.fixes)) if edit is not None else item


def with_first_series(
    item: Diagnostic, data: bytes, version: ProviderVersion, contract: str | None
) -> Diagnostic:
    """A list of series that is empty or lacking, with the edit that begins it with the release's own."""
    if item.code is not codes.METADATA_NO_SERIES:
        return item
    line = series_line(version, contract or NEWEST_CORE_CONTRACT)
    edit = _first_series(data, version, line, item.subject.file or "")
    title = f"list every release series under releaseSeries:; for this one: {line}"
    return replace(item, fixes=(Fix(applicability=Applicability.REVIEW, title=title, edit=edit),))


def _first_series(data: bytes, version: ProviderVersion, line: str, file: str) -> Edit | None:
    """None where the file, so changed, would still not list the series: it is laid out in another way."""
    text = data.decode("utf-8", errors="replace")
    before = text.splitlines(keepends=True)
    places = [number for number, each in enumerate(before) if _EMPTY_LIST().match(each)]
    at = places[0] if places else len(before)
    whole = [each if each.endswith("\n") else f"{each}\n" for each in before]
    after = [*whole[:at], "releaseSeries:\n", f"{line}\n", *whole[at + 1 :]]
    changed = read_metadata("".join(after).encode(), subject=Subject(), file=file)
    listed = changed.partial is not None and changed.partial.series_for(version) is not None
    if not listed or any(item.code is codes.METADATA_DUPLICATE_KEY for item in changed.diagnostics):
        return None
    return Edit(file=file, patch=unified_patch(file, before, after))
