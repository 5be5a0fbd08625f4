"""What an upgrade needs before its first write: releases rendered, the cluster compared, all checks gathered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from capyctl.app.apply.existing import read_existing
from capyctl.app.apply.live import read_live
from capyctl.app.apply.prune import prune_stages
from capyctl.app.check.server_reading import read_rights
from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.install.completeness import with_unread_components
from capyctl.app.install.write_diagnostics import diagnose_findings
from capyctl.app.plan_install import InstallPlanner
from capyctl.app.resolution import ResolveRequest
from capyctl.app.upgrade_apply.definitions import read_definition_changes
from capyctl.app.upgrade_apply.rendering import ReleaseRenderer, Rendered, RenderedStep
from capyctl.app.upgrade_apply.selection import Selection, contract_problem
from capyctl.config.inventory_file import read_inventory_definition
from capyctl.core.api_object import ApiObject
from capyctl.core.apply_checks import check_existing, check_rendered
from capyctl.core.apply_stages import Limits, Part, Stage, install_stages, staged_objects
from capyctl.core.checks.permissions import judge_permissions
from capyctl.core.contract import NEWEST_CORE_CONTRACT, is_contract_name
from capyctl.core.definition_change import DefinitionChange, owners_to_stop
from capyctl.core.deletion import DeletionStage
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import CERT_MANAGER, split_manifest_label
from capyctl.core.installed_objects import CERT_MANAGER_SELECTOR, LiveObject, provider_selector
from capyctl.core.inventory import INVENTORY_GROUP, InstalledProvider
from capyctl.core.object_key import Json, Kinds, ObjectKey, key_of, kinds_with
from capyctl.core.provider_objects import cert_manager_objects
from capyctl.core.rules.upgrade_apply import (
    UpgradeStep,
    left_behind,
    plan_changed,
    scales_down,
    step_problems,
    stored_versions_lost,
)
from capyctl.core.saved_plan import changed_files
from capyctl.core.transaction import ProviderRecord, Transaction
from capyctl.core.upgrade_work import prunable, running_again
from capyctl.wiring.installing import WritingRun
from capyctl.wiring.planning import cert_manager_of
from capyctl.wiring.served import served
from capyctl.wiring.upgrade_standing import Standing


class Work(Struct, frozen=True, kw_only=True):
    """What is to be done.

    Attributes:
        cert_manager: the version to bring; None: it stays. stopped: owners that an earlier run had stopped.
        upgrades: whether installed providers are brought to other versions, so that their Secrets stay and what is
            gone from the release is pruned. wait: seconds. stated: contracts of installed definitions by label.
        selection: None where a record is finished: its versions were checked when it was written.
    """

    steps: tuple[UpgradeStep, ...] = ()
    cert_manager: str | None = None
    stopped: frozenset[str] = frozenset()
    upgrades: bool = True
    wait: float = 0.0
    stated: Mapping[str, frozenset[str]] = field(default_factory=dict)
    selection: Selection | None = None
    file: str = ""


class Prepared(Struct, frozen=True, kw_only=True):
    """All that is to be written, in order; nothing speaks against it as far as could be seen.

    Attributes:
        stopped: owners whose Deployments go down while their definitions change. live: labelled objects.
    """

    steps: tuple[RenderedStep, ...] = ()
    cert_manager: str | None = None
    stages: tuple[Stage, ...] = ()
    kinds: Kinds
    existing: Mapping[ObjectKey, ApiObject] = field(default_factory=dict)
    live: tuple[LiveObject, ...] = ()
    stopped: tuple[str, ...] = ()
    pruning: tuple[DeletionStage, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.stages

    @property
    def pruned(self) -> tuple[LiveObject, ...]:
        """What will be taken away."""
        return tuple(each for stage in self.pruning for each in stage.objects)


def recorded_steps(record: Transaction, standing: Standing) -> tuple[UpgradeStep, ...]:
    """The steps of a record, each to the version that was chosen then."""
    installed = {each.manifest_label: each for each in standing.facts.inventory.inventory.entries}
    return tuple(
        UpgradeStep(installed=installed.get(each.label) or _coming(each), tag=each.version)
        for each in record.plan
    )


def _coming(record: ProviderRecord) -> InstalledProvider:
    """A provider that a run was to bring and whose entry is not there yet."""
    key = split_manifest_label(record.label)
    return InstalledProvider(
        namespace=record.namespace,
        object_name=record.label,
        name=key.name,
        type_text=key.type.value,
        type=key.type,
        version_text=record.previous,
        labels={},
    )


def prepare(writing: WritingRun, standing: Standing, work: Work) -> Prepared | None:
    """Fetch and render everything, then compare it with the cluster; None where ``writing.said`` tells why not."""
    empty = Prepared(kinds=kinds_with(standing.looked.discovery, ()))
    if not work.steps and work.cert_manager is None:
        return empty
    rendered, manifest = _fetched(writing, standing, work)
    problems = [*rendered.diagnostics, *manifest.diagnostics, *_about_steps(work, standing, rendered)]
    problems += diagnose_readings(rendered.failures, about="the Secrets that stay")
    if not any(each.is_error for each in problems):
        wanted = [*(step.label for step in work.steps), *([CERT_MANAGER] if work.cert_manager else [])]
        read = _read(rendered, manifest)
        problems = [*with_unread_components(problems, wanted, read, writing.world.invocation)]
    if not _goes_on(writing, problems):
        return None
    parts = [running_again(each.part, work.stopped) for each in rendered.steps]
    return _compared(
        writing, standing, work, _Brought(rendered=rendered, manifest=manifest.part, parts=parts)
    )


class _Manifest(Struct, frozen=True, kw_only=True):
    """cert-manager's manifest, where one is brought."""

    part: Part | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


class _Brought(Struct, frozen=True, kw_only=True):
    """What was rendered."""

    rendered: Rendered
    manifest: Part | None
    parts: list[Part]

    @property
    def every(self) -> tuple[Part, ...]:
        """cert-manager's part first."""
        return (*([self.manifest] if self.manifest is not None else []), *self.parts)


def _fetched(writing: WritingRun, standing: Standing, work: Work) -> tuple[Rendered, _Manifest]:
    world, storage = writing.world, standing.facts.inventory.storage
    renderer = ReleaseRenderer(
        reader=writing.reader,
        catalog=world.catalog,
        asker=world.asker,
        components=world.components(render=True),
        table=world.table,
        invocation=world.invocation,
    )
    core = storage if storage is not None and is_contract_name(storage) else None
    rendered = renderer.render(work.steps, core)
    if work.cert_manager is None:
        return rendered, _Manifest()
    planner = InstallPlanner(
        catalog=world.catalog,
        asker=world.asker,
        components=world.components(),
        cert_manager=cert_manager_of(world, work.cert_manager),
    )
    plan = planner.plan(ResolveRequest(targets=()), world.invocation)
    objects = cert_manager_objects(plan.cert_manager_objects, work.cert_manager)
    errors = tuple(each for each in plan.diagnostics if each.is_error)
    return rendered, _Manifest(part=Part(owner=CERT_MANAGER, objects=objects), diagnostics=errors)


def _read(rendered: Rendered, manifest: _Manifest) -> list[str]:
    """The labels of what was read."""
    labels = [each.key.manifest_label for each in rendered.steps if each.objects]
    return [*labels, *([CERT_MANAGER] if manifest.part is not None and manifest.part.objects else [])]


def _about_steps(work: Work, standing: Standing, rendered: Rendered) -> list[Diagnostic]:
    """What the versions alone tell; a record's were judged when it was written."""
    if work.selection is None:
        return []
    storage = standing.facts.inventory.storage
    fallback = storage if storage is not None and is_contract_name(storage) else NEWEST_CORE_CONTRACT
    core_contract = rendered.core_contract or fallback
    going = {step.label for step in work.steps}
    staying = [each for each in standing.every if each.manifest_label not in going]
    found = [*step_problems(work.steps), *left_behind(staying, work.stated, core_contract)]
    changed = contract_problem(work.selection, core_contract, work.file)
    found += [changed] if changed is not None else []
    rows = work.selection.rows
    files = [
        clause
        for each in rendered.steps
        if (row := rows.get(each.key.manifest_label)) is not None
        for clause in changed_files(row, each.digests)
    ]
    return [*found, *([plan_changed(work.file, files)] if files else [])]


def _goes_on(writing: WritingRun, said: Iterable[Diagnostic]) -> bool:
    told = served(writing.world, None, said, ()).diagnostics
    writing.said += [each for each in told if each not in writing.said]
    return not any(each.is_error for each in told)


def _compared(writing: WritingRun, standing: Standing, work: Work, brought: _Brought) -> Prepared | None:
    reader, discovery = writing.reader, standing.looked.discovery
    definition = _inventory_definition(standing)
    raws: list[Json] = [*definition, *(raw for part in brought.every for raw in part.objects)]
    raws += [part.entry for part in brought.parts if part.entry is not None]
    kinds = kinds_with(discovery, raws)
    changes = read_definition_changes(reader, brought.every)
    live = read_live(reader, discovery, provider_selector([step.label for step in work.steps]))
    more = read_live(reader, discovery, CERT_MANAGER_SELECTOR) if work.cert_manager is not None else None
    stopped = tuple(dict.fromkeys((*sorted(work.stopped), *owners_to_stop(changes.changes))))
    limits = Limits(cert_manager=writing.world.cert_manager.timeout, providers=work.wait)
    parts = [running_again(each, stopped) for each in brought.parts]
    stages = install_stages(brought.manifest, parts, kinds, inventory=definition, limits=limits)
    staged = staged_objects(stages)
    existing = read_existing(reader, staged, kinds)
    failures = (*changes.failures, *live.failures, *(more.failures if more else ()), *existing.failures)
    if failures:
        writing.said += diagnose_readings(failures, about="what is installed")
        return None
    there = {**brought.rendered.kept, **existing.objects}
    rights = read_rights(reader)
    problems = [
        *judge_permissions(rights.denied, rights.evidence).diagnostics,
        *diagnose_findings(check_rendered(brought.every, kinds)),
        *diagnose_findings(check_existing(staged, there)),
        *_about_definitions(changes.changes, work.steps),
    ]
    if not _goes_on(writing, problems):
        return None
    objects = (*live.objects, *(more.objects if more is not None else ()))
    return Prepared(
        steps=brought.rendered.steps,
        cert_manager=work.cert_manager,
        stages=stages,
        kinds=kinds,
        existing=there,
        live=objects,
        stopped=stopped,
        pruning=_pruning(standing, work, brought, objects, kinds),
    )


def _inventory_definition(standing: Standing) -> tuple[Json, ...]:
    served_kind = standing.looked.discovery.kind(INVENTORY_GROUP, "Provider")
    return () if served_kind is not None else (read_inventory_definition(),)


def _about_definitions(changes: Sequence[DefinitionChange], steps: Sequence[UpgradeStep]) -> list[Diagnostic]:
    by_label = {step.label: step for step in steps}
    lost = [stored_versions_lost(each, by_label.get(each.owner)) for each in changes if each.lost]
    return [*lost, *(scales_down(each) for each in changes if each.stops_the_webhook)]


def _pruning(
    standing: Standing, work: Work, brought: _Brought, live: Sequence[LiveObject], kinds: Kinds
) -> tuple[DeletionStage, ...]:
    """What the new releases have no more; an installation that is finished takes nothing away."""
    if not work.upgrades:
        return ()
    record = standing.looked.record
    records = record.providers if record is not None else {}
    keys: dict[str, list[ObjectKey]] = {}
    homes: dict[str, frozenset[str]] = {}
    for part in brought.every:
        placed = [kinds.placed(raw) for raw in part.objects]
        keys[part.owner] = [key_of(raw) for raw in placed]
        homes[part.owner] = frozenset(each.namespace for each in keys[part.owner])
    return prune_stages(prunable(live, homes, records), keys, records)
