"""Every command as data: its words, where it is declared, and its one line of help."""

from __future__ import annotations

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """Where a command is declared, as ``module:attribute``, and its summary in the root's help."""

    target: str
    summary: str


COMMANDS: dict[tuple[str, ...], CommandEntry] = {
    ("resolve",): CommandEntry(
        "capyctl.cli.commands.resolve:app", "Choose a version of each provider, and check its files."
    ),
    ("versions",): CommandEntry(
        "capyctl.cli.commands.versions:app", "List every version any source knows, with its state."
    ),
    ("diagnose-provider",): CommandEntry(
        "capyctl.cli.commands.diagnose_provider:app", "Ask every source, compare, judge; predict clusterctl."
    ),
    ("generate", "provider"): CommandEntry(
        "capyctl.cli.commands.generate_provider:app", "Print the components of a provider, ready to apply."
    ),
    ("init",): CommandEntry("capyctl.cli.commands.init:app", "Install providers into a management cluster."),
    ("init", "list-images"): CommandEntry(
        "capyctl.cli.commands.init_list_images:app", "List every image of such an installation."
    ),
    ("cluster", "check"): CommandEntry(
        "capyctl.cli.commands.cluster_check:app", "Judge the management cluster part by part."
    ),
    ("describe", "cluster"): CommandEntry(
        "capyctl.cli.commands.describe_cluster:app", "Show a workload cluster as a tree with its conditions."
    ),
    ("get", "kubeconfig"): CommandEntry(
        "capyctl.cli.commands.get_kubeconfig:app", "Print the kubeconfig of a workload cluster."
    ),
    ("upgrade", "plan"): CommandEntry(
        "capyctl.cli.commands.upgrade_plan:app", "Say what an upgrade of a cluster's providers would do."
    ),
    ("delete",): CommandEntry(
        "capyctl.cli.commands.delete:app", "Delete providers from a management cluster."
    ),
    ("upgrade", "apply"): CommandEntry(
        "capyctl.cli.commands.upgrade_apply:app", "Upgrade the providers of a cluster."
    ),
    ("kubernetes-version", "resolve"): CommandEntry(
        "capyctl.cli.commands.kubernetes_version_resolve:app",
        "Resolve a marker of Kubernetes releases into one version.",
    ),
    ("kubernetes-version", "image"): CommandEntry(
        "capyctl.cli.commands.kubernetes_version_image:app", "Say whether a version has a node image."
    ),
    ("lint-provider",): CommandEntry(
        "capyctl.cli.commands.lint_provider:app", "Judge release files before they are published."
    ),
    ("cache", "info"): CommandEntry(
        "capyctl.cli.commands.cache_info:app", "Say where the cache is and how much it keeps."
    ),
    ("cache", "clear"): CommandEntry("capyctl.cli.commands.cache_clear:app", "Remove what the cache keeps."),
    ("lock",): CommandEntry(
        "capyctl.cli.commands.lock:app", "Record versions, files and digests in capyctl.lock."
    ),
    ("bundle", "create"): CommandEntry(
        "capyctl.cli.commands.bundle_create:app", "Carry every file of a lock in one archive."
    ),
    ("bundle", "verify"): CommandEntry(
        "capyctl.cli.commands.bundle_verify:app", "Say whether a bundle is unchanged and whole."
    ),
    ("bundle", "serve"): CommandEntry(
        "capyctl.cli.commands.bundle_serve:app", "Serve a bundle on loopback to clients that read HTTP."
    ),
    ("bundle", "push"): CommandEntry(
        "capyctl.cli.commands.bundle_push:app", "Put each provider of a bundle into a registry."
    ),
    ("config", "repositories"): CommandEntry(
        "capyctl.cli.commands.config_repositories:app", "List the provider table with its origins."
    ),
    ("config", "provider"): CommandEntry(
        "capyctl.cli.commands.config_provider:app", "Show one row of the provider table in full."
    ),
    ("config", "view"): CommandEntry(
        "capyctl.cli.commands.config_view:app", "Show every setting with its origin."
    ),
    ("replay",): CommandEntry(
        "capyctl.cli.commands.replay:app", "Print what a recorded run printed (--record)."
    ),
    ("lab", "list"): CommandEntry("capyctl.cli.commands.lab_list:app", "List the scenarios of the lab."),
    ("lab", "run"): CommandEntry("capyctl.cli.commands.lab_run:app", "Run a command in a scenario."),
    ("explain",): CommandEntry(
        "capyctl.cli.commands.explain:app", "Say what a code means and how to mend it."
    ),
    ("schema",): CommandEntry("capyctl.cli.commands.schema:app", "Print the JSON Schema of the documents."),
    ("version",): CommandEntry("capyctl.cli.commands.version:app", "Print versions and the snapshot's day."),
    ("completion",): CommandEntry(
        "capyctl.cli.commands.completion:app", "Print a completion script for a shell."
    ),
}
"""In the order of the help text."""

GROUPS: dict[str, str] = {
    "bundle": "Carry the files of a lock across an air gap.",
    "cache": "Look at the disk cache, or empty it.",
    "cluster": "Look at the management cluster.",
    "config": "Show the configuration: providers, files, settings.",
    "describe": "Describe what a management cluster holds.",
    "generate": "Generate what a provider consists of.",
    "get": "Get something from a management cluster.",
    "kubernetes-version": "Resolve markers of Kubernetes once, and look at node images.",
    "lab": "Rehearse a bad day against a fake internet.",
    "upgrade": "Upgrade a management cluster.",
}
"""First words that are no command themselves."""

NOT_HERE: frozenset[tuple[str, ...]] = frozenset(
    {
        ("alpha",),
        ("convert",),
        ("generate", "cluster"),
        ("generate", "yaml"),
        ("move",),
    }
)
"""Commands of clusterctl that are answered with "use clusterctl" (cli.md 5, issue 3 section 1)."""

NOT_HERE_TARGET = "capyctl.cli.commands.not_here:app"

SUMMARY = "Resolve, check and explain the providers of Kubernetes Cluster API."
