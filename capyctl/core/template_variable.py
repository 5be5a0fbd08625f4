"""Variables of a components file, as they stand in its text."""

from collections.abc import Callable

from msgspec import Struct


class Variable(Struct, frozen=True, kw_only=True):
    """A variable at its first place in the text, which decides whether it is required (10.4).

    ``default`` is the text of its arguments put together, None where that is empty.
    """

    name: str
    required: bool
    default: str | None
    line: int
    column: int


def missing_variables(
    variables: tuple[Variable, ...], lookup: Callable[[str], str | None]
) -> tuple[Variable, ...]:
    """The required variables that have no value at all, sorted by name; an empty value is a value (10.4)."""
    missing = [variable for variable in variables if variable.required and lookup(variable.name) is None]
    return tuple(sorted(missing, key=lambda variable: variable.name))
