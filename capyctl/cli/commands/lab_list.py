"""``capyctl lab list``."""

from __future__ import annotations

from typing import Any

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome
from capyctl.report.text_style import TextStyle

app = command_app()


@app.command(cls=CapyCommand)
def lab_list() -> Outcome:
    """List the scenarios that the lab can serve, and the cases of the failure catalogue they show."""
    from capyctl.lab.scenario import list_scenarios  # noqa: PLC0415 - start-up budget

    scenarios = [
        {
            "name": each.name,
            "title": each.title,
            "cases": list(each.cases),
            "command": list(each.command),
        }
        for each in list_scenarios()
    ]
    return Outcome(result={"scenarios": scenarios}, text=_text)


def _text(result: JsonObject, style: TextStyle) -> str:
    from capyctl.report.tables import prose_table  # noqa: PLC0415 - start-up budget

    scenarios: Any = result["scenarios"]
    rows = [(each["name"], ", ".join(each["cases"]) or "-", each["title"]) for each in scenarios]
    return style.spell(prose_table(("NAME", "CASES", "TITLE"), rows))
