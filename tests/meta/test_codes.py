"""Every code is raised by capyctl, in one world at least, and stays away from a near miss (style C9).

The codes that scenarios bring out are in fixtures/scenarios/expectations.yaml; the others have a pair of worlds
here, that differ in the one fact the code is about.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.codes import ALL_CODES, Code
from capyctl.core.lock_text import lock_text
from tests.meta.worlds import CONFIGURATION, World, play_world, provider_entry
from tests.plugins.locked_world import AWS, locked_world
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.expectations import expectations

_ROOT = Path(__file__).resolve().parents[2]
_CONSTANT = {code: name for name, code in vars(codes).items() if isinstance(code, Code)}
_NOT_RAISING = {"codes.py", "codes_of_clusters.py", "status_rules.py", "advice.py"}
"""Modules that register codes or say more about them."""

_OVERRIDE = ".cluster-api/overrides/addon-helm/{}/metadata.yaml"
_TAG = "v1.2.0"
_HEAD = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
_SERIES = "releaseSeries:\n- major: 1\n  minor: 2\n  contract: v1beta1\n"
_COMPONENTS = (
    "apiVersion: v1\nkind: Namespace\nmetadata: {{name: acme-system}}\n---\n"
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: acme, namespace: acme-system}}\n"
    "spec:\n  selector: {{matchLabels: {{a: b}}}}\n  template:\n    metadata: {{labels: {{a: b}}}}\n"
    "    spec: {{containers: [{{name: manager, image: registry.example.org/acme:v1}}]}}\n"
)
_HELM_METADATA = _HEAD + "releaseSeries:\n- {{major: 0, minor: 6, contract: v1beta1}}\n"
_INVALID_SCENARIO = "format: capyctl-scenario/1\nname: mine\n"

_RECORD = (
    '{{"format": "capyctl-record/1", "output": "json", "outputs": {{"json": {{"exit_status": 0, "stderr": [],'
    ' "stdout": ["{{\\"diagnostics\\": [], \\"evidence\\": []}}"]}}}}}}'
)
_GET = "get kubeconfig x --kubeconfig {home}/kubeconfig --api-timeout 0"
_KUBECONFIG = (
    "current-context: here\n"
    "contexts: [{{name: here, context: {{cluster: c, user: u}}}}]\n"
    "clusters: [{{name: c, cluster: {{server: https://127.0.0.1:1}}}}]\n"
    "users: [{{name: u, user: {{}}}}]\n"
)
"""Of a cluster that refuses the connection."""


def _lint(metadata: str = _HEAD + _SERIES, components: str = _COMPONENTS) -> World:
    files = {"release/metadata.yaml": metadata, "release/infrastructure-components.yaml": components}
    return World(words=f"lint-provider {{home}}/release --tag {_TAG}", files=files)


def _tree(
    *tags: str,
    words: str = "generate provider -i acme",
    components: str = _COMPONENTS,
    metadata: str = _SERIES,
) -> World:
    """A provider in a local tree."""
    folder = "tree/infrastructure-acme"
    files = provider_entry(f"{{home}}/{folder}/latest/infrastructure-components.yaml")
    for tag in tags:
        files[f"{folder}/{tag}/metadata.yaml"] = _HEAD + metadata
        files[f"{folder}/{tag}/infrastructure-components.yaml"] = components
    return World(words=words, files=files)


def _helm(*more: str, scenario: str = "sound", **environment: str) -> World:
    return World(words=" ".join(("resolve addon-helm", *more)), scenario=scenario, environment=environment)


def _configured(text: str, words: str = "config repositories") -> World:
    return World(words=words, files={CONFIGURATION: text})


def _cached(version: str) -> World:
    files = {".cache/capyctl/format": version}
    return World(words="cache info", files=files, environment={"XDG_CACHE_HOME": "{home}/.cache"})


def _overridden(tag: str) -> World:
    return World(words="resolve addon-helm", files={_OVERRIDE.format(tag): _HELM_METADATA})


_LOCKED_OVERRIDE = ".cluster-api/overrides/infrastructure-aws/v2.8.1/metadata.yaml"


def _locked(
    words: str,
    files: Mapping[str, str] | None = None,
    version: str | None = None,
    **repository: Any,  # noqa: ANN401
) -> World:
    """A command that is bound to a lock of infrastructure-aws, which may say something else than the world."""
    lock = locked_world(packaged_scenario("sound").world, [AWS])
    (entry,) = lock.providers
    files_of = {
        name: replace(file, url=file.url.replace(entry.version, version or entry.version))
        for name, file in entry.files.items()
    }
    entry = replace(
        entry,
        repository=replace(entry.repository, **repository),
        version=version or entry.version,
        files=files_of,
    )
    text = lock_text(replace(lock, providers=(entry,)))
    return World(
        words=f"{words} --locked {{home}}/capyctl.lock",
        files={"capyctl.lock": text, **(files or {})},
    )


_SOUND = _helm()
_SOUND_LINT = _lint()
_SOUND_TREE = _tree(_TAG)
_PRERELEASE_FLAG = (
    "format: capyctl-scenario/1\nname: flagged\ntitle: t\ndescription: d\nextends: sound\n"
    "world: {{repositories: {{kubernetes-sigs/cluster-api-addon-provider-helm:"
    " {{releases: {{v0.6.4: {{prerelease: true}}}}}}}}}}\n"
)

_LOCK = (
    '{{"format": "capyctl-lock/1", "capyctl": "0.3.0", "created_at": "2026-11-01T08:00:00Z", "kubernetes": ['
    '{{"marker": "stable-1.34", "version": "v1.34.8", "url": "https://dl.k8s.io/release/stable-1.34.txt",'
    ' "resolved_at": "2026-11-01T08:00:00Z", "image": "kindest/node:v1.34.8", "digest": null}}]}}\n'
)
"""Of one marker."""

_STANDS = World(words="kubernetes-version resolve stable-1.34")
_IMAGE = "kubernetes-version image v1.34.8 --inspect"
_SOUND_IMAGE = World(words=_IMAGE)


def _of_lock(marker: str) -> World:
    words = f"kubernetes-version resolve {marker} --locked {{home}}/a.lock"
    return World(words=words, files={"a.lock": _LOCK})


def _e2e(value: str) -> World:
    words = "kubernetes-version resolve --e2e-config {home}/e2e.yaml"
    return World(words=words, files={"e2e.yaml": f"variables: {{{{KUBERNETES_VERSION: {value}}}}}\n"})


_WORLDS: Mapping[str, tuple[World, World]] = {
    "usage": (_helm("--nonsense"), _SOUND),
    "malformed-reference": (World(words="resolve addon-helm:"), _SOUND),
    "unknown-provider": (World(words="resolve -i opensta"), World(words="resolve -i openstack")),
    "ambiguous-name": (
        World(words="generate provider kubeadm --describe"),
        World(words="generate provider -b kubeadm --describe"),
    ),
    "label-as-name": (
        World(words="resolve -i infrastructure-openstack"),
        World(words="resolve -i openstack"),
    ),
    "version-spelling": (World(words="resolve addon-helm:0.6.4"), World(words="resolve addon-helm:v0.6.4")),
    "newer-than-clusterctl": (
        World(words="config provider -b kairos-io"),
        World(words="config provider -b kubeadm"),
    ),
    "command-of-clusterctl": (World(words="move"), World(words="version")),
    "name-unusable": (
        _configured(
            "providers:\n- {{name: a.b, type: AddonProvider, url: https://github.com/a/b/releases/latest/c.yaml}}\n"
        ),
        _configured(
            "providers:\n- {{name: ab, type: AddonProvider, url: https://github.com/a/b/releases/latest/c.yaml}}\n"
        ),
    ),
    "configuration-unreadable": (_configured("providers: [\n"), _configured("providers: []\n")),
    "configuration-entry-invalid": (
        _configured("providers:\n- {{name: ab, type: AddonProvider}}\n"),
        _configured(
            "providers:\n- {{name: ab, type: AddonProvider, url: https://github.com/a/b/releases/latest/c.yaml}}\n"
        ),
    ),
    "variable-undefined": (
        World(
            words="config repositories", files=provider_entry("${{TREE}}/infrastructure-acme/latest/c.yaml")
        ),
        World(
            words="config repositories",
            files=provider_entry("${{TREE}}/infrastructure-acme/latest/c.yaml"),
            environment={"TREE": "/tree"},
        ),
    ),
    "section-shadowed": (_helm(PROVIDERS="x"), _helm(PROVIDER="x")),
    "override-in-unused-folder": (
        World(
            words="resolve addon-helm",
            files={_OVERRIDE.format("v0.6.4"): _HELM_METADATA, ".config/cluster-api/overrides/README": ""},
        ),
        _overridden("v0.6.4"),
    ),
    "override-unused": (_overridden("v0.6.3"), _overridden("v0.6.4")),
    "override-in-effect": (_overridden("v0.6.4"), _overridden("v0.6.3")),
    "image-override-unused": (
        _configured("images: {{cert-manger: {{repository: r.example/x}}}}\n", "init list-images"),
        _configured("images: {{cert-manager: {{repository: r.example/x}}}}\n", "init list-images"),
    ),
    "local-path-invalid": (
        World(
            words="resolve -i acme", files=provider_entry("{home}/tree/latest/infrastructure-components.yaml")
        ),
        _tree(_TAG, words="resolve -i acme"),
    ),
    "goproxy-malformed": (_helm(GOPROXY="https://[::1"), _helm(GOPROXY="direct")),
    "goproxy-off-meaning": (_helm(GOPROXY="off"), _helm(GOPROXY="direct")),
    "credential-ignored": (World(words="resolve addon-helm", environment={"GITHUB_TOKEN": " "}), _SOUND),
    "setting-invalid": (_helm(CAPYCTL_GOPROXY_OFF="never"), _helm(CAPYCTL_GOPROXY_OFF="strict")),
    "diagnostics-ignored": (
        _helm("--ignore", "CAPY0305", scenario="kind-missing"),
        _helm("--ignore", "CAPY0305"),
    ),
    "code-not-found": (World(words="explain CAPY9999"), World(words="explain CAPY0001")),
    "deadline-passed": (_helm("--deadline", "1s", scenario="silence"), _SOUND),
    "no-data-offline": (
        World(
            words="resolve -i acme:v0.1.0 --offline",
            files=provider_entry("https://github.com/a/b/releases/latest/infrastructure-components.yaml"),
        ),
        World(words="resolve -i openstack --offline"),
    ),
    "snapshot-dated": (_helm("--offline"), _SOUND),
    "file-not-available-offline": (_helm("--offline"), _SOUND),
    "local-repository-missing": (
        World(words="lint-provider {home}/release --tag v1.2.0"),
        _SOUND_LINT,
    ),
    "local-no-versions": (
        World(
            words="resolve -i acme",
            files=provider_entry("{home}/tree/infrastructure-acme/latest/infrastructure-components.yaml")
            | {"tree/infrastructure-acme/README": ""},
        ),
        _tree(_TAG, words="resolve -i acme"),
    ),
    "metadata-no-series": (_lint(_HEAD), _SOUND_LINT),
    "metadata-field-type": (_lint(_HEAD + _SERIES.replace("minor: 2", 'minor: "2"')), _SOUND_LINT),
    "metadata-duplicate-key": (_lint("kind: Metadata\n" + _HEAD + _SERIES), _SOUND_LINT),
    "metadata-series-gap": (
        _lint(_HEAD + _SERIES + _SERIES.removeprefix("releaseSeries:\n").replace("2", "4", 1)),
        _lint(_HEAD + _SERIES + _SERIES.removeprefix("releaseSeries:\n").replace("2", "3", 1)),
    ),
    "metadata-octal-number": (_lint(_HEAD + _SERIES.replace("minor: 2", "minor: 012")), _SOUND_LINT),
    "metadata-unknown-field": (_lint(_HEAD + "maintainer: me\n" + _SERIES), _SOUND_LINT),
    "metadata-contract-invalid": (_lint(_HEAD + _SERIES.replace("v1beta1", "v1gamma1")), _SOUND_LINT),
    "series-announced-early": (_helm(scenario="announced-early-series"), _SOUND),
    "no-version": (
        World(words="resolve -i acme", files=_tree("nightly").files),
        _tree(_TAG, words="resolve -i acme"),
    ),
    "prerelease-flag": (
        World(words="diagnose-provider addon-helm:v0.6.4", scenario="{home}/flagged.yaml"),
        World(words="diagnose-provider addon-helm:v0.6.4"),
    ),
    "version-not-found": (
        World(words="resolve addon-helm:nightly"),
        World(words="resolve addon-helm:v0.6.4"),
    ),
    "candidate-limit": (
        _tree(
            *[f"v1.2.{patch}" for patch in range(60)], words="resolve -i acme", metadata="releaseSeries: []\n"
        ),
        _tree(*[f"v1.2.{patch}" for patch in range(60)], words="resolve -i acme"),
    ),
    "components-unreadable": (_lint(components="kind: [\n"), _SOUND_LINT),
    "variable-syntax": (_tree(_TAG, components=_COMPONENTS + "# ${{A\n"), _SOUND_TREE),
    "image-not-canonical": (
        _tree(_TAG, components=_COMPONENTS.replace("registry.example.org/", "")),
        _SOUND_TREE,
    ),
    "object-not-patchable": (
        _tree(_TAG, components=_COMPONENTS.replace("selector: {{matchLabels: {{a: b}}}}", "replicas: many")),
        _SOUND_TREE,
    ),
    "components-of-another-provider": (
        _tree(
            _TAG,
            components=_COMPONENTS.replace(
                "{{name: acme-system}}",
                "{{name: acme-system, labels: {{cluster.x-k8s.io/provider: infrastructure-aws}}}}",
            ),
        ),
        _SOUND_TREE,
    ),
    "kubeconfig-not-read": (
        World(words="init --dry-run --offline", files={".kube/config": ""}),
        World(words="init --dry-run --offline"),
    ),
    "kubeconfig-missing": (
        World(words="get kubeconfig x --kubeconfig {home}/missing"),
        World(words=_GET, files={"kubeconfig": _KUBECONFIG}),
    ),
    "kubeconfig-unreadable": (
        World(words=_GET, files={"kubeconfig": "a: ["}),
        World(words=_GET, files={"kubeconfig": _KUBECONFIG}),
    ),
    "context-unknown": (
        World(words=f"{_GET} --kubeconfig-context other", files={"kubeconfig": _KUBECONFIG}),
        World(words=f"{_GET} --kubeconfig-context here", files={"kubeconfig": _KUBECONFIG}),
    ),
    "context-incomplete": (
        World(words=_GET, files={"kubeconfig": _KUBECONFIG.replace("cluster: c,", "cluster: d,")}),
        World(words=_GET, files={"kubeconfig": _KUBECONFIG}),
    ),
    "no-cluster-named": (
        World(words="get kubeconfig x"),
        World(words="get kubeconfig x --api-timeout 0", files={".kube/config": _KUBECONFIG}),
    ),
    "api-credential-unavailable": (
        World(words=_GET, files={"kubeconfig": _KUBECONFIG.replace("{{}}", "{{tokenFile: missing}}")}),
        World(words=_GET, files={"kubeconfig": _KUBECONFIG}),
    ),
    "cache-of-another-version": (
        _cached("capyctl-cache/99\n"),
        _cached("capyctl-cache/1\n"),
    ),
    "not-a-record": (
        World(words="replay {home}/run.json", files={"run.json": '{{"format": "capyctl/1"}}'}),
        World(words="replay {home}/run.json", files={"run.json": _RECORD}),
    ),
    "record-of-later-format": (
        World(words="replay {home}/run.json", files={"run.json": _RECORD.replace("record/1", "record/2")}),
        World(words="replay {home}/run.json", files={"run.json": _RECORD}),
    ),
    "record-damaged": (
        World(words="replay {home}/run.json", files={"run.json": _RECORD[:-9]}),
        World(words="replay {home}/run.json", files={"run.json": _RECORD}),
    ),
    "not-in-lock": (_locked("resolve addon-helm"), _locked("resolve infrastructure-aws")),
    "lock-version-differs": (
        _locked("resolve infrastructure-aws:v2.9.3"),
        _locked("resolve infrastructure-aws:v2.8.1"),
    ),
    "lock-contract-differs": (
        _locked("resolve infrastructure-aws --contract v1beta2"),
        _locked("resolve infrastructure-aws --contract v1beta1"),
    ),
    "locked-file-differs": (
        _locked("resolve infrastructure-aws", files={_LOCKED_OVERRIDE: "kind: Metadata\n"}),
        _locked("resolve infrastructure-aws"),
    ),
    "locked-file-gone": (
        _locked("resolve infrastructure-aws", version="v2.8.2"),
        _locked("resolve infrastructure-aws"),
    ),
    "locked-repository-renamed": (
        _locked("resolve infrastructure-aws", name="elsewhere/capa"),
        _locked("resolve infrastructure-aws"),
    ),
    "locked-repository-replaced": (
        _locked("resolve infrastructure-aws", id=999001),
        _locked("resolve infrastructure-aws"),
    ),
    "locked-file-not-kept": (
        _locked("resolve infrastructure-aws --offline"),
        _locked("resolve infrastructure-aws"),
    ),
    "marker-absent": (World(words="kubernetes-version resolve stable-1.99"), _STANDS),
    "marker-not-a-version": (
        World(words="kubernetes-version resolve stable", scenario="marker-two-versions"),
        World(words="kubernetes-version resolve stable", scenario="marker-server-fails"),
    ),
    "marker-of-another-series": (
        World(words="kubernetes-version resolve stable-1.31", scenario="marker-of-another-series"),
        World(words="kubernetes-version resolve stable-1.31"),
    ),
    "marker-not-locked": (_of_lock("stable-1.33"), _of_lock("stable-1.34")),
    "node-image-absent": (World(words="kubernetes-version image v1.34.9"), _SOUND_IMAGE),
    "version-never-published": (
        World(words="kubernetes-version image v1.33.0-alpha.1.199+25278540780516"),
        World(words="kubernetes-version image v1.35.0-rc.1"),
    ),
    "node-image-mislabelled": (World(words=_IMAGE, scenario="node-image-mislabelled"), _SOUND_IMAGE),
    "node-image-unread": (World(words=_IMAGE, scenario="node-image-without-version"), _SOUND_IMAGE),
    "variables-not-written": (
        World(words="kubernetes-version resolve stable --env-file {home}/missing/env"),
        World(words="kubernetes-version resolve stable --env-file {home}/env"),
    ),
    "e2e-config-unusable": (_e2e("banana"), _e2e("stable-1.34")),
    "unknown-scenario": (World(words="lab run nowhere -- true"), World(words="lab list")),
    "scenario-invalid": (
        World(words="lab run {home}/mine.yaml -- true", files={"mine.yaml": _INVALID_SCENARIO}),
        World(words="lab list"),
    ),
    "command-not-started": (
        World(words="lab run sound -- no-such-command-anywhere"),
        World(words="lab run sound -- true"),
    ),
}

_BY_UNIT_TEST: Mapping[str, str] = {
    "internal-fault": "app/test_diagnose.py",
    "answer-too-large": "app/test_fetch_diagnostics.py",
    "answer-malformed": "app/test_fetch_diagnostics.py",
    "proxy-metadata-used": "app/test_resolution_report.py",
    "sources-disagree": "core/rules/test_observed.py",
    "version-list-partial": "app/test_resolution_report.py",
    "lab-extra-missing": "../lab/test_run.py",
    "draft-release": "core/rules/test_observed.py",
    "release-in-progress": "../meta/test_catalogue.py",
    "workload-kubeconfig-missing": "app/test_workload_kubeconfig.py",
    "workload-kubeconfig-unusable": "app/test_workload_kubeconfig.py",
    "api-server-unreachable": "app/test_cluster_diagnostics.py",
    "api-server-not-ready": "app/test_cluster_diagnostics.py",
    "api-unverified": "app/test_cluster_diagnostics.py",
    "api-certificate-rejected": "app/test_cluster_diagnostics.py",
    "api-wrong-host": "app/test_cluster_diagnostics.py",
    "api-unauthenticated": "app/test_cluster_diagnostics.py",
    "api-forbidden": "app/test_cluster_diagnostics.py",
    "api-not-kubernetes": "app/test_cluster_diagnostics.py",
    "api-request-rejected": "app/test_cluster_diagnostics.py",
    "aggregate-of-nothing": "app/test_describe.py",
    "conditions-differ": "app/test_describe.py",
    "cluster-not-found": "app/test_describe.py",
    "cluster-api-absent": "app/test_describe.py",
    "reference-unreadable": "app/test_describe.py",
    "marker-drift": "app/test_kubernetes_versions.py",
    "kept-version-used": "app/test_kubernetes_versions.py",
    "node-image-withdrawn": "app/test_node_images.py",
    "node-image-changed": "app/test_node_images.py",
    "newest-image-unknown": "app/test_node_images.py",
    "kubernetes-not-as-asked": "core/test_kubernetes_fit.py",
    "kubernetes-too-old": "core/test_kubernetes_fit.py",
    "kubernetes-too-new": "core/test_kubernetes_fit.py",
    "kubernetes-version-unreadable": "core/test_kubernetes_fit.py",
    "cert-manager-missing": "core/checks/test_cert_manager.py",
    "cert-manager-not-ready": "core/checks/test_cert_manager.py",
    "permissions-missing": "core/checks/test_permissions.py",
    "node-not-ready": "core/checks/test_nodes.py",
    "installation-unfinished": "core/checks/test_installed.py",
    "proxy-covers-cluster": "core/checks/test_proxy.py",
    "node-version-skew": "core/checks/test_nodes.py",
    "addresses-not-set": "core/checks/test_node_tunnels.py",
    "clock-skew": "core/checks/test_clock.py",
    "server-part-not-ready": "core/checks/test_ready.py",
    "inventory-entry-broken": "core/rules/test_inventory_rules.py",
    "installed-provider-unknown": "app/test_upgrade_planning.py",
    "core-provider-count": "core/test_install_actions.py",
    "several-instances": "core/rules/test_inventory_rules.py",
    "inventory-missing": "core/rules/test_inventory_rules.py",
    "managed-by-operator": "core/rules/test_operator_rules.py",
    "operator-version-differs": "core/rules/test_operator_rules.py",
    "operator-source-unreachable": "core/rules/test_operator_rules.py",
    "operator-metadata-at-fault": "core/rules/test_operator_rules.py",
    "operator-reports-failure": "core/rules/test_operator_rules.py",
    "cluster-contract-older": "core/rules/test_inventory_rules.py",
    "installed-in-another-version": "core/test_install_actions.py",
    "installed-in-another-namespace": "core/test_install_actions.py",
    "core-contract-older": "core/test_install_actions.py",
    "upgrade-pin-binds": "app/test_upgrade_planning.py",
    "upgrade-in-steps": "app/test_upgrade_planning.py",
    "upgrade-partial": "app/test_upgrade_planning.py",
    "candidate-without-series": "app/test_upgrade_planning.py",
    "installed-series-forgotten": "app/test_upgrade_planning.py",
    "prerelease-channel": "app/test_upgrade_planning.py",
    "cert-manager-upgrade": "core/test_cert_manager.py",
    "object-refused": "app/install/test_write_diagnostics.py",
    "object-not-ours": "app/install/test_write_diagnostics.py",
    "object-unusable": "app/install/test_write_diagnostics.py",
    "fields-taken-over": "app/install/test_write_diagnostics.py",
    "write-not-in-time": "app/install/test_write_diagnostics.py",
    "not-ready-in-time": "app/install/test_write_diagnostics.py",
    "broken-off": "app/install/test_write_diagnostics.py",
    "installation-resumed": "app/install/test_write_diagnostics.py",
    "another-run-writes": "app/install/test_write_diagnostics.py",
    "lease-taken-over": "app/install/test_write_diagnostics.py",
    "installation-interrupted": "app/install/test_write_diagnostics.py",
    "record-overtaken": "app/install/test_write_diagnostics.py",
    "credentials-defaulted": "core/rules/test_credentials.py",
    "template-not-expanded": "core/rules/test_unexpanded.py",
    "upgrade-plan-changed": "core/test_upgrade_apply_rules.py",
    "upgrade-plan-unusable": "core/test_upgrade_apply_rules.py",
    "stored-version-dropped": "core/test_upgrade_apply_rules.py",
    "upgrade-not-installed": "core/test_upgrade_apply_rules.py",
    "upgrade-leaves-behind": "core/test_upgrade_apply_rules.py",
    "upgrade-too-far": "core/test_upgrade_apply_rules.py",
    "upgrade-goes-back": "core/test_upgrade_apply_rules.py",
    "upgrade-not-planned": "core/test_upgrade_apply_rules.py",
    "upgrade-without-source": "core/test_upgrade_apply_rules.py",
    "upgrade-scales-down": "core/test_upgrade_apply_rules.py",
    "cache-unwritable": "app/test_cache_diagnostics.py",
    "cache-dated": "../scenario/test_cache.py",
    "release-file-changed": "../scenario/test_cache.py",
    "clock-behind-cache": "app/test_cache_diagnostics.py",
    "file-not-written": "cli/test_written_files.py",
    "record-unwritable": "cli/test_recording.py",
    "bundle-unreadable": "../scenario/test_bundle.py",
    "bundle-of-later-format": "../scenario/test_bundle.py",
    "bundle-file-changed": "../scenario/test_bundle.py",
    "bundle-file-missing": "../scenario/test_bundle.py",
    "bundle-file-foreign": "../scenario/test_bundle.py",
    "bundle-member-unsafe": "../scenario/test_bundle.py",
    "bundle-altered": "../scenario/test_bundle.py",
    "bundle-incomplete": "../scenario/test_bundle.py",
    "bundle-too-large": "../scenario/test_bundle.py",
    "config-map-left-out": "../scenario/test_bundle.py",
    "bundle-not-written": "../scenario/test_bundle.py",
    "not-to-be-bundled": "../scenario/test_bundle.py",
    "listening-refused": "../contract/test_bundle_server.py",
    "artifact-digest-differs": "../contract/test_oci_provider.py",
    "artifact-not-a-provider": "../contract/test_oci_provider.py",
    "artifact-without-version": "../contract/test_oci_provider.py",
    "push-incomplete": "../contract/test_bundle_push.py",
    "artifact-tag-taken": "../contract/test_bundle_push.py",
    "artifact-refused": "../contract/test_bundle_push.py",
    "lock-unreadable": "library/test_lock_calls.py",
    "lock-from-the-future": "library/test_lock_calls.py",
    "lock-not-written": "library/test_lock_calls.py",
    "spec-unreadable": "library/test_lock_calls.py",
    "constraint-unmet": "library/test_lock_calls.py",
    "lock-outdated": "app/lock/test_change_diagnostics.py",
    "locked-bytes-changed": "app/lock/test_change_diagnostics.py",
    "locked-repository-changed": "app/lock/test_change_diagnostics.py",
    "lock-incomplete": "library/test_lock_calls.py",
    "provider-not-installed": "wiring/test_deleting.py",
    "other-version-installed": "wiring/test_deleting.py",
    "clusters-exist": "wiring/test_deleting.py",
    "definitions-in-use": "wiring/test_deleting.py",
    "namespace-shared": "wiring/test_deleting.py",
    "deletion-blocked": "wiring/test_deleting.py",
    "api-group-unavailable": "wiring/test_deleting.py",
    "stays-in-cluster": "wiring/test_deleting.py",
    "deletion-interrupted": "wiring/test_deleting.py",
}
"""Codes whose fact no scenario can carry: a crash, gigabytes, an extra that is not installed, a clock."""


def _in_scenarios() -> set[str]:
    number = {code.code: code.name for code in ALL_CODES}
    found: set[str] = set()
    for expected in expectations().values():
        raised = {expected.root_code, expected.resolve_code, *expected.note_codes}
        found |= {number[code] for code in raised if code is not None}
    return found


def test_every_code_has_a_world_that_raises_it() -> None:
    known = _in_scenarios() | set(_WORLDS) | set(_BY_UNIT_TEST)
    assert {code.name for code in ALL_CODES} - known == set()


def test_a_code_of_a_unit_test_is_named_there() -> None:
    unit = _ROOT / "tests" / "unit"
    text = {name: (unit / path).read_text("utf-8") for name, path in _BY_UNIT_TEST.items()}
    named = {code.name: (_CONSTANT[code], code.code, code.name) for code in ALL_CODES}
    assert [name for name, found in text.items() if not any(word in found for word in named[name])] == []


def test_every_code_is_raised_somewhere() -> None:
    used: set[str] = set()
    for path in (_ROOT / "capyctl").rglob("*.py"):
        if path.name not in _NOT_RAISING:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                used |= {node.attr} if isinstance(node, ast.Attribute) else set()
                used |= {node.id} if isinstance(node, ast.Name) else set()
    assert set(_CONSTANT.values()) - used == set()


@pytest.mark.parametrize("name", _WORLDS)
def test_a_code_is_raised_in_its_world_and_not_in_its_near_miss(tmp_path: Path, name: str) -> None:
    found = []
    for place, world in zip(("world", "near"), _WORLDS[name], strict=True):
        home = tmp_path / place
        home.mkdir()
        (home / "flagged.yaml").write_text(_PRERELEASE_FLAG.replace("{{", "{").replace("}}", "}"))
        played = play_world(world, home)
        found.append({each["name"] for each in played.document["diagnostics"]})
    assert name in found[0]
    assert name not in found[1]
