"""``capyctl explain``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from capyctl.app.explain import Page, find_code, match_text, page_of
from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome
from capyctl.core.codes import ALL_CODES, CODE_NOT_FOUND, Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.report.page_text import page_text
from capyctl.report.tables import prose_table
from capyctl.report.text_style import TextStyle, wrap

app = command_app()

_STDIN_LIMIT = 1024 * 1024

Wanted = Annotated[
    str | None, typer.Argument(metavar="[CODE]", help="A code or its name.", show_default=False)
]
Match = Annotated[
    str | None,
    typer.Option("--match", metavar="TEXT|-", help="Find the code behind a pasted line; - reads stdin."),
]


@app.command(cls=CapyCommand)
def explain(code: Wanted = None, match: Match = None) -> Outcome:
    """Say what a code means and how to mend it; list all codes; or find the code behind a line."""
    if code is not None and match is not None:
        raise typer.BadParameter("give a code or --match, not both")
    if match is not None:
        return _matched(_stdin_text() if match == "-" else match)
    if code is None:
        return Outcome(result={"codes": [_code_json(each) for each in ALL_CODES]}, text=_list_text)
    found = find_code(code)
    if found is None:
        return _nothing(f"There is no code {code!r}.")
    return _pages([page_of(found)])


def _stdin_text() -> str:
    if sys.stdin is None:
        return ""
    return sys.stdin.buffer.read(_STDIN_LIMIT).decode("utf-8", "replace")


def _matched(text: str) -> Outcome:
    pages = match_text(text)
    return _pages(pages) if pages else _nothing("No line of this text is known to come from a code.")


def _pages(pages: Sequence[Page]) -> Outcome:
    codes = [{**_code_json(page.code), "page": page.text} for page in pages]
    return Outcome(result={"codes": codes}, text=_pages_text)


def _nothing(detail: str) -> Outcome:
    fix = Fix(applicability=Applicability.REVIEW, title="list every code", command="capyctl explain")
    problem = Diagnostic(code=CODE_NOT_FOUND, severity=Severity.ERROR, detail=detail, fixes=(fix,))
    return Outcome(result={"codes": []}, diagnostics=(problem,))


def _code_json(code: Code) -> dict[str, object]:
    return {
        "code": code.code,
        "name": code.name,
        "title": code.title,
        "cases": list(code.cases),
        "since": code.since,
        "state": code.state,
    }


def _list_text(result: JsonObject, style: TextStyle) -> str:
    codes: Any = result["codes"]
    return style.spell(
        prose_table(("CODE", "NAME", "TITLE"), [(e["code"], e["name"], e["title"]) for e in codes])
    )


def _pages_text(result: JsonObject, style: TextStyle) -> str:
    codes: Any = result["codes"]
    return style.spell("\n".join(_page_text(each, style) for each in codes))


def _page_text(code: dict[str, Any], style: TextStyle) -> str:
    name = f"{code['code']} {code['name']}"
    first, *more = wrap(f": {code['title']}", first=name)
    head = "\n".join((style.paint(name, "bold") + first[len(name) :], *more))
    cases = f"; cases {', '.join(code['cases'])}" if code["cases"] else ""
    return f"{head}\nsince {code['since']}, {code['state']}{cases}\n\n{page_text(code['page'])}"
