"""Where a locked provider was read from, beside where it is configured to be now (issue 6, item 2)."""

from __future__ import annotations

from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.lock import LockedRepository
from capyctl.core.provider_table import TableEntry


def location_when_locked(entry: TableEntry, locked: LockedRepository) -> RepositoryLocation | None:
    """The location that the lock's address stands for; None where it is the configured one, or cannot be read."""
    if locked.url == entry.url:
        return None
    from capyctl.core.repository_url import parse_repository_url  # noqa: PLC0415 - start-up budget

    return parse_repository_url(locked.url, entry.key.manifest_label, entry.kind).location


def is_renamed(
    configured: RepositoryLocation | None, then: RepositoryLocation, locked: LockedRepository
) -> bool:
    """Whether the configured name is the one that the lock knows as canonical of the repository it was read from."""
    if not isinstance(configured, GitHubReleases) or not isinstance(then, GitHubReleases):
        return False
    return configured.host == then.host and configured.full_name.lower() == locked.name.lower()
