"""Kubeconfig files as one: which are read, how they merge, what a context names (clusterctl-cluster 8.1)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.kube_config import KubeConfigMerger
from msgspec import Struct

from capyctl.adapters.kubernetes_text import plain_line
from capyctl.adapters.missing_file import is_missing
from capyctl.core.api_object import mapping_at, text_at
from capyctl.core.repr_without import repr_without
from capyctl.ports.cluster import KubeconfigError, KubeconfigTrouble

_UNREADABLE = (
    ConfigException,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    yaml.YAMLError,
    RecursionError,
)
"""What the package raises for a kubeconfig that is no kubeconfig."""


class KubeconfigEntry(Struct, frozen=True, kw_only=True):
    """A cluster, user or context of a kubeconfig, and the folder that its relative paths start from."""

    value: Mapping[str, object]
    folder: str = "."

    def __repr__(self) -> str:
        return repr_without(self, "value")


class MergedKubeconfig(Struct, frozen=True, kw_only=True):
    """Several kubeconfigs as one: of entries with the same name, and of current contexts, the first counts.

    Attributes:
        entries: name, content and folder of each cluster, context and user. current: empty where none is set.
    """

    entries: Mapping[str, list[tuple[str, Mapping[str, object], str]]]
    current: str

    @property
    def contexts(self) -> tuple[str, ...]:
        """The names of all contexts."""
        return tuple(name for name, _, _ in self.entries["contexts"])

    def context(self, name: str, source: str, *, named: bool) -> KubeconfigEntry:
        """A context; ``named`` where the user gave its name, ``source`` for people.

        Raises:
            KubeconfigError: it is not there.
        """
        found = self.named("contexts", "context", name) if name else None
        if found is not None:
            return found
        if not self.contexts and not named:
            reason = f"{source} names no cluster"
            raise KubeconfigError(KubeconfigTrouble.NOTHING_FOUND, reason, file=source)
        missing = f"there is no context {plain_line(name, 120)!r} in {source}"
        reason = missing if name else f"{source} has no current context, and --kubeconfig-context names none"
        raise KubeconfigError(KubeconfigTrouble.CONTEXT_UNKNOWN, reason, file=source, contexts=self.contexts)

    def named(self, kind: str, key: str, name: str) -> KubeconfigEntry | None:
        """What stands under ``key`` in the entry of this name; None where there is no such entry."""
        for each, value, folder in self.entries[kind]:
            if each == name:
                return KubeconfigEntry(value=mapping_at(value, key), folder=folder)
        return None


def parts_of_context(
    merged: MergedKubeconfig, context: KubeconfigEntry, name: str, source: str
) -> tuple[KubeconfigEntry, KubeconfigEntry]:
    """The cluster and the user of a context; a context without a user is anonymous.

    Raises:
        KubeconfigError: one that the context names is not there.
    """
    cluster = merged.named("clusters", "cluster", text_at(context.value, "cluster"))
    wanted = text_at(context.value, "user")
    user = merged.named("users", "user", wanted) if wanted else KubeconfigEntry(value={})
    if cluster is None or not text_at(cluster.value, "server"):
        missing = "a cluster with a server"
    elif user is None:
        missing = f"its user {plain_line(wanted, 120)!r}"
    else:
        return cluster, user
    reason = f"the context {plain_line(name, 120)!r} lacks {missing} in {source}"
    others = tuple(each for each in merged.contexts if each != name)
    raise KubeconfigError(KubeconfigTrouble.CONTEXT_INCOMPLETE, reason, file=source, contexts=others)


def listed_files(variable: str) -> tuple[list[str], str]:
    """The files of KUBECONFIG that exist.

    Raises:
        KubeconfigError: none of them does; a variable that names a file never stands for another cluster.
    """
    named = [path for path in variable.split(os.pathsep) if path]
    there = [path for path in named if not is_missing(path)]
    if not there:
        reason = f"KUBECONFIG names {os.pathsep.join(named)}, and there is no such file"
        raise KubeconfigError(KubeconfigTrouble.FILE_MISSING, reason, file=named[0] if named else None)
    return there, os.pathsep.join(there)


def merged_files(files: list[str]) -> MergedKubeconfig:
    """The files as one; an empty one counts for nothing.

    Raises:
        KubeconfigError: one cannot be read, or is no kubeconfig.
    """
    make: Any = KubeConfigMerger
    merger = make("")
    current = ""
    for path in files:
        if _is_blank(path):
            continue
        try:
            merger.load_config(path)
            current = current or text_at(merger.config_files[path], "current-context")
        except _UNREADABLE as error:
            reason = f"{path} is no kubeconfig: {_where(error)}"
            raise KubeconfigError(KubeconfigTrouble.FILE_MALFORMED, reason, file=path) from error
    held = merger.config.value if merger.config is not None else {}
    entries = {
        kind: [_entry(node) for node in held.get(kind, ())] for kind in ("clusters", "contexts", "users")
    }
    return MergedKubeconfig(entries=entries, current=current)


def _where(error: Exception) -> str:
    """The place of a fault in YAML; other messages of the package may quote whole entries, tokens included."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f"it is no YAML (line {mark.line + 1}, column {mark.column + 1})"
    return "its clusters, contexts and users are not lists of named entries"


def _entry(node: Any) -> tuple[str, Mapping[str, object], str]:  # noqa: ANN401 - the package's untyped node
    return text_at(node.value, "name"), node.value, str(Path(node.path).absolute().parent)


def _is_blank(path: str) -> bool:
    """Whether a file holds nothing, which counts as no file.

    Raises:
        KubeconfigError: it cannot be read.
    """
    try:
        return not Path(path).read_bytes().strip()
    except (OSError, ValueError) as error:
        reason = f"{path} cannot be read ({getattr(error, 'strerror', None) or 'unknown reason'})"
        raise KubeconfigError(KubeconfigTrouble.FILE_UNREADABLE, reason, file=path) from error
