"""The components of one provider, ready to apply, or what is to be known of them (``generate provider``)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.app.lacking_files import demanded
from capyctl.app.present import component_findings, to_resolved
from capyctl.app.resolution import ProviderResolution
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.invocation import Invocation
from capyctl.core.rendered_components import RenderedComponents
from capyctl.core.resolved import Resolved


class Generated(Struct, frozen=True, kw_only=True):
    """What was made of one provider's components.

    Attributes:
        rendered: the file as it was looked at or rendered, where it was had. objects: empty after an error.
    """

    provider: Resolved
    rendered: RenderedComponents | None
    objects: tuple[object, ...]
    diagnostics: tuple[Diagnostic, ...]


def generate_components(
    resolution: ProviderResolution, invocation: Invocation, *, describe: bool
) -> Generated:
    """The components of a resolved provider; with ``describe`` they are looked at and demand nothing (F56)."""
    findings = component_findings(resolution)
    if describe:
        # What only matters to whoever installs is no error of a look.
        findings = tuple(item for item in findings if not item.is_error)
    found = (*diagnose_resolution(resolution, invocation), *findings)
    rendered = resolution.rendered
    failed = resolution.chosen is None or any(item.is_error for item in found)
    if rendered is None and not failed:
        found = demanded(found, invocation, "Without it there is nothing to print.")
    return Generated(
        provider=to_resolved(resolution),
        rendered=rendered,
        objects=rendered.objects if rendered is not None and not failed else (),
        diagnostics=found,
    )
