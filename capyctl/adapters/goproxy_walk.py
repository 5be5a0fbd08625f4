"""Asking the proxies of a GOPROXY list in Go's order, over HTTP or from a folder (peers B1 to B3).

A source that asks nobody raises an AbsentError without an address in its evidence, and with one of these
failures: ``private`` (GONOPROXY or GOPRIVATE covers the module), ``off`` or ``direct`` (the list ends there).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from msgspec import Struct, field

from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.goproxy_list import FallThrough, GoProxyEntry, GoProxyList
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.module_path import is_private
from capyctl.core.repr_without import repr_without
from capyctl.core.userinfo import Userinfo
from capyctl.ports.fetch_errors import AbsentError, FetchError
from capyctl.ports.fetcher import Answer
from capyctl.ports.http import Credential, Expect, HttpClient, HttpRequest

T = TypeVar("T")


class GoProxySettings(Struct, frozen=True, kw_only=True):
    """Which proxies a run asks, and with what.

    Attributes:
        proxies: GOPROXY, parsed. private_globs: the values of GONOPROXY and GOPRIVATE, in this order.
        netrc: credentials by host name without port; a credential in the proxy's own address goes first.
    """

    proxies: GoProxyList
    private_globs: tuple[str | None, ...] = ()
    netrc: Mapping[str, Userinfo] = field(default_factory=dict)

    def __repr__(self) -> str:
        return repr_without(self, "netrc")

    @property
    def route(self) -> str:
        """``goproxy:HOST`` of the first proxy; ``goproxy:off`` or ``goproxy:direct`` where there is none."""
        if self.proxies.entries:
            return route_of(self.proxies.entries[0])
        return f"goproxy:{self.proxies.end.value}"

    def credential(self, entry: GoProxyEntry) -> Credential | None:
        """What is sent to this proxy, and to no other host."""
        userinfo, origin = entry.userinfo, "GOPROXY"
        if userinfo is None:
            userinfo, origin = self.netrc.get(urlsplit(entry.base).hostname or ""), "netrc"
        if userinfo is None:
            return None
        return Credential(
            host=entry.host, header="Authorization", value=userinfo.authorization, origin=origin
        )


def route_of(entry: GoProxyEntry) -> str:
    """The route's name in evidence; a folder has no host and is called ``goproxy:file``."""
    return f"goproxy:{entry.host or 'file'}"


def module_of(location: RepositoryLocation) -> str:
    """The module path of a GitHub repository, without ``/vN``.

    Raises:
        TypeError: another kind of location; the wiring never asks for one.
    """
    if not isinstance(location, GitHubReleases):
        raise TypeError("the module proxy was asked for a location of another kind")
    return location.module_path


def walk(
    settings: GoProxySettings, module: str, question: Question, attempt: Callable[[GoProxyEntry], Answer[T]]
) -> Answer[T]:
    """The first answer in the list's order: behind ``,`` only absence leads on, behind ``|`` any failure.

    Raises:
        FetchError: of the proxies asked, the last failure that is not mere absence, else the last absence;
            ``earlier`` holds the evidence of the others.
    """
    proxies = settings.proxies
    if is_private(module, settings.private_globs):
        raise _not_asked(settings, question, "private", f"GONOPROXY or GOPRIVATE covers {module}")
    if not proxies.entries:
        raise _not_asked(settings, question, proxies.end.value, "GOPROXY names no proxy")
    failures: list[FetchError] = []
    for entry in proxies.entries:
        try:
            answer = attempt(entry)
        except FetchError as error:
            failures.append(error)
            if not isinstance(error, AbsentError) and entry.then is not FallThrough.ON_ANY_ERROR:
                break
        else:
            return Answer(value=answer.value, evidence=_evidence_of(failures) + answer.evidence)
    raise most_telling(failures)


def most_telling(failures: list[FetchError]) -> FetchError:
    """The last failure that is not absence, else the last one, carrying the evidence of all the others."""
    real = [error for error in failures if not isinstance(error, AbsentError)]
    chosen = (real or failures)[-1]
    chosen.earlier += _evidence_of([error for error in failures if error is not chosen])
    return chosen


def fetch(
    http: HttpClient, settings: GoProxySettings, entry: GoProxyEntry, path: str, request: ProxyRequest
) -> Answer[bytes]:
    """The body at ``path`` below the base of one proxy.

    Raises:
        FetchError: as the HTTP client raises it; for a folder absent, unreadable or too large.
    """
    folder = proxy_folder(entry)
    if folder is not None:
        from capyctl.adapters.local_files import local_evidence, read_small  # noqa: PLC0415 - start-up budget

        place = folder.joinpath(*path.split("/"))
        evidence = local_evidence(route_of(entry), request.question, place)
        return Answer(value=read_small(place, evidence, request.limit), evidence=(evidence,))
    response = http.get(
        HttpRequest(
            url=f"{entry.base}/{path}",
            route=route_of(entry),
            question=request.question,
            expect=request.expect,
            credential=settings.credential(entry),
            limit=request.limit,
        )
    )
    return Answer(value=response.body, evidence=(*response.earlier, response.evidence))


class ProxyRequest(Struct, frozen=True, kw_only=True):
    """What kind of answer is wanted; ``limit`` in bytes."""

    question: Question
    expect: Expect
    limit: int


def proxy_folder(entry: GoProxyEntry) -> Path | None:
    """The folder of a ``file:`` proxy, in this system's spelling; None for a proxy on the network."""
    text = entry.folder
    if text is not None and sys.platform == "win32":
        text = text.removeprefix("/")
    return None if text is None else Path(text or "/")


def _evidence_of(failures: list[FetchError]) -> tuple[Evidence, ...]:
    return tuple(item for error in failures for item in (*error.earlier, error.evidence))


def _not_asked(settings: GoProxySettings, question: Question, failure: str, reason: str) -> AbsentError:
    evidence = Evidence(route=settings.route, question=question, outcome=Outcome.ABSENT, failure=failure)
    return AbsentError(evidence, f"no module proxy was asked: {reason}")
