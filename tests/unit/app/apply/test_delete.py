"""Deleting, pruning and rehearsing on an API server in memory; killed and broken at every request."""

from __future__ import annotations

import pytest

from capyctl.app.apply.delete import DeletionResult, delete_stages
from capyctl.app.apply.engine import Action, ApplyPolicy, SilentObserver, apply_stages
from capyctl.app.apply.existing import read_existing
from capyctl.app.apply.live import read_live
from capyctl.app.apply.prune import prune, prune_stages
from capyctl.app.apply.rehearsal import rehearse
from capyctl.core.api_reading import ApiTrouble
from capyctl.core.apply_stages import staged_objects
from capyctl.core.deletion import DeletionRequest, deletion_stages
from capyctl.core.installed_objects import provider_selector
from capyctl.core.object_key import key_of
from tests.plugins.install_world import (
    cert_manager,
    kinds_of,
    provider,
    read_discovery,
    reader_of,
    simple,
    stages_of,
    writer_of,
)
from tests.plugins.memory_cluster_writes import (
    FAULTS,
    KILL,
    KILL_DONE,
    Fault,
    KilledError,
    WritableMemoryServer,
    at,
)

_CORE, _AWS = provider("cluster-api"), provider("infrastructure-aws")
_HOMES = (("cluster-api", "cluster-api-system"), ("infrastructure-aws", "infrastructure-aws-system"))


def _installed() -> WritableMemoryServer:
    server = WritableMemoryServer()
    stages = stages_of(server, cert_manager(), (_CORE, _AWS))
    assert apply_stages(writer_of(server), stages, ApplyPolicy(), SilentObserver()).failures == ()
    server.count = 0
    server.born.clear()
    return server


def _delete(server: WritableMemoryServer, *homes: tuple[str, str], **flags: bool) -> DeletionResult:
    labels = [label for label, _ in homes]
    live = read_live(reader_of(server), read_discovery(server), provider_selector(labels))
    assert live.failures == ()
    stages = deletion_stages(DeletionRequest(namespaces=homes, **flags), live.objects)
    return delete_stages(writer_of(server), stages)


def test_a_provider_goes_with_its_cluster_role_and_nothing_else() -> None:
    server = _installed()
    before = set(server.held())
    result = _delete(server, _HOMES[1])
    assert result.failures == ()
    gone = before - set(server.held())
    assert gone == {
        "Deployment infrastructure-aws-system/controller-manager",
        "ServiceAccount infrastructure-aws-system/manager",
        "Secret infrastructure-aws-system/credentials",
        "Issuer infrastructure-aws-system/selfsigned",
        "ClusterRole /infrastructure-aws-manager",
        "Provider infrastructure-aws-system/infrastructure-aws",
    }
    assert {str(each.key) for each in result.deleted} == {each.replace(" /", " ") for each in gone}


def test_with_its_namespace_and_definitions_nothing_is_left() -> None:
    server = _installed()
    _delete(server, *_HOMES, include_crd=True, include_namespace=True)
    assert [key for key in server.held() if "cluster-api" in key or "aws" in key] == []


def test_what_a_finalizer_holds_is_told_and_what_comes_after_it_stays() -> None:
    server = _installed()
    held = server.find("Secret", "credentials", "infrastructure-aws-system")
    assert held is not None
    held["metadata"]["finalizers"] = ["example.com/hold"]
    told: list[float] = []
    live = read_live(reader_of(server), read_discovery(server), provider_selector(["infrastructure-aws"]))
    stages = deletion_stages(DeletionRequest(namespaces=_HOMES[1:]), live.objects)
    result = delete_stages(writer_of(server), stages, waits=lambda _lacking, seconds: told.append(seconds))
    (failure,) = result.failures
    assert (str(failure.key), failure.blocked_by) == (
        "Secret infrastructure-aws-system/credentials",
        ("example.com/hold",),
    )
    assert failure.reason == "it waits for its finalizers: example.com/hold"
    assert [str(key) for key in result.pending] == ["Provider infrastructure-aws-system/infrastructure-aws"]
    assert "Secret" not in {each.key.kind for each in result.deleted}
    assert told
    assert 60 <= server.clock.seconds < 70


def test_a_right_that_is_missing_ends_it_and_names_the_object() -> None:
    server = _installed()
    server.refusals["/apis/rbac.authorization.k8s.io/v1/clusterroles/cluster-api-manager"] = [
        ApiTrouble.FORBIDDEN
    ]
    result = _delete(server, _HOMES[0])
    assert [str(each.key) for each in result.failures] == ["ClusterRole cluster-api-manager"]
    assert result.pending


def test_an_object_made_anew_under_the_same_name_is_another_one() -> None:
    server = _installed()
    live = read_live(reader_of(server), read_discovery(server), provider_selector(["cluster-api"]))
    server._remove(server.find("ServiceAccount", "manager", "cluster-api-system") or {})
    server.place(simple("v1", "ServiceAccount", "manager", "cluster-api-system", "cluster-api"))
    result = delete_stages(
        writer_of(server), deletion_stages(DeletionRequest(namespaces=_HOMES[:1]), live.objects)
    )
    assert result.failures == ()
    assert server.find("ServiceAccount", "manager", "cluster-api-system") is not None
    assert [str(each.key) for each in result.deleted if not each.was_there] == [
        "ServiceAccount cluster-api-system/manager"
    ]


def _unbroken() -> int:
    server = _installed()
    _delete(server, *_HOMES, include_namespace=True)
    return server.count


@pytest.mark.parametrize("fault", [KILL, KILL_DONE, *FAULTS.values()])
@pytest.mark.parametrize("number", range(1, _unbroken() + 1, 3))
def test_broken_anywhere_the_next_call_finishes(number: int, fault: Fault) -> None:
    server = _installed()
    server.rule = at(number, fault)
    try:
        assert _delete(server, *_HOMES, include_namespace=True).failures == ()
    except KilledError:
        assert fault.trouble is None
        server.rule = lambda _count, _request: None
        _delete(server, *_HOMES, include_namespace=True)
    left = [key for key in server.held() if "cluster-api" in key or "aws" in key]
    assert {each.partition(" ")[0] for each in left} == {"CustomResourceDefinition"}


def test_pruning_takes_what_the_new_release_no_longer_has() -> None:
    server = _installed()
    old = simple("v1", "ConfigMap", "dropped", "infrastructure-aws-system", "infrastructure-aws")
    server.place(old)
    live = read_live(reader_of(server), read_discovery(server), provider_selector())
    rendered = {part.owner: [key_of(raw) for raw in part.objects] for part in (_CORE, _AWS)}
    stages = prune_stages(live.objects, rendered, {})
    assert [str(each.key) for stage in stages for each in stage.objects] == [
        "ConfigMap infrastructure-aws-system/dropped"
    ]
    before = set(server.held())
    assert prune(writer_of(server), stages).failures == ()
    assert before - set(server.held()) == {"ConfigMap infrastructure-aws-system/dropped"}


def test_a_rehearsal_stores_nothing_and_shows_what_would_change() -> None:
    server = _installed()
    server.place(simple("v1", "Namespace", "addon-helm-system", label="addon-helm"))
    server.place(
        simple(
            "v1",
            "ConfigMap",
            "settings",
            "infrastructure-aws-system",
            "infrastructure-aws",
            data={"a": "theirs"},
        ),
        "kubectl-edit",
    )
    settings = simple(
        "v1", "ConfigMap", "settings", "infrastructure-aws-system", "infrastructure-aws", data={"a": "1"}
    )
    parts = (
        provider("cluster-api"),
        provider("infrastructure-aws", image="example.com/other:v2", extra=(settings,)),
        provider("addon-helm"),
        provider("ipam-in-cluster"),
    )
    stages = stages_of(server, cert_manager(), parts)
    kinds = kinds_of(server, (cert_manager(), *parts))
    existing = read_existing(reader_of(server), staged_objects(stages), kinds)
    server.refusals["/api/v1/namespaces/addon-helm-system/secrets/credentials"] = [ApiTrouble.QUOTA]
    before = server.held()
    shown = rehearse((reader_of(server), writer_of(server)), staged_objects(stages), existing.objects, kinds)
    assert server.held() == before
    by_key = {str(each.key): each for each in shown}
    changed = by_key["Deployment infrastructure-aws-system/controller-manager"]
    (change,) = changed.changes
    assert change.path == "spec.template.spec.containers[manager].image"
    assert (change.before, change.after) == (
        '"example.com/infrastructure-aws:v1.0.0"',
        '"example.com/other:v2"',
    )
    assert by_key["ConfigMap infrastructure-aws-system/settings"].taken
    assert by_key["Namespace cluster-api-system"].action is Action.UNCHANGED
    assert by_key["ServiceAccount addon-helm-system/manager"].action is Action.CREATED
    assert by_key["ServiceAccount ipam-in-cluster-system/manager"].action is Action.CREATED
    (failed,) = [each for each in shown if each.failure is not None]
    assert str(failed.key) == "Secret addon-helm-system/credentials"


def test_a_rehearsal_tells_what_cannot_be_read() -> None:
    server = _installed()
    stages = stages_of(server, None, (_CORE,))
    kinds = kinds_of(server, (_CORE,))
    existing = read_existing(reader_of(server), staged_objects(stages), kinds)
    server.failures["/api/v1/namespaces/cluster-api-system"] = [ApiTrouble.FORBIDDEN]
    shown = rehearse((reader_of(server), writer_of(server)), staged_objects(stages), existing.objects, kinds)
    assert [str(each.key) for each in shown if each.failure] == ["Namespace cluster-api-system"]


def test_a_kind_that_cannot_be_listed_is_a_failure_of_the_look() -> None:
    server = _installed()
    server.failures["/api/v1/secrets"] = [ApiTrouble.FORBIDDEN]
    live = read_live(reader_of(server), read_discovery(server), provider_selector())
    assert [each.trouble for each in live.failures] == [ApiTrouble.FORBIDDEN]


def test_a_namespace_tells_what_it_waits_for() -> None:
    server = _installed()
    server.never.add("cluster-api-system")
    home = server.find("Namespace", "cluster-api-system")
    assert home is not None
    home["status"] = {
        "conditions": [
            {"type": "NamespaceDeletionContentFailure", "status": "False", "message": "fine"},
            {"type": "NamespaceContentRemaining", "status": "True", "message": "pods. has 1 resource"},
        ]
    }
    stored = next(
        each
        for each in server.objects
        if each["kind"] == "Namespace" and each["metadata"] is home["metadata"]
    )
    stored["status"] = home["status"]  # type: ignore[index]
    result = _delete(server, _HOMES[0], include_namespace=True)
    assert [each.reason for each in result.failures] == ["it waits for its content: pods. has 1 resource"]


def test_a_look_that_fails_is_no_proof_that_an_object_is_gone() -> None:
    server = _installed()
    server.failures["/apis/apps/v1/namespaces/cluster-api-system/deployments/controller-manager"] = [
        ApiTrouble.RESET
    ] * 200
    result = _delete(server, _HOMES[0])
    assert [(each.key.kind, each.reason) for each in result.failures] == [
        ("Deployment", "the server is reset")
    ]
