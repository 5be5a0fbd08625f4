"""Whether the lists of round one may hide a version that changes the choice (cli.md 6, Online)."""

from __future__ import annotations

from capyctl.app.questions import Listing
from capyctl.core.selection import Choice, Chosen, NoneLeft
from capyctl.core.version import ProviderVersion
from capyctl.ports.catalog import ProviderSources


def may_hide_versions(
    listing: Listing, sources: ProviderSources, choice: Choice, installed: ProviderVersion | None = None
) -> bool:
    """Whether the forge's own list, which costs quota and was not asked yet, may change the choice.

    It may where nothing stable was found, since a list proves no absence; where a list told of a higher major
    that it hides (F34); and where the host's own "latest" is missing from the lists and was not taken. A
    candidate that could not be judged blocks older ones, and more of them would not help. Where an upgrade is
    looked for and none is found, what is ``installed`` is what was taken: it is no reason to ask for more.
    """
    asked = {item.route for item in listing.lists.items}
    if all(source.route in asked for source in sources.fallback_listings):
        return False
    taken = choice.judgement.version if isinstance(choice, Chosen) else installed
    if isinstance(choice, NoneLeft) and choice.blocked is None and (taken is None or not listing.tags):
        return True
    if isinstance(choice, Chosen) and choice.for_want_of_stable:
        return True
    if taken is not None and taken.major < listing.hidden_major:
        return True
    listed = {version.tag for item in listing.lists.items if item.answer for version in item.answer.value}
    return listing.latest_tag is not None and listing.latest_tag not in {
        *listed,
        taken.tag if taken else None,
    }
