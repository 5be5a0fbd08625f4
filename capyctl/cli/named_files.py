"""The files that one run names: none that it writes may be another one of the same run (ADR 40)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from msgspec import Struct

from capyctl.cli.files import is_stream
from capyctl.config.environment import read_environment
from capyctl.config.paths import places
from capyctl.core.lock import LOCK_NAME

if TYPE_CHECKING:
    from capyctl.cli.run import Run

_READ, _WRITTEN = False, True
PARAMETERS: Mapping[str, bool] = {
    "--config": _READ,
    "--providers": _READ,
    "--ca-file": _READ,
    "--record": _WRITTEN,
    "--locked": _READ,
    "--bundle": _READ,
    "--kubeconfig": _READ,
    "--from": _READ,
    "--plan": _READ,
    "--e2e-config": _READ,
    "--write-to": _WRITTEN,
    "--out": _WRITTEN,
    "--report": _WRITTEN,
    "--env-file": _WRITTEN,
    "FILE": _READ,
    "bundle create FILE": _WRITTEN,
    "lab run NAME": _READ,
}
"""Every option and argument that names a file, and whether the run writes it; with its command where it differs."""
_LOCK_USERS: Mapping[str, bool] = {
    "lock": _WRITTEN,
    "kubernetes-version resolve": _READ,
    "kubernetes-version image": _READ,
}
"""The commands that look at the lock of the folder without being told its name."""
_STDOUT = ("--write-to", "-")
_SCENARIO_FILE = ".yaml"
_SEPARATOR = "--"


class NamedFile(Struct, frozen=True, kw_only=True):
    """A file of a run; ``label`` is the option or argument that names it, empty where nothing does."""

    path: str
    what: str
    label: str = ""
    written: bool = _READ


def refuse_clashes(run: Run, command: str, parameters: Sequence[Any], values: Mapping[str, object]) -> None:
    """Refuse a run that would write one of its files over another one.

    Raises:
        typer.BadParameter: two files are the same; the record is not left either where it is one of them.
    """
    files = list(_files(run, command, parameters, values))
    files.sort(key=lambda each: each.label != "--record")
    for each in files:
        if each.written and not is_stream(each.path):
            _compare(run, each, (other for other in files if other is not each))


def refuse_record(run: Run) -> None:
    """The same for the record of a run whose words were not understood: any word may name a file then.

    Raises:
        typer.BadParameter: the record would take the place of a file that is there; it is not left.
    """
    path = run.recording.path if run.recording is not None else ""
    if Path(path).is_file() and not is_stream(path):
        record = NamedFile(path=path, what="the record", label="--record", written=_WRITTEN)
        _compare(run, record, (*_other_words(run.argv), *_defaults(run, "lock", frozenset())))


def label_of(parameter: Any) -> str:  # noqa: ANN401 - typer's own type is private
    """What a parameter is called: its long option, or the word that stands for an argument."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or "")
    return next((str(each) for each in parameter.opts if each.startswith("--")), "")


def role_of(command: str, label: str) -> bool | None:
    """Whether the run writes the file of this parameter; None where it names none."""
    return PARAMETERS.get(f"{command} {label}", PARAMETERS.get(label))


def _compare(run: Run, written: NamedFile, others: Iterable[NamedFile]) -> None:
    for other in others:
        if not _is_same(written.path, other.path):
            continue
        if "--record" in (written.label, other.label):
            run.recording = None
        named, also = (written, other) if written.label else (other, written)
        raise typer.BadParameter(
            f"{named.path} is also {also.what}, and one would take the place of the other",
            param_hint=named.label,
        )


def _is_same(one: str, other: str) -> bool:
    """Whether two names lead to the same place, or to one file by its device and inode."""
    try:
        return os.path.realpath(one) == os.path.realpath(other) or Path(one).samefile(other)
    except (OSError, ValueError):
        return False  # one of them is not there, or is no name; whoever opens it says why


def _files(
    run: Run, command: str, parameters: Sequence[Any], values: Mapping[str, object]
) -> Iterator[NamedFile]:
    given: dict[str, object] = {
        "config": run.options.config,
        "providers": run.options.providers,
        "ca_file": run.options.ca_file,
        "record": run.recording.path if run.recording is not None else run.options.record,
        **values,
    }
    settled = set(PARAMETERS)
    for each in parameters:
        label, value = label_of(each), str(given.get(str(each.name)) or "")
        role = role_of(command, label)
        if role is None or not value:
            settled.discard(label)
        elif (label, value) != _STDOUT and (label != "NAME" or value.endswith(_SCENARIO_FILE)):
            yield NamedFile(path=value, what=f"the file of {label}", label=label, written=role)
    yield from _defaults(run, command, settled)


def _defaults(run: Run, command: str, settled: Set[str]) -> Iterator[NamedFile]:
    """The files that a run uses without being told; ``settled`` are the options that rule some of them out."""
    environment = read_environment(run.environ)
    if command in _LOCK_USERS:
        yield NamedFile(path=LOCK_NAME, what="the lock of this folder", written=_LOCK_USERS[command])
    if "--config" not in settled:
        known = places(environment.get, environment.platform, environment.home)
        for path in known.configuration_files(environment.platform):
            yield NamedFile(path=path, what="the clusterctl configuration")
    if "--kubeconfig" not in settled:
        listed = [path for path in (environment.get("KUBECONFIG") or "").split(os.pathsep) if path]
        home = [str(Path(environment.home, ".kube", "config"))] if environment.home else []
        for path in listed or home:
            yield NamedFile(path=path, what="the kubeconfig")


def _other_words(argv: Sequence[str]) -> Iterator[NamedFile]:
    """Every word but the record's own, and what an option has behind its ``=``."""
    own = list(argv[: argv.index(_SEPARATOR)] if _SEPARATOR in argv else argv)
    for before, word in zip(["", *own], own, strict=False):
        option, _, value = word.partition("=") if word.startswith("-") else ("", "", word)
        if value and "--record" not in (before, option):
            yield NamedFile(path=value, what="another file of this run")
