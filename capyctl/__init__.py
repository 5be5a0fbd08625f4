"""Provider resolver and doctor for Kubernetes Cluster API: a command line, and this typed library.

Names are imported when they are first used: every start of the command line passes through this module.
"""

from capyctl.version import __version__

TYPE_CHECKING = False  # type checkers take it for true; typing itself would cost every start
if TYPE_CHECKING:
    from capyctl.app.diagnose import Diagnosis
    from capyctl.app.lint import LintedFile
    from capyctl.app.versions import ProviderVersions, VersionRow
    from capyctl.core.bundle.content import Bundle, BundleFile
    from capyctl.core.checks.result import CheckedPart, CheckName, CheckOutcome
    from capyctl.core.cluster_node import ClusterCondition, ClusterNode
    from capyctl.core.codes import Code
    from capyctl.core.condition_merge import Derived
    from capyctl.core.diagnostics import (
        Applicability,
        Confidence,
        Diagnostic,
        Edit,
        Fix,
        Severity,
        Span,
        Subject,
    )
    from capyctl.core.emulation_request import Emulated, EmulatedOutcome, GoproxyState
    from capyctl.core.evidence import Evidence, Hop, Outcome, Question
    from capyctl.core.exit_status import ExitStatus
    from capyctl.core.identity import (
        MalformedReferenceError,
        ProviderKey,
        ProviderReference,
        ProviderType,
        parse_reference,
    )
    from capyctl.core.lock import (
        Lock,
        LockedCertManager,
        LockedFile,
        LockedImage,
        LockedKubernetes,
        LockedProvider,
        LockedRepository,
    )
    from capyctl.core.lock_changes import LockChange
    from capyctl.core.lock_text import LockError, lock_text, read_lock
    from capyctl.core.metadata import Metadata, ReleaseSeries
    from capyctl.core.release_marker import MalformedMarkerError
    from capyctl.core.resolved import RejectedVersion, Resolved, ResolvedFile, ResolvedRepository
    from capyctl.core.upgrade_plan import ContractPlan, Prospect, UpgradeRow
    from capyctl.core.verdict import Verdict
    from capyctl.core.version import ProviderVersion, parse_version
    from capyctl.core.version_state import VersionState
    from capyctl.library.bundle_calls import BundleResult, create_bundle, verify_bundle
    from capyctl.library.calls import diagnose, lint, plan_install, resolve, versions
    from capyctl.library.check_calls import ClusterCheckResult, check_cluster
    from capyctl.library.cluster_calls import (
        BoundClusterSettings,
        ClusterRunSettings,
        DescribeResult,
        TreeSettings,
        describe_cluster,
    )
    from capyctl.library.delete_calls import DeletedEntry, DeletionResult, DeletionSettings, delete
    from capyctl.library.install_calls import InstallResult, install
    from capyctl.library.kubeconfig_calls import KubeconfigResult, get_kubeconfig
    from capyctl.library.kubernetes_calls import KubernetesVersionResult, resolve_kubernetes_version
    from capyctl.library.lock_calls import (
        LockCheckResult,
        LockResult,
        LockSettings,
        check_lock,
        lock,
    )
    from capyctl.library.results import (
        BoundRunSettings,
        DiagnoseResult,
        LintResult,
        PlanResult,
        ResolveResult,
        Result,
        RunSettings,
        VersionsResult,
    )
    from capyctl.library.upgrade_calls import (
        AppliedEntry,
        AppliedUpgrade,
        UpgradeResult,
        UpgradeSettings,
        plan_upgrade,
        upgrade,
    )

__all__ = [
    "Applicability",
    "AppliedEntry",
    "AppliedUpgrade",
    "BoundClusterSettings",
    "BoundRunSettings",
    "Bundle",
    "BundleFile",
    "BundleResult",
    "CheckName",
    "CheckOutcome",
    "CheckedPart",
    "ClusterCheckResult",
    "ClusterCondition",
    "ClusterNode",
    "ClusterRunSettings",
    "Code",
    "Confidence",
    "ContractPlan",
    "DeletedEntry",
    "DeletionResult",
    "DeletionSettings",
    "Derived",
    "DescribeResult",
    "DiagnoseResult",
    "Diagnosis",
    "Diagnostic",
    "Edit",
    "Emulated",
    "EmulatedOutcome",
    "Evidence",
    "ExitStatus",
    "Fix",
    "GoproxyState",
    "Hop",
    "InstallResult",
    "KubeconfigResult",
    "KubernetesVersionResult",
    "LintResult",
    "LintedFile",
    "Lock",
    "LockChange",
    "LockCheckResult",
    "LockError",
    "LockResult",
    "LockSettings",
    "LockedCertManager",
    "LockedFile",
    "LockedImage",
    "LockedKubernetes",
    "LockedProvider",
    "LockedRepository",
    "MalformedMarkerError",
    "MalformedReferenceError",
    "Metadata",
    "Outcome",
    "PlanResult",
    "Prospect",
    "ProviderKey",
    "ProviderReference",
    "ProviderType",
    "ProviderVersion",
    "ProviderVersions",
    "Question",
    "RejectedVersion",
    "ReleaseSeries",
    "ResolveResult",
    "Resolved",
    "ResolvedFile",
    "ResolvedRepository",
    "Result",
    "RunSettings",
    "Severity",
    "Span",
    "Subject",
    "TreeSettings",
    "UpgradeResult",
    "UpgradeRow",
    "UpgradeSettings",
    "Verdict",
    "VersionRow",
    "VersionState",
    "VersionsResult",
    "__version__",
    "check_cluster",
    "check_lock",
    "create_bundle",
    "delete",
    "describe_cluster",
    "diagnose",
    "get_kubeconfig",
    "install",
    "lint",
    "lock",
    "lock_text",
    "parse_reference",
    "parse_version",
    "plan_install",
    "plan_upgrade",
    "read_lock",
    "resolve",
    "resolve_kubernetes_version",
    "upgrade",
    "verify_bundle",
    "versions",
]

if not TYPE_CHECKING:  # else a type checker would take every name for one that exists
    _HOMES = {
        "capyctl.app.diagnose": "Diagnosis",
        "capyctl.app.lint": "LintedFile",
        "capyctl.app.versions": "ProviderVersions VersionRow",
        "capyctl.core.bundle.content": "Bundle BundleFile",
        "capyctl.core.checks.result": "CheckName CheckOutcome CheckedPart",
        "capyctl.core.cluster_node": "ClusterCondition ClusterNode",
        "capyctl.core.codes": "Code",
        "capyctl.core.condition_merge": "Derived",
        "capyctl.core.diagnostics": "Applicability Confidence Diagnostic Edit Fix Severity Span Subject",
        "capyctl.core.emulation_request": "Emulated EmulatedOutcome GoproxyState",
        "capyctl.core.evidence": "Evidence Hop Outcome Question",
        "capyctl.core.exit_status": "ExitStatus",
        "capyctl.core.identity": "MalformedReferenceError ProviderKey ProviderReference ProviderType parse_reference",
        "capyctl.core.lock": "Lock LockedCertManager LockedFile LockedImage LockedKubernetes LockedProvider"
        " LockedRepository",
        "capyctl.core.lock_changes": "LockChange",
        "capyctl.core.lock_text": "LockError lock_text read_lock",
        "capyctl.core.metadata": "Metadata ReleaseSeries",
        "capyctl.core.release_marker": "MalformedMarkerError",
        "capyctl.core.resolved": "RejectedVersion Resolved ResolvedFile ResolvedRepository",
        "capyctl.core.upgrade_plan": "ContractPlan Prospect UpgradeRow",
        "capyctl.core.verdict": "Verdict",
        "capyctl.core.version": "ProviderVersion parse_version",
        "capyctl.core.version_state": "VersionState",
        "capyctl.library.check_calls": "ClusterCheckResult check_cluster",
        "capyctl.library.cluster_calls": "BoundClusterSettings ClusterRunSettings DescribeResult TreeSettings"
        " describe_cluster",
        "capyctl.library.install_calls": "InstallResult install",
        "capyctl.library.kubernetes_calls": "KubernetesVersionResult resolve_kubernetes_version",
        "capyctl.library.kubeconfig_calls": "KubeconfigResult get_kubeconfig",
        "capyctl.library.delete_calls": "DeletedEntry DeletionResult DeletionSettings delete",
        "capyctl.library.lock_calls": "LockCheckResult LockResult LockSettings check_lock lock",
        "capyctl.library.bundle_calls": "BundleResult create_bundle verify_bundle",
        "capyctl.library.calls": "diagnose lint plan_install resolve versions",
        "capyctl.library.upgrade_calls": "AppliedEntry AppliedUpgrade UpgradeResult UpgradeSettings plan_upgrade"
        " upgrade",
        "capyctl.library.results": "BoundRunSettings DiagnoseResult LintResult PlanResult"
        " ResolveResult Result RunSettings VersionsResult",
    }

    def __getattr__(name: str) -> object:
        """A public name, imported now.

        Raises:
            AttributeError: there is no such name.
        """
        home = next((module for module, names in _HOMES.items() if name in names.split()), None)
        if home is None:
            raise AttributeError(f"module 'capyctl' has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415 - the command line never comes here

        return getattr(import_module(home), name)


def __dir__() -> list[str]:
    """The public names."""
    return list(__all__)
