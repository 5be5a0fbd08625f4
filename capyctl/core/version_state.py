"""The state of a listed version: released, pre-release, draft, incomplete, only a tag, withdrawn (cli.md 5)."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from msgspec import Struct

from capyctl.core.version import ProviderVersion


class VersionState(enum.Enum):
    """Of several that apply, the first of draft, withdrawn, tag-only, incomplete, prerelease, stable."""

    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    TAG_ONLY = "tag-only"
    INCOMPLETE = "incomplete"
    PRERELEASE = "prerelease"
    STABLE = "stable"


class VersionFacts(Struct, frozen=True, kw_only=True):
    """What sources say of one version.

    Attributes:
        released: whether a release of this tag is known to exist; None where nobody could say.
        draft: whether that release is a draft. tagged: whether the tag exists; None where nobody could say.
        files: names of the release's files, or None where unknown. needed: the files a provider needs.
        seen: whether an earlier run saw a release of this tag.
    """

    released: bool | None
    draft: bool = False
    tagged: bool | None = None
    files: frozenset[str] | None = None
    needed: frozenset[str] = frozenset()
    seen: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of needed files that the release does not have."""
        return tuple(sorted(self.needed - self.files)) if self.files is not None else ()


def state_of(version: ProviderVersion, facts: VersionFacts) -> VersionState | None:
    """The state, or None where no source could tell whether the version is released."""
    if facts.draft:
        return VersionState.DRAFT
    if not facts.released:
        if facts.tagged is False or (facts.seen and facts.released is False):
            return VersionState.WITHDRAWN
        return None if facts.released is None else VersionState.TAG_ONLY
    if facts.missing:
        return VersionState.INCOMPLETE
    return VersionState.PRERELEASE if version.is_prerelease else VersionState.STABLE


def newest_first(versions: Iterable[ProviderVersion]) -> list[ProviderVersion]:
    """By SemVer precedence alone, the newest at the top; a pre-release stands just below its release."""
    return sorted(versions, key=lambda version: (version.order_key, version.tag), reverse=True)
