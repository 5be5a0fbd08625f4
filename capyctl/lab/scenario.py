"""Scenarios: one bad day each, described in a YAML file (docs/reference/scenario-format.md)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from msgspec import Struct

from capyctl.core.yaml_text import YamlError, YamlLimits
from capyctl.core.yaml_values import load_documents
from capyctl.lab.content import Content
from capyctl.lab.errors import ScenarioInvalidError, UnknownScenarioError
from capyctl.lab.scenario_child import read_command, read_environment, read_home
from capyctl.lab.scenario_fields import Fields
from capyctl.lab.scenario_world import read_world
from capyctl.lab.world import World

FORMAT = "capyctl-scenario/1"
_SUFFIX = ".yaml"
_DEEPEST_EXTENSION = 5
_LIMITS = YamlLimits(size=4 * 1024 * 1024)


class Scenario(Struct, frozen=True, kw_only=True):
    """One bad day.

    Attributes:
        name, title: as ``lab list`` shows them. description: what happened, for people. cases: catalogue ids.
        command: what to run in it when nothing else is asked for. environment: variables of the child.
        near_misses: scenarios that look alike and must not be mistaken for this one.
        home: files in the child's fresh home folder, by relative path. world: what is out there.
    """

    name: str
    title: str
    description: str
    cases: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    near_misses: tuple[str, ...]
    home: Mapping[str, Content]
    world: World


class ScenarioEntry(Struct, frozen=True, kw_only=True):
    """A row of ``lab list``."""

    name: str
    title: str
    cases: tuple[str, ...]
    command: tuple[str, ...]


def list_scenarios() -> tuple[ScenarioEntry, ...]:
    """Every scenario that comes with capyctl, by name."""
    return tuple(_entry(name) for name in scenario_names())


def scenario_names() -> tuple[str, ...]:
    """Names of the scenarios that come with capyctl, sorted."""
    names = (entry.name for entry in _folder().iterdir() if entry.name.endswith(_SUFFIX))
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names))


def load_scenario(name: str) -> Scenario:
    """The scenario of that name, or of that file where the name is a path ending in ``.yaml``.

    Raises:
        UnknownScenarioError: nothing has that name. ScenarioInvalidError: its file cannot be used.
    """
    path = Path(name)
    if path.suffix == _SUFFIX:
        return read_scenario(_bytes_of(path), name=path.stem, file=name, folder=path.parent)
    _check_known(name)
    return read_scenario(_packaged(name), name=name, file=f"{name}{_SUFFIX}")


def read_scenario(data: bytes, *, name: str, file: str, folder: Path | None = None) -> Scenario:
    """A scenario from the bytes of its file; ``folder`` is where its ``path:`` contents lie.

    Raises:
        ScenarioInvalidError: the file is no scenario.
    """
    fields = Fields(_extended(_document(data, file), file, _DEEPEST_EXTENSION), "", file)
    stated = fields.required("format")
    if stated != FORMAT:
        raise fields.complaint("format", f"is {stated!r}; this release reads {FORMAT!r}")
    if fields.text("name", name) != name:
        raise fields.complaint("name", f"must be the file's own name, {name!r}")
    scenario = Scenario(
        name=name,
        title=fields.required("title"),
        description=fields.text("description"),
        cases=fields.texts("cases"),
        command=read_command(fields),
        environment=read_environment(fields),
        near_misses=fields.texts("near_misses"),
        home=read_home(fields, folder),
        world=read_world(fields.inner("world"), folder),
    )
    fields.finish()
    return scenario


def _entry(name: str) -> ScenarioEntry:
    file = f"{name}{_SUFFIX}"
    fields = Fields(_extended(_document(_packaged(name), file), file, _DEEPEST_EXTENSION), "", file)
    return ScenarioEntry(
        name=name,
        title=fields.required("title"),
        cases=fields.texts("cases"),
        command=fields.texts("command"),
    )


def _folder() -> Traversable:
    return resources.files("capyctl.lab") / "scenarios"


def _packaged(name: str) -> bytes:
    return (_folder() / f"{name}{_SUFFIX}").read_bytes()


def _check_known(name: str) -> None:
    names = scenario_names()
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise UnknownScenarioError(f"No scenario is called {name!r}.{hint} `capyctl lab list` names them all.")


def _bytes_of(path: Path) -> bytes:
    try:
        # A device or a pipe is never opened: reading one may block for ever.
        if path.exists() and not path.is_file():
            raise UnknownScenarioError(f"{path} cannot be read: it is no regular file.", file=str(path))
        with path.open("rb") as stream:
            return stream.read(_LIMITS.size + 1)
    except OSError as error:
        raise UnknownScenarioError(f"{path} cannot be read: {error.strerror}.", file=str(path)) from error


def _document(data: bytes, file: str) -> Mapping[str, object]:
    try:
        documents = load_documents(data, _LIMITS)
    except YamlError as error:
        detail = f"{file}:{error.line}:{error.column}: {error.reason}."
        raise ScenarioInvalidError(detail, file=file) from error
    value = documents[0].value if len(documents) == 1 else None
    if not isinstance(value, dict):
        raise ScenarioInvalidError(f"{file}: a scenario is one YAML document that is a mapping.", file=file)
    for second in documents[0].duplicates:
        detail = f"{file}:{second.line}:{second.column}: the key {second.key!r} stands twice in one mapping."
        raise ScenarioInvalidError(detail, file=file)
    return {str(key): each for key, each in value.items()}


def _extended(document: Mapping[str, object], file: str, depth: int) -> Mapping[str, object]:
    """The document laid over the scenario it extends: the world is merged, everything else is its own."""
    base = document.get("extends")
    own = {key: value for key, value in document.items() if key != "extends"}
    if base is None:
        return own
    if not isinstance(base, str) or depth == 0:
        raise ScenarioInvalidError(f"{file}: extends must name one scenario, at most five deep.", file=file)
    _check_known(base)
    below = _extended(_document(_packaged(base), f"{base}{_SUFFIX}"), file, depth - 1)
    return own | {"world": _merged(below.get("world"), own.get("world"))}


def _merged(below: object, above: object) -> object:
    """Mappings merge key by key, null removes a key, anything else replaces."""
    if above is None:
        return below
    if not isinstance(above, dict):
        return above
    lower = below if isinstance(below, dict) else {}
    kept = {key: value for key, value in lower.items() if key not in above or above[key] is not None}
    return kept | {key: _merged(kept.get(key), value) for key, value in above.items() if value is not None}
