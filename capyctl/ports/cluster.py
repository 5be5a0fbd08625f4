"""The management cluster: one question at a time, and the rules by which a kubeconfig names it."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from capyctl.core.api_reading import ApiRequest, Reading, WatchEvent
from capyctl.core.api_writing import ApiWrite


class ApiServer(Protocol):
    """An API server. Nothing raises for what a server or a network does: a failure is a reading too."""

    @property
    def address(self) -> str:
        """The server's address, safe to print."""

    def ask(self, request: ApiRequest) -> Reading[Mapping[str, object]]:
        """Ask once, without waiting for anything to pass; the body is one JSON object, complete and bounded."""

    def ask_text(self, request: ApiRequest) -> Reading[str]:
        """The same for an answer in plain text (``/readyz?verbose``, a log line).

        A status that says "not ready" is a failure whose ``reason`` holds the text.
        """

    def watch(self, request: ApiRequest) -> Iterator[WatchEvent]:
        """Events until the server or the network ends the stream; a failure is an event of type ``ERROR``."""


class ApiWriter(ApiServer, Protocol):
    """An API server that may be written to; its patience for one exchange is its own, not the reading run's."""

    def write(self, request: ApiWrite) -> Reading[Mapping[str, object]]:
        """Write once, without waiting for anything to pass.

        The value is what the server stored; absent where the object of a patch or a delete is not there.
        A failure may hide a write that was done: all writes here can be done again.
        """


class KubeconfigTrouble(enum.Enum):
    """Why no cluster can be named (clusterctl-cluster 8.1)."""

    FILE_MISSING = "file-missing"
    FILE_UNREADABLE = "file-unreadable"
    FILE_MALFORMED = "file-malformed"
    CONTEXT_UNKNOWN = "context-unknown"
    CONTEXT_INCOMPLETE = "context-incomplete"
    NOTHING_FOUND = "nothing-found"


class KubeconfigError(Exception):
    """No cluster can be named.

    Attributes:
        trouble: of what kind. reason: one line. file: the file it is about. contexts: those that exist.
    """

    def __init__(
        self,
        trouble: KubeconfigTrouble,
        reason: str,
        *,
        file: str | None = None,
        contexts: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason
        self.file = file
        self.contexts = contexts


class ClusterChoice(Struct, frozen=True, kw_only=True):
    """Which cluster a user named; None where nothing was said."""

    kubeconfig: str | None = None
    context: str | None = None


class ClusterConnection(Struct, frozen=True, kw_only=True):
    """A cluster that is named, and the way to it; nothing has been asked yet.

    Attributes:
        context: its name, None in a pod. namespace: the context's, ``default`` where it has none.
        source: the file or files it comes from, or ``in-cluster``, for people.
        unverified: whether the server's certificate is not checked (``insecure-skip-tls-verify``).
        writer: the same server for who changes it.
    """

    api: ApiServer
    writer: ApiWriter
    context: str | None
    namespace: str | None
    source: str
    unverified: bool = False


class ClusterConnector(Protocol):
    """Finds the cluster that a kubeconfig, a context or the surrounding pod names; opens no socket."""

    def connect(self, choice: ClusterChoice) -> ClusterConnection:
        """The connection.

        Raises:
            KubeconfigError: a named file or context that does not exist never falls back to another.
        """
