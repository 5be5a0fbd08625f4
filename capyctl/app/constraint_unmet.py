"""A constraint that no version meets: said once, with the versions nearest to it."""

from __future__ import annotations

from capyctl.app.resolution import ProviderResolution
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.invocation import Invocation
from capyctl.core.selection import NoneLeft, merge_listings
from capyctl.core.version import ProviderVersion
from capyctl.core.version_constraint import Constraint


def constraint_unmet(
    resolution: ProviderResolution, choice: NoneLeft, invocation: Invocation
) -> Diagnostic | None:
    """The diagnostic, where versions are listed and the constraint alone leaves none of them."""
    requirement, listing = resolution.target.requirement, resolution.listing
    if requirement.constraint is None or listing is None or choice.passed_over or choice.blocked:
        return None
    listed = merge_listings(listing.tags.values())
    if not listed or requirement.candidates(listed):
        return None
    return Diagnostic(
        code=codes.CONSTRAINT_UNMET,
        severity=Severity.ERROR,
        detail=(
            f"No version of {resolution.label} meets {requirement.constraint.text}."
            f" {_instead(requirement.constraint, listed)}"
        ),
        subject=Subject(provider=resolution.label),
        evidence=listing.evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="see which versions there are, and ask for one of them",
                command=invocation.about("versions", resolution.label),
            ),
        ),
    )


def _instead(constraint: Constraint, listed: tuple[ProviderVersion, ...]) -> str:
    prereleases = [each.tag for each in listed if constraint.admits(each)]
    if prereleases:
        return f"Only pre-releases do: {', '.join(prereleases[:5])}; they have to be asked for."
    stable = [each for each in listed if not each.is_prerelease]
    near = " and ".join(each.tag for each in constraint.nearest(stable or listed))
    return f"The nearest {'is' if ' and ' not in near else 'are'} {near}."
