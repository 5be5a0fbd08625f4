"""The options of everything that chooses versions, as one value."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from capyctl.app.resolution import ResolveRequest, Target
from capyctl.core.identity import ProviderReference
from capyctl.core.selection import ChoicePolicy

References = Sequence[ProviderReference]


class ChoiceOptions(Struct, frozen=True, kw_only=True):
    """The options of everything that chooses versions (cli.md 5)."""

    contract: str | None = None
    allow_prerelease: bool = False
    metadata_from: str | None = None

    def request(self, targets: Sequence[Target]) -> ResolveRequest:
        """The request for these targets."""
        return ResolveRequest(
            targets=tuple(targets),
            contract=self.contract,
            policy=ChoicePolicy(allow_prerelease=self.allow_prerelease),
            metadata_from_proxy=self.metadata_from == "proxy",
        )
