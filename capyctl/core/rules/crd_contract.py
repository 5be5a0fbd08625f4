"""The contract that metadata.yaml states, held against the labels of the CRDs (catalogue F43)."""

from __future__ import annotations

from collections.abc import Collection

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Span, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.metadata import Metadata
from capyctl.core.rules.metadata_words import shown, upstream_fix
from capyctl.core.version import ProviderVersion


def contract_against_crds(
    metadata: Metadata,
    version: ProviderVersion,
    found: Collection[str],
    *,
    subject: Subject,
    evidence: tuple[Evidence, ...] = (),
) -> Diagnostic | None:
    """The diagnostic about a version whose CRDs carry labels of other contracts than its series names.

    ``found`` holds the contracts that labels ``cluster.x-k8s.io/CONTRACT`` on the CRDs name; without any
    there is nothing to compare.
    """
    series = metadata.series_for(version)
    if series is None or not found or series.contract in found:
        return None
    labels = ", ".join(sorted(found))
    return Diagnostic(
        code=codes.CONTRACT_DIFFERS_FROM_CRDS,
        severity=Severity.WARNING,
        detail=(
            f"metadata.yaml gives series {series} the contract {shown(series.contract)}, while the labels of"
            f" the CRDs name {labels}. Cluster API's controllers go by the labels, clusterctl by the file."
        ),
        subject=subject,
        spans=(labelled(series.span, "contract of this series"),) if series.span else (),
        evidence=evidence,
        fixes=(upstream_fix("state the contract that the CRDs implement, or label the CRDs"),),
    )


def labelled(span: Span, label: str) -> Span:
    """The same place under another label."""
    return Span(
        file=span.file,
        line=span.line,
        column=span.column,
        end_line=span.end_line,
        end_column=span.end_column,
        label=label,
        source=span.source,
    )
