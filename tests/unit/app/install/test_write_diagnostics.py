"""Every way in which a write can end badly, as a diagnostic that names its object (issue 5, 3)."""

from __future__ import annotations

import pytest

from capyctl.app.apply.engine import Action, AppliedObject, ApplyFailure
from capyctl.app.install import write_diagnostics as told
from capyctl.core import codes
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.apply_checks import Finding, FindingKind
from capyctl.core.cluster_lease import Holder, LeaseState
from capyctl.core.codes import Code
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.object_key import ObjectKey
from capyctl.core.status_rules import status_of
from capyctl.core.transaction import Operation, Phase, ProviderRecord, Transaction

_EVIDENCE = Evidence(route="cluster", question=Question.OBJECT, outcome=Outcome.UNAVAILABLE)
_KEY = ObjectKey(group="apps", kind="Deployment", namespace="n", name="m")
_TRANSACTION = Transaction(
    operation=Operation.INIT,
    run="r",
    started_at="2026-11-22T00:00:00Z",
    phase=Phase.PROVIDERS,
    cert_manager="v1.21.1",
    planned=("infrastructure-aws",),
    providers={
        "infrastructure-aws": ProviderRecord(label="infrastructure-aws", version="v2.8.1", namespace="n")
    },
)


def _failure(trouble: ApiTrouble, waited: float = 0.0) -> ApiFailure:
    return ApiFailure(trouble=trouble, reason="the server's words.", evidence=_EVIDENCE, waited=waited)


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (ApiTrouble.INVALID, codes.OBJECT_REFUSED),
        (ApiTrouble.DENIED, codes.OBJECT_REFUSED),
        (ApiTrouble.QUOTA, codes.OBJECT_REFUSED),
        (ApiTrouble.TOO_LARGE, codes.OBJECT_REFUSED),
        (ApiTrouble.OWNED, codes.OBJECT_NOT_OURS),
        (ApiTrouble.WEBHOOK_UNAVAILABLE, codes.WRITE_NOT_IN_TIME),
        (ApiTrouble.NOT_SERVED, codes.WRITE_NOT_IN_TIME),
        (ApiTrouble.SUPERSEDED, codes.ANOTHER_RUN_WRITES),
        (ApiTrouble.FORBIDDEN, codes.API_FORBIDDEN),
        (ApiTrouble.REFUSED, codes.API_SERVER_UNREACHABLE),
    ],
)
def test_a_failed_write_names_object_owner_and_the_servers_words(trouble: ApiTrouble, code: Code) -> None:
    failure = ApplyFailure(key=_KEY, owner="infrastructure-aws", stage="s", reason="x", api=_failure(trouble))
    found = told.diagnose_apply_failure(failure)
    assert found.code is code
    assert found.detail.startswith("Deployment n/m of infrastructure-aws was not written: ")
    assert "the server's words" in found.detail
    assert found.fixes


def test_every_trouble_has_a_code() -> None:
    for trouble in ApiTrouble:
        assert told.code_of_write(_failure(trouble)) in codes.ALL_CODES


def test_how_long_it_was_tried_is_said_of_what_passes_alone() -> None:
    assert "tried again for 1m" in told.diagnose_write(_failure(ApiTrouble.CONFLICT, 60.0), "x").detail
    assert "tried again" not in told.diagnose_write(_failure(ApiTrouble.INVALID, 60.0), "x").detail


def test_what_was_awaited_in_vain_says_what_it_lacked() -> None:
    failure = ApplyFailure(key=_KEY, owner="", stage="s", reason="0 of 1 available, after 2 s")
    found = told.diagnose_apply_failure(failure)
    assert found.code is codes.NOT_READY_IN_TIME
    assert "Deployment n/m did not become ready: 0 of 1 available" in found.detail


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FindingKind.FOREIGN, codes.OBJECT_NOT_OURS),
        (FindingKind.OTHER_PROVIDER, codes.OBJECT_NOT_OURS),
        (FindingKind.TWICE, codes.OBJECT_UNUSABLE),
        (FindingKind.NOT_SERVED, codes.OBJECT_UNUSABLE),
    ],
)
def test_findings_before_the_first_write(kind: FindingKind, code: Code) -> None:
    (found,) = told.diagnose_findings(
        [Finding(kind=kind, key=_KEY, owner="infrastructure-aws", detail="it is")]
    )
    assert (found.code, found.detail) == (code, "It is.")
    assert int(status_of([found])) == 1


def test_fields_that_were_taken_over_are_named_and_nothing_else_is() -> None:
    quiet = AppliedObject(key=_KEY, owner="infrastructure-aws", action=Action.CREATED)
    loud = AppliedObject(
        key=_KEY,
        owner="infrastructure-aws",
        action=Action.CONFIGURED,
        taken=((".spec.replicas", 'conflict with "kubectl-scale"'),),
    )
    (found,) = told.fields_taken([quiet, loud])
    assert found.code is codes.FIELDS_TAKEN_OVER
    assert ".spec.replicas" in found.detail
    assert "kubectl-scale" in found.detail


def test_a_broken_off_run_says_what_was_done_and_how_to_go_on() -> None:
    cause = told.diagnose_write(_failure(ApiTrouble.INVALID), "x")
    found = told.broken_off(1, 3, "capyctl init", cause)
    assert (found.code, found.caused_by) == (codes.BROKEN_OFF, cause)
    assert "1 object is written" in found.detail
    assert "3 are left" in found.detail
    assert found.fixes[0].command == "capyctl init"
    assert "are left" not in told.broken_off(2, 0, "capyctl init", None).detail


def test_a_record_is_told_with_its_phase_and_versions() -> None:
    finished, waiting = told.resumed(_TRANSACTION), told.interrupted(_TRANSACTION, "capyctl init")
    assert (finished.code, waiting.code) == (codes.INSTALLATION_RESUMED, codes.INSTALLATION_INTERRUPTED)
    for each in (finished, waiting):
        assert "in the phase providers" in each.detail
        assert "cert-manager v1.21.1, infrastructure-aws:v2.8.1" in each.detail
    gone = told.overtaken(("infrastructure-aws",))
    assert gone.code is codes.RECORD_OVERTAKEN


def test_who_holds_the_lease_is_said() -> None:
    holder = Holder(host="ci", pid=7, started="1", run="r")
    state = LeaseState(
        holder=holder,
        holder_text=holder.text,
        acquired_at="2026-11-22T00:00:00Z",
        renewed_at="",
        ends=None,
        resource_version="1",
    )
    held = told.held_elsewhere(state)
    assert held.code is codes.ANOTHER_RUN_WRITES
    assert "Process 7 on ci" in held.detail
    assert told.changed_meanwhile().code is codes.ANOTHER_RUN_WRITES
    dead, expired = told.lease_taken_over(state, dead=True), told.lease_taken_over(None, dead=False)
    assert dead.code is codes.LEASE_TAKEN_OVER
    assert "is gone" in dead.detail
    assert "has not renewed it" in expired.detail
