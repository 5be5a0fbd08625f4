"""Diagnosing a provider: every source asked once, compared, judged; then what clusterctl would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.kept_version import with_kept_pin
from capyctl.app.observations import Observations, observe
from capyctl.app.pin_fixes import OF_THE_VERSION, pin_fix
from capyctl.app.present import component_findings
from capyctl.app.resolution import ProviderResolution, ResolveRequest, Target
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.resolve import Resolver
from capyctl.core import codes
from capyctl.core.causes import exchanged
from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Severity, Subject
from capyctl.core.emulation_request import Emulated
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.rules.observed import Observed, judge_observed
from capyctl.core.rules.template_values import values_to_set
from capyctl.core.selection import Judgement
from capyctl.core.verdict import Verdict, verdict_on
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import BadAnswerError

Emulate = Callable[[Target], tuple[Emulated, ...]]

_DEEPER = frozenset(
    {codes.VERSION_WITHDRAWN, codes.DRAFT_RELEASE, codes.RELEASE_IN_PROGRESS, codes.METADATA_MISSING}
)


_EXPLAINED = frozenset({codes.VERSION_NOT_PUBLISHED, codes.METADATA_MISSING, codes.COMPONENTS_MISSING})


class Diagnosis(Struct, frozen=True, kw_only=True):
    """The verdict on one provider and everything it rests on."""

    target: Target
    verdict: Verdict
    version: str | None
    routes: tuple[Evidence, ...]
    clusterctl: tuple[Emulated, ...]
    diagnostics: tuple[Diagnostic, ...]


class Diagnostician(Struct, frozen=True, kw_only=True):
    """Diagnoses providers; constructing it asks nothing.

    ``emulate`` says what clusterctl would do, from the world as just observed.
    """

    catalog: SourceCatalog
    asker: Asker
    components: ComponentsPolicy
    clock: Clock
    emulate: Emulate

    def diagnose(
        self, request: ResolveRequest, invocation: Invocation, about: Sequence[Diagnostic] = ()
    ) -> tuple[Diagnosis, ...]:
        """Diagnose each target on its own; ``about`` is what its table entry is already known for."""
        return tuple(self._one(target, request, invocation, about) for target in request.targets)

    def unusable(self, target: Target) -> Diagnosis:
        """The verdict where the entry's address cannot be read: there is nothing to ask, and clusterctl's answer."""
        emulated, crashed = self._emulate(target)
        return Diagnosis(
            target=target,
            verdict=Verdict.BROKEN,
            version=None,
            routes=(),
            clusterctl=emulated,
            diagnostics=crashed,
        )

    def _one(
        self, target: Target, request: ResolveRequest, invocation: Invocation, about: Sequence[Diagnostic]
    ) -> Diagnosis:
        resolver = Resolver(catalog=self.catalog, asker=self.asker, components=self.components)
        alone = ResolveRequest(
            targets=(target,),
            contract=request.contract,
            policy=request.policy,
            metadata_from_proxy=request.metadata_from_proxy,
        )
        resolution = resolver.resolve(alone)[0]
        observations = observe(resolution, self.catalog.sources(target.entry), self.asker)
        found = [*diagnose_resolution(resolution, invocation)]
        found += [item for item in component_findings(resolution) if not item.is_error]
        found = _with_variables_to_set(found)
        found += _bad_on_other_routes(resolution, observations, found)
        observed = observations.observed(resolution, self.clock.now())
        found = _merge(found, _judge(observed, target))
        found = with_kept_pin(found, observed.newest_kept, target, invocation)
        if resolution.chosen is None and target.named_tag is not None:
            found = _with_sound_pin(found, _sound_version(alone, resolver), target, invocation)
        label = target.entry.key.manifest_label
        known = [item for item in about if item.subject.provider == label]
        emulated, crashed = self._emulate(target)
        chosen = resolution.chosen
        return Diagnosis(
            target=target,
            verdict=verdict_on((*known, *found), chosen=chosen is not None),
            version=chosen.version.tag if chosen is not None else None,
            routes=tuple(dict.fromkeys((*resolution.evidence, *observations.evidence))),
            clusterctl=emulated,
            diagnostics=(*found, *crashed),
        )

    def _emulate(self, target: Target) -> tuple[tuple[Emulated, ...], tuple[Diagnostic, ...]]:
        try:
            return self.emulate(target), ()
        except Exception as fault:  # noqa: BLE001 - a crashed check is reported as such, and the others stand
            return (), (_crashed("the emulation of clusterctl", target, fault),)


def _sound_version(request: ResolveRequest, resolver: Resolver) -> Judgement | None:
    """The version that would be chosen without the pin, now that the pin has been found wanting."""
    (target,) = request.targets
    free = replace(target, reference=replace(target.reference, version=None))
    (resolution,) = resolver.resolve(replace(request, targets=(free,)))
    return resolution.chosen


def _with_sound_pin(
    found: Sequence[Diagnostic], sound: Judgement | None, target: Target, invocation: Invocation
) -> list[Diagnostic]:
    """The same, with the way out of a pin that can never be chosen: the newest version that can."""
    if sound is None:
        return list(found)
    tag = sound.version.tag
    title = f"take {tag}, the newest version that can be chosen"
    fix = pin_fix(target, tag, title, invocation, is_safe=True)
    unsure = replace(fix, applicability=Applicability.REVIEW)
    kept = {item.code for item in sound.diagnostics}
    mended = {
        item: replace(item, fixes=(unsure if item.code in kept else fix, *item.fixes))
        for item in found
        if item.is_error and item.code in OF_THE_VERSION
    }
    return list(exchanged(found, mended))


def _with_variables_to_set(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Looking needs no value, installing does: ``init`` says the second (style C6), from which the first follows."""
    return [
        told
        for item in found
        for told in (values_to_set(item) if item.code is codes.INSPECTION_NEEDS_NO_VARIABLES else (item,))
    ]


def _bad_on_other_routes(
    resolution: ProviderResolution, observations: Observations, found: Sequence[Diagnostic]
) -> list[Diagnostic]:
    """Wrong bytes on a route that resolving did not need: what the host states of a file tells them (E7)."""
    if resolution.chosen is None:
        return []
    failures = [
        Failure(
            error=reply.error, provider=resolution.label, version=resolution.chosen.version.tag, file=name
        )
        for name, replies in observations.files.items()
        for reply in replies
        if isinstance(reply.error, BadAnswerError)
    ]
    told = {item.code for item in found}
    return [item for item in diagnose_failures(failures, Severity.WARNING) if item.code not in told]


def _judge(observed: Observed, target: Target) -> list[Diagnostic]:
    """Each rule on its own, so that one that crashes hides none of the others."""
    found: list[Diagnostic] = []
    for name, rule in judge_observed():
        try:
            found += rule(observed)
        except Exception as fault:  # noqa: BLE001 - it becomes CAPY0001 for that check
            found.append(_crashed(f"the check {name}", target, fault))
    return found


def _crashed(what: str, target: Target, fault: Exception) -> Diagnostic:
    return Diagnostic(
        code=codes.INTERNAL_FAULT,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN,
        detail=(
            f"{what} crashed ({type(fault).__name__}: {fault}); the other checks stand."
            " This is a bug in capyctl."
        ),
        subject=Subject(provider=target.entry.key.manifest_label),
    )


def _merge(found: Sequence[Diagnostic], further: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Fold what resolving said under the closer look, where both speak of one fault of one version."""
    known = {(item.code, item.subject.version, item.subject.file) for item in found}
    fresh = [item for item in further if (item.code, item.subject.version, item.subject.file) not in known]
    causes = {item.subject.version: item for item in fresh if item.code in _DEEPER}
    followed = {
        item: replace(item, caused_by=causes[item.subject.version])
        for item in found
        if _follows(item, causes)
    }
    return [*fresh, *exchanged(found, followed)]


def _follows(item: Diagnostic, causes: Mapping[str | None, Diagnostic]) -> bool:
    """Whether the closer look explains this fault of the same version."""
    return item.code in _EXPLAINED and item.caused_by is None and item.subject.version in causes
