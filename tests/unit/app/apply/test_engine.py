"""The engine on an API server in memory: order, actions, waiting, ownership, faults and kills at every request."""

from __future__ import annotations

import pytest

from capyctl.app.apply.engine import Action, ApplyPolicy, ApplyResult, SilentObserver, apply_stages
from capyctl.app.apply.existing import read_existing
from capyctl.app.apply.record import RECORD_REQUEST, read_record
from capyctl.core.api_object import text_at
from capyctl.core.api_reading import ApiTrouble
from capyctl.core.apply_stages import Part, staged_objects
from capyctl.core.transaction import Phase
from tests.plugins.install_world import (
    cert_manager,
    kinds_of,
    provider,
    reader_of,
    simple,
    stages_of,
    whole_run,
    writer_of,
)
from tests.plugins.memory_cluster_writes import (
    FAULTS,
    KILL,
    KILL_DONE,
    KilledError,
    WritableMemoryServer,
    at,
)

_CORE = provider("cluster-api")
_AWS = provider("infrastructure-aws", "v2.9.1")
_PARTS = (_CORE, _AWS)


def _run(server: WritableMemoryServer, parts: tuple[Part, ...] = _PARTS, **policy: object) -> ApplyResult:
    stages = stages_of(server, cert_manager(), parts)
    return apply_stages(
        writer_of(server),
        stages,
        ApplyPolicy(**policy),  # type: ignore[arg-type]
        SilentObserver(),
    )


def _again(server: WritableMemoryServer, parts: tuple[Part, ...], **policy: object) -> ApplyResult:
    stages = stages_of(server, cert_manager(), parts)
    every = (cert_manager(), *parts)
    existing = read_existing(reader_of(server), staged_objects(stages), kinds_of(server, every))
    assert existing.failures == ()
    return _run(server, parts, existing=existing.objects, **policy)


def _place(server: WritableMemoryServer, kind: str, name: str) -> int:
    return next(
        place
        for place, write in enumerate(server.writes)
        if text_at(write.body, "kind") == kind and text_at(write.body, "metadata", "name") == name
    )


def test_an_empty_cluster_gets_everything_with_one_request_an_object() -> None:
    server = WritableMemoryServer()
    result = _run(server)
    assert result.failures == ()
    assert {each.action for each in result.applied} == {Action.CREATED}
    assert len(server.writes) == len(result.applied) == 1 + 5 + 2 * (7 + 1)
    assert server.find("Provider", "infrastructure-aws", "infrastructure-aws-system") is not None


def test_order_is_namespace_then_certificates_then_the_rest_then_the_entry() -> None:
    server = WritableMemoryServer()
    _run(server)
    order = [
        _place(server, "Deployment", "cert-manager"),
        _place(server, "Namespace", "infrastructure-aws-system"),
        _place(server, "Issuer", "selfsigned"),
        _place(server, "CustomResourceDefinition", "infrastructureawss.infrastructure-aws.example.com"),
        _place(server, "ServiceAccount", "manager"),
        _place(server, "Deployment", "controller-manager"),
        _place(server, "Provider", "cluster-api"),
    ]
    assert order == sorted(order)


def test_the_same_again_changes_nothing() -> None:
    server = WritableMemoryServer()
    _run(server)
    before = server.held()
    result = _again(server, _PARTS)
    assert {each.action for each in result.applied} == {Action.UNCHANGED}
    assert server.held() == before


def test_a_new_release_configures_what_changed_and_takes_away_what_it_dropped() -> None:
    extra = simple("v1", "ConfigMap", "settings", "infrastructure-aws-system", "infrastructure-aws")
    old = provider("infrastructure-aws", "v2.9.1", extra=({**extra, "data": {"a": "1", "b": "2"}},))
    new = provider("infrastructure-aws", "v2.9.2", extra=({**extra, "data": {"a": "1"}},))
    server = WritableMemoryServer()
    _run(server, (_CORE, old))
    result = _again(server, (_CORE, new))
    changed = {str(each.key) for each in result.applied if each.action is Action.CONFIGURED}
    assert changed == {
        "Deployment infrastructure-aws-system/controller-manager",
        "ConfigMap infrastructure-aws-system/settings",
        "Provider infrastructure-aws-system/infrastructure-aws",
    }
    settings = server.find("ConfigMap", "settings", "infrastructure-aws-system")
    assert settings is not None
    assert settings["data"] == {"a": "1"}


def test_what_clusterctl_wrote_is_adopted_with_what_the_new_release_drops() -> None:
    server = WritableMemoryServer()
    _run(server, (_CORE,))
    label, home = "infrastructure-aws", "infrastructure-aws-system"
    extra = simple("v1", "ConfigMap", "settings", home, label)
    server.place(simple("v1", "Namespace", home, label=label), "clusterctl")
    server.place({**extra, "data": {"a": "1", "b": "2"}}, "clusterctl")
    new = provider(label, "v2.9.2", extra=({**extra, "data": {"a": "1"}},))
    result = _again(server, (_CORE, new))
    assert result.failures == ()
    settings = server.find("ConfigMap", "settings", home)
    assert settings is not None
    assert settings["data"] == {"a": "1"}
    assert [each.taken for each in result.applied if each.taken] == []


def test_a_field_of_another_manager_is_taken_over_and_told() -> None:
    server = WritableMemoryServer()
    label, home = "infrastructure-aws", "infrastructure-aws-system"
    extra = simple("v1", "ConfigMap", "settings", home, label)
    server.place(simple("v1", "Namespace", home, label=label))
    server.place({**extra, "data": {"a": "somebody's"}}, "kubectl-edit")
    part = provider(label, extra=({**extra, "data": {"a": "1"}},))
    result = _again(server, (_CORE, part))
    taken = {str(each.key): each.taken for each in result.applied if each.taken}
    assert taken == {f"ConfigMap {home}/settings": ((".data.a", 'conflict with "kubectl-edit" using v1'),)}


def test_kept_kinds_are_made_where_they_are_missing_and_never_changed() -> None:
    server = WritableMemoryServer()
    _run(server)
    secret = server.find("Secret", "credentials", "cluster-api-system")
    assert secret is not None
    secret["stringData"]["key"] = "the user's own"
    result = _again(server, (provider("cluster-api"), provider("addon-helm")), kept=frozenset({"Secret"}))
    by_key = {str(each.key): each.action for each in result.applied}
    assert by_key["Secret cluster-api-system/credentials"] is Action.UNCHANGED
    assert by_key["Secret addon-helm-system/credentials"] is Action.CREATED
    assert secret["stringData"]["key"] == "the user's own"


def test_a_namespace_of_another_provider_keeps_its_label() -> None:
    server = WritableMemoryServer()
    server.place(simple("v1", "Namespace", "cluster-api-system", label="addon-helm"))
    _again(server, (_CORE,))
    home = server.find("Namespace", "cluster-api-system")
    assert home is not None
    assert home["metadata"]["labels"]["cluster.x-k8s.io/provider"] == "addon-helm"


def test_a_namespace_that_is_going_away_is_made_anew() -> None:
    server = WritableMemoryServer(lag=4)
    old = server.place(simple("v1", "Namespace", "cluster-api-system", label="cluster-api"))
    old["metadata"]["deletionTimestamp"] = "2026-11-22T00:00:00Z"
    result = _run(server, (_CORE,))
    assert result.failures == ()
    home = server.find("Namespace", "cluster-api-system")
    assert home is not None
    assert "deletionTimestamp" not in home["metadata"]


def test_what_never_passes_ends_at_once_and_names_its_object() -> None:
    server = WritableMemoryServer()
    path = "/apis/apps/v1/namespaces/infrastructure-aws-system/deployments/controller-manager"
    server.refusals[path] = [ApiTrouble.DENIED]
    result = _run(server)
    assert [str(each.key) for each in result.failures] == [
        "Deployment infrastructure-aws-system/controller-manager"
    ]
    assert server.clock.seconds < 60
    assert result.phase is Phase.PROVIDERS
    assert [str(key) for key in result.pending] == [
        "Deployment infrastructure-aws-system/controller-manager",
        "Provider cluster-api-system/cluster-api",
        "Provider infrastructure-aws-system/infrastructure-aws",
    ]


def test_a_webhook_that_is_not_up_yet_is_waited_for() -> None:
    server = WritableMemoryServer()
    path = "/apis/cert-manager.io/v1/namespaces/cluster-api-system/issuers/selfsigned"
    server.refusals[path] = [ApiTrouble.WEBHOOK_UNAVAILABLE] * 5
    assert _run(server).failures == ()


def test_a_webhook_that_never_comes_ends_within_the_limit() -> None:
    server = WritableMemoryServer()
    path = "/apis/cert-manager.io/v1/namespaces/cluster-api-system/issuers/selfsigned"
    server.refusals[path] = [ApiTrouble.WEBHOOK_UNAVAILABLE] * 1000
    begun = server.clock.seconds
    (failure,) = _run(server).failures
    assert failure.api is not None
    assert failure.api.trouble is ApiTrouble.WEBHOOK_UNAVAILABLE
    assert 60 <= server.clock.seconds - begun < 70


@pytest.mark.parametrize(("name", "owners"), [("cert-manager", 1), ("controller-manager", 2)])
def test_a_deployment_that_never_comes_up_is_named_with_what_it_lacks(name: str, owners: int) -> None:
    server = WritableMemoryServer(never={name})
    result = _run(server)
    assert len({each.owner for each in result.failures}) == owners
    assert {each.key.name for each in result.failures if each.key} == {name}
    assert {each.reason.partition(", after")[0] for each in result.failures} == {"updatedReplicas is 0 of 1"}
    assert server.clock.seconds < 700


def test_a_phase_that_cannot_be_recorded_ends_the_run_before_its_writes() -> None:
    server = WritableMemoryServer()
    failure = server._broken("/x", FAULTS["reset"]).failure
    result = _run(server, mark=lambda phase: failure if phase is Phase.PROVIDERS else None)
    assert [each.key for each in result.failures] == [None]
    assert result.phase is Phase.CERT_MANAGER
    assert server.find("Namespace", "cluster-api-system") is None


def _unbroken() -> tuple[dict[str, dict[str, object]], int]:
    server = WritableMemoryServer()
    assert whole_run(server, cert_manager(), _PARTS).failures == ()
    return _lasting(server), server.count


def _lasting(server: WritableMemoryServer) -> dict[str, dict[str, object]]:
    return {key: each for key, each in server.held().items() if "capyctl" not in key}


_STATE, _REQUESTS = _unbroken()


@pytest.mark.parametrize("kill", [KILL, KILL_DONE], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, _REQUESTS + 1))
def test_killed_anywhere_the_next_run_ends_in_the_same_state(number: int, kill: object) -> None:
    server = WritableMemoryServer(rule=at(number, kill))  # type: ignore[arg-type]
    with pytest.raises(KilledError):
        whole_run(server, cert_manager(), _PARTS)
    server.rule = lambda _count, _request: None
    server.clock.sleep(1)
    assert whole_run(server, cert_manager(), _PARTS, pid=2).failures == ()
    assert _lasting(server) == _STATE
    assert server.find("Lease", "capyctl", "kube-system") is None


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("number", range(1, _REQUESTS + 1))
def test_a_fault_anywhere_is_passed_over(number: int, fault: str) -> None:
    server = WritableMemoryServer(rule=at(number, FAULTS[fault]))
    assert whole_run(server, cert_manager(), _PARTS).failures == ()
    assert _lasting(server) == _STATE


def test_the_record_is_read_as_it_was_left() -> None:
    server = WritableMemoryServer()
    assert read_record(reader_of(server).read(RECORD_REQUEST)) is None
    whole_run(server, cert_manager(), _PARTS)
    found = read_record(reader_of(server).read(RECORD_REQUEST))
    assert found is not None
    assert (found.phase, found.planned) == (Phase.FINISHED, ("cluster-api", "infrastructure-aws"))


def test_an_object_that_changed_since_it_was_read_is_applied_without_adoption() -> None:
    server = WritableMemoryServer()
    label, home = "infrastructure-aws", "infrastructure-aws-system"
    extra = simple("v1", "ConfigMap", "settings", home, label, data={"a": "1"})
    server.place(simple("v1", "Namespace", home, label=label))
    server.place(extra, "clusterctl")
    stages = stages_of(server, None, (provider(label, extra=(extra,)),))
    kinds = kinds_of(server, (provider(label, extra=(extra,)),))
    existing = read_existing(reader_of(server), staged_objects(stages), kinds)
    path = f"/api/v1/namespaces/{home}/configmaps/settings"
    for trouble, failed in ((ApiTrouble.CONFLICT, []), (ApiTrouble.FORBIDDEN, ["settings"])):
        server.refusals[path] = [trouble]
        result = apply_stages(
            writer_of(server),
            [stage for stage in stages if stage.name == "providers-base"],
            ApplyPolicy(existing=existing.objects),
            SilentObserver(),
        )
        assert [each.key.name for each in result.failures if each.key] == failed


def test_a_namespace_that_never_goes_away_ends_within_the_limit() -> None:
    server = WritableMemoryServer(never={"cluster-api-system"})
    old = server.place(simple("v1", "Namespace", "cluster-api-system", label="cluster-api"))
    old["metadata"]["deletionTimestamp"] = "2026-11-22T00:00:00Z"
    (failure,) = _run(server, (_CORE,)).failures
    assert failure.api is not None
    assert failure.api.trouble is ApiTrouble.TERMINATING
    assert server.clock.seconds < 200


def test_existing_objects_are_looked_for_without_a_kind_of_namespaces_too() -> None:
    server = WritableMemoryServer()
    server.place(simple("v1", "Namespace", "home", label="cluster-api"))
    server.place(simple("v1", "ConfigMap", "a", "home", "cluster-api"))
    part = Part(owner="cluster-api", objects=(simple("v1", "ConfigMap", "a", "home", "cluster-api"),))
    kinds = kinds_of(server, (part,))
    stages = stages_of(server, None, (part,))
    found = read_existing(reader_of(server), staged_objects(stages[1:]), kinds)
    assert [str(key) for key in found.objects] == ["ConfigMap home/a"]
