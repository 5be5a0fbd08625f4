"""The server's Kubernetes as a part of the check; the judgement itself is ``kubernetes_fit``."""

from __future__ import annotations

from capyctl.core.checks.result import CheckedPart, CheckName, CheckOutcome
from capyctl.core.evidence import Evidence
from capyctl.core.kubernetes_fit import KubernetesFit


def check_of_fit(fit: KubernetesFit, evidence: tuple[Evidence, ...] = ()) -> CheckedPart:
    """Failed by an error; skipped where the server states nothing that could be compared."""
    failed = fit.diagnostic is not None and fit.diagnostic.is_error
    outcome = CheckOutcome.OK if fit.server.effective is not None else CheckOutcome.SKIPPED
    return CheckedPart(
        name=CheckName.KUBERNETES,
        outcome=CheckOutcome.FAILED if failed else outcome,
        detail=fit.brief,
        evidence=evidence,
        diagnostics=(fit.diagnostic,) if fit.diagnostic is not None else (),
    )
