"""cert-manager: whose it is, which version, and whether it works; judged without writing (weakness 12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.api_object import ApiObject, items_at, text_at, value_at
from capyctl.core.checks.result import YOUNG, CheckedPart, CheckName, CheckOutcome, some
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.moments import seconds_between

GROUP = "cert-manager.io"
NAMESPACE = "cert-manager"
CRD = f"certificates.{GROUP}"
_OWNER_LABEL = "clusterctl.cluster.x-k8s.io/core"
_VERSION_ANNOTATION = "cert-manager.clusterctl.cluster.x-k8s.io/version"
_VERSION_LABEL = "app.kubernetes.io/version"
_ROLES = ("controller", "cainjector", "webhook")
_ROLE_LABELS = ("app.kubernetes.io/component", "app.kubernetes.io/name", "app")


class WebhookTarget(Struct, frozen=True, kw_only=True):
    """The service that the API server calls to validate certificates."""

    namespace: str
    name: str


class CertManagerFacts(Struct, frozen=True, kw_only=True):
    """What was read.

    Attributes:
        crd: the CRD of Certificates; None where there is none. deployments: of its namespace.
        webhook: None where no webhook is configured. addresses: behind its service; None where unknown.
        needed: whether a core provider is installed, which cannot work without. now: RFC 3339.
    """

    crd: ApiObject | None
    namespace: str
    deployments: tuple[ApiObject, ...]
    webhook: WebhookTarget | None
    addresses: int | None
    needed: bool
    now: str
    evidence: tuple[Evidence, ...] = ()


class CertManagerDeployment(Struct, frozen=True, kw_only=True):
    """One of its three Deployments: its role, whether it is available, whether it may still become so."""

    role: str
    name: str
    available: bool
    hopeful: bool


def webhook_service(configurations: Iterable[ApiObject]) -> WebhookTarget | None:
    """The service behind the webhook about objects of cert-manager, if one is configured."""
    for each in configurations:
        for webhook in items_at(each.raw, "webhooks"):
            groups = (group for rule in items_at(webhook, "rules") for group in items_at(rule, "apiGroups"))
            name = text_at(webhook, "clientConfig", "service", "name")
            namespace = text_at(webhook, "clientConfig", "service", "namespace")
            if name and namespace and GROUP in groups:
                return WebhookTarget(namespace=namespace, name=name)
    return None


def judge_cert_manager(facts: CertManagerFacts) -> CheckedPart:
    """Skipped where nothing needs it, waiting while it comes up, failed where it is missing or broken."""
    if facts.crd is None:
        return _absent(facts)
    found = _deployments(facts)
    lacking = [role for role in _ROLES if role not in found]
    down = [each for each in found.values() if not each.available]
    headless = facts.addresses == 0
    broken = bool(lacking) or any(not each.hopeful for each in down)
    outcome = CheckOutcome.OK
    if lacking or down or headless:
        outcome = CheckOutcome.FAILED if broken else CheckOutcome.WAITING
    detail = "; ".join((_whose(facts), _state(lacking, down, headless=headless)))
    said = (_not_ready(facts, detail, outcome),) if outcome is not CheckOutcome.OK else ()
    return CheckedPart(
        name=CheckName.CERT_MANAGER,
        outcome=outcome,
        detail=detail,
        evidence=facts.evidence,
        diagnostics=said,
    )


def _absent(facts: CertManagerFacts) -> CheckedPart:
    if not facts.needed:
        return CheckedPart(
            name=CheckName.CERT_MANAGER,
            outcome=CheckOutcome.SKIPPED,
            detail="not there, and no core provider that needs it; init brings it",
            evidence=facts.evidence,
        )
    diagnostic = Diagnostic(
        code=codes.CERT_MANAGER_MISSING,
        severity=Severity.ERROR,
        detail=(
            "A core provider is installed, and the server has no API of cert-manager. The certificates of its webhooks "
            "come from there: without them the API server refuses every object of Cluster API, now or when they expire."
        ),
        evidence=facts.evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="install cert-manager, in the version that the core's clusterctl brings",
            ),
        ),
    )
    return CheckedPart(
        name=CheckName.CERT_MANAGER,
        outcome=CheckOutcome.FAILED,
        detail="not there, and the core provider needs it",
        evidence=facts.evidence,
        diagnostics=(diagnostic,),
    )


def _deployments(facts: CertManagerFacts) -> Mapping[str, CertManagerDeployment]:
    found: dict[str, CertManagerDeployment] = {}
    for each in facts.deployments:
        role = _role(each)
        if role is not None:
            found.setdefault(role, _deployment(each, role, facts.now))
    return found


def _role(deployment: ApiObject) -> str | None:
    """By its labels, else by its name: cert-manager itself, or one that ends with the other two roles."""
    labels = (deployment.labels.get(key, "") for key in _ROLE_LABELS)
    named = next((label for label in labels if label in _ROLES), None)
    if named is not None:
        return named
    tail = next((role for role in _ROLES[1:] if deployment.name.endswith(role)), None)
    return tail or (_ROLES[0] if deployment.name.endswith(NAMESPACE) else None)


def _deployment(found: ApiObject, role: str, now: str) -> CertManagerDeployment:
    conditions: Sequence[object] = items_at(found.raw, "status", "conditions")
    stated = {text_at(each, "type"): text_at(each, "status") for each in conditions}
    generation = value_at(found.raw, "metadata", "generation")
    seen = value_at(found.raw, "status", "observedGeneration") in (None, generation)
    age = seconds_between(found.created_at, now)
    return CertManagerDeployment(
        role=role,
        name=found.name,
        available=stated.get("Available") == "True" and seen,
        hopeful=stated.get("Progressing") != "False"
        and value_at(found.raw, "spec", "replicas") != 0
        and age is not None
        and age < YOUNG,
    )


def _whose(facts: CertManagerFacts) -> str:
    """Version and owner, by the labels that clusterctl and capyctl set on what they install."""
    objects = [*([facts.crd] if facts.crd is not None else []), *facts.deployments]
    ours = any(each.labels.get(_OWNER_LABEL) == "cert-manager" for each in objects)
    versions = [each.annotations.get(_VERSION_ANNOTATION) for each in objects]
    versions += [each.labels.get(_VERSION_LABEL) for each in objects]
    version = next((each for each in versions if each), "of no stated version")
    return (
        f"{version}, {'installed with the providers' if ours else 'installed by others'} in {facts.namespace}"
    )


def _state(lacking: Sequence[str], down: Sequence[CertManagerDeployment], *, headless: bool) -> str:
    parts = [f"no Deployment of {some(lacking)}"] if lacking else []
    parts += [f"not available: {some(each.name for each in down)}"] if down else []
    parts += ["nothing stands behind its webhook"] if headless else []
    return ", ".join(parts) or "ready"


def _not_ready(facts: CertManagerFacts, detail: str, outcome: CheckOutcome) -> Diagnostic:
    waiting = outcome is CheckOutcome.WAITING
    end = (
        "It was installed lately and may still be coming up."
        if waiting
        else "It does not become ready by itself."
    )
    return Diagnostic(
        code=codes.CERT_MANAGER_NOT_READY,
        severity=Severity.WARNING if waiting else Severity.ERROR,
        detail=f"cert-manager {detail}. {end}",
        evidence=facts.evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"see why: kubectl -n {facts.namespace} describe deployments,pods",
            ),
        ),
    )
