"""The metadata.yaml of listed versions: read for all of them, or until one can speak for all (cli.md 5)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec import Struct

from capyctl.app.questions import FileQuestion, Found, Replies, ask_file
from capyctl.app.resolution import Target
from capyctl.core.diagnostics import Subject
from capyctl.core.metadata import METADATA, Metadata
from capyctl.core.metadata_parse import read_metadata
from capyctl.core.version import ProviderVersion, in_order_of_choice
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetcher import FileContent

_METADATA_TRIES = 5
"""Newest versions whose metadata.yaml is asked for until one is sound."""


class OwnMetadata(Struct, frozen=True, kw_only=True):
    """A version's own metadata.yaml, None where it is absent, unreadable or out of reach."""

    metadata: Metadata | None = None
    replies: Replies[FileContent]

    @property
    def outcome(self) -> Found:
        """What became of the question."""
        return self.replies.outcome


class MetadataReader(Struct, frozen=True, kw_only=True):
    """Reads metadata.yaml of versions; ``public`` says that absence at the release host is final."""

    target: Target
    sources: ProviderSources
    asker: Asker
    public: bool

    def read_all(self, versions: Sequence[ProviderVersion]) -> dict[str, OwnMetadata]:
        """What each version's own metadata.yaml says, by tag; asked side by side."""
        replies = self.asker.together([partial(self._ask, version.tag) for version in versions])
        return {
            version.tag: self._parse(version.tag, reply)
            for version, reply in zip(versions, replies, strict=True)
        }

    def newest_sound(self, versions: Sequence[ProviderVersion]) -> dict[str, OwnMetadata]:
        """The newest metadata.yaml that knows its own version's series; empty where none does."""
        for version in in_order_of_choice(versions)[:_METADATA_TRIES]:
            own = self._parse(version.tag, self._ask(version.tag))
            if own.metadata is not None and own.metadata.series_for(version) is not None:
                return {version.tag: own}
        return {}

    def _ask(self, tag: str) -> Replies[FileContent]:
        question = FileQuestion(
            sources=self.sources,
            location=self.target.location,
            tag=tag,
            name=METADATA,
            absence_is_final=self.public,
        )
        return ask_file(question, self.asker)

    def _parse(self, tag: str, replies: Replies[FileContent]) -> OwnMetadata:
        found = replies.first_found
        if found is None or found.answer is None or replies.outcome is not Found.FOUND:
            return OwnMetadata(replies=replies)
        subject = Subject(provider=self.target.entry.key.manifest_label, version=tag, file=METADATA)
        read = read_metadata(found.answer.value.data, subject=subject, file=METADATA)
        return OwnMetadata(metadata=read.metadata, replies=replies)
