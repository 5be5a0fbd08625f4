"""What an installation of providers has to be allowed to do, and what these credentials lack of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.checks.result import CheckedPart, CheckName, CheckOutcome, counted
from capyctl.core.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity
from capyctl.core.evidence import Evidence

ROLE_FILE = "capyctl-installer.yaml"


class Permission(Struct, frozen=True, kw_only=True):
    """One thing to be allowed cluster-wide: a verb on a resource of a group (empty for the core group)."""

    verb: str
    group: str
    resource: str

    @property
    def review(self) -> dict[str, object]:
        """The body of its SelfSubjectAccessReview."""
        return {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {
                "resourceAttributes": {"verb": self.verb, "group": self.group, "resource": self.resource}
            },
        }

    @property
    def place(self) -> str:
        """Resource and group, such as ``deployments.apps``."""
        return f"{self.resource}.{self.group}" if self.group else self.resource


EVERYTHING = Permission(verb="*", group="*", resource="*")

_WRITTEN = {
    "": ("configmaps", "namespaces", "secrets", "serviceaccounts", "services"),
    "admissionregistration.k8s.io": ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
    "apiextensions.k8s.io": ("customresourcedefinitions",),
    "apps": ("deployments",),
    "cert-manager.io": ("certificates", "issuers"),
    "clusterctl.cluster.x-k8s.io": ("providers",),
    "rbac.authorization.k8s.io": ("clusterrolebindings", "clusterroles", "rolebindings", "roles"),
}
"""The kinds of objects in the components of providers (``shared/data/components``), and the inventory's."""
_VERBS = ("get", "create", "patch")
"""An installation reads an object, then creates or patches it (clusterctl-cluster 1.5)."""
_ROLES = ("clusterroles", "roles")


def needed() -> tuple[Permission, ...]:
    """Everything that an installation asks of the API server, in order of group and resource."""
    plain = [
        Permission(verb=verb, group=group, resource=resource)
        for group, resources in _WRITTEN.items()
        for resource in resources
        for verb in _VERBS
    ]
    granting = [
        Permission(verb=verb, group="rbac.authorization.k8s.io", resource=resource)
        for resource in _ROLES
        for verb in ("bind", "escalate")
    ]
    listing = Permission(verb="list", group="clusterctl.cluster.x-k8s.io", resource="providers")
    return (*plain, *granting, listing)


def judge_permissions(
    denied: Collection[Permission] | None, evidence: tuple[Evidence, ...] = ()
) -> CheckedPart:
    """The part, from what was denied; None where the server did not say."""
    if denied is None:
        return CheckedPart(
            name=CheckName.PERMISSIONS,
            outcome=CheckOutcome.SKIPPED,
            detail="the server does not say what these credentials may do",
            evidence=evidence,
        )
    if not denied:
        detail = "an installation may write all that it has to"
        return CheckedPart(
            name=CheckName.PERMISSIONS, outcome=CheckOutcome.OK, detail=detail, evidence=evidence
        )
    missing = [each for each in needed() if each in denied]
    return CheckedPart(
        name=CheckName.PERMISSIONS,
        outcome=CheckOutcome.FAILED,
        detail=f"{counted(len(missing), 'permission')} of {len(needed())} that an installation needs are missing",
        evidence=evidence,
        diagnostics=(_diagnosis(missing, evidence),),
    )


def _diagnosis(missing: Sequence[Permission], evidence: tuple[Evidence, ...]) -> Diagnostic:
    grouped = _by_verbs(missing).items()
    said = "; ".join(f"{', '.join(verbs)}: {', '.join(places)}" for verbs, places in grouped)
    return Diagnostic(
        code=codes.PERMISSIONS_MISSING,
        severity=Severity.ERROR,
        detail=(
            f"These credentials lack {said}. Whoever may grant it can apply the ClusterRole below and bind it to "
            "the user; kubectl auth can-i VERB RESOURCE asks for one of them."
        ),
        evidence=evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="have this role granted, or install with credentials that may do all this",
                edit=Edit(file=ROLE_FILE, patch=_patch(cluster_role(missing))),
            ),
        ),
    )


def _by_verbs(permissions: Sequence[Permission]) -> dict[tuple[str, ...], list[str]]:
    """The places by what is missing there, since most lack the same."""
    verbs: dict[str, list[str]] = {}
    for each in permissions:
        verbs.setdefault(each.place, []).append(each.verb)
    found: dict[tuple[str, ...], list[str]] = {}
    for place, missing in verbs.items():
        found.setdefault(tuple(missing), []).append(place)
    return found


def cluster_role(missing: Sequence[Permission]) -> str:
    """The YAML of a ClusterRole that grants exactly these, one rule a group and set of verbs."""
    rules: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    verbs: dict[tuple[str, str], list[str]] = {}
    for each in missing:
        verbs.setdefault((each.group, each.resource), []).append(each.verb)
    for (group, resource), allowed in verbs.items():
        rules.setdefault((group, tuple(allowed)), []).append(resource)
    lines = [
        "apiVersion: rbac.authorization.k8s.io/v1",
        "kind: ClusterRole",
        "metadata:",
        "  name: capyctl-installer",
        "rules:",
    ]
    for (group, together), resources in rules.items():
        lines.append(f'- apiGroups: ["{group}"]')
        lines.append(f"  resources: [{', '.join(resources)}]")
        lines.append(f"  verbs: [{', '.join(together)}]")
    return "".join(f"{line}\n" for line in lines)


def _patch(content: str) -> str:
    """A unified diff that makes the file."""
    lines = content.splitlines()
    head = f"--- /dev/null\n+++ {ROLE_FILE}\n@@ -0,0 +1,{len(lines)} @@\n"
    return head + "".join(f"+{line}\n" for line in lines)
