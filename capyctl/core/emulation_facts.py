"""What the emulation of clusterctl asks of the world, and what the world may answer.

The questions are the requests that clusterctl itself makes (clusterctl-resolution 4 to 6 and 9), spelled as
it spells them: owners and names as configured, module paths without escapes. The emulator never asks; it is
given a mapping and names what is missing in it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar, cast

from msgspec import Struct

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class FactQuestion(Struct, Generic[T_co], frozen=True, kw_only=True):
    """A question; the parameter is the type of a found answer."""


class ProxyList(FactQuestion[str], frozen=True, kw_only=True):
    """The body of ``{base}/{module}[/vN]/@v/list``; ``major`` 1 stands for the path without a suffix.

    ``base`` is scheme and host only. ``module`` is sent raw, capital letters unescaped (section 5.4).
    """

    base: str
    module: str
    major: int = 1


class ReleaseList(FactQuestion[tuple[str, ...]], frozen=True, kw_only=True):
    """Tags of all pages of the REST release list, in its order, drafts included where they are shown."""

    owner: str
    name: str


class ReleaseByTag(FactQuestion[tuple[str, ...]], frozen=True, kw_only=True):
    """Names of the assets of the release with this tag, by REST; a draft is absent."""

    owner: str
    name: str
    tag: str


class AssetBytes(Struct, frozen=True, kw_only=True):
    """An asset as REST gives it.

    Attributes:
        data: the file. record: the JSON record that comes where the address was answered with 301 and the
            request repeated without its Accept header; None where the repository was not renamed.
    """

    data: bytes
    record: bytes | None = None


class Asset(FactQuestion[AssetBytes], frozen=True, kw_only=True):
    """A release file through REST."""

    owner: str
    name: str
    tag: str
    file: str


class Download(FactQuestion[bytes], frozen=True, kw_only=True):
    """A release file by its download address, anonymous, redirects followed."""

    owner: str
    name: str
    tag: str
    file: str


class GitLabFile(FactQuestion[bytes], frozen=True, kw_only=True):
    """A generic package file by its full address; absent is 404."""

    url: str


class LocalListing(FactQuestion[tuple[str, ...]], frozen=True, kw_only=True):
    """Names of the sub-folders of an absolute folder."""

    folder: str


class LocalFile(FactQuestion[bytes], frozen=True, kw_only=True):
    """A file by its absolute path."""

    path: str


class OverrideFile(FactQuestion[bytes], frozen=True, kw_only=True):
    """``{overrides folder in use}/{label}/{version}/{file}``."""

    label: str
    version: str
    file: str


class FailureKind(enum.Enum):
    """Why an answer did not come. ``STATUS`` has a status; ``RATE_LIMIT`` is the primary limit of REST."""

    STATUS = "status"
    RATE_LIMIT = "rate-limit"
    CONNECTION = "connection"
    SILENCE = "silence"


class Found(Struct, Generic[T_co], frozen=True, kw_only=True):
    """The answer."""

    value: T_co


class Absent(Struct, frozen=True, kw_only=True):
    """404 (a missing file or folder for a local question)."""


class Failed(Struct, frozen=True, kw_only=True):
    """clusterctl itself would meet this failure.

    Attributes:
        status: of the answer, for ``STATUS``. text: what Go's client or the host's JSON ``message`` says,
            where it is known; a part of clusterctl's message. exhausted: whether the answer said that no
            question is left (``X-RateLimit-Remaining: 0``), whatever its status.
    """

    kind: FailureKind
    status: int | None = None
    text: str = ""
    exhausted: bool = False


class Unavailable(Struct, frozen=True, kw_only=True):
    """This run could not learn it (offline, deadline): the emulation says ``unknown``."""


FactAnswer = Found[T_co] | Absent | Failed | Unavailable
Facts = Mapping[FactQuestion[object], FactAnswer[object]]


class MissingFactsError(Exception):
    """The emulation cannot go on without these answers."""

    def __init__(self, questions: frozenset[FactQuestion[object]]) -> None:
        super().__init__(f"{len(questions)} facts are missing")
        self.questions = questions


class UndeterminedError(Exception):
    """A fact that decides could not be had by this run."""


class FactBook:
    """Reads answers, and gathers what is missing together with what will be asked next in all likelihood."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._expected: set[FactQuestion[object]] = set()

    def expect(self, questions: Iterable[FactQuestion[object]]) -> None:
        """Name questions that are likely to come, so that one round of fetching serves several steps."""
        self._expected.update(question for question in questions if question not in self._facts)

    def ask(self, question: FactQuestion[T]) -> Found[T] | Absent | Failed:
        """The answer to one question.

        Raises:
            MissingFactsError: it is not known yet. UndeterminedError: it could not be had.
        """
        answer = cast("FactAnswer[T] | None", self._facts.get(question))
        if answer is None:
            raise MissingFactsError(frozenset({question, *self._expected}))
        if isinstance(answer, Unavailable):
            raise UndeterminedError
        return answer
