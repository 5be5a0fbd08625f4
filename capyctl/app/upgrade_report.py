"""From what an upgrade plan's questions brought to its rows and diagnostics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field

from capyctl.app.resolution import ProviderResolution
from capyctl.app.upgrade_findings import (
    forgotten_series,
    is_settled,
    left_aside,
    newest_metadata,
    passed_over,
    prerelease_note,
    resolution_findings,
    series_findings,
)
from capyctl.app.upgrade_steps import Path
from capyctl.app.upgrade_subject import KnownProvider, UpgradeSubject, pin_notes
from capyctl.core import codes
from capyctl.core.contract import accepted_contracts
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.invocation import Invocation
from capyctl.core.kubernetes_fit import KubernetesFacts, judge_kubernetes
from capyctl.core.kubernetes_support import KubernetesSupport
from capyctl.core.kubernetes_version import ServerVersion
from capyctl.core.selection import Chosen, NoneLeft
from capyctl.core.upgrade_plan import ContractPlan, Prospect, UpgradePlan, UpgradeRow
from capyctl.core.upgrade_terms import SKEW

_ABOUT_RANGE = frozenset({codes.KUBERNETES_TOO_OLD, codes.KUBERNETES_TOO_NEW})


class Planned(Struct, frozen=True, kw_only=True):
    """What the questions brought.

    Attributes:
        first: every provider under the newest contract. by_contract: the same for each contract of the plan.
        paths: by contract and provider, where a version was found.
        own: contract of the installed version, where its own file was read. current: the core's contract.
        stated: contracts of installed definitions by manifest label.
    """

    subjects: tuple[UpgradeSubject, ...]
    first: Mapping[UpgradeSubject, ProviderResolution]
    by_contract: Mapping[str, Mapping[UpgradeSubject, ProviderResolution]]
    paths: Mapping[tuple[str, UpgradeSubject], Path]
    own: Mapping[UpgradeSubject, str | None]
    current: str
    stated: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def stated_contract(self, subject: UpgradeSubject, contract: str) -> str | None:
        """What the definitions in the cluster state of a provider that no source is known for (F64).

        Of several contracts one that a core of ``contract`` accepts, if there is one. Under a lock it speaks for all
        installed versions whose own metadata the lock does not have.
        """
        stated = self.stated.get(subject.installed.manifest_label, frozenset())
        fitting = stated & accepted_contracts(contract) or stated
        return max(fitting, default=None)

    def installed_contract(self, subject: UpgradeSubject) -> str | None:
        """The contract of what is installed: by its own file, else by newer ones."""
        resolution = self.first.get(subject)
        newest = newest_metadata(resolution) if resolution is not None else None
        if self.own.get(subject) is not None or newest is None or subject.known is None:
            return self.own.get(subject)
        series = newest[1].series_for(subject.known.version)
        return series.contract if series is not None else None


def report_upgrade(
    planned: Planned, support: KubernetesSupport, server: ServerVersion | None, invocation: Invocation
) -> tuple[UpgradePlan, tuple[Diagnostic, ...]]:
    """The plan and everything that is to be said about it.

    A plan for another contract than the core's is left out where it would bring nothing.
    """
    plans = []
    for contract, resolutions in planned.by_contract.items():
        rows = tuple(
            _row(planned, contract, subject, resolutions.get(subject)) for subject in planned.subjects
        )
        plan = ContractPlan(contract=contract, is_current=contract == planned.current, rows=rows)
        if plan.is_current or _moves_the_core(plan):
            plans.append(plan)
    found = [*_about_subjects(planned, invocation), *_about_plans(plans)]
    if server is not None:
        found += _about_kubernetes(plans, support, server, invocation)
    return UpgradePlan(plans=tuple(plans)), tuple(found)


def _moves_the_core(plan: ContractPlan) -> bool:
    """Whether there is a core to go to, even if the way there is barred."""
    return any(row.is_core and (row.hops or row.prospect is Prospect.HELD) for row in plan.rows)


def _row(
    planned: Planned, contract: str, subject: UpgradeSubject, resolution: ProviderResolution | None
) -> UpgradeRow:
    known = subject.known
    path = planned.paths.get((contract, subject))
    hops = path.tags if path is not None else ()
    if known is None:
        reason = subject.problem.code.title if subject.problem is not None else ""
        prospect = Prospect.BROKEN
    elif resolution is None:
        prospect, reason = _held(known)
    elif path is not None:
        prospect = Prospect.UPGRADE if hops else Prospect.HELD
        reason = _way(known, contract, path, resolution)
    else:
        prospect, reason = _nothing(known, contract, resolution)
    first = path.hops[0].contract if path is not None and path.hops else None
    return UpgradeRow(
        installed=subject.installed,
        prospect=prospect,
        reason=reason,
        hops=hops,
        contract=first
        or planned.installed_contract(subject)
        or (planned.stated_contract(subject, contract) if known is None or known.lock is not None else None),
        operator=subject.operator,
        files=_digests(resolution, hops[0]) if resolution is not None and hops else {},
    )


def _digests(resolution: ProviderResolution, tag: str) -> dict[str, str]:
    """SHA-256 by name of the files of a version that were read."""
    found = {name: replies.first_found for (each, name), replies in resolution.files.items() if each == tag}
    return {
        name: item.answer.value.sha256
        for name, item in found.items()
        if item is not None and item.answer is not None
    }


def _held(known: KnownProvider) -> tuple[Prospect, str]:
    pin = known.pin
    if known.is_locked_out and known.lock is not None:
        return Prospect.HELD, f"{known.lock.said} does not have it, so it stays as it is"
    if pin is None:
        return Prospect.HELD, f"{known.pinned}, which is no version"
    if pin == known.version:
        return Prospect.CURRENT, f"already up to date: {known.pinned}"
    return Prospect.HELD, f"{known.pinned}, which is older; nothing is downgraded"


def _way(known: KnownProvider, contract: str, path: Path, resolution: ProviderResolution) -> str:
    final = path.final.version.tag
    own = f" ({path.final.contract})" if path.final.contract not in (None, contract) else ""
    pinned = (
        "the version that the configuration pins" if known.lock is None else f"what {known.lock.said} has"
    )
    newest = f"{final} is {pinned if known.pin else 'the newest sound version'}{own}"
    if path.stuck:
        where = f"{path.tags[-1]}" if path.hops else f"{known.version}"
        between = "no sound version lies between" if known.lock is None else "the lock has none between"
        return f"{newest}; it is more than {SKEW} minor releases after {where}, and {between}"
    steps = f"; at most {SKEW} minor releases at a time" if len(path.hops) > 1 else ""
    return f"{newest}{steps}{_aside(known, resolution)}"


def _nothing(known: KnownProvider, contract: str, resolution: ProviderResolution) -> tuple[Prospect, str]:
    if not is_settled(resolution):
        return Prospect.BROKEN, _why_unsettled(resolution)
    refused = [item for item in passed_over(resolution) if item.code is codes.CONTRACT_NOT_ACCEPTED]
    others = [item for item in passed_over(resolution) if item.code is not codes.CONTRACT_NOT_ACCEPTED]
    if refused and known.pin is not None:
        return Prospect.HELD, f"{known.pinned}, which has contract {refused[0].contract}"
    if refused:
        accepted = " or ".join(sorted(accepted_contracts(contract), reverse=True))
        newest = refused[0]
        return (
            Prospect.CURRENT,
            f"no newer version with contract {accepted}; {newest.version} has {newest.contract}",
        )
    if others:
        newest = others[0]
        return Prospect.CURRENT, f"already up to date; {newest.version} was passed over: {newest.reason}"
    return Prospect.CURRENT, f"already up to date{_aside(known, resolution)}"


def _why_unsettled(resolution: ProviderResolution) -> str:
    choice = resolution.choice
    if isinstance(choice, NoneLeft) and choice.blocked is not None:
        return f"{choice.blocked.version} could not be judged: {choice.blocked.reason}"
    rejected = passed_over(resolution)
    if rejected:
        return f"{rejected[0].version} cannot be chosen: {rejected[0].reason}"
    return "its versions could not be listed"


def _aside(known: KnownProvider, resolution: ProviderResolution) -> str:
    aside = left_aside(resolution, known)
    return f"; {aside[0]} is a pre-release and was not asked for" if aside else ""


def _about_subjects(planned: Planned, invocation: Invocation) -> Iterator[Diagnostic]:
    yield from (each.problem for each in planned.subjects if each.problem is not None)
    yield from pin_notes(planned.subjects)
    said: set[tuple[str, Subject, str]] = set()
    for subject, resolution in planned.first.items():
        others = [found[subject] for found in planned.by_contract.values()]
        for item in (
            *_about_provider(planned, subject, resolution, invocation),
            *(
                each
                for other in others
                if not is_settled(other)
                for each in resolution_findings(other, invocation)
            ),
        ):
            key = (item.code.code, item.subject, item.detail)
            if key not in said:
                said.add(key)
                yield item


def _about_provider(
    planned: Planned, subject: UpgradeSubject, resolution: ProviderResolution, invocation: Invocation
) -> Iterator[Diagnostic]:
    known = subject.known
    if known is None:
        return
    yield from resolution_findings(resolution, invocation)
    yield from series_findings(resolution, known)
    newest = newest_metadata(resolution)
    found = [
        forgotten_series(known, newest, planned.own.get(subject)) if newest is not None else None,
        prerelease_note(known, _versions(planned, subject)),
    ]
    yield from (item for item in found if item is not None)


def _versions(planned: Planned, subject: UpgradeSubject) -> list[str]:
    """The pre-releases that the plan leads to."""
    choices = [found[subject].choice for found in planned.by_contract.values()]
    chosen = [choice.judgement.version for choice in choices if isinstance(choice, Chosen)]
    return [version.tag for version in chosen if version.is_prerelease]


def _about_plans(plans: Iterable[ContractPlan]) -> Iterator[Diagnostic]:
    stepped: set[tuple[str, tuple[str, ...]]] = set()
    for plan in plans:
        for row in plan.rows:
            label = row.installed.manifest_label
            if len(row.hops) > 1 and (label, row.hops) not in stepped:
                stepped.add((label, row.hops))
                yield _in_steps(row)
        if plan.hindering:
            yield _partial(plan)


def _in_steps(row: UpgradeRow) -> Diagnostic:
    label, current = row.installed.manifest_label, row.installed.version_text
    return Diagnostic(
        code=codes.UPGRADE_IN_STEPS,
        severity=Severity.NOTE,
        detail=(
            f"{label} goes from {current} to {row.hops[-1]} in {len(row.hops)} steps: {', '.join(row.hops)}. At most"
            f" {SKEW} minor releases are taken at a time; clusterctl's plan proposes the last one at once, and its"
            " apply refuses it."
        ),
        subject=Subject(provider=label, version=row.hops[-1]),
    )


def _partial(plan: ContractPlan) -> Diagnostic:
    named = ", ".join(f"{row.installed.manifest_label} ({row.reason})" for row in plan.hindering)
    return Diagnostic(
        code=codes.UPGRADE_PARTIAL,
        severity=Severity.WARNING,
        detail=(
            f"The plan for contract {plan.contract} is partial and cannot be applied: there is nothing to upgrade to,"
            f" and the installed version is not known to work with a core of {plan.contract}, for {named}."
        ),
    )


def _about_kubernetes(
    plans: Iterable[ContractPlan], support: KubernetesSupport, server: ServerVersion, invocation: Invocation
) -> Iterator[Diagnostic]:
    """A warning for each proposed core that is not known to support this server."""
    cores = [row for plan in plans for row in plan.rows if row.is_core]
    for hop in dict.fromkeys(hop for row in cores for hop in row.hops):
        facts = KubernetesFacts(
            server=server, support=support, core=hop, allow_unsupported=True, invocation=invocation
        )
        found = judge_kubernetes(facts).diagnostic
        if found is not None and found.code in _ABOUT_RANGE:
            yield found
