"""The options of every command as rows of ``config view``: value and origin of each (cli.md 5)."""

from __future__ import annotations

from capyctl.cli.run import Run
from capyctl.config.settings_view import shown_value
from capyctl.core.setting import Setting

_VARIABLES = {
    "providers": ("CAPYCTL_PROVIDERS",),
    "output": ("CAPYCTL_OUTPUT",),
    "offline": ("CAPYCTL_OFFLINE",),
    "deadline": ("CAPYCTL_DEADLINE",),
    "no-cache": ("CAPYCTL_NO_CACHE",),
    "color": ("NO_COLOR", "FORCE_COLOR"),
}
_DEFAULTS = {"output": "text", "offline": "false", "deadline": "30s", "no-cache": "false", "color": "auto"}
_NAMES = ("config", "providers", "output", "offline", "deadline", "no-cache", "ca-file", "color")


def option_settings(run: Run) -> dict[str, Setting]:
    """One row an option, in the order of the help text."""
    return {name: _setting(run, name) for name in _NAMES}


def _setting(run: Run, name: str) -> Setting:
    given = run.flags.get(name.replace("-", "_"))
    if given:
        return Setting(
            name=name, value="true" if given is True else shown_value("", str(given)), origin="flag"
        )
    variable = next((each for each in _VARIABLES.get(name, ()) if run.environ.get(each)), None)
    if variable is None:
        return Setting(name=name, value=_DEFAULTS.get(name), origin="default")
    if name == "color":
        return Setting(name=name, value=run.options.color.value, origin=variable)
    return Setting(name=name, value=shown_value("", run.environ[variable]), origin=variable)
