"""Whether the lists of round one may hide a version that changes the choice (cli.md 6, Online)."""

from __future__ import annotations

from capyctl.app.questions import Listing
from capyctl.core.selection import Choice, Chosen, NoneLeft
from capyctl.ports.catalog import ProviderSources


def may_hide_versions(listing: Listing, sources: ProviderSources, choice: Choice) -> bool:
    """Whether the forge's own list, which costs quota and was not asked yet, may change the choice.

    It may where nothing stable was found, since a list proves no absence; where a list told of a higher major
    that it hides (F34); and where the host's own "latest" is missing from the lists and was not taken. A
    candidate that could not be judged blocks older ones, and more of them would not help.
    """
    asked = {item.route for item in listing.lists.items}
    if all(source.route in asked for source in sources.fallback_listings):
        return False
    if isinstance(choice, NoneLeft) and choice.blocked is None:
        return True
    if isinstance(choice, Chosen) and _may_be_outdone(choice, listing):
        return True
    listed = {version.tag for item in listing.lists.items if item.answer for version in item.answer.value}
    taken = choice.judgement.version.tag if isinstance(choice, Chosen) else None
    return listing.latest_tag is not None and listing.latest_tag not in {*listed, taken}


def _may_be_outdone(choice: Chosen, listing: Listing) -> bool:
    return choice.for_want_of_stable or choice.judgement.version.major < listing.hidden_major
