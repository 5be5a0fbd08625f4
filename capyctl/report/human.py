"""Diagnostics as text, made from the document alone (style C7); spans take their source lines besides."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from capyctl.core.pattern import pattern
from capyctl.report.document import Report
from capyctl.report.text_style import WIDTH, TextStyle, disarm, one_command, one_line, size_text, wrap

_FEW = 3
_FIX_OR_EXPLAIN = pattern(r"(\x1b\[[0-9;]*m)?(fix \(|explain: )")
_COLUMN = 10
_DATED_ROUTES = frozenset({"snapshot", "cache", "lock", "bundle"})
"""Answers kept from another day; that the others are of this minute needs no words."""

_Json = Mapping[str, Any]


def diagnostics_text(report: Report, style: TextStyle) -> str:
    """Every diagnostic, root causes first, each with its consequences folded under it; "" for none."""
    document: _Json = report.document
    evidence = {each["id"]: each for each in document["evidence"]}
    told = [each for each in document["diagnostics"] if each["severity"] == "error" or not style.quiet]
    ids = {each["id"] for each in told}
    roots = [each for each in told if each["caused_by"] not in ids]
    blocks = []
    for group in _alike(roots, told, style):
        lines = [*_block(group[0], _consequences(group[0], told), evidence, report, style)]
        blocks.append("\n".join(_with_likes(lines, group[1:])) + "\n")
    return style.spell("\n".join(blocks))


def _alike(roots: Sequence[_Json], told: Sequence[_Json], style: TextStyle) -> list[list[_Json]]:
    """Roots that differ in their subject alone share a block; so do notes of one code, unless -v is given."""
    groups: dict[tuple[str, ...], list[_Json]] = {}
    for root in roots:
        alone = root["severity"] == "error" or style.verbosity or len(_consequences(root, told)) > 0
        same = () if root["severity"] == "note" else (root["detail"],)
        key = (root["id"],) if alone else (root["code"], root["severity"], *same)
        groups.setdefault(key, []).append(root)
    return list(groups.values())


def _with_likes(lines: list[str], others: Sequence[_Json]) -> list[str]:
    """The block with the subjects of those that say the same, before its fixes."""
    subjects = [_subject_text(each["subject"]) for each in others if _subject_text(each["subject"])]
    if not subjects:
        return lines
    likes = [
        f"  {'likewise' if number == 0 else '':<{_COLUMN}}{text}" for number, text in enumerate(subjects)
    ]
    place = next((n for n, line in enumerate(lines) if _FIX_OR_EXPLAIN().match(line)), len(lines))
    return [*lines[:place], *likes, *lines[place:]]


def evidence_text(evidence: _Json) -> str:
    """One question and its answer in a line: what was asked, by which way, what came back."""
    address = one_line(evidence["url"] or "").removeprefix("https://")
    hops = "".join(f" -> {hop['status']}" for hop in evidence["hops"])
    answer = str(evidence["status"]) if evidence["status"] is not None else evidence["outcome"]
    facts = [answer]
    if evidence["status"] is not None and evidence["outcome"] not in ("found", "absent"):
        facts.append(evidence["outcome"])
    if evidence["size"] is not None:
        facts.append(size_text(evidence["size"]))
    if evidence["sha256"]:
        facts.append(f"sha256 {evidence['sha256'][:8]}..")
    if evidence["as_of"] and evidence["route"] in _DATED_ROUTES:
        facts.append(f"as of {evidence['as_of']}")
    asked = f"{one_line(evidence['route'])} {address or evidence['question']}"
    return f"{evidence['id']} {asked}{hops} -> {', '.join(facts)}"


def _consequences(root: _Json, told: Sequence[_Json]) -> list[_Json]:
    """Everything that follows from a root, directly or not, in the document's order."""
    reached = {root["id"]}
    for each in told:
        if each["caused_by"] in reached:
            reached.add(each["id"])
    return [each for each in told if each["id"] in reached and each is not root]


def _block(
    root: _Json,
    consequences: Sequence[_Json],
    evidence: Mapping[str, _Json],
    report: Report,
    style: TextStyle,
) -> Iterator[str]:
    yield from _heading(root, style)
    yield from _body(root, evidence, report, style)
    for each in consequences:
        about = _subject_text(each["subject"])
        head = f"{each['severity']}[{each['code']}]: {each['summary']}{f' ({about})' if about else ''}"
        yield from wrap(head, " " * (_COLUMN + 2), first="  so also   ")
        if style.verbosity:
            yield from wrap(each["detail"], " " * (_COLUMN + 2))
    for each in (root, *(consequences if style.verbosity else ())):
        yield from _fixes(each, style)
    if root["severity"] != "note":
        yield style.paint(f"explain: capyctl explain {root['code']}", "dim")


def _heading(diagnostic: _Json, style: TextStyle) -> Iterator[str]:
    severity = diagnostic["severity"]
    lead = f"{severity}[{diagnostic['code']}]"
    first, *more = wrap(f": {diagnostic['summary']}", first=lead)
    yield style.paint(lead, severity) + first[len(lead) :]
    yield from more
    about = _subject_text(diagnostic["subject"])
    if about:
        yield f"  {'provider' if diagnostic['subject']['provider'] else 'about':<{_COLUMN}}{about}"


def _spans(diagnostic: _Json, report: Report, style: TextStyle) -> Iterator[str]:
    from capyctl.report.spans import span_lines  # noqa: PLC0415 - start-up budget

    for position, span in enumerate(diagnostic["spans"]):
        yield from span_lines(span, report.source_lines.get((diagnostic["id"], position)), style)


def _body(
    diagnostic: _Json, evidence: Mapping[str, _Json], report: Report, style: TextStyle
) -> Iterator[str]:
    if diagnostic["spans"]:
        yield from _spans(diagnostic, report, style)
    yield from wrap(diagnostic["detail"])
    if diagnostic["confidence"] != "certain":
        yield f"  {'how sure':<{_COLUMN}}{diagnostic['confidence']}"
    known = [evidence[each] for each in diagnostic["evidence"]]
    if diagnostic["severity"] == "note" and not style.verbosity:
        return
    shown = known if style.verbosity else known[:_FEW]
    for each in shown:
        yield from _evidence_lines(each)
    if len(known) > len(shown):
        yield f"  {'':<{_COLUMN}}and {len(known) - len(shown)} more; -v shows them"


def _evidence_lines(evidence: _Json) -> Iterator[str]:
    text = evidence_text(evidence)
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"  {'evidence':<{_COLUMN}}",
        subsequent_indent=" " * (_COLUMN + 5),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _fixes(diagnostic: _Json, style: TextStyle) -> Iterator[str]:
    for fix in diagnostic["fixes"]:
        lead = f"fix ({fix['applicability']}): "
        lines = wrap(fix["title"], "  ", first=lead) or [lead.rstrip()]
        yield style.paint(lead.rstrip(), "fix") + lines[0][len(lead.rstrip()) :]
        yield from lines[1:]
        if fix["command"]:
            yield f"    {one_command(fix['command'])}"
        if fix["edit"]:
            yield from (f"    {line}" for line in disarm(fix["edit"]["patch"]).splitlines())


def _subject_text(subject: _Json) -> str:
    parts = (subject["provider"], subject["version"], subject["file"])
    return one_line(" ".join(part for part in parts if part))
