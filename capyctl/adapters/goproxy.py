"""A Go module proxy as a lister of versions, by the whole protocol (peers-and-protocols B1 to B6).

The normal case is three questions, asked side by side: the bare path, ``/v2`` and ``/v3``. Further majors are
asked for, two at a time, only while the highest one asked for exists. So a gap below it hides nothing, a
server that answers everything comes to an end, and 300 tags cost three questions (issue 3, section 2).
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from msgspec import Struct

from capyctl.adapters.goproxy_walk import (
    GoProxySettings,
    ProxyRequest,
    fetch,
    module_of,
    most_telling,
    walk,
)
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.goproxy_list import INCOMPATIBLE, GoProxyEntry, parse_version_list
from capyctl.core.location import RepositoryLocation
from capyctl.core.module_path import escape_module_path, major_path
from capyctl.core.pattern import pattern
from capyctl.core.version import ProviderVersion
from capyctl.ports.asking import Asker
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError
from capyctl.ports.fetcher import Answer, ListedVersion
from capyctl.ports.http import Expect, HttpClient

LIST_LIMIT = 16 * 1024 * 1024
"""Most bytes of one version list."""

VERSIONS_LIMIT = 10_000
"""Most versions taken from one list; the highest are kept."""

MAJORS_LIMIT = 31
"""The highest major that is asked for."""

_FIRST_MAJORS = 3
_HIDDEN = pattern(r"go\.mod has non-\.\.\./v(\d{1,4}) module path", re.ASCII)
_RECORD_LIMIT = 1024 * 1024


class _MajorList(Struct, frozen=True, kw_only=True):
    """What the proxies list under one module path."""

    module: str
    versions: tuple[ProviderVersion, ...]


class Majors(Protocol):
    """Up to which major the last run asked for a module."""

    def highest(self, module: str) -> int:
        """The highest major that was asked for; 0 where none is known."""

    def keep(self, module: str, highest: int) -> None:
        """This run asked up to this major."""


MajorAnswer = Answer[_MajorList] | FetchError


class GoProxySource:
    """Lists the tags a module proxy knows, with ``+incompatible`` removed and pseudo-versions dropped.

    A major that could not be had leaves the others, and ``Answer.partial`` says so (W-9); an entry that
    failed before another one answered is no gap. A proxy's list proves no release (W-20).
    """

    def __init__(
        self, http: HttpClient, settings: GoProxySettings, asker: Asker, memory: Majors | None = None
    ) -> None:
        """Prepare a source.

        Args:
            http: asks the questions.
            settings: the proxies, what they are not asked for, and credentials.
            asker: puts the questions about several majors side by side.
            memory: how far the last run had to ask, so that this one asks for as many at once.
        """
        self._http = http
        self._settings = settings
        self._asker = asker
        self._memory = memory

    @property
    def route(self) -> str:
        return self._settings.route

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        answers = self._all_majors(module_of(location))
        found = [answer for answer in answers if isinstance(answer, Answer)]
        failures = [answer for answer in answers if isinstance(answer, FetchError)]
        evidence = tuple(item for answer in answers for item in _evidence(answer))
        if any(answer.value.versions for answer in found):
            gap, hidden = _gap(failures), _hidden_major(failures)
            return Answer(value=_listed(found), evidence=evidence, partial=gap, hidden_major=hidden)
        if not found or any(not isinstance(error, AbsentError) for error in failures):
            error = most_telling(failures)
            error.earlier = tuple(item for item in evidence if item is not error.evidence)
            raise error
        return self._latest(module_of(location), found[-1].value.module, evidence)

    def major(self, location: RepositoryLocation, major: int) -> Answer[tuple[ListedVersion, ...]]:
        """The versions of one major: for a major beyond a gap that another source knows. One question.

        Raises:
            FetchError: absent, unavailable or bad, with evidence.
        """
        answer = self._major(module_of(location), major)
        if isinstance(answer, FetchError):
            raise answer
        return Answer(value=_listed([answer]), evidence=answer.evidence)

    def _all_majors(self, module: str) -> list[MajorAnswer]:
        answers: list[MajorAnswer] = []
        known = min(self._memory.highest(module), MAJORS_LIMIT) if self._memory is not None else 0
        batch: Sequence[int] = range(1, max(_FIRST_MAJORS, known) + 1)
        while batch:
            asked = batch[-1]
            answers += self._asker.together([partial(self._major, module, major) for major in batch])
            highest = answers[-1]
            goes_on = isinstance(highest, Answer) and highest.value.versions and batch[-1] < MAJORS_LIMIT
            batch = (batch[-1] + 1, batch[-1] + 2) if goes_on else ()
        if self._memory is not None and asked != known:
            self._memory.keep(module, asked)
        return answers

    def _major(self, module: str, major: int) -> MajorAnswer:
        path = major_path(module, major)
        request = ProxyRequest(question=Question.VERSIONS, expect=Expect.TEXT, limit=LIST_LIMIT)
        try:
            answer = self._ask(path, "@v/list", request)
        except FetchError as error:
            return error
        versions = _versions_of_major(answer.value.decode("utf-8", "replace"), major)
        return Answer(value=_MajorList(module=path, versions=versions), evidence=answer.evidence)

    def _latest(
        self, bare: str, module: str, evidence: tuple[Evidence, ...]
    ) -> Answer[tuple[ListedVersion, ...]]:
        """The answer of ``@latest``, which counts where a list is empty; a proxy need not have it."""
        request = ProxyRequest(question=Question.VERSIONS, expect=Expect.JSON, limit=_RECORD_LIMIT)
        try:
            answer = self._ask(module, "@latest", request)
        except AbsentError as error:
            return Answer(value=(), evidence=(*evidence, *error.earlier, error.evidence))
        record = _record(answer)
        stated = str(record.get("Version", ""))
        versions = parse_version_list(stated)
        if INCOMPATIBLE not in stated and any(major_path(bare, item.major) != module for item in versions):
            raise _bad(answer, f"the record of {module} is about a version of another module")
        listed = tuple(ListedVersion(tag=item.tag, created_at=_time(record)) for item in versions)
        return Answer(value=listed, evidence=evidence + answer.evidence)

    def _ask(self, module: str, rest: str, request: ProxyRequest) -> Answer[bytes]:
        path = f"{escape_module_path(module)}/{rest}"

        def attempt(entry: GoProxyEntry) -> Answer[bytes]:
            return fetch(self._http, self._settings, entry, path, request)

        return walk(self._settings, module, request.question, attempt)


def _listed(found: Sequence[Answer[_MajorList]]) -> tuple[ListedVersion, ...]:
    """Each version once, under whatever path it is listed."""
    tags = dict.fromkeys(version.tag for answer in found for version in answer.value.versions)
    return tuple(ListedVersion(tag=tag) for tag in tags)


def _gap(failures: Sequence[FetchError]) -> str | None:
    """Why a list lacks the versions of a major, or None where no major failed."""
    unanswered = [error for error in failures if not isinstance(error, AbsentError)]
    return most_telling(unanswered).reason if unanswered else None


def _hidden_major(failures: Sequence[FetchError]) -> int | None:
    """The highest major whose tags exist without ``/vN`` in their go.mod, as the proxies' 404s tell (F34)."""
    reasons = (error.reason for error in failures if isinstance(error, AbsentError))
    told = (_HIDDEN().search(reason) for reason in reasons if "go.mod has non-" in reason)
    return max((int(found[1]) for found in told if found is not None), default=None)


def _versions_of_major(text: str, major: int) -> tuple[ProviderVersion, ...]:
    """The versions that belong under the path of a major, at most ``VERSIONS_LIMIT`` of them.

    Some servers answer every path with all majors. A higher major belongs under the bare path only where
    the list says ``+incompatible``.
    """
    if major > 1:
        versions = parse_version_list(text, major)
    else:
        marked = "\n".join(line for line in text.splitlines() if INCOMPATIBLE in line)
        incompatible = {version.tag for version in parse_version_list(marked)} if marked else set()
        everything = parse_version_list(text)
        versions = tuple(item for item in everything if item.major < 2 or item.tag in incompatible)
    if len(versions) > VERSIONS_LIMIT:
        versions = tuple(heapq.nlargest(VERSIONS_LIMIT, versions, key=lambda version: version.choice_key))
    return versions


def _record(answer: Answer[bytes]) -> dict[str, object]:
    import json  # noqa: PLC0415 - start-up budget; most modules have a list

    try:
        record = json.loads(answer.value)
    except (ValueError, RecursionError) as error:
        raise _bad(answer, "the module proxy's record is not JSON") from error
    if not isinstance(record, dict):
        raise _bad(answer, "the module proxy's record is not an object")
    return record


def _time(record: dict[str, object]) -> str | None:
    time = record.get("Time")
    return time if isinstance(time, str) else None


def _bad(answer: Answer[bytes], reason: str) -> BadAnswerError:
    error = BadAnswerError(answer.evidence[-1].judged(Outcome.BAD, "malformed"), reason)
    error.earlier = answer.evidence[:-1]
    return error


def _evidence(answer: MajorAnswer) -> tuple[Evidence, ...]:
    if isinstance(answer, Answer):
        return answer.evidence
    return (*answer.earlier, answer.evidence)
