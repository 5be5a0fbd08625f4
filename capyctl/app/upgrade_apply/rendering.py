"""The new releases of an upgrade: fetched, checked and rendered, all of them before the first write (weakness 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.present import component_findings, to_resolved
from capyctl.app.resolution import ProviderResolution, ResolveRequest, Target
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.resolve import Resolver
from capyctl.app.upgrade_apply.kept_secrets import spare_values
from capyctl.core.api_object import ApiObject, text_at
from capyctl.core.api_reading import ApiFailure
from capyctl.core.apply_stages import Part
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.identity import ProviderKey, ProviderReference, ProviderType
from capyctl.core.invocation import Invocation
from capyctl.core.object_key import Json, ObjectKey
from capyctl.core.provider_objects import inventory_entry
from capyctl.core.provider_table import ProviderTable
from capyctl.core.resolved import Resolved
from capyctl.core.rules.inventory import unknown_provider
from capyctl.core.rules.upgrade_apply import UpgradeStep
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog


class RenderedStep(Struct, frozen=True, kw_only=True):
    """A step with the release that it brings; ``objects`` is empty where something is wrong with it."""

    step: UpgradeStep
    key: ProviderKey
    resolved: Resolved
    objects: tuple[Json, ...]

    @property
    def part(self) -> Part:
        """What is applied; the inventory names the release's own tag, character for character (10.1, 1)."""
        entry = inventory_entry(self.key, self.step.installed.namespace, self.tag)
        held = self.step.installed.object_name
        if held and held != self.key.manifest_label:
            metadata = {**entry["metadata"], "name": held} if isinstance(entry["metadata"], dict) else {}
            entry = {**entry, "metadata": metadata}
        return Part(owner=self.key.manifest_label, objects=self.objects, entry=entry)

    @property
    def tag(self) -> str:
        """The version as its release spells it."""
        return self.resolved.version or self.step.tag

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 by name of the files that were read."""
        return {name: file.sha256 for name, file in self.resolved.files.items() if file is not None}


class Rendered(Struct, frozen=True, kw_only=True):
    """Every step as far as it came; where a diagnostic is an error, nothing may be written.

    Attributes:
        kept: Secrets that are there, so that their objects among the steps have no values and must not be written.
        failures: of what the cluster was asked about such Secrets.
    """

    steps: tuple[RenderedStep, ...]
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...] = ()
    kept: Mapping[ObjectKey, ApiObject] = field(default_factory=dict)
    failures: tuple[ApiFailure, ...] = ()

    @property
    def core_contract(self) -> str | None:
        """The contract of the core among them, by its own metadata; None where it is not among them."""
        core = (each for each in self.steps if each.key.type is ProviderType.CORE)
        return next((each.resolved.contract for each in core), None)


class ReleaseRenderer(Struct, frozen=True, kw_only=True):
    """Renders releases; constructing it asks nothing. ``components`` renders, for the namespaces of the steps.

    ``reader`` is asked for Secrets alone, and only where one lacks a value.
    """

    reader: ClusterReader
    catalog: SourceCatalog
    asker: Asker
    components: ComponentsPolicy
    table: ProviderTable
    invocation: Invocation

    def render(self, steps: Sequence[UpgradeStep], core_contract: str | None) -> Rendered:
        """Every step's files side by side; ``core_contract`` is of a core that is installed and stays."""
        targets: list[tuple[UpgradeStep, Target]] = []
        unknown: list[Diagnostic] = []
        for step in steps:
            found = self._target(step)
            if isinstance(found, Target):
                targets.append((step, found))
            else:
                unknown.append(found)
        namespaces = {step.label: step.installed.namespace for step in steps}
        components = replace(self.components, namespaces=namespaces)
        resolver = Resolver(catalog=self.catalog, asker=self.asker, components=components)
        request = ResolveRequest(targets=tuple(target for _, target in targets), core_contract=core_contract)
        spared = spare_values(self.reader, components, resolver.resolve(request) if targets else ())
        resolutions = spared.resolutions
        said = [each for item in resolutions for each in self._findings(item)]
        return Rendered(
            steps=tuple(_rendered(step, item) for (step, _), item in zip(targets, resolutions, strict=True)),
            diagnostics=(*unknown, *said),
            evidence=tuple(piece for item in resolutions for piece in item.evidence),
            kept=spared.kept,
            failures=spared.failures,
        )

    def _target(self, step: UpgradeStep) -> Target | Diagnostic:
        key = step.installed.key
        entry = self.table.get(key) if key is not None else None
        if key is None or entry is None:
            return unknown_provider(step.installed, (each.key for each in self.table.entries))
        if entry.location is None:
            return entry.error or unknown_provider(step.installed, ())
        reference = ProviderReference(
            text=f"{step.label}:{step.tag}", name=key.name, type=key.type, version=step.tag
        )
        return Target(entry=entry, reference=reference)

    def _findings(self, resolution: ProviderResolution) -> tuple[Diagnostic, ...]:
        return (*diagnose_resolution(resolution, self.invocation), *component_findings(resolution))


def _rendered(step: UpgradeStep, resolution: ProviderResolution) -> RenderedStep:
    rendered = resolution.rendered
    objects = rendered.objects if rendered is not None else ()
    return RenderedStep(
        step=step,
        key=resolution.target.entry.key,
        resolved=to_resolved(resolution),
        objects=tuple(each for each in objects if text_at(each, "kind")),
    )
