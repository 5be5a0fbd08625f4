"""Where a locked provider was read from, beside where it is configured to be now (issue 6, item 2)."""

from __future__ import annotations

from capyctl.core.evidence import without_query
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.lock import LockedRepository
from capyctl.core.provider_table import TableEntry
from capyctl.core.rules.locked import address_moved
from capyctl.fetching.memoized import repository_key


def location_when_locked(entry: TableEntry, locked: LockedRepository) -> RepositoryLocation | None:
    """The location that the lock's address stands for; None where it is the configured one, or cannot be read."""
    if locked.url == entry.url:
        return None
    from capyctl.core.repository_url import parse_repository_url  # noqa: PLC0415 - start-up budget

    label = entry.key.manifest_label
    stated = parse_repository_url(locked.url, label, entry.kind).location
    return stated or parse_repository_url(locked.url, label, None).location


def is_renamed(
    configured: RepositoryLocation | None, then: RepositoryLocation, locked: LockedRepository
) -> bool:
    """Whether the configured name is the one that the lock knows as canonical of the repository it was read from."""
    if not isinstance(configured, GitHubReleases) or not isinstance(then, GitHubReleases):
        return False
    return configured.host == then.host and configured.full_name.lower() == locked.name.lower()


def moved_address(entry: TableEntry, locked: LockedRepository) -> str:
    """A sentence with both addresses where the configured one is of another repository than the lock's; else empty.

    Names that are known to be of one repository, by the lock or by the provider table, are not two.
    """
    then = location_when_locked(entry, locked)
    if then is None or entry.location is None or repository_key(then) == repository_key(entry.location):
        return ""
    if is_renamed(entry.location, then, locked) or _is_known_renamed(entry, then, locked):
        return ""
    label = entry.key.manifest_label
    return address_moved(label, without_query(entry.url), entry.origin, without_query(locked.url))


def _is_known_renamed(entry: TableEntry, then: RepositoryLocation, locked: LockedRepository) -> bool:
    if not isinstance(entry.location, GitHubReleases) or not isinstance(then, GitHubReleases):
        return False
    known = {each.lower() for each in (entry.repository_name, *entry.formerly)}
    return entry.location.host == then.host and bool(known & {locked.name.lower(), then.full_name.lower()})
