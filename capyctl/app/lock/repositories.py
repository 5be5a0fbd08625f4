"""The numbers and names of repositories: one question to the forge for each repository and lock (issue 6, 1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from msgspec import Struct

from capyctl.app.questions import Reply, ask
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.provider_table import TableEntry
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog
from capyctl.ports.fetch_errors import FetchError
from capyctl.ports.fetcher import RepositoryFacts

_Key = tuple[str, str]


class AskedRepositories(Struct, frozen=True, kw_only=True):
    """What forges said. A repository that has no number, such as a folder, is not in it."""

    replies: dict[_Key, Reply[RepositoryFacts] | None]

    def reply(self, entry: TableEntry) -> Reply[RepositoryFacts] | None:
        """The reply about an entry's repository; None where nobody could be asked."""
        key = repository_key(entry.location)
        return self.replies.get(key) if key is not None else None

    def facts(self, entry: TableEntry) -> RepositoryFacts | None:
        """What the forge said of an entry's repository, where it told."""
        reply = self.reply(entry)
        return reply.answer.value if reply is not None and reply.answer is not None else None

    def unnumbered(
        self, entries: Iterable[tuple[str, TableEntry]]
    ) -> dict[str, tuple[str, FetchError | None]]:
        """Of entries by label, those whose repository has a number that nobody told: its name, and why."""
        found = {}
        for label, entry in entries:
            key, reply = repository_key(entry.location), self.reply(entry)
            if key is not None and (reply is None or reply.answer is None or reply.answer.value.id is None):
                found[label] = (key[1], reply.error if reply is not None else None)
        return found


def repository_key(location: RepositoryLocation | None) -> _Key | None:
    """The repository alone, whatever file is taken of it; None for what no forge has."""
    if not isinstance(location, GitHubReleases):
        return None
    return (location.api_base.lower(), location.full_name.lower())


def ask_repositories(
    entries: Iterable[TableEntry], catalog: SourceCatalog, asker: Asker
) -> AskedRepositories:
    """Ask about each repository once, however many providers it has."""
    by_key: dict[_Key, TableEntry] = {}
    for entry in entries:
        key = repository_key(entry.location)
        if key is not None:
            by_key.setdefault(key, entry)
    calls = [partial(_ask, entry, catalog) for entry in by_key.values()]
    return AskedRepositories(replies=dict(zip(by_key, asker.together(calls) if calls else [], strict=True)))


def _ask(entry: TableEntry, catalog: SourceCatalog) -> Reply[RepositoryFacts] | None:
    source = catalog.sources(entry).repository
    if source is None:
        return None
    return ask(source.route, partial(source.repository, entry.readable_location))
