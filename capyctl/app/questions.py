"""Questions to a provider's sources, answered as values: what was found, and every attempt on the way."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from msgspec import Struct

from capyctl.app.side_by_side import SideBySide
from capyctl.core.evidence import Evidence
from capyctl.core.location import RepositoryLocation
from capyctl.ports.asking import HEAD_START, Asker
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion, RepositoryFacts, VersionSource

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Found(enum.Enum):
    """What became of a question over all its routes."""

    FOUND = "found"
    ABSENT = "absent"
    UNAVAILABLE = "unavailable"
    BAD = "bad"


class Reply(Struct, Generic[T_co], frozen=True, kw_only=True):
    """The answer of one route, or its error; exactly one of the two is set."""

    route: str
    answer: Answer[T_co] | None = None
    error: FetchError | None = None

    @property
    def is_found(self) -> bool:
        """Whether a value came back."""
        return self.answer is not None

    @property
    def is_absent(self) -> bool:
        """Whether the source said affirmatively that it has none."""
        return isinstance(self.error, AbsentError)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence of this attempt."""
        if self.answer is not None:
            return self.answer.evidence
        return (*self.error.earlier, self.error.evidence) if self.error is not None else ()


class Replies(Struct, Generic[T_co], frozen=True, kw_only=True):
    """All attempts at one question, in order of preference."""

    items: tuple[Reply[T_co], ...]

    @property
    def first_found(self) -> Reply[T_co] | None:
        """The preferred attempt that gave a value."""
        return next((item for item in self.items if item.is_found), None)

    @property
    def errors(self) -> tuple[FetchError, ...]:
        """Failures other than absence."""
        return tuple(item.error for item in self.items if item.error is not None and not item.is_absent)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The evidence of every attempt."""
        return tuple(piece for item in self.items for piece in item.evidence)

    @property
    def outcome(self) -> Found:
        """Found if any route has it; else absent if one says so; else what went wrong."""
        if self.first_found is not None:
            return Found.FOUND
        if any(item.is_absent for item in self.items):
            return Found.ABSENT
        bad = any(isinstance(error, BadAnswerError) for error in self.errors)
        return Found.BAD if bad else Found.UNAVAILABLE


def ask(route: str, question: Callable[[], Answer[T]]) -> Reply[T]:
    """Put one question; a failure is part of the reply."""
    try:
        return Reply(route=route, answer=question())
    except FetchError as error:
        return Reply(route=route, error=error)


class Listing(Struct, frozen=True, kw_only=True):
    """Round one for one repository: every list, and what the release host marks as latest."""

    lists: Replies[tuple[ListedVersion, ...]]
    latest: Reply[RepositoryFacts] | None

    @property
    def tags(self) -> dict[str, list[str]]:
        """Each source's tags by route; the host's "latest" is a list of one."""
        found = {
            item.route: [version.tag for version in item.answer.value]
            for item in self.lists.items
            if item.answer is not None
        }
        if self.latest_tag is not None and self.latest is not None:
            found.setdefault(self.latest.route, []).append(self.latest_tag)
        return found

    @property
    def latest_tag(self) -> str | None:
        """The tag the release host marks as latest, if it told."""
        facts = self.latest.answer.value if self.latest is not None and self.latest.answer else None
        return facts.latest if facts is not None else None

    @property
    def hidden_major(self) -> int:
        """The highest major that a list knows of and hides; 0 where none told of one."""
        answers = (item.answer for item in self.lists.items)
        return max((answer.hidden_major or 0 for answer in answers if answer is not None), default=0)

    @property
    def is_known_public(self) -> bool:
        """Whether the release host answered a stranger about this repository, so that its 404s are final."""
        return self.latest is not None and self.latest.is_found

    @property
    def listed(self) -> dict[str, ListedVersion]:
        """What the most telling source knows of each tag (a forge's record before a bare line)."""
        known: dict[str, ListedVersion] = {}
        for item in self.lists.items:
            for version in item.answer.value if item.answer is not None else ():
                if version.tag not in known or version.draft is not None:
                    known[version.tag] = version
        return known

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything round one rests on."""
        return self.lists.evidence + (self.latest.evidence if self.latest is not None else ())


def ask_listing(sources: ProviderSources, location: RepositoryLocation, asker: Asker) -> Listing:
    """List versions and ask for "latest" side by side; fall-backs step in only where no list could be had."""
    group = SideBySide()
    lists = group.put(partial(_first_list, (*sources.listings, *sources.fallback_listings), location, asker))
    source = sources.latest
    latest = (
        group.put(partial(ask, source.route, partial(source.repository, location)))
        if source is not None
        else None
    )
    group.ask(asker)
    return Listing(lists=lists.answer, latest=latest.answer if latest is not None else None)


def ask_fallback_lists(
    sources: ProviderSources, location: RepositoryLocation, asker: Asker
) -> Replies[tuple[ListedVersion, ...]]:
    """The lists that round one had no need of."""
    return _first_list(sources.fallback_listings, location, asker)


def _first_list(
    sources: Sequence[VersionSource], location: RepositoryLocation, asker: Asker
) -> Replies[tuple[ListedVersion, ...]]:
    """The list of the first source that has versions, and what the ones before it said."""
    calls = [partial(ask, source.route, partial(source.versions, location)) for source in sources]
    return Replies(items=tuple(asker.in_turn(calls, _has_versions, HEAD_START)))


def ask_tags(
    sources: ProviderSources, location: RepositoryLocation, asker: Asker
) -> Replies[tuple[ListedVersion, ...]]:
    """The repository's tags by the first route that tells them; one that tells none of them is an answer too."""
    calls = [partial(ask, source.route, partial(source.versions, location)) for source in sources.tags]
    return Replies(items=tuple(asker.in_turn(calls, _is_found, HEAD_START)))


def _is_found(reply: Reply[object]) -> bool:
    return reply.is_found


def _has_versions(reply: Reply[tuple[ListedVersion, ...]]) -> bool:
    return reply.answer is not None and bool(reply.answer.value)


class FileQuestion(Struct, frozen=True, kw_only=True):
    """One file of one release, and whether a 404 of the first route settles it."""

    sources: ProviderSources
    location: RepositoryLocation
    tag: str
    name: str
    absence_is_final: bool


def ask_file(question: FileQuestion, asker: Asker) -> Replies[FileContent]:
    """The file from its override, else from the repository by its routes (cli.md 6, order for a file)."""
    override = question.sources.override
    if override is not None:
        reply = ask(override.route, partial(override.file, question.location, question.tag, question.name))
        if not reply.is_absent:
            return Replies(items=(reply,))
    calls = [
        partial(ask, source.route, partial(source.file, question.location, question.tag, question.name))
        for source in question.sources.files
    ]
    return Replies(
        items=tuple(asker.in_turn(calls, partial(_settles, question.absence_is_final), HEAD_START))
    )


def is_settled(replies: Replies[FileContent], *, absence_is_final: bool) -> bool:
    """Whether no further route would be asked after these replies."""
    return any(_settles(absence_is_final, reply) for reply in replies.items)


def _settles(absence_is_final: bool, reply: Reply[FileContent]) -> bool:
    return reply.is_found or (absence_is_final and reply.is_absent)
