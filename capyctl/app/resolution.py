"""What is resolved and what became of it: targets, the request, and everything learnt about a provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from capyctl.app.questions import Listing, Replies
from capyctl.core.evidence import Evidence
from capyctl.core.identity import ProviderReference
from capyctl.core.location import RepositoryLocation
from capyctl.core.provider_table import TableEntry
from capyctl.core.rendered_components import RenderedComponents
from capyctl.core.requirement import LATEST, Requirement
from capyctl.core.selection import Choice, ChoicePolicy, Chosen, Judgement, NoneLeft
from capyctl.ports.fetcher import FileContent

if TYPE_CHECKING:
    from capyctl.core.upgrade_terms import UpgradeTerms


class Target(Struct, frozen=True, kw_only=True):
    """One provider to resolve: its entry in the table, and the reference that named it.

    ``terms`` are those of an upgrade: what is installed, and what may take its place. ``requirement`` is what a
    lock asks of this provider besides its reference.
    """

    entry: TableEntry
    reference: ProviderReference
    terms: UpgradeTerms | None = None
    requirement: Requirement = field(default_factory=Requirement)

    @property
    def label(self) -> str:
        """The provider's manifest label."""
        return self.entry.key.manifest_label

    @property
    def location(self) -> RepositoryLocation:
        """Where the provider publishes.

        Raises:
            ValueError: the entry's address cannot be read; nobody may ask about such a target.
        """
        return self.entry.readable_location

    @property
    def named_tag(self) -> str | None:
        """The tag that the reference names; the word ``latest`` names none."""
        return self.reference.version if self.reference.version != LATEST else None

    @property
    def pinned_by_address(self) -> bool:
        """Whether the address of the entry names a tag."""
        return self.entry.location is not None and self.entry.location.channel != LATEST

    @property
    def pin(self) -> str | None:
        """The tag that binds the choice: from the reference, else from the address itself."""
        if self.reference.version is not None or self.entry.location is None:
            return self.named_tag
        channel = self.entry.location.channel
        return channel if channel != LATEST else None


class ResolveRequest(Struct, frozen=True, kw_only=True):
    """What to resolve and under which policy; ``contract`` of None means what the core accepts.

    ``core_contract`` is that of a core which is installed already, for a request that names none.
    """

    targets: tuple[Target, ...]
    contract: str | None = None
    policy: ChoicePolicy = field(default_factory=ChoicePolicy)
    metadata_from_proxy: bool = False
    core_contract: str | None = None


class ProviderResolution(Struct, frozen=True, kw_only=True):
    """Everything a run learnt about one provider.

    Attributes:
        listing: None for a pinned version, which never asks for a list.
        choice: never ``Wanting``. files: by tag and file name, every file that was asked for.
        inspections: what became of each components file, by tag.
        from_proxy: tags whose metadata.yaml was taken from the module proxy.
    """

    target: Target
    listing: Listing | None
    choice: Choice
    accepted: frozenset[str]
    files: dict[tuple[str, str], Replies[FileContent]]
    inspections: dict[str, RenderedComponents] = field(default_factory=dict)
    from_proxy: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """The provider's manifest label."""
        return self.target.label

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything that was asked about this provider."""
        listed = self.listing.evidence if self.listing is not None else ()
        return listed + tuple(piece for replies in self.files.values() for piece in replies.evidence)

    @property
    def chosen(self) -> Judgement | None:
        """The judgement on the chosen version, or None."""
        return self.choice.judgement if isinstance(self.choice, Chosen) else None

    @property
    def rendered(self) -> RenderedComponents | None:
        """The chosen version's components as they were looked at or rendered, where they were had."""
        return self.inspections.get(self.chosen.version.tag) if self.chosen is not None else None

    def content(self, name: str) -> FileContent | None:
        """A file of the chosen version, where it was had."""
        if self.chosen is None:
            return None
        replies = self.files.get((self.chosen.version.tag, name))
        found = replies.first_found if replies is not None else None
        return found.answer.value if found is not None and found.answer is not None else None


def without_choice(target: Target) -> ProviderResolution:
    """The resolution of a provider of which nothing may be chosen: its address cannot be read, or a lock forbids it."""
    return ProviderResolution(
        target=target, listing=None, choice=NoneLeft(passed_over=()), accepted=frozenset(), files={}
    )
