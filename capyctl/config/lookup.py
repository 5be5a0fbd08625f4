"""One value by clusterctl's precedence: the environment, then the configuration file (2.2)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.config.clusterctl_yaml import Configuration
from capyctl.config.environment import Environment
from capyctl.core.repr_without import repr_without


class Found(Struct, frozen=True, kw_only=True):
    """A value and where it was found: a variable's name, or ``FILE: KEY``."""

    value: str
    origin: str

    def __repr__(self) -> str:
        return repr_without(self, "value")


class ValueLookup(Struct, frozen=True, kw_only=True):
    """Looks values up in the environment and in the configuration file."""

    environment: Environment
    configuration: Configuration

    def find(self, key: str) -> Found | None:
        """A key in the file's spelling: its variable is upper-case with ``_``; one set to nothing counts."""
        variable = key.upper().replace("-", "_")
        value = self.environment.get(variable)
        return Found(value=value, origin=variable) if value is not None else self.in_file(key)

    def in_file(self, key: str) -> Found | None:
        """A key of the configuration file alone; null counts as missing."""
        value = self.configuration.text(key)
        return None if value is None else Found(value=value, origin=f"{self.configuration.path}: {key}")

    def template_variable(self, name: str) -> str | None:
        """The value of a variable in a template or in components.

        As in clusterctl, ``${my_var}`` is read from ``MY_VAR`` and then from the file in any case; after
        that from ``my_var`` itself, which clusterctl never reads (W-27).
        """
        found = self.find(name)
        return found.value if found is not None else self.environment.get(name)
