"""Where the lock comes from that a run is bound to, and the command that would change it (cli.md 7.2, 7.5)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.diagnostics import Applicability, Fix
from capyctl.core.invocation import Invocation
from capyctl.core.lock import LockedProvider
from capyctl.core.requirement import LATEST


def for_another_version(entry: LockedProvider, *, pinned_by_address: bool = False) -> str:
    """What to give ``lock --update`` so that another version may be taken than the one that is locked.

    It asks again for what was asked for before (cli.md 7.2, ``requested``), so the word ``latest`` has to stand in the
    place of a tag.
    """
    return f"{entry.provider}:{LATEST}" if entry.names_tag or pinned_by_address else entry.provider


class LockOrigin(Struct, frozen=True, kw_only=True):
    """A lock as messages name it.

    Attributes:
        name: the file as it was named. created_at: of the lock, RFC 3339.
        option: with which it was given, ``--locked`` or ``--bundle``.
        is_here: whether ``capyctl lock`` in the current folder writes that very file.
    """

    name: str
    created_at: str
    invocation: Invocation
    option: str = "--locked"
    is_here: bool = True

    @property
    def said(self) -> str:
        """The lock in a sentence, with the time it was made."""
        place = (
            f"the lock in the bundle {self.name}" if self.option == "--bundle" else f"the lock {self.name}"
        )
        return f"{place} of {self.created_at}"

    def update(self, reference: str, title: str) -> Fix:
        """Lock a provider anew, or add it; every other entry stays (cli.md 7.2)."""
        review = Applicability.REVIEW
        command = self.invocation.about("lock", "--update", reference)
        if self.option == "--bundle":
            return Fix(
                applicability=review, title=f"{title} where the bundle is made, and make it anew: {command}"
            )
        if not self.is_here:
            return Fix(applicability=review, title=f"{title}, in the folder of {self.name}: {command}")
        return Fix(applicability=review, title=title, command=command)
