"""A world for one call of the library: opened from its keyword arguments, closed when the call is over."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

from capyctl.config.environment import read_environment
from capyctl.core.identity import ProviderReference, parse_reference
from capyctl.core.invocation import Invocation
from capyctl.core.status_rules import status_of
from capyctl.fetching.transcript import Transcript
from capyctl.library.results import References, RunSettings
from capyctl.wiring.request import DEADLINE, WorldRequest
from capyctl.wiring.run_end import RunEnd
from capyctl.wiring.served import Served
from capyctl.wiring.world import ConfigurationFailedError, World, open_world

T = TypeVar("T")


def read_references(given: References) -> tuple[ProviderReference, ...]:
    """One reference or several, each read where it is text.

    Raises:
        MalformedReferenceError: a reference that cannot be read.
    """
    many = (given,) if isinstance(given, str | ProviderReference) else tuple(given)
    return tuple(parse_reference(each) if isinstance(each, str) else each for each in many)


def needed_references(given: References, *, is_bound: bool = False) -> tuple[ProviderReference, ...]:
    """The references of a call that is about nothing without one, unless a lock says what it is about.

    Raises:
        MalformedReferenceError: a reference that cannot be read. ValueError: there is none, and no lock either.
    """
    named = read_references(given)
    if not named and not is_bound:
        raise ValueError("no provider is named")
    return named


def serve(
    command: str,
    references: tuple[ProviderReference, ...],
    settings: RunSettings,
    work: Callable[[World], Served[T]],
) -> Served[T | None]:
    """Open a world, work in it, close what was opened; a configuration that cannot be used is an answer too.

    Raises:
        ValueError: a lock and a bundle were given, or one without a name, or no time for any question.
    """
    transcript = Transcript()
    with closing(RunEnd()) as end:
        request = _request(command, references, settings, transcript, end)
        try:
            served = work(open_world(request))
        except ConfigurationFailedError as error:
            said = error.diagnostics
            return Served(
                found=None, diagnostics=said, evidence=transcript.snapshot(), status=status_of(said)
            )
    return Served(
        found=served.found,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        status=served.status,
    )


def _request(
    command: str,
    references: tuple[ProviderReference, ...],
    settings: RunSettings,
    transcript: Transcript,
    end: RunEnd,
) -> WorldRequest:
    named = ("config", "providers", "ca_file", "locked", "bundle")
    config, providers, ca_file, locked, bundle = (_path(settings.get(name)) for name in named)
    if locked is not None and bundle is not None:
        raise ValueError("a bundle has a lock of its own: locked and bundle exclude each other")
    if "" in (locked, bundle):
        raise ValueError("no file is named: locked and bundle are None where there is none")
    deadline = settings.get("deadline", DEADLINE)
    if not deadline > 0:
        raise ValueError(f"a deadline of {deadline} seconds leaves no time for any question")
    return WorldRequest(
        environment=read_environment(settings.get("environ")),
        invocation=_invocation(command, references, settings),
        transcript=transcript,
        at_end=end.add,
        offline=settings.get("offline", False),
        deadline=deadline,
        config=config,
        providers=providers,
        ca_file=ca_file,
        no_cache=settings.get("no_cache", False),
        locked=locked,
        bundle=bundle,
    )


def _invocation(
    command: str,
    references: tuple[ProviderReference, ...],
    settings: RunSettings,
) -> Invocation:
    """The command that does the same, so that the commands of fixes run as printed."""
    words = [command.partition(" ")[0]]
    for reference in references:
        words += [f"--{reference.type.flag}"] if reference.type is not None else []
        words.append(reference.text)
    words += command.split(" ")[1:]
    words += ["--offline"] if settings.get("offline") else []
    words += ["--no-cache"] if settings.get("no_cache") else []
    for name in ("config", "providers", "ca_file", "locked", "bundle", "kubeconfig", "kubeconfig_context"):
        path = _path(settings.get(name))
        words += [f"--{name.replace('_', '-')}", path] if path is not None else []
    return Invocation(words=tuple(words))


def _path(value: object) -> str | None:
    return os.fspath(value) if isinstance(value, str | os.PathLike) else None
