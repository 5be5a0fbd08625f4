"""Finishing a run that was broken off, with the versions that it had chosen (issue 5, 1.4)."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.deletion.outcomes import command_to_finish, deletion_interrupted
from capyctl.app.install.completeness import with_unread_components
from capyctl.app.install.parts import Brought, brought
from capyctl.app.install.write_diagnostics import overtaken, resumed
from capyctl.core.api_reading import Collection
from capyctl.core.apply_stages import Limits
from capyctl.core.deletion_record import half_deleted
from capyctl.core.diagnostics import Severity
from capyctl.core.identity import CERT_MANAGER, ProviderReference, ProviderType, split_manifest_label
from capyctl.core.inventory import PROVIDER_LABEL
from capyctl.core.transaction import Operation, Phase, Resume, ResumeKind, Transaction, decide_resume
from capyctl.wiring.choice import ChoiceOptions
from capyctl.wiring.install_services import plan_with_facts
from capyctl.wiring.installing import Looked, WritingRun
from capyctl.wiring.planning import PlanOptions
from capyctl.wiring.upgrade_services import ClusterFacts

_BEFORE_PROVIDERS = frozenset({Phase.BEGUN, Phase.CERT_MANAGER})
_KEPT_IN_UPGRADES = frozenset({"Secret"})


def finish_unfinished(writing: WritingRun, facts: ClusterFacts, looked: Looked) -> bool:
    """Finish what an earlier run left; whether the cluster is now in a state that this run may go on from.

    The note ``installation-resumed`` says what was finished.
    """
    if looked.record is not None and looked.record.operation is Operation.UPGRADE:
        from capyctl.wiring.upgrade_applying import finish_upgrade  # noqa: PLC0415 - an upgrade resumes first too

        return finish_upgrade(writing, facts, looked)
    half_gone = half_deleted(looked.record, facts.inventory.inventory.entries)
    if half_gone is not None:
        command = writing.world.invocation.on_cluster(*command_to_finish(half_gone))
        writing.said.append(deletion_interrupted(half_gone, command, Severity.ERROR))
        return False
    resume = _decide(writing, facts, looked)
    if resume is None:
        return False
    if resume.overtaken:
        writing.said.append(overtaken(resume.overtaken))
    if resume.transaction is None or resume.kind is ResumeKind.NOTHING:
        return True
    if resume.kind is ResumeKind.CLOSE:
        return writing.begin(resume.transaction) and writing.finish()
    return _finish(writing, facts, looked, resume.transaction)


def _decide(writing: WritingRun, facts: ClusterFacts, looked: Looked) -> Resume | None:
    entries = {each.manifest_label: each.version_text for each in facts.inventory.inventory.entries}
    record = looked.record
    missing = record is not None and any(label not in entries for label in record.planned)
    present: frozenset[str] = frozenset()
    if missing and record is not None and record.phase not in (*_BEFORE_PROVIDERS, Phase.PROVIDERS):
        path = "/apis/apps/v1/deployments"
        listed = writing.cluster.reader.listed(
            Collection(path=path, label_selector=PROVIDER_LABEL, metadata_only=True)
        )
        if listed.failure is not None:
            writing.said += diagnose_readings([listed.failure], about="the installed providers")
            return None
        present = frozenset(each.labels.get(PROVIDER_LABEL, "") for each in listed.value or ())
    return decide_resume(record, entries, present)


def _finish(writing: WritingRun, facts: ClusterFacts, looked: Looked, transaction: Transaction) -> bool:
    from capyctl.wiring.installation import carry_out, prepare  # noqa: PLC0415 - init itself resumes first

    bringing = _brought(writing, facts, transaction)
    if bringing is None:
        return False
    limits = Limits(
        cert_manager=writing.world.cert_manager.timeout,
        providers=_seconds(transaction.flags.get("wait-providers", "")),
    )
    ready = prepare(writing, (facts, looked), bringing, limits)
    writing.said += ready.found
    if any(each.is_error for each in writing.said):
        return False
    records = {**transaction.providers, **{each.label: each for each in bringing.records}}
    again = replace(transaction, run=writing.run, phase=Phase.BEGUN, providers=records)
    kept = _KEPT_IN_UPGRADES if transaction.operation is Operation.UPGRADE else frozenset()
    if not writing.begin(again) or not carry_out(writing, ready, kept):
        return False
    writing.said.append(resumed(transaction))
    return True


def _brought(writing: WritingRun, facts: ClusterFacts, transaction: Transaction) -> Brought | None:
    """The recorded versions, rendered anew; None where that cannot be done, which is said."""
    references = [_reference(each.label, each.version) for each in transaction.plan]
    options = PlanOptions(
        choice=ChoiceOptions(contract=transaction.flags.get("contract") or None, allow_prerelease=True),
        target_namespace=transaction.flags.get("target-namespace") or None,
        skipped=frozenset(ProviderType),
    )
    unfinished = transaction.phase in _BEFORE_PROVIDERS or not facts.cert_manager.present
    version = transaction.cert_manager if transaction.cert_manager and unfinished else None
    others = _without(facts, frozenset(transaction.planned))
    served = plan_with_facts(writing.world, writing.cluster, others, (references, options), version)
    writing.asked += served.evidence
    errors = [each for each in served.diagnostics if each.is_error]
    writing.said += errors
    if errors or served.found is None or served.found.made is None:
        return None
    bringing = brought(served.found.made, ())
    wanted = [*transaction.planned, *([CERT_MANAGER] if version is not None else [])]
    told = with_unread_components(served.diagnostics, wanted, bringing.owners, writing.world.invocation)
    lacking = [each for each in told if each.is_error]
    writing.said += lacking
    return None if lacking else bringing


def _without(facts: ClusterFacts, labels: frozenset[str]) -> ClusterFacts:
    """The cluster without entries of these providers: they are brought again, whatever there is of them."""
    inventory = facts.inventory.inventory
    entries = tuple(each for each in inventory.entries if each.manifest_label not in labels)
    return replace(facts, inventory=replace(facts.inventory, inventory=replace(inventory, entries=entries)))


def _reference(label: str, version: str) -> ProviderReference:
    key = split_manifest_label(label)
    return ProviderReference(text=f"{label}:{version}", name=key.name, type=key.type, version=version)


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 86400.0)
    except ValueError:
        return 0.0
