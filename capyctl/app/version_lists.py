"""What every source lists of a provider's versions, and what this machine has seen of them, looked over once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.questions import Replies, Reply, ask, ask_tags
from capyctl.app.side_by_side import SideBySide
from capyctl.core.evidence import CACHE_ROUTE, Evidence
from capyctl.core.location import RepositoryLocation
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetcher import ListedVersion, RepositoryFacts


class KnownVersions(Struct, frozen=True, kw_only=True):
    """Everything the sources listed, looked over once, since every row asks for it.

    Attributes:
        by_route: each source's versions by tag. git_tags: tags of the repository, or None where nobody told;
        tags_route is who did. has_records: whether a forge told which releases there are.
        seen: tags whose release an earlier run on this machine saw.
    """

    lists: tuple[Reply[tuple[ListedVersion, ...]], ...]
    latest: Reply[RepositoryFacts] | None
    tags: Replies[tuple[ListedVersion, ...]]
    by_route: dict[str, dict[str, ListedVersion]]
    git_tags: frozenset[str] | None
    tags_route: str | None
    has_records: bool
    seen: frozenset[str] = frozenset()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything that was asked."""
        pieces = [piece for reply in self.lists for piece in reply.evidence]
        pieces += self.latest.evidence if self.latest is not None else ()
        return (*pieces, *self.tags.evidence)

    @property
    def latest_tag(self) -> str | None:
        """What the release host marks as latest."""
        return _latest_tag(self.latest)


def _known(
    lists: tuple[Reply[tuple[ListedVersion, ...]], ...],
    latest: Reply[RepositoryFacts] | None,
    tags: Replies[tuple[ListedVersion, ...]],
) -> KnownVersions:
    told = tags.first_found
    tagged = told.answer.value if told is not None and told.answer is not None else None
    by_route: dict[str, dict[str, ListedVersion]] = {}
    for reply in lists:
        if reply.answer is not None:
            by_route[reply.route] = {version.tag: version for version in reply.answer.value}
    marked = _latest_tag(latest)
    if marked is not None and latest is not None:
        by_route.setdefault(latest.route, {})[marked] = ListedVersion(tag=marked)
    if tagged is not None and told is not None:
        listed = by_route.setdefault(told.route, {})
        listed |= {item.tag: item for item in tagged if item.tag not in listed}
    return KnownVersions(
        lists=lists,
        latest=latest,
        tags=tags,
        by_route=by_route,
        git_tags=frozenset(version.tag for version in tagged) if tagged is not None else None,
        tags_route=told.route if told is not None else None,
        has_records=any(_is_forge_record(reply) for reply in lists),
    )


def _latest_tag(latest: Reply[RepositoryFacts] | None) -> str | None:
    return latest.answer.value.latest if latest is not None and latest.answer is not None else None


def _with_gone(known: KnownVersions, sources: ProviderSources) -> KnownVersions:
    """The same with releases that this machine has seen and that no source lists any more.

    Only a list of all releases proves that one is gone: none that is partial, and none of a module proxy.
    """
    if sources.memory is None or not _lists_every_release(known.lists):
        return known
    seen = sources.memory.released()
    listed = {tag for found in known.by_route.values() for tag in found}
    gone = {tag: ListedVersion(tag=tag) for tag in sorted(seen - listed)}
    return replace(known, by_route=known.by_route | ({CACHE_ROUTE: gone} if gone else {}), seen=seen)


def _lists_every_release(lists: Sequence[Reply[tuple[ListedVersion, ...]]]) -> bool:
    whole = [
        reply.answer.partial is None
        for reply in lists
        if reply.answer is not None and not reply.route.startswith("goproxy:")
    ]
    return bool(whole) and all(whole)


def ask_every_list(location: RepositoryLocation, sources: ProviderSources, asker: Asker) -> KnownVersions:
    """Ask for every list side by side; further tags only where they tell something."""
    group = SideBySide()
    lists = [
        group.put(partial(ask, source.route, partial(source.versions, location)))
        for source in (*sources.listings, *sources.fallback_listings)
    ]
    latest = (
        group.put(partial(ask, sources.latest.route, partial(sources.latest.repository, location)))
        if sources.latest is not None
        else None
    )
    # Where no other source lists tags, they are sure to be needed, and asked for in the same round.
    tags = group.put(partial(ask_tags, sources, location, asker)) if not sources.listings else None
    group.ask(asker)
    replies = tuple(each.answer for each in lists)
    needed = tags is None and _needs_tags(replies)
    told = ask_tags(sources, location, asker) if needed else Replies(items=())
    known = _known(
        replies,
        latest.answer if latest is not None else None,
        tags.answer if tags is not None else told,
    )
    return _with_gone(known, sources)


def _needs_tags(replies: Sequence[Reply[tuple[ListedVersion, ...]]]) -> bool:
    """Whether a listed version has no release, or no other list knows tags."""
    records = [reply for reply in replies if _is_forge_record(reply)]
    if not records:
        return False
    released = {version.tag for reply in records if reply.answer for version in reply.answer.value}
    others = [reply.answer.value for reply in replies if reply.answer and not _is_forge_record(reply)]
    return not any(others) or any(version.tag not in released for listed in others for version in listed)


def _is_forge_record(reply: Reply[tuple[ListedVersion, ...]]) -> bool:
    return reply.answer is not None and (
        any(version.draft is not None for version in reply.answer.value) or reply.route.endswith("-api")
    )
