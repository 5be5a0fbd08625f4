"""What a resolution leaves for the next run on this machine, and takes over from the last one (ADR 28)."""

from __future__ import annotations

from collections.abc import Mapping

from capyctl.app.questions import Found, Replies
from capyctl.core.location import RepositoryLocation
from capyctl.core.metadata import METADATA
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetcher import FileContent


def expected_files(sources: ProviderSources, location: RepositoryLocation) -> tuple[tuple[str, str], ...]:
    """Tags and names of files to be asked for together with the lists."""
    if sources.memory is None:
        return ()
    known = {METADATA, location.components_file}
    return tuple((tag, name) for tag, name in sources.memory.expected() if name in known)


def remember_run(
    sources: ProviderSources, files: Mapping[tuple[str, str], Replies[FileContent]], *, chosen: bool
) -> None:
    """Keep which files this run asked for, where it chose, and which releases it saw."""
    if sources.memory is None:
        return
    own = {source.route for source in sources.files}
    sources.memory.saw_released(
        tag
        for (tag, _), replies in files.items()
        if replies.first_found is not None and replies.first_found.route in own
    )
    settled = [file for file, replies in files.items() if replies.outcome in (Found.FOUND, Found.ABSENT)]
    if chosen:
        sources.memory.expect(settled)
