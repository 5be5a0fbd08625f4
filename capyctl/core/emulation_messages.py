"""clusterctl's own sentences about series and contracts, by release (clusterctl-resolution 6.5, 7.5, 8.3).

The accepted contracts come out of an unordered set there; here the release's own contract stands first.
"""

from __future__ import annotations

from capyctl.core.emulation_metadata import DecodedMetadata
from capyctl.core.emulation_release import ClusterctlRelease
from capyctl.core.emulation_text import quoted

_NO_SERIES = "does not match any release series"


def generate_series_words(name: str, version: str) -> str:
    """``generate provider``: the version has no series."""
    return f"invalid provider metadata: version {version} for the provider {name} {_NO_SERIES}"


def generate_contract_words(release: ClusterctlRelease, name: str, contract: str) -> str:
    """``generate provider``: the contract is not accepted (the misspelling is clusterctl's, until v1.13)."""
    accepted = ", ".join(release.compatible)
    if len(release.compatible) == 1:
        words = f"is only compatible with {accepted} providers"
    else:
        words = f"is only compatible with provider implementing {accepted} conctract versions"
    return f"current version of clusterctl {words}, detected {contract} for provider {name}"


def fetch_words(label: str, version: str) -> str:
    """``init``: what stands before any failure of the metadata client, whatever it is (W-35)."""
    return (
        f"failed to fetch metadata for provider {quoted(label)} (version {version}). "
        "Check that the release tag exists and the repository URL is correct — "
        "the project may have moved or the tag may be missing metadata.yaml"
    )


def series_words(release: ClusterctlRelease, instance: str, version: str, metadata: DecodedMetadata) -> str:
    """``init``: the version has no series."""
    words = f"invalid provider metadata: version {version} for the provider {instance} {_NO_SERIES}"
    if not release.explains_failures:
        return words
    series = ", ".join(f"{item.major}.{item.minor}" for item in metadata.series)
    return (
        f"{words}. Available series: [{series}]. This usually means the release tag lacks an updated "
        "metadata.yaml or the repository URL is stale."
    )


def contract_words(release: ClusterctlRelease, label: str, contract: str) -> str:
    """``init``: the contract is not accepted by this release."""
    accepted = ", ".join(release.compatible)
    if not release.explains_failures:
        words = f"is only compatible with {accepted} providers, detected {contract}"
    else:
        words = (
            f"is only compatible with providers implementing the {accepted} contract versions, "
            f"detected contract version {contract}"
        )
    return f"current version of clusterctl {words} for provider {label}"


def mismatch_words(label: str, contract: str, accepted: tuple[str, ...]) -> str:
    """``init``: the contract is not accepted by the core provider, whose own contract comes first.

    Releases before v1.11 accept one contract alone, so that `contract_words` always comes before this.
    """
    return (
        f"installing provider {quoted(label)} could lead to a non functioning management cluster: the target "
        f"version for the provider implements the {contract} contract version, while the core provider is "
        f"compatible with {','.join(accepted)} contract versions"
    )
