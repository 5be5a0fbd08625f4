"""Under which module path and spelling a module proxy knows a git tag (peers-and-protocols B1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.goproxy_list import INCOMPATIBLE
from capyctl.core.module_path import major_path
from capyctl.core.version import parse_version
from capyctl.ports.fetch_errors import AbsentError
from capyctl.ports.fetcher import Answer

T = TypeVar("T")


def module_versions(module: str, tag: str) -> tuple[tuple[str, str], ...]:
    """Module path and version that may stand for a tag, the likelier first; none for a tag Go does not read.

    From v2 on a module is expected at ``/vN``; a tree without go.mod is at the bare path, marked
    ``+incompatible``.
    """
    version = parse_version(tag)
    if version is None or not tag.startswith("v") or version.build is not None or version.is_pseudo:
        return ()
    expected = (major_path(module, version.major), tag)
    return (expected, (module, tag + INCOMPATIBLE)) if version.major > 1 else (expected,)


def ask_module_version(
    module: str, tag: str, route: str, question: Question, ask: Callable[[str, str], Answer[T]]
) -> Answer[T]:
    """The answer about a tag under the first module path that the proxy knows.

    Raises:
        AbsentError: under none of them; nobody was asked (failure ``no-module-version``) if there is none.
        FetchError: whatever else ``ask`` raises.
    """
    absent: AbsentError | None = None
    asked: tuple[Evidence, ...] = ()
    for path, version in module_versions(module, tag):
        try:
            answer = ask(path, version)
        except AbsentError as error:
            absent = absent or error
            asked += (*error.earlier, error.evidence)
            if error.evidence.url is None:
                break
        else:
            return Answer(value=answer.value, evidence=asked + answer.evidence)
    if absent is None:
        nothing = Evidence(
            route=route, question=question, outcome=Outcome.ABSENT, failure="no-module-version"
        )
        raise AbsentError(nothing, f"no module version is spelled {tag}")
    absent.earlier = tuple(item for item in asked if item is not absent.evidence)
    raise absent
