"""What a lock was asked for of one provider: a tag, a constraint, a contract, pre-releases (cli.md 7.2, ``requested``).

The lock keeps it as one text, so that ``lock --check`` needs neither the spec file nor the options of that day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from capyctl.core.contract import is_contract_name
from capyctl.core.version import ProviderVersion

if TYPE_CHECKING:
    from capyctl.core.version_constraint import Constraint

_CONTRACT = "contract="
_PRERELEASES = "prereleases"
LATEST = "latest"
"""Asks for the newest version although the address of the provider names one."""


class Requirement(Struct, frozen=True, kw_only=True):
    """What is asked of one provider.

    Attributes:
        tag: the one tag that is meant, ``latest`` included; None where a version is to be looked for.
        constraint: what the version has to meet. contract: the only one accepted; None for what the core accepts.
        allow_prerelease: take pre-releases too, after every stable version.
    """

    tag: str | None = None
    constraint: Constraint | None = None
    contract: str | None = None
    allow_prerelease: bool = False

    @property
    def text(self) -> str | None:
        """As a lock keeps it; None where nothing is asked but the newest version."""
        words = [self.tag] if self.tag is not None else []
        words += [self.constraint.text] if self.constraint is not None else []
        words += [f"{_CONTRACT}{self.contract}"] if self.contract is not None else []
        words += [_PRERELEASES] if self.allow_prerelease else []
        return " ".join(words) or None

    @property
    def is_pinned(self) -> bool:
        """Whether one tag is meant, so that a newer one is no change."""
        return self.tag is not None and self.tag != LATEST

    def candidates(self, listed: tuple[ProviderVersion, ...]) -> tuple[ProviderVersion, ...]:
        """The listed versions that may be taken, in the order given.

        Pre-releases are among them where they are asked for, or where nothing stable is listed at all (cli.md 6).
        """
        if self.constraint is None:
            return listed
        asked = self.takes_prereleases or all(each.is_prerelease for each in listed)
        admits = self.constraint.admits
        return tuple(each for each in listed if admits(each) and (asked or not each.is_prerelease))

    @property
    def takes_prereleases(self) -> bool:
        """Whether pre-releases are asked for, by word or by a term that names one."""
        return self.allow_prerelease or (self.constraint is not None and self.constraint.names_prerelease)


def parse_requirement(text: str | None) -> Requirement:
    """Read what a lock keeps.

    Raises:
        ConstraintError: it is no requirement.
    """
    if text is None:
        return Requirement()
    from capyctl.core.version_constraint import ConstraintError  # noqa: PLC0415 - start-up budget

    words = text.split()
    contract = next((word.removeprefix(_CONTRACT) for word in words if word.startswith(_CONTRACT)), None)
    if contract is not None and not is_contract_name(contract):
        raise ConstraintError(f"{contract[:60]!r} is no contract", text.index(_CONTRACT) + 1)
    rest = " ".join(word for word in words if word != _PRERELEASES and not word.startswith(_CONTRACT))
    tag, constraint = _tag_or_constraint(rest)
    return Requirement(
        tag=tag, constraint=constraint, contract=contract, allow_prerelease=_PRERELEASES in words
    )


def _tag_or_constraint(text: str) -> tuple[str | None, Constraint | None]:
    if not text or text == LATEST:
        return text or None, None
    from capyctl.core.version_constraint import parse_constraint  # noqa: PLC0415 - start-up budget

    constraint = parse_constraint(text)
    return (constraint.exact, None) if constraint.exact is not None else (None, constraint)


def asked_for(text: str) -> Requirement:
    """The requirement that a version as a person writes it stands for: a tag, ``latest`` or a constraint.

    Raises:
        ConstraintError: it is none of these.
    """
    tag, constraint = _tag_or_constraint(text.strip())
    return Requirement(tag=tag, constraint=constraint)
