"""clusterctl's part of a bundle: the configuration that points into its local repository (cli.md 7.5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from capyctl.core.bundle.block_yaml import Value, block_yaml
from capyctl.core.bundle.content import release_path
from capyctl.core.bundle.release import Release
from capyctl.core.identity import split_manifest_label

CONFIGURATION: Final = "clusterctl/clusterctl.yaml"
BASE: Final = "${CAPYCTL_BUNDLE}"
"""The folder the bundle was extracted to; clusterctl replaces the variable (clusterctl-resolution 2.4)."""


def configuration_bytes(releases: Iterable[Release]) -> bytes:
    """Clusterctl's configuration: an address with its version for each release, and no check for a newer clusterctl."""
    settings: dict[str, Value] = {}
    providers: list[Value] = []
    for release in releases:
        if release.components is None:
            continue
        address = f"{BASE}/{release_path(release.label, release.version, release.components)}"
        if release.is_provider:
            key = split_manifest_label(release.label)
            providers.append({"name": key.name, "type": key.type.value, "url": address})
        else:
            settings["cert-manager"] = {"url": address, "version": release.version}
    settings["providers"] = providers
    settings["CLUSTERCTL_DISABLE_VERSIONCHECK"] = "true"
    return block_yaml(settings).encode("utf-8")
