"""The go.mod of a version as a module proxy serves it, for what it retracts (peers-and-protocols B1, W-20)."""

from __future__ import annotations

from capyctl.adapters.goproxy_version import module_versions
from capyctl.adapters.goproxy_walk import GoProxySettings, ProxyRequest, fetch, module_of, walk
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.goproxy_list import GoProxyEntry
from capyctl.core.location import RepositoryLocation
from capyctl.core.module_path import escape_module_path, major_path
from capyctl.core.retractions import Retraction, parse_retractions
from capyctl.ports.fetch_errors import AbsentError
from capyctl.ports.fetcher import Answer
from capyctl.ports.http import Expect, HttpClient

_LIMIT = 1024 * 1024
"""Most bytes of a go.mod."""


class GoProxyRetractions:
    """Reads the go.mod of one version: Go takes that of a module's highest version, for all versions of it."""

    def __init__(self, http: HttpClient, settings: GoProxySettings) -> None:
        self._http = http
        self._settings = settings

    @property
    def route(self) -> str:
        return self._settings.route

    def retractions(self, location: RepositoryLocation, tag: str) -> Answer[tuple[Retraction, ...]]:
        """What the go.mod of this tag takes back of its own module: of v0 and v1, or of one later major.

        One question: a later major without a go.mod is not looked for at the bare path, for it retracts nothing.

        Raises:
            AbsentError: the proxy does not know this version, or no module version is spelled so.
            FetchError: unavailable or bad, with evidence.
        """
        bare = module_of(location)
        known = module_versions(bare, tag)
        if not known:
            nothing = Evidence(
                route=self.route, question=Question.FILE, outcome=Outcome.ABSENT, failure="no-module-version"
            )
            raise AbsentError(nothing, f"no module version is spelled {tag}")
        module, version = known[0]
        path = f"{escape_module_path(module)}/@v/{escape_module_path(version)}.mod"
        request = ProxyRequest(question=Question.FILE, expect=Expect.TEXT, limit=_LIMIT)

        def attempt(entry: GoProxyEntry) -> Answer[bytes]:
            return fetch(self._http, self._settings, entry, path, request)

        answer = walk(self._settings, module, request.question, attempt)
        found = parse_retractions(answer.value.decode("utf-8", "replace"))
        own = tuple(item for item in found if _paths(bare, item) == {module})
        return Answer(value=own, evidence=answer.evidence)


def _paths(bare: str, retraction: Retraction) -> set[str]:
    """The modules that a retraction speaks of; Go has each of them speak for itself alone."""
    return {major_path(bare, end.major) for end in (retraction.low, retraction.high)}
