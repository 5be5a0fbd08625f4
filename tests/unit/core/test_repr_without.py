"""What is never said of a value is in none of its texts."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from msgspec import Struct

from capyctl.core.repr_without import repr_without

_PACKAGE = Path(__file__).resolve().parents[3] / "capyctl"


class _Login(Struct, frozen=True, kw_only=True):
    user: str
    pin: str

    def __repr__(self) -> str:
        return repr_without(self, "pin")


def test_the_field_is_left_out_and_the_rest_is_told_as_it_would_be() -> None:
    login = _Login(user="octo", pin="4711-0815")
    assert repr(login) == "_Login(user='octo')"
    assert "4711-0815" not in f"{login} {login!r} {(login,)}"


def test_what_is_unsaid_still_counts() -> None:
    assert _Login(user="octo", pin="a") != _Login(user="octo", pin="b")


def _unsaid(node: ast.ClassDef) -> tuple[str, ...]:
    """The fields that a class leaves out, read from its source."""
    calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    own = (each for each in calls if isinstance(each.func, ast.Name) and each.func.id == "repr_without")
    names = (name for each in own for name in each.args[1:])
    return tuple(
        name.value for name in names if isinstance(name, ast.Constant) and isinstance(name.value, str)
    )


def _classes() -> list[tuple[str, str, tuple[str, ...]]]:
    """Module, name and unsaid fields of every class that leaves fields out."""
    found = []
    for path in sorted(_PACKAGE.rglob("*.py")):
        module = ".".join(("capyctl", *path.relative_to(_PACKAGE).with_suffix("").parts))
        nodes = (each for each in ast.parse(path.read_text("utf-8")).body if isinstance(each, ast.ClassDef))
        found += [(module, node.name, _unsaid(node)) for node in nodes if _unsaid(node)]
    return found


@pytest.mark.parametrize(("module", "name", "unsaid"), _classes(), ids=str)
def test_no_class_says_what_it_leaves_out(module: str, name: str, unsaid: tuple[str, ...]) -> None:
    made: type[Struct] = getattr(importlib.import_module(module), name)
    assert set(unsaid) <= set(made.__struct_fields__)
    told = repr(made(**{field: f"<{field}>" for field in made.__struct_fields__}))
    for field in made.__struct_fields__:
        assert (f"<{field}>" in told) == (field not in unsaid)


def test_secrets_are_among_them() -> None:
    """The classes that hold credentials, by their names in the code; one that forgot would not be in the list above."""
    names = {(name, field) for _, name, unsaid in _classes() for field in unsaid}
    assert {
        ("Token", "value"),
        ("Credential", "value"),
        ("RegistryLogin", "basic"),
        ("ClientCertificate", "key"),
        ("SourceSettings", "gitlab_token"),
        ("Environment", "variables"),
    } <= names
