"""One metadata.yaml as the metadata rules see it, and how they report."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Fix, Severity, Span, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.metadata_text import MetadataText
from capyctl.core.yaml_nodes import MappingNode

API_VERSION = "clusterctl.cluster.x-k8s.io/v1alpha3"
"""The only apiVersion that clusterctl knows for this file (clusterctl-resolution 7.1)."""

KIND = "Metadata"


class MetadataFile(Struct, frozen=True, kw_only=True):
    """The first document of a metadata.yaml; as JSON (``is_json``) 1.0 is no integer, as YAML it is 1."""

    text: MetadataText
    root: MappingNode
    is_json: bool
    subject: Subject
    evidence: tuple[Evidence, ...] = ()

    def report(
        self, code: Code, severity: Severity, detail: str, spans: Iterable[Span], fixes: Iterable[Fix] = ()
    ) -> Diagnostic:
        """A diagnostic about this file."""
        return Diagnostic(
            code=code,
            severity=severity,
            detail=detail,
            subject=self.subject,
            spans=tuple(spans),
            evidence=self.evidence,
            fixes=tuple(fixes),
        )
