"""What a start imports, by fresh processes; benchmarks measure, tests count modules (libraries.md 1.3)."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from capyctl.cli.command_table import COMMANDS
from capyctl.cli.own_modules import OwnModules

_CLUSTER = {"kubernetes", "urllib3", "requests", "yarl", "aiohttp"}
_NETWORK_OR_TERMINAL = {"httpx", "httpcore", "rich", "pydantic", "click", "h11", "trustme"}
_PROBE = """
import json, sys
before = set(sys.modules)
sys.argv = ["capyctl", *json.loads(sys.argv[1])]
import atexit, os
def tell(*_):
    os.write(2, b"MODULES " + json.dumps(sorted(set(sys.modules) - before)).encode())
os._exit = lambda status: (tell(), os.kill(os.getpid(), 9))
from capyctl.cli.main import main
main()
tell()
"""


def imported(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, json.dumps(words)], capture_output=True, text=True, check=False
    )
    return set(json.loads(done.stderr.rpartition("MODULES ")[2]))


def outside(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)


_CHEAP = [
    (), ("--help",), ("-h",), ("--version",), ("version",), ("__complete", "bash", "re"),
    ("config", "--help"),
    *((*words, "--help") for words in COMMANDS),
]  # fmt: skip


@pytest.mark.parametrize("words", _CHEAP, ids=" ".join)
def test_the_cheapest_questions_import_next_to_nothing(words: tuple[str, ...]) -> None:
    modules = imported(*words)
    assert outside(modules) == {"capyctl"}
    assert not modules & {"json", "re", "dataclasses", "inspect", "typing", "enum", "pathlib"}
    assert len([name for name in modules if name.startswith("capyctl")]) <= 7


@pytest.mark.parametrize(
    "words",
    [
        ("config", "repositories"),
        ("explain", "CAPY0205"),
        ("version", "-o", "json"),
        ("nonsense",),
        ("lab", "list"),
    ],
    ids=" ".join,
)
def test_commands_without_a_network_import_neither_httpx_nor_rich(words: tuple[str, ...]) -> None:
    assert not outside(imported(*words)) & _NETWORK_OR_TERMINAL


@pytest.mark.parametrize(
    "words",
    [
        ("resolve", "cluster-api", "--offline"),
        ("init", "list-images", "--offline"),
        ("explain", "CAPY1001"),
        ("get", "kubeconfig"),
        ("get", "kubeconfig", "x", "--api-timeout", "soon"),
    ],
    ids=" ".join,
)
def test_only_a_command_that_opens_a_cluster_imports_its_library(words: tuple[str, ...]) -> None:
    assert not outside(imported(*words)) & _CLUSTER


def test_msgspec_is_imported_without_a_module_that_it_only_looks_for() -> None:
    """``typing_extensions`` costs a thirtieth of a warm run (ADR 35)."""
    modules = imported("resolve", "cluster-api", "--offline")
    assert "msgspec" in modules
    assert "typing_extensions" not in modules


def test_a_msgspec_that_needs_that_module_gets_it(tmp_path: Path) -> None:
    (tmp_path / "msgspec.py").write_text("import typing_extensions as found\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import capyctl.cli.main as entry\n"
        "entry._import_msgspec()\n"
        "import msgspec; print(msgspec.found.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "typing_extensions\n"


@pytest.fixture
def own_modules() -> type[OwnModules]:
    """The finder of the command line, which no test has in force."""
    assert OwnModules not in {type(each) for each in sys.meta_path}
    return OwnModules


@pytest.mark.parametrize("name", ["capyctl.core.version", "capyctl.cli.commands.init"])
def test_the_command_line_finds_its_modules_where_python_does(
    own_modules: type[OwnModules], name: str
) -> None:
    package = importlib.import_module(name.rpartition(".")[0])
    found, usual = own_modules.find_spec(name, package.__path__), find_spec(name)
    assert found is not None
    assert usual is not None
    assert type(found.loader) is type(usual.loader)
    assert all(
        getattr(found, each) == getattr(usual, each)
        for each in ("name", "origin", "cached", "has_location", "parent", "submodule_search_locations")
    )


@pytest.mark.parametrize(
    "name", ["capyctl", "capyctl.core", "capyctl.core.rules", "capyctl.none", "json.decoder"]
)
def test_packages_and_what_is_not_its_own_it_leaves_to_python(
    own_modules: type[OwnModules], name: str
) -> None:
    parent = importlib.import_module(name.rpartition(".")[0]).__path__ if "." in name else None
    assert own_modules.find_spec(name, parent) is None


def test_a_module_that_is_not_there_is_refused_as_ever() -> None:
    code = (
        "from capyctl.cli.own_modules import find_own_modules_first; find_own_modules_first()\n"
        "import capyctl.core.version, sys; print(type(sys.meta_path[0]).__name__)\n"
        "import capyctl.core.no_such_module"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "OwnModules\n"
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'capyctl.core.no_such_module'\n")


def test_only_the_command_line_looks_for_modules_in_its_own_way() -> None:
    """A library changes nothing in the process of its user."""
    code = (
        "import sys, capyctl; capyctl.resolve('cluster-api', offline=True); print(*map(str, sys.meta_path))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "OwnModules" not in done.stdout
    assert "capyctl.cli.own_modules" in imported("resolve", "cluster-api", "--offline")


def test_what_a_sound_answer_does_not_need_is_not_imported() -> None:
    """Commands in fixes are quoted, places in files shown and next steps looked for where there are any."""
    modules = imported("resolve", "cluster-api", "--offline")
    assert "capyctl.report.human" in modules
    assert not modules & {"shlex", "capyctl.report.spans", "capyctl.app.next_steps"}


def test_a_command_on_a_cluster_imports_no_second_http_client(tmp_path: Path) -> None:
    modules = outside(imported("get", "kubeconfig", "x", "--kubeconfig", str(tmp_path / "missing")))
    assert "kubernetes" in modules
    assert not modules & {"httpx", "httpcore", "rich", "h11"}


@pytest.mark.parametrize(
    "words", [("config", "view"), ("config", "repositories", "--color", "never")], ids=" ".join
)
def test_only_a_file_of_the_user_needs_yaml(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The built-in table was read from YAML when the wheel was made (ADR 37)."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    without = imported(*words)
    assert "capyctl.config.table" in without
    assert "yaml" not in without
    assert not [name for name in without if name.startswith("capyctl.core.yaml_")]
    (tmp_path / "clusterctl.yaml").write_text("providers: []\n")
    assert "yaml" in imported(*words, "--config", str(tmp_path / "clusterctl.yaml"))


def test_a_local_tree_needs_no_http_client(tmp_path: Path) -> None:
    release = tmp_path / "infrastructure-mine" / "v1.0.0"
    release.mkdir(parents=True)
    (release / "metadata.yaml").write_text(
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
        "releaseSeries: [{major: 1, minor: 0, contract: v1beta2}]\n"
    )
    (release / "infrastructure-components.yaml").write_text(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: mine-system}\n"
    )
    table = tmp_path / "clusterctl.yaml"
    url = release / "infrastructure-components.yaml"
    table.write_text(f"providers: [{{name: mine, type: InfrastructureProvider, url: {url}}}]\n")
    modules = imported("generate", "provider", "--infrastructure", "mine", "--config", str(table))
    assert "capyctl.core.yaml_emit" in modules
    assert not outside(modules) & _NETWORK_OR_TERMINAL


@pytest.mark.parametrize(
    ("url", "kind", "more", "imports"),
    [
        ("https://127.0.0.1:1/t/infrastructure-mine/latest/x.yaml", "https", (), False),
        ("oci://127.0.0.1:1/mine:v1.0.0", "oci", ("--offline",), False),
        ("oci://127.0.0.1:1/mine:v1.0.0", "oci", (), True),
    ],
)
def test_only_a_question_to_a_registry_imports_oras(
    tmp_path: Path, url: str, kind: str, more: tuple[str, ...], imports: bool
) -> None:
    table = tmp_path / "clusterctl.yaml"
    table.write_text(
        f"providers: [{{name: mine, type: InfrastructureProvider, url: '{url}', kind: {kind}}}]\n"
    )
    words = ("resolve", "infrastructure-mine", "--config", str(table), "--no-cache", *more)
    found = outside(imported(*words)) & {"oras", "requests", "jsonschema"}
    assert found == ({"oras", "requests", "jsonschema"} if imports else set())


def test_the_root_imports_no_command() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, capyctl.cli.app; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "capyctl.cli.commands" not in done.stdout


@pytest.mark.parametrize(
    ("module", "root"),
    [
        ("prepared_table", "_Prepared"),
        ("remembered_components", "_Remembered"),
        ("remembered_metadata", "_Series"),
    ],
)
def test_no_type_that_every_run_decodes_has_to_be_compiled(module: str, root: str) -> None:
    """msgspec evaluates an annotation that is a text: two thirds of the work of making a decoder (ADR 37)."""
    found = list(_structs(getattr(importlib.import_module(f"capyctl.core.{module}"), root)))
    assert found
    texts = [each for each in found if any(isinstance(kind, str) for kind in each.__annotations__.values())]
    assert texts == []


def _structs(kind: object) -> Iterator[type[msgspec.Struct]]:
    for part in get_args(kind):
        yield from _structs(part)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for field in msgspec.structs.fields(kind):
            yield from _structs(field.type)


@pytest.mark.parametrize("command", ["init", "resolve"])
def test_no_annotation_of_a_command_of_every_day_has_to_be_compiled(command: str) -> None:
    """typer evaluates those that are texts."""
    function = getattr(importlib.import_module(f"capyctl.cli.commands.{command}"), command)
    assert [each for each in function.__annotations__.values() if isinstance(each, str)] == []
