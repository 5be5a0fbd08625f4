"""``${VAR}`` in configuration values, in clusterctl's dialect; what is not set is an error here (W-26)."""

from __future__ import annotations

from collections.abc import Callable

from capyctl.core.envsubst import EnvsubstError, find_variables, substitute
from capyctl.core.pattern import pattern

_MARK = pattern("\x00([^\x00]*)\x00")


class UnsetVariablesError(ValueError):
    """A value needs variables that are not set.

    Attributes:
        names: the variables, in order of appearance.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not set")
        self.names = names


class MalformedExpressionError(ValueError):
    """A value holds an expression that the dialect cannot read; the message is the library's reason."""


def expand_variables(text: str, lookup: Callable[[str], str | None]) -> str:
    """The value with every expression replaced; defaults (``${VAR:-x}``) count as values.

    Raises:
        UnsetVariablesError: a variable without a default is not set, also inside a default that is used.
        MalformedExpressionError: the expression is not of the dialect.
    """
    if "$" not in text:
        return text
    try:
        optional = {variable.name for variable in find_variables(text) if not variable.required}
        expanded = substitute(text.replace("\x00", ""), lambda name: _value(name, lookup, optional))
    except EnvsubstError as error:
        raise MalformedExpressionError(str(error)) from None
    if names := tuple(dict.fromkeys(_MARK().findall(expanded))):
        raise UnsetVariablesError(names)
    return expanded


def _value(name: str, lookup: Callable[[str], str | None], optional: set[str]) -> str | None:
    value = lookup(name)
    return f"\x00{name}\x00" if value is None and name not in optional else value
