"""``capyctl schema``."""

from __future__ import annotations

from capyctl.cli.declare import CapyCommand, command_app
from capyctl.cli.packaged import packaged_text
from capyctl.cli.run import Outcome

app = command_app()


@app.command(cls=CapyCommand)
def schema() -> Outcome:
    """Print the JSON Schema of the documents that -o json gives; bare in every output mode."""
    return Outcome(bare=packaged_text("schema.json"))
