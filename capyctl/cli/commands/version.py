"""``capyctl version``."""

from __future__ import annotations

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.run import JsonObject, Outcome
from capyctl.cli.version_text import version_facts, version_text
from capyctl.report.text_style import TextStyle

app = command_app()


@app.command(cls=CapyCommand)
def version() -> Outcome:
    """Print the version of capyctl, of Python, and the day of the embedded snapshot."""
    return Outcome(result=version_facts(), text=_text)


def _text(result: JsonObject, _: TextStyle) -> str:
    return version_text({key: str(value) for key, value in result.items()})
