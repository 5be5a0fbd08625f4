"""Deployments that run with ``${``: a release file that was applied without expanding its variables (F57)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from capyctl.core import codes
from capyctl.core.api_object import ApiObject, items_at, text_at
from capyctl.core.api_reading import Collection
from capyctl.core.components_objects import CLUSTERCTL_LABEL
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.inventory import PROVIDER_LABEL

LABELLED_DEPLOYMENTS: Final = Collection(path="/apis/apps/v1/deployments", label_selector=CLUSTERCTL_LABEL)
"""The Deployments of providers, with what their containers are started with."""

_SHOWN: Final = 3


def unexpanded_arguments(deployments: Iterable[ApiObject]) -> Iterator[Diagnostic]:
    """One warning for each Deployment whose containers were given an expression in place of a value."""
    for each in deployments:
        found = [text for text in _arguments(each) if "${" in text]
        if found:
            shown = ", ".join(text[:100] for text in found[:_SHOWN])
            yield Diagnostic(
                code=codes.TEMPLATE_NOT_EXPANDED,
                severity=Severity.WARNING,
                detail=(
                    f"Deployment {each.namespace}/{each.name} runs with {shown}: its release file is a template, not a"
                    " manifest, and was applied without expanding its variables."
                ),
                subject=Subject(provider=each.labels.get(PROVIDER_LABEL)),
                fixes=(
                    Fix(
                        applicability=Applicability.REVIEW,
                        title="apply the expanded components: capyctl generate provider PROVIDER | kubectl apply -f -",
                    ),
                ),
            )


def _arguments(deployment: ApiObject) -> Iterator[str]:
    for container in items_at(deployment.raw, "spec", "template", "spec", "containers"):
        for part in ("command", "args"):
            yield from (text for text in items_at(container, part) if isinstance(text, str))
        yield from (text_at(each, "value") for each in items_at(container, "env"))
