"""``config repositories`` for whoever configured nothing: the built-in table from text made at build time.

Reading a configuration costs more than the whole start-up budget of this command (issue 3, section 2). So
this looks only whether there is anything to read; a test compares both ways.
"""

from __future__ import annotations

from capyctl.adapters.missing_file import is_missing
from capyctl.cli.packaged import packaged_text
from capyctl.config.environment import read_environment
from capyctl.config.paths import places

SHADOWING = frozenset({"PROVIDERS", "IMAGES", "CERT_MANAGER"})
"""Variables about which the command would warn."""

_FORMS = {(): "txt", ("-o", "text"): "txt", ("-o", "json"): "json", ("-o", "yaml"): "yaml"}


def plain_table(options: list[str]) -> str | None:
    """The table in the form that these options ask for; None where something may have been configured."""
    form = _FORMS.get(tuple(options))
    environment = read_environment()
    if form is None or any(name.startswith("CAPYCTL_") or name in SHADOWING for name in environment.names()):
        return None
    known = places(environment.get, environment.platform, environment.home)
    if any(not is_missing(file) for file in known.configuration_files(environment.platform)):
        return None
    return packaged_text(f"repositories.{form}")
