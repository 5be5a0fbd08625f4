"""What ``describe cluster`` has to say beside the tree: what could not be read, and what a core got wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.cluster_questions import Unread
from capyctl.app.core_version import InstalledCore
from capyctl.core import codes
from capyctl.core.cluster_conditions import ClusterSources, JudgedCondition
from capyctl.core.condition_faults import MENDED_IN, AggregateFaults, doubtful_conditions, is_faulty_core
from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Fix, Severity
from capyctl.core.evidence import Evidence

_SHOWN: Final = 20
"""Names listed at most."""

_DOING: Final = {"RollingOut": "rolling out", "ScalingUp": "scaling up", "ScalingDown": "scaling down"}


class Absence(Struct, frozen=True, kw_only=True):
    """A Cluster that does not exist; ``others`` are those that do, as namespace and name."""

    name: str
    namespace: str
    others: tuple[tuple[str, str], ...] = ()


def diagnose_no_cluster_api(evidence: Sequence[Evidence]) -> Diagnostic:
    """The server has no kind Cluster."""
    return Diagnostic(
        code=codes.CLUSTER_API_ABSENT,
        severity=Severity.ERROR,
        detail="This API server has no kind Cluster of the group cluster.x-k8s.io, so Cluster API is not installed "
        "here, or this is a workload cluster. Name the kubeconfig or the context of the management cluster.",
        evidence=tuple(evidence[:1]),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="name the management cluster with --kubeconfig or --kubeconfig-context",
            ),
        ),
    )


def diagnose_absence(absence: Absence, evidence: Sequence[Evidence]) -> Diagnostic:
    """There is no Cluster of that name in that namespace."""
    here = [name for namespace, name in absence.others if namespace == absence.namespace]
    elsewhere = [namespace for namespace, name in absence.others if name == absence.name]
    return Diagnostic(
        code=codes.CLUSTER_NOT_FOUND,
        severity=Severity.ERROR,
        detail=f"There is no Cluster {absence.name} in namespace {absence.namespace}. {_those_there(absence, here)}",
        evidence=tuple(evidence[-1:]),
        fixes=_absence_fixes(absence, here, elsewhere),
    )


def _those_there(absence: Absence, here: Sequence[str]) -> str:
    if here:
        return f"The Clusters there are {_listed(here)}."
    if not absence.others:
        return "No Cluster was found in any namespace."
    places = [f"{namespace}/{name}" for namespace, name in absence.others]
    return f"That namespace has none; the Clusters elsewhere are {_listed(places)}."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _absence_fixes(absence: Absence, here: Sequence[str], elsewhere: Sequence[str]) -> tuple[Fix, ...]:
    if elsewhere:
        title = f"name its namespace with -n: there is one of that name in {_listed(elsewhere)}"
    elif here:
        title = "name one of the Clusters of this namespace"
    elif absence.others:
        title = "name another namespace with -n"
    else:
        title = "name another management cluster with --kubeconfig or --kubeconfig-context"
    return (Fix(applicability=Applicability.REVIEW, title=title),)


def diagnose_unread(unread: Iterable[Unread]) -> tuple[Diagnostic, ...]:
    """Everything that could not be read: what passes or belongs to the core is an error, the rest a warning.

    A node of the tree stands for each; a foreign object that is forbidden or of no kind hides nothing else.
    """
    known = list(unread)
    passing = [
        each for each in known if each.failure is not None and (each.failure.trouble.passes or each.is_own)
    ]
    others = [each for each in known if each not in passing]
    found = [*_failed(passing, Severity.ERROR), *_failed(others, Severity.WARNING)]
    unserved = [each for each in others if each.failure is None]
    if unserved:
        found.append(_not_served(unserved))
    return tuple(found)


def _failed(unread: Sequence[Unread], severity: Severity) -> tuple[Diagnostic, ...]:
    failures = [each.failure for each in unread if each.failure is not None]
    about = _listed([each.about for each in unread if each.failure is not None])
    return diagnose_readings(failures, about=about, severity=severity) if failures else ()


def _not_served(unread: Sequence[Unread]) -> Diagnostic:
    told = "; ".join(f"{each.about}: {each.reason}" for each in unread[:_SHOWN])
    return Diagnostic(
        code=codes.REFERENCE_UNREADABLE,
        severity=Severity.WARNING,
        detail=f"Objects that this Cluster refers to could not be looked up. {told}.",
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title="install the provider whose kinds are missing, or correct the reference",
            ),
        ),
    )


def diagnose_conditions(
    judged: Sequence[JudgedCondition],
    sources: ClusterSources,
    core: InstalledCore,
    evidence: Sequence[Evidence],
) -> tuple[Diagnostic, ...]:
    """The known fault of a core, and a note on what merely differs."""
    doubtful = doubtful_conditions(judged, sources)
    faults = (
        doubtful if is_faulty_core(core.version) or _nothing_else_fits(core, doubtful) else AggregateFaults()
    )
    differing = [each for each in judged if each.computed is not None and each not in faults.all]
    found = []
    if faults.all:
        found.append(_fault(faults, core, evidence))
    if differing:
        found.append(_stale(differing, caused_by_fault=bool(faults.all)))
    return tuple(found)


def _nothing_else_fits(core: InstalledCore, doubtful: AggregateFaults) -> bool:
    """No other core is known to write this; where nobody tells the version, the fault is the likely reading."""
    return not core.version and bool(doubtful.of_nothing)


def _fault(faults: AggregateFaults, core: InstalledCore, evidence: Sequence[Evidence]) -> Diagnostic:
    known = bool(core.version)
    who = f"core {core.version}" if known else "a core of v1.9.0 to v1.9.11"
    parts = []
    if faults.of_nothing:
        *first, last = (_DOING[each.stored.type] for each in faults.of_nothing)
        truth = " or ".join([*filter(None, [", ".join(first)]), last])
        types = ", ".join(each.stored.type for each in faults.of_nothing)
        parts.append(
            f"Nothing is {truth}; {who} reports {types} as Unknown with reason InternalError by a known fault: no "
            "object takes part in them, and it takes the aggregate of nothing for an error, which it also logs on "
            "every reconcile."
        )
    if faults.unseen:
        types = ", ".join(each.stored.type for each in faults.unseen)
        parts.append(
            f"{_capital(who)} reports {types} as False by the other side of that fault: standalone MachineSets, "
            "which say otherwise, are not looked at where there is neither a control plane object nor a "
            "MachineDeployment."
        )
    if known:
        parts.append(f"The version is told by {core.said_by}.")
    return Diagnostic(
        code=codes.AGGREGATE_OF_NOTHING,
        severity=Severity.WARNING,
        confidence=Confidence.CERTAIN if known else Confidence.LIKELY,
        detail=" ".join(parts),
        evidence=tuple(evidence[-1:]) if known else (),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"upgrade the core provider to {MENDED_IN} or later; no v1.9 release mends it, and until "
                "then the conditions and the log lines can be ignored",
            ),
            Fix(
                applicability=Applicability.UPSTREAM,
                title="authors of the control plane provider: report RollingOut, ScalingUp and ScalingDown as the "
                "v1beta2 conditions have them, and the list is never empty",
            ),
        ),
    )


def _stale(differing: Sequence[JudgedCondition], *, caused_by_fault: bool) -> Diagnostic:
    types = ", ".join(each.stored.type for each in differing)
    beside = " beside those of the known fault" if caused_by_fault else ""
    return Diagnostic(
        code=codes.CONDITIONS_DIFFER,
        severity=Severity.NOTE,
        detail=f"What the sources say differs from what is stored in {types}{beside}. The controller of Clusters does "
        "not watch worker Machines or MachineSets, so a stored condition may lag behind until something else "
        "brings about a reconcile; this is no fault by itself. Both values are shown.",
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
