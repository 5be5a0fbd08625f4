"""``init`` on a management cluster: look, plan, check everything, and only then write (issue 5, 1.1)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.apply.engine import Action
from capyctl.app.apply.existing import Existing, read_existing
from capyctl.app.apply.rehearsal import Rehearsed, rehearse
from capyctl.app.check.server_reading import read_rights
from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.install.begun_cert_manager import find_begun_cert_manager
from capyctl.app.install.cert_manager_links import find_broken_link
from capyctl.app.install.completeness import with_unread_components
from capyctl.app.install.parts import Brought, brought
from capyctl.app.install.probing import admission_gates, probe_cert_manager
from capyctl.app.install.write_diagnostics import (
    diagnose_findings,
    diagnose_write,
    interrupted,
)
from capyctl.config.inventory_file import read_inventory_definition
from capyctl.core import codes
from capyctl.core.api_reading import ApiTrouble
from capyctl.core.apply_checks import check_existing, check_rendered
from capyctl.core.apply_stages import Limits, Stage, install_stages, staged_objects
from capyctl.core.cert_manager import begun_note
from capyctl.core.checks.permissions import judge_permissions
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.install_actions import InstallAction
from capyctl.core.inventory import INVENTORY_GROUP
from capyctl.core.object_key import Json, Kinds, kinds_with
from capyctl.core.rules.credentials import credentials_defaulted
from capyctl.core.rules.unexpanded import LABELLED_DEPLOYMENTS, unexpanded_arguments
from capyctl.core.transaction import Phase
from capyctl.wiring.binding import bind_references, everything_locked
from capyctl.wiring.install_services import ClusterInstallPlan, plan_with_facts
from capyctl.wiring.installing import Looked, WritingRun
from capyctl.wiring.planning import InstallRequest
from capyctl.wiring.resuming import finish_unfinished
from capyctl.wiring.upgrade_services import ClusterFacts, read_cluster_facts

_VALIDATION = frozenset({codes.CORE_PROVIDER_COUNT, codes.OBJECT_UNUSABLE, codes.KUBERNETES_TOO_OLD})
"""What ``--validate=false`` makes a warning: rules about the plan as a whole, after which everything is still known."""


class Installation(Struct, kw_only=True):
    """The work of ``init``; what is known so far stays in it when the run is broken off.

    Attributes:
        plan: None where the cluster did not tell what is installed. rehearsed: what a dry run would do.
        first_run: whether this run made a management cluster.
    """

    request: InstallRequest
    plan: ClusterInstallPlan | None = None
    rehearsed: tuple[Rehearsed, ...] = ()
    first_run: bool = False

    def work(self, writing: WritingRun) -> None:
        """Look, finish what is unfinished, plan, check, write; what differs from the lock is told before any of it."""
        world, options = writing.world, self.request.options
        wanted = self.request.references or everything_locked(world, options.skipped)
        bound = bind_references(world, wanted, options.choice)
        if bound.is_refused:
            writing.said += bound.said
            return
        facts, looked = look_at(writing)
        if looked is None:
            return
        if not self.request.dry_run and looked.record is not None and not looked.record.is_finished:
            if not finish_unfinished(writing, facts, looked):
                return
            facts, looked = look_at(writing)
            if looked is None:
                return
        elif looked.record is not None and not looked.record.is_finished:
            command = writing.world.invocation.without("--dry-run")
            writing.said.append(interrupted(looked.record, command))
        if facts.inventory.inventory.entries:
            listed = writing.cluster.reader.listed(LABELLED_DEPLOYMENTS)
            writing.said += unexpanded_arguments(listed.value or ())
            if listed.failure is not None:
                denied = listed.failure.trouble is ApiTrouble.FORBIDDEN
                severity = Severity.WARNING if denied else Severity.ERROR
                about = "the providers' Deployments"
                writing.said += diagnose_readings([listed.failure], about=about, severity=severity)
        self._plan(writing, facts, looked)

    def _plan(self, writing: WritingRun, facts: ClusterFacts, looked: Looked) -> None:
        request = self.request
        asked = (request.references, request.options)
        served = plan_with_facts(writing.world, writing.cluster, facts, asked, _begun(writing, facts))
        self.plan = served.found
        writing.asked += served.evidence
        writing.said += self._weighed(served.diagnostics)
        if self.plan is None or self.plan.made is None or _stops(writing):
            return
        writing.said += credentials_defaulted(
            [(each.label, each.rendered.variables) for each in self.plan.made.resolutions if each.rendered],
            writing.world.settings.lookup.template_variable,
        )
        installs = [each for each in self.plan.decisions if each.action is InstallAction.INSTALL]
        kept = {each.resolved.key.manifest_label for each in self.plan.decisions if each not in installs}
        bringing = brought(self.plan.made, kept)
        if not request.dry_run:
            wanted = [each.resolved.key.manifest_label for each in installs]
            if self.plan.cert_manager_action is InstallAction.INSTALL:
                wanted.append(CERT_MANAGER)
            invocation = writing.world.invocation
            writing.said[:] = with_unread_components(writing.said, wanted, bringing.owners, invocation)
        if bringing.is_nothing or _stops(writing):
            return
        limits = Limits(cert_manager=writing.world.cert_manager.timeout, providers=request.wait)
        ready = prepare(writing, (facts, looked), bringing, limits, dry_run=request.dry_run)
        writing.said += self._weighed(ready.found)
        if _stops(writing):
            return
        if request.dry_run:
            may_write = all(each.code is not codes.PERMISSIONS_MISSING for each in ready.found)
            self.rehearsed = ready.rehearsed or (_rehearsed(writing, ready) if may_write else ())
            return
        self.first_run = not facts.inventory.inventory.cores
        self._write(writing, looked, ready)

    def _write(self, writing: WritingRun, looked: Looked, ready: Ready) -> None:
        transaction = ready.brought.transaction(
            writing.run, writing.world.clock.now(), looked.record, self._flags()
        )
        if not writing.begin(transaction):
            return
        carry_out(writing, ready)

    def _flags(self) -> Mapping[str, str]:
        """What must hold for whoever finishes this run in its place."""
        request = self.request
        told = {
            "wait-providers": str(request.wait) if request.wait else "",
            "target-namespace": request.options.target_namespace or "",
            "contract": request.options.choice.contract or "",
        }
        return {name: value for name, value in told.items() if value}

    def _weighed(self, found: tuple[Diagnostic, ...] | list[Diagnostic]) -> list[Diagnostic]:
        if self.request.validate:
            return list(found)
        return [
            replace(each, severity=Severity.WARNING) if each.is_error and each.code in _VALIDATION else each
            for each in found
        ]


class Ready(Struct, frozen=True, kw_only=True):
    """Everything that is needed for writing, and everything that was found against it."""

    brought: Brought
    kinds: Kinds
    stages: tuple[Stage, ...]
    existing: Existing
    found: tuple[Diagnostic, ...] = ()
    rehearsed: tuple[Rehearsed, ...] = ()


def look_at(writing: WritingRun) -> tuple[ClusterFacts, Looked | None]:
    """The cluster as it is now; None where it does not tell, which is said."""
    facts = read_cluster_facts(writing.looking)
    if facts.unreadable:
        writing.said += facts.unreadable
        return facts, None
    looked = writing.look(facts.inventory.discovery)
    if looked.failures:
        writing.said += diagnose_readings(looked.failures, about="what the cluster serves and holds")
        return facts, None
    return facts, looked


def prepare(
    writing: WritingRun,
    looks: tuple[ClusterFacts, Looked],
    bringing: Brought,
    limits: Limits,
    *,
    dry_run: bool = False,
) -> Ready:
    """Check all that can be known before the first write, and gather everything that is found.

    A dry run by who may only read is a plan all the same: what is lacking is a warning, and the server is not asked.
    """
    facts, looked = looks
    inventory = _inventory(looked)
    kinds = kinds_with(
        looked.discovery, [*inventory, *(raw for part in bringing.parts for raw in part.objects)]
    )
    stages = install_stages(
        bringing.cert_manager, bringing.providers, kinds, inventory=inventory, limits=limits
    )
    staged = staged_objects(stages)
    reader = writing.cluster.reader
    existing = read_existing(reader, staged, kinds)
    found = [*diagnose_readings(existing.failures, about="what is in the cluster already")]
    found += diagnose_findings(check_rendered(bringing.parts, kinds))
    found += diagnose_findings(check_existing(staged, existing.objects))
    rights = read_rights(reader)
    lacking = judge_permissions(rights.denied, rights.evidence).diagnostics
    if dry_run and lacking:
        said = [replace(each, severity=Severity.WARNING) for each in lacking]
        return Ready(brought=bringing, kinds=kinds, stages=stages, existing=existing, found=(*found, *said))
    found += lacking
    ready = Ready(brought=bringing, kinds=kinds, stages=stages, existing=existing, found=tuple(found))
    if any(each.is_error for each in found):
        return ready
    if bringing.cert_manager is None and facts.cert_manager.present:
        found += _unready_cert_manager(writing)
    rehearsed: tuple[Rehearsed, ...] = ()
    if existing.objects or admission_gates(reader, existing.objects):
        rehearsed = _rehearsed(writing, ready)
        found += [
            diagnose_write(each.failure, f"{each.key} of {each.owner}", each.owner)
            for each in rehearsed
            if each.failure is not None
        ]
    return replace(ready, found=tuple(found), rehearsed=rehearsed)


def carry_out(writing: WritingRun, ready: Ready, kept: frozenset[str] = frozenset()) -> bool:
    """Write after ``begin``; whether all is done. What cert-manager lacks is looked for where it does not come up."""
    result = writing.apply(ready.stages, ready.existing.objects, kept)
    if result.is_complete:
        return writing.finish()
    if result.phase is Phase.CERT_MANAGER and any(each.api is None for each in result.failures):
        link = find_broken_link(writing.reader, writing.writer)
        if link is not None:
            writing.because(link)
    return False


def _inventory(looked: Looked) -> tuple[Json, ...]:
    served = looked.discovery.kind(INVENTORY_GROUP, "Provider") is not None
    return () if served else (read_inventory_definition(),)


def _rehearsed(writing: WritingRun, ready: Ready) -> tuple[Rehearsed, ...]:
    found = rehearse(
        (writing.cluster.reader, replace(writing.writer, limit=5.0)),
        staged_objects(ready.stages),
        ready.existing.objects,
        ready.kinds,
    )
    return tuple(_unjudged(each) for each in found)


def _unjudged(found: Rehearsed) -> Rehearsed:
    """Who may not even rehearse a write (a gateway that lets reads through alone) learns of no other fault."""
    if found.failure is None or found.failure.trouble is not ApiTrouble.FORBIDDEN:
        return found
    return Rehearsed(key=found.key, owner=found.owner, action=Action.CREATED)


def _begun(writing: WritingRun, facts: ClusterFacts) -> str | None:
    """The version of cert-manager that a broken-off clusterctl began with and is to be finished, which is said.

    It writes cert-manager before any provider: where the inventory has an entry, nothing is asked. Neither where the
    configuration leaves it to others.
    """
    others_do = writing.world.cert_manager.externally_provisioned
    if facts.inventory.inventory.entries or not facts.cert_manager.present or others_do:
        return None
    found = find_begun_cert_manager(writing.cluster.reader)
    if found is None:
        return None
    version = found.version or writing.world.cert_manager.version
    writing.said.append(begun_note(found, version))
    return version


def _unready_cert_manager(writing: WritingRun) -> list[Diagnostic]:
    """Somebody's cert-manager that takes no objects would take none of the providers' either (3.3, weakness 12)."""
    failure = probe_cert_manager(writing.writer)
    if failure is None:
        return []
    link = find_broken_link(writing.cluster.reader, writing.writer)
    return [link if link is not None else diagnose_write(failure, "an Issuer, as a dry run")]


def _stops(writing: WritingRun) -> bool:
    return any(each.is_error for each in writing.said)
