"""The house rules with numbers that no linter counts for us (style C3, C8, C10, C11)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = _ROOT / "capyctl"
_MODULES = sorted(_PACKAGE.rglob("*.py"))
_LONGEST_FUNCTION = 50
_LONGEST_MODULE = 450
_WITHOUT_A_SUBJECT = {"utils", "util", "helpers", "helper", "common", "misc", "shared", "tools", "stuff"}
_SAYS_NOTHING = ("Manager", "Helper", "Handler", "Service", "Base")
_CATCHES_ALL = {"cli/session.py", "app/diagnose.py", "app/check/guarded.py"}
"""Where ``except Exception`` may stand: the one handler of the command line, and around a single check."""


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in _MODULES:
        yield path.relative_to(_PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    for name, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield name, node


def _words(name: str) -> list[str]:
    return re.findall(r"[A-Z][a-z]+", name.replace("CertManager", ""))


def test_dependencies_point_inward() -> None:
    found = lint_imports(config_filename=str(_ROOT / "pyproject.toml"), no_cache=True)
    assert found == EXIT_STATUS_SUCCESS


def test_a_dependency_that_points_outward_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for layer, text in {"inner": "import outer_and_inner.outer\n", "outer": ""}.items():
        module = tmp_path / "outer_and_inner" / layer / "__init__.py"
        module.parent.mkdir(parents=True)
        module.write_text(text)
    (tmp_path / "outer_and_inner" / "__init__.py").write_text("")
    contract = "[importlinter]\nroot_package = outer_and_inner\n[importlinter:contract:one]\n"
    (tmp_path / "setup.cfg").write_text(
        f"{contract}name = inward\ntype = layers\nlayers =\n    outer_and_inner.outer\n    outer_and_inner.inner\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert lint_imports(config_filename=str(tmp_path / "setup.cfg"), no_cache=True) != EXIT_STATUS_SUCCESS
    assert "inward BROKEN" in capsys.readouterr().out


def test_no_function_is_longer_than_a_page() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, node in _nodes(ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > _LONGEST_FUNCTION
    ]
    assert long == []


def test_no_module_is_longer_than_one_subject_needs() -> None:
    lengths = {path.relative_to(_PACKAGE).as_posix(): len(path.read_text().splitlines()) for path in _MODULES}
    assert {name: length for name, length in lengths.items() if length > _LONGEST_MODULE} == {}


def test_every_module_is_named_for_a_subject() -> None:
    names = [path.relative_to(_PACKAGE) for path in _MODULES]
    parts = {part for name in names for part in name.with_suffix("").parts}
    assert {part for part in parts if _WITHOUT_A_SUBJECT & set(part.split("_"))} == set()


def test_no_class_has_a_name_that_says_nothing() -> None:
    named = [
        f"{name}: {node.name}"
        for name, node in _nodes(ast.ClassDef)
        if isinstance(node, ast.ClassDef) and set(_words(node.name)) & set(_SAYS_NOTHING)
    ]
    assert named == []


def test_exceptions_are_caught_by_their_own_name() -> None:
    catching = {
        name
        for name, node in _nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) == "Exception")
    }
    assert catching == _CATCHES_ALL


def test_what_is_caught_whole_is_kept_or_raised_again() -> None:
    """``except BaseException`` may clean up or carry a fault to another thread, never swallow it."""
    swallowed = [
        f"{name}:{node.lineno}"
        for name, node in _nodes(ast.ExceptHandler)
        if isinstance(node, ast.ExceptHandler)
        and node.type is not None
        and ast.unparse(node.type) == "BaseException"
        and not any(isinstance(each, ast.Raise) for each in ast.walk(node))
        and not any(isinstance(each, ast.Name) and each.id == node.name for each in ast.walk(node))
    ]
    assert swallowed == []


def test_values_are_structs() -> None:
    """Making a dataclass costs twenty times what a Struct does, in every run that imports it (ADR 36)."""
    modules = [
        name
        for name, node in _nodes(ast.ImportFrom)
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
    ]
    assert modules == []


def test_no_assert_stands_in_for_a_type() -> None:
    """PyYAML's events may lack their places by their types alone; everywhere else a type says what is known."""
    assert {name for name, _ in _nodes(ast.Assert)} <= {"core/yaml_nodes.py"}


def test_nothing_is_global_and_nothing_happens_at_import() -> None:
    changed = [f"{name}:{node.lineno}" for name, node in _nodes(ast.Global) if isinstance(node, ast.Global)]
    working = [
        f"{name}:{node.lineno}"
        for name, tree in _trees()
        for node in tree.body
        if isinstance(node, ast.For | ast.While | ast.With | ast.Try)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    ]
    assert (changed, working) == ([], [])
