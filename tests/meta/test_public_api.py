"""The public surface of the library: its names are listed, sorted, typed and documented (style C10)."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import capyctl

_MODULE = Path(capyctl.__file__).read_text("utf-8")
_FUNCTIONS = ("diagnose", "lint", "plan_install", "resolve", "versions")


def imported_for_types() -> set[str]:
    """The names under ``if TYPE_CHECKING``: what a type checker sees."""
    block, _ = [node for node in ast.parse(_MODULE).body if isinstance(node, ast.If)]
    return {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_all_is_sorted_and_names_what_a_type_checker_sees() -> None:
    assert capyctl.__all__ == sorted(capyctl.__all__)
    assert set(capyctl.__all__) - {"__version__"} == imported_for_types()
    assert set(_FUNCTIONS) <= set(capyctl.__all__)
    assert dir(capyctl) == capyctl.__all__


@pytest.mark.parametrize("name", capyctl.__all__)
def test_a_public_name_can_be_had_and_is_documented(name: str) -> None:
    value = getattr(capyctl, name)
    assert name == "__version__" or inspect.getdoc(value)


@pytest.mark.parametrize("name", sorted(imported_for_types()))
def test_a_public_name_is_the_one_that_a_type_checker_sees(name: str) -> None:
    homes = [
        node.module
        for node in ast.walk(ast.parse(_MODULE))
        if isinstance(node, ast.ImportFrom) and node.module and name in {alias.name for alias in node.names}
    ]
    (home,) = homes
    assert getattr(capyctl, name) is getattr(sys.modules[home], name)


def test_a_name_that_does_not_exist_is_said_to_be_missing() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = capyctl.nothing  # type: ignore[attr-defined]


def test_importing_capyctl_imports_nothing_but_its_version() -> None:
    code = "import sys; before = set(sys.modules); import capyctl; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["capyctl", "capyctl.version"]


def test_the_library_loads_neither_the_command_line_nor_its_libraries() -> None:
    code = "import sys, capyctl; capyctl.resolve('infrastructure-aws', offline=True); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert not loaded & {"typer", "rich", "httpx"}
    assert "capyctl.cli" not in done.stdout.split()


@pytest.mark.parametrize("name", _FUNCTIONS)
def test_a_function_is_typed_throughout(name: str) -> None:
    signature = inspect.signature(getattr(capyctl, name))
    assert signature.return_annotation is not inspect.Signature.empty
    assert all(each.annotation is not inspect.Parameter.empty for each in signature.parameters.values())
