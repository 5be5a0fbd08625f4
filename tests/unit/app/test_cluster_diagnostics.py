"""A cluster that cannot be named or asked, as one diagnostic (issue 4, 1.1, 1.2; statuses of cli.md 3)."""

from __future__ import annotations

import pytest

from capyctl.app.cluster_diagnostics import (
    code_of_failure,
    diagnose_api_failure,
    diagnose_kubeconfig,
    diagnose_readings,
    unverified,
)
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.diagnostics import Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.exit_status import ExitStatus
from capyctl.core.invocation import Invocation
from capyctl.core.status_rules import status_of
from capyctl.ports.cluster import KubeconfigError, KubeconfigTrouble

_RBAC = '{resource} is forbidden: User "{user}" cannot {verb} resource "{resource}" in API group "{group}"'


def failure(
    trouble: ApiTrouble, reason: str = "no", path: str = "/version", waited: float = 0.0
) -> ApiFailure:
    evidence = Evidence(
        route="cluster",
        question=Question.OBJECT,
        outcome=Outcome.UNAVAILABLE,
        url=f"https://api.example.org:6443{path}",
    )
    return ApiFailure(trouble=trouble, reason=reason, evidence=evidence, waited=waited)


def denied(verb: str, resource: str, group: str = "", where: str = "", user: str = "ci") -> ApiFailure:
    reason = _RBAC.format(user=user, verb=verb, resource=resource, group=group)
    return failure(ApiTrouble.FORBIDDEN, f"status 403: {reason}{where}", f"/{resource}")


_UNREACHABLE = "unresolved refused reset silent cut proxy"
_NOT_READY = "busy starting failed"
_WRITES_LATER = "conflict terminating no-namespace not-served webhook-unavailable"
_WRITES_NEVER = "owned exists invalid denied quota too-large superseded"
_OF_A_TROUBLE = {
    **dict.fromkeys(_UNREACHABLE.split(), "api-server-unreachable"),
    **dict.fromkeys(_NOT_READY.split(), "api-server-not-ready"),
    "certificate": "api-certificate-rejected",
    "wrong-host": "api-wrong-host",
    "unauthenticated": "api-unauthenticated",
    "forbidden": "api-forbidden",
    "rejected": "api-request-rejected",
    "malformed": "api-not-kubernetes",
    "credential": "api-credential-unavailable",
    **dict.fromkeys(_WRITES_LATER.split(), "api-server-not-ready"),
    **dict.fromkeys(_WRITES_NEVER.split(), "api-request-rejected"),
}


@pytest.mark.parametrize("trouble", ApiTrouble)
def test_every_trouble_has_its_code(trouble: ApiTrouble) -> None:
    assert diagnose_api_failure(failure(trouble)).code.name == _OF_A_TROUBLE[trouble.value]


@pytest.mark.parametrize("trouble", ApiTrouble)
def test_what_passes_is_undetermined_and_what_never_passes_a_problem(trouble: ApiTrouble) -> None:
    found = diagnose_api_failure(failure(trouble))
    assert found.code is code_of_failure(failure(trouble))
    assert status_of([found]) is (ExitStatus.UNDETERMINED if trouble.passes else ExitStatus.PROBLEMS)
    assert found.fixes
    assert found.evidence == (failure(trouble).evidence,)


def test_the_server_and_the_last_cause_are_named() -> None:
    found = diagnose_api_failure(failure(ApiTrouble.REFUSED, "the connection was refused"), about="the Nodes")
    assert found.detail == (
        "The Nodes could not be read from https://api.example.org:6443. The connection was refused."
    )


def test_how_long_was_waited_and_for_what_else_is_told() -> None:
    waited = ApiFailure(
        trouble=ApiTrouble.STARTING,
        reason="status 503",
        evidence=failure(ApiTrouble.STARTING).evidence,
        seen=("the connection was refused", "status 429"),
        waited=60.2,
    )
    assert diagnose_api_failure(waited).detail.endswith(
        "Status 503. It was asked again for 1m (--api-timeout). "
        "Before that: the connection was refused; status 429."
    )
    assert "asked again" not in diagnose_api_failure(failure(ApiTrouble.STARTING, waited=0.2)).detail
    assert "asked again" not in diagnose_api_failure(failure(ApiTrouble.FORBIDDEN, waited=9)).detail


def test_several_missing_permissions_are_one_diagnosis() -> None:
    lacking = [
        denied("list", "nodes"),
        denied("list", "machines", "cluster.x-k8s.io", ' in the namespace "a"'),
        denied("list", "nodes"),
        denied("get", "secrets", where=' in the namespace "b": Azure does not have opinion'),
    ]
    (found,) = diagnose_readings(lacking, about="the cluster")
    assert found.code.name == "api-forbidden"
    assert found.detail == (
        "The cluster could not be read from https://api.example.org:6443. User ci may not list nodes, "
        "list machines.cluster.x-k8s.io in namespace a and get secrets in namespace b."
    )
    assert len(found.evidence) == 3


def test_other_words_of_a_refusal_stay_as_they_are() -> None:
    (found,) = diagnose_readings([failure(ApiTrouble.FORBIDDEN, "status 403: no opinion")])
    assert found.detail.endswith("Status 403: no opinion.")


def test_failures_of_several_kinds_are_one_diagnosis_each() -> None:
    found = diagnose_readings(
        [
            denied("list", "nodes"),
            failure(ApiTrouble.FAILED),
            failure(ApiTrouble.BUSY),
            failure(ApiTrouble.RESET),
        ],
        severity=Severity.WARNING,
    )
    assert [each.code.name for each in found] == [
        "api-forbidden",
        "api-server-not-ready",
        "api-server-unreachable",
    ]
    assert {each.severity for each in found} == {Severity.WARNING}


_CODES = {
    KubeconfigTrouble.FILE_MISSING: "kubeconfig-missing",
    KubeconfigTrouble.FILE_UNREADABLE: "kubeconfig-unreadable",
    KubeconfigTrouble.FILE_MALFORMED: "kubeconfig-unreadable",
    KubeconfigTrouble.CONTEXT_UNKNOWN: "context-unknown",
    KubeconfigTrouble.CONTEXT_INCOMPLETE: "context-incomplete",
    KubeconfigTrouble.NOTHING_FOUND: "no-cluster-named",
}


@pytest.mark.parametrize("trouble", KubeconfigTrouble)
def test_a_cluster_that_is_not_named_is_a_problem_of_its_own_code(trouble: KubeconfigTrouble) -> None:
    found = diagnose_kubeconfig(KubeconfigError(trouble, "it is so", file="f"), Invocation(words=("get",)))
    assert (found.code.name, found.subject.file) == (_CODES[trouble], "f")
    assert status_of([found]) is ExitStatus.PROBLEMS
    assert ("No other cluster" in found.detail) is (trouble is not KubeconfigTrouble.NOTHING_FOUND)


def test_a_context_that_exists_is_offered() -> None:
    error = KubeconfigError(
        KubeconfigTrouble.CONTEXT_UNKNOWN, "there is none", contexts=tuple(f"c{n}" for n in range(30))
    )
    invocation = Invocation(words=("get", "kubeconfig", "x", "--kubeconfig-context", "zz", "--quiet"))
    found = diagnose_kubeconfig(error, invocation)
    assert "Contexts that exist: c0, c1," in found.detail
    assert "c19, …." in found.detail
    assert [fix.command for fix in found.fixes] == [
        "capyctl get kubeconfig x --quiet --kubeconfig-context c0"
    ]


def test_a_certificate_that_is_not_looked_at_is_warned_of() -> None:
    found = unverified("https://x:6443")
    assert (found.code.name, found.severity) == ("api-unverified", Severity.WARNING)
    assert "https://x:6443" in found.detail
