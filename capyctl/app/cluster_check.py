"""The management cluster judged part by part, once or until nothing waits any more (cli.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.check.guarded import guarded, skipped, with_diagnostics
from capyctl.app.check.look import ServerFacts, look_at
from capyctl.app.check.request import CheckRequest
from capyctl.app.check.server_reading import read_service_addresses
from capyctl.app.cluster_diagnostics import diagnose_api_failure, diagnose_api_failures
from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.install.notes import installation_notes
from capyctl.core import codes
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble, Reading
from capyctl.core.checks.proxy import ProxyFacts, judge_proxy
from capyctl.core.checks.result import CheckedPart, CheckName, CheckOutcome, status_of_checks, unread
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.exit_status import ExitStatus
from capyctl.core.kubernetes_version import parse_server_version
from capyctl.core.no_proxy import ProxyRules

_VERSION = ApiRequest(path="/version")


class ClusterCheck(Struct, frozen=True, kw_only=True):
    """Every part in the order of the document, and what is to be said beside them."""

    checks: tuple[CheckedPart, ...]
    notes: tuple[Diagnostic, ...] = ()

    @property
    def waiting(self) -> tuple[CheckedPart, ...]:
        """The parts that pass by themselves."""
        return tuple(each for each in self.checks if each.outcome is CheckOutcome.WAITING)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All that is to be said."""
        return (*(item for each in self.checks for item in each.diagnostics), *self.notes)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All that the parts and the diagnostics rest on."""
        told = (piece for each in self.diagnostics for piece in each.evidence)
        return tuple(dict.fromkeys((*(piece for each in self.checks for piece in each.evidence), *told)))

    @property
    def status(self) -> ExitStatus:
        """What a run with these parts ends with."""
        return status_of_checks(self.checks)


def check_cluster(reader: ClusterReader, request: CheckRequest) -> ClusterCheck:
    """Judge every part once. ``/version`` is asked patiently and anew; what follows is asked side by side."""
    version = reader.read(_VERSION)
    local = reader.clock.now()
    address = reader.api.address
    reachable = guarded(CheckName.REACHABLE, partial(_reachable, address, version))
    if version.value is None:
        return ClusterCheck(checks=(reachable, *_not_asked()))
    server = ServerFacts(
        version=parse_server_version(version.value),
        server_time=version.server_time,
        local_time=local,
        evidence=version.evidence,
    )
    look = look_at(reader, request, server)
    checks = _with_failures(tuple(look.judged()))
    if request.proxies is not None:
        rules = request.proxies
        reachable = guarded(CheckName.REACHABLE, partial(_with_proxy, reachable, reader, request, rules))
    of_providers = (CheckName.CORE, CheckName.INVENTORY)
    has_providers = any(
        each.name in of_providers and each.outcome is not CheckOutcome.SKIPPED for each in checks
    )
    beside = installation_notes(reader, request.invocation, has_providers=has_providers)
    notes = (*_refusals(checks), *beside)
    return ClusterCheck(checks=(reachable, *checks), notes=notes)


def check_until_settled(
    check: Callable[[], ClusterCheck], pause: Callable[[ClusterCheck], bool]
) -> ClusterCheck:
    """Check again until no part is waiting; ``pause`` waits, and says False once there is no time left."""
    found = check()
    while found.waiting and pause(found):
        found = check()
    return found


def _reachable(address: str, version: Reading[Mapping[str, object]]) -> CheckedPart:
    if version.failure is not None:
        return _no_answer(address, version.failure, version.evidence)
    if version.value is None:
        told = Diagnostic(
            code=codes.API_NOT_KUBERNETES,
            severity=Severity.ERROR,
            detail=f"{address} answers, and has no /version, which every API server of Kubernetes has.",
            evidence=version.evidence,
        )
        failed = CheckedPart(
            name=CheckName.REACHABLE,
            outcome=CheckOutcome.FAILED,
            detail=f"{address} is no API server of Kubernetes",
            evidence=version.evidence,
        )
        return with_diagnostics(failed, told)
    return CheckedPart(
        name=CheckName.REACHABLE,
        outcome=CheckOutcome.OK,
        detail=f"{address} answers",
        evidence=version.evidence,
    )


def _no_answer(address: str, failure: ApiFailure, evidence: tuple[Evidence, ...]) -> CheckedPart:
    """Waiting for what passes; everything else failed, a refusal too (cli.md 3: 401 and 403 end with 1)."""
    outcome = CheckOutcome.WAITING if failure.trouble.passes else CheckOutcome.FAILED
    severity = Severity.WARNING if failure.trouble.passes else Severity.ERROR
    result = unread(CheckName.REACHABLE, failure, address)
    about = "the API server" if failure.evidence.url else f"the API server at {address}"
    told = diagnose_api_failure(failure, about=about, severity=severity, evidence=evidence)
    return with_diagnostics(replace(result, outcome=outcome, evidence=evidence), told)


def _not_asked() -> Iterable[CheckedPart]:
    return (
        skipped(name, "not asked, since the API server was not reached")
        for name in CheckName
        if name is not CheckName.REACHABLE
    )


def _with_failures(checks: tuple[CheckedPart, ...]) -> tuple[CheckedPart, ...]:
    """What could not be read is told once, at the first part that lacks it; refusals are told together."""
    told: set[str] = set()
    result: list[CheckedPart] = []
    for each in checks:
        failure = each.failure
        if failure is None or failure.trouble is ApiTrouble.FORBIDDEN or each.detail in told:
            result.append(each)
            continue
        told.add(each.detail)
        waiting = each.outcome is CheckOutcome.WAITING
        severity = Severity.WARNING if waiting else Severity.ERROR
        about = f"what the check {each.name.value} needs"
        result.append(with_diagnostics(each, diagnose_api_failure(failure, about=about, severity=severity)))
    return tuple(result)


def _refusals(checks: tuple[CheckedPart, ...]) -> tuple[Diagnostic, ...]:
    """Everything that may not be read, in one diagnosis (issue 4, 1.2)."""
    refused = [each for each in checks if each.failure is not None and each.outcome is CheckOutcome.SKIPPED]
    failures = [each.failure for each in refused if each.failure is not None]
    if not failures:
        return ()
    about = f"what the checks {', '.join(each.name.value for each in refused)} need"
    return (diagnose_api_failures(failures, about=about, severity=Severity.WARNING),)


def _with_proxy(
    reachable: CheckedPart, reader: ClusterReader, request: CheckRequest, rules: ProxyRules
) -> CheckedPart:
    """The proxy beside the cluster (F24); only here the service's address is asked for."""
    addresses = read_service_addresses(reader)
    told = judge_proxy(
        ProxyFacts(
            rules=rules,
            api=reader.api.address,
            service=addresses.service,
            ranges=addresses.ranges,
            configured=request.no_proxy,
            evidence=addresses.evidence,
        )
    )
    return with_diagnostics(reachable, told) if told is not None else reachable
