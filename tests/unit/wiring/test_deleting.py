"""``delete`` as a whole on a server in memory: each thing that stops it, its near miss, and an end at every request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from capyctl.app.apply.engine import ApplyPolicy, SilentObserver, apply_stages
from capyctl.app.apply.lease import ClusterLease
from capyctl.app.apply.record import RECORD_PATH, RECORD_REQUEST, TransactionRecord, read_record
from capyctl.app.deletion.look import whole_discovery
from capyctl.app.deletion.outcomes import command_to_finish
from capyctl.app.deletion.rehearsal import _is_unjudged
from capyctl.core.api_groups import may_hide, unavailable_groups, without_groups
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, ApiTrouble
from capyctl.core.api_writing import ApiWrite, Verb
from capyctl.core.deletion import DeletionRequest
from capyctl.core.deletion_record import deletion_records, half_deleted
from capyctl.core.deletion_selection import select_providers
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.discovery import Discovery, ServedKind, parse_discovery
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.exit_status import ExitStatus
from capyctl.core.identity import ProviderReference, ProviderType, parse_reference
from capyctl.core.inventory import InstalledProvider, Inventory, read_inventory_entries
from capyctl.core.invocation import Invocation
from capyctl.core.object_key import ObjectKey
from capyctl.core.transaction import (
    Operation,
    Phase,
    ResumeKind,
    Transaction,
    decide_resume,
    parse_record,
    record_object,
)
from capyctl.wiring.deleting import Deletion, DeletionOptions, _Watcher
from capyctl.wiring.installing import Looked, WritingRun
from capyctl.wiring.resuming import finish_unfinished
from tests.plugins.install_world import (
    FakeProcesses,
    NoBackground,
    cert_manager,
    definition,
    provider,
    reader_of,
    simple,
    stages_of,
    transaction_of,
    writer_of,
)
from tests.plugins.installed_providers import clusters_definition, provider_entry
from tests.plugins.memory_cluster_writes import KILL, KILL_DONE, Fault, KilledError, WritableMemoryServer, at

CORE, AWS = "cluster-api", "infrastructure-aws"
_PARTS = (provider(CORE), provider(AWS))
_APISERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"


def _installed(*, recorded: bool = False) -> WritableMemoryServer:
    server = WritableMemoryServer()
    stages = stages_of(server, cert_manager(), _PARTS)
    assert apply_stages(writer_of(server), stages, ApplyPolicy(), SilentObserver()).failures == ()
    server.documents[_APISERVICES] = {"kind": "APIServiceList", "items": []}
    if recorded:
        record = TransactionRecord(writer_of(server), transaction_of(_PARTS))
        assert record.begin() is None
        assert record.finish() is None
    server.count = 0
    server.born.clear()
    return server


def _run(
    server: WritableMemoryServer,
    *words: str | ProviderReference,
    pid: int = 1,
    alive: frozenset[int] = frozenset(),
    **flags: bool,
) -> tuple[Deletion, WritingRun]:
    named = (
        None
        if words == ("--all",)
        else tuple(parse_reference(each) if isinstance(each, str) else each for each in words)
    )
    deletion = Deletion(options=DeletionOptions(references=named, **flags))
    lease = ClusterLease(
        writer=writer_of(server),
        processes=FakeProcesses(pid=pid, alive=alive),
        background=NoBackground(),
        run=f"run-{pid}",
    )
    world: Any = SimpleNamespace(
        clock=server.clock, invocation=Invocation(words=("delete", *map(_text, words))), evidence=tuple
    )
    cluster: Any = SimpleNamespace(
        reader=reader_of(server),
        connection=SimpleNamespace(api=server, writer=server),
        settings=SimpleNamespace(api_timeout=60.0),
        waiting=None,
    )
    writing = WritingRun(
        world=world, cluster=cluster, run=f"run-{pid}", writer=writer_of(server), lease=lease
    )
    deletion.work(writing)
    lease.release()
    return deletion, writing


def _text(reference: str | ProviderReference) -> str:
    return (
        reference
        if isinstance(reference, str)
        else f"--{reference.type.flag if reference.type else ''}={reference.text}"
    )


def _said(writing: WritingRun) -> dict[str, str]:
    return {each.code.name: each.severity.value for each in writing.told()}


def _record(server: WritableMemoryServer) -> Transaction | None:
    return read_record(server.ask(RECORD_REQUEST))


def _left(server: WritableMemoryServer, label: str) -> set[str]:
    return {key.split()[0] for key in server.held() if label in key}


def test_a_provider_goes_and_stays_in_cluster_says_what_does_not() -> None:
    server = _installed()
    deletion, writing = _run(server, AWS)
    assert (writing.status, _said(writing)) == (ExitStatus.DONE, {"stays-in-cluster": "note"})
    assert _left(server, AWS) == {"Namespace", "CustomResourceDefinition"}
    assert str(deletion.deleted[-1].key) == "Provider infrastructure-aws-system/infrastructure-aws"
    assert _record(server) is None
    _, again = _run(server, "--all", include_crd=True, include_namespace=True)
    assert (again.status, _said(again)) == (ExitStatus.DONE, {})


@pytest.mark.parametrize(
    ("words", "code", "near"),
    [
        ("aws", "", ""),
        ("azure", "provider-not-installed", "aws"),
        ("infrastructure-aw", "provider-not-installed", "infrastructure-aws"),
        ("aws:v2.0.0", "other-version-installed", "aws:v1.0.0"),
    ],
)
def test_a_reference_stands_for_what_is_installed(words: str, code: str, near: str) -> None:
    server = _installed()
    _, writing = _run(server, words, dry_run=True)
    assert code in ("", *_said(writing))
    assert (writing.status is ExitStatus.PROBLEMS) == bool(code)
    if near:
        assert code not in _said(_run(server, near, dry_run=True)[1])


def test_a_name_of_two_types_is_asked_for_again() -> None:
    server = _installed()
    for label in ("bootstrap-kubeadm", "control-plane-kubeadm"):
        server.place(dict(provider(label).entry or {}))
    _, writing = _run(server, "kubeadm", dry_run=True)
    assert _said(writing) == {"ambiguous-name": "error"}
    (said,) = writing.told()
    assert [fix.command for fix in said.fixes] == [
        "capyctl delete bootstrap-kubeadm",
        "capyctl delete control-plane-kubeadm",
    ]


def test_an_instance_has_to_be_the_only_one() -> None:
    server = _installed()
    entry: dict[str, Any] = dict(provider(AWS).entry or {})
    server.place({**entry, "metadata": {**entry["metadata"], "namespace": "elsewhere"}})
    assert "several-instances" in _said(_run(server, AWS, dry_run=True)[1])
    assert "several-instances" not in _said(_run(server, "--all", dry_run=True)[1])


def _with_clusters(server: WritableMemoryServer) -> None:
    server.place(clusters_definition())
    server.count += 10
    server._settle()
    server.place(simple("cluster.x-k8s.io/v1beta2", "Cluster", "one", "default"))


@pytest.mark.parametrize("force", [False, True])
def test_clusters_exist(force: bool) -> None:
    server = _installed()
    _with_clusters(server)
    deletion, writing = _run(server, AWS, force=force)
    assert _said(writing)["clusters-exist"] == ("warning" if force else "error")
    assert bool(deletion.deleted) is force


@pytest.mark.parametrize("include_crd", [False, True])
def test_definitions_in_use(include_crd: bool) -> None:
    server = _installed()
    server.place(simple("infrastructure-aws.example.com/v1", "InfrastructureAws", "one", "default"))
    _, writing = _run(server, AWS, include_crd=include_crd)
    assert ("definitions-in-use" in _said(writing)) is include_crd
    _, forced = _run(server, AWS, include_crd=include_crd, force=True)
    assert forced.status is (ExitStatus.DONE if include_crd else ExitStatus.PROBLEMS)


def test_namespace_shared() -> None:
    server = _installed()
    entry: dict[str, Any] = dict(provider(CORE).entry or {})
    server.place({**entry, "metadata": {**entry["metadata"], "namespace": "infrastructure-aws-system"}})
    assert _said(_run(server, AWS, include_namespace=True)[1])["namespace-shared"] == "error"
    assert "namespace-shared" not in _said(_run(server, AWS)[1])


def test_deletion_blocked_and_then_finished() -> None:
    server = _installed(recorded=True)
    held = server.find("Secret", "credentials", "infrastructure-aws-system")
    assert held is not None
    held["metadata"]["finalizers"] = ["example.com/hold"]
    deletion, writing = _run(server, AWS)
    assert writing.status is ExitStatus.PARTIAL
    assert _said(writing) == {"stays-in-cluster": "note", "deletion-blocked": "error", "broken-off": "error"}
    blocked, ending = writing.told()[-2:]
    assert "Secret infrastructure-aws-system/credentials" in blocked.detail
    assert (ending.caused_by, ending.fixes[0].command) == (blocked, "capyctl delete infrastructure-aws")
    record = _record(server)
    assert record is not None
    assert (record.operation, record.is_finished, record.planned) == (Operation.DELETE, False, (AWS,))
    _, shown = _run(server, "--all", dry_run=True)
    assert _said(shown)["deletion-interrupted"] == "warning"
    held["metadata"]["finalizers"] = []
    server._remove(held)
    _, finished = _run(server, AWS)
    assert _said(finished) == {"stays-in-cluster": "note", "installation-resumed": "note"}
    record = _record(server)
    assert record is not None
    assert (record.is_finished, set(record.providers)) == (True, {CORE})
    assert len(deletion.deleted) > 0
    assert "deletion-interrupted" not in _said(_run(server, "--all", dry_run=True)[1])


@pytest.mark.parametrize(
    ("group", "recorded", "severity"),
    [
        ("metrics.k8s.io", False, "warning"),
        ("a.example.com", True, "warning"),
        ("a.example.com", False, "error"),
    ],
)
def test_api_group_unavailable(group: str, recorded: bool, severity: str) -> None:
    server = _installed(recorded=recorded)
    service = {
        "metadata": {"name": f"v1.{group}"},
        "spec": {"group": group, "version": "v1", "service": {"name": "nobody", "namespace": "default"}},
        "status": {"conditions": [{"type": "Available", "status": "False"}]},
    }
    server.documents[_APISERVICES] = {"kind": "APIServiceList", "items": [service]}
    _, writing = _run(server, AWS)
    assert _said(writing)["api-group-unavailable"] == severity
    assert writing.status is (ExitStatus.UNDETERMINED if severity == "error" else ExitStatus.DONE)


def test_a_cluster_role_whose_labels_were_taken_away_is_known_by_the_record() -> None:
    server = _installed(recorded=True)
    for kind, name in (("ClusterRole", f"{AWS}-manager"), ("ClusterRole", f"{CORE}-manager")):
        role = server.find(kind, name)
        assert role is not None
        role["metadata"]["labels"] = {}
    _run(server, AWS)
    assert server.find("ClusterRole", f"{AWS}-manager") is None
    role = server.find("ClusterRole", f"{CORE}-manager")
    assert role is not None
    role["metadata"]["managedFields"] = []
    _run(server, CORE)
    assert server.find("ClusterRole", f"{CORE}-manager") is not None


def test_an_unfinished_installation_can_be_deleted_before_it_has_an_entry() -> None:
    server = _installed()
    begun = transaction_of(_PARTS)
    assert TransactionRecord(writer_of(server), begun).begin() is None
    entry = server.find("Provider", AWS, f"{AWS}-system")
    assert entry is not None
    server._remove(entry)
    deletion, writing = _run(server, AWS)
    assert "Deployment" in {each.key.kind for each in deletion.deleted}
    assert _said(writing)["installation-interrupted"] == "warning"
    record = _record(server)
    assert record is not None
    assert (record.operation, record.planned, record.is_finished) == (Operation.INIT, (CORE,), False)
    _, rest = _run(server, CORE)
    assert (rest.status, _record(server)) == (ExitStatus.DONE, None)


@pytest.mark.parametrize("lives", [True, False])
def test_nothing_is_deleted_beside_another_run(lives: bool) -> None:
    server = _installed()
    other = ClusterLease(
        writer=writer_of(server), processes=FakeProcesses(pid=7), background=NoBackground(), run="other"
    )
    other.acquire()
    deletion, writing = _run(server, AWS, alive=frozenset({7}) if lives else frozenset())
    assert ("another-run-writes" in _said(writing)) is lives
    assert ("lease-taken-over" in _said(writing)) is not lives
    assert bool(deletion.deleted) is not lives


def _whole(server: WritableMemoryServer, rule: Callable[..., Fault | None]) -> None:
    server.rule = rule
    try:
        _run(server, "--all", include_crd=True, include_namespace=True, pid=1)
    except KilledError:
        pass
    finally:
        server.rule = lambda _count, _request: None


def _requests() -> int:
    server = _installed(recorded=True)
    _whole(server, lambda _count, _request: None)
    return server.count


@pytest.mark.parametrize(("fault", "step"), [(KILL, 3), (KILL_DONE, 1)], ids=["before", "after"])
def test_an_end_at_any_request_leaves_what_the_next_run_finishes(fault: Fault, step: int) -> None:
    for number in range(1, _requests() + 1, step):
        server = _installed(recorded=True)
        _whole(server, at(number, fault))
        _, writing = _run(server, "--all", include_crd=True, include_namespace=True, pid=2)
        assert writing.status is ExitStatus.DONE, number
        assert _left(server, AWS) | _left(server, f"{CORE}-") == set(), number
        record = _record(server)
        assert record is None or record.phase is Phase.FINISHED, number


def test_cert_manager_is_never_touched() -> None:
    server = _installed()
    before = _left(server, "cert-manager")
    _run(server, "--all", include_crd=True, include_namespace=True)
    assert _left(server, "cert-manager") == before
    assert definition("cert-manager.io", "Issuer")["metadata"]["name"] in {
        each["metadata"]["name"] for each in server.held().values()
    }


def test_a_label_after_a_type_flag_stands_for_its_name() -> None:
    server = _installed()
    _, writing = _run(server, parse_reference(AWS, ProviderType.INFRASTRUCTURE), dry_run=True)
    assert _said(writing) == {"label-as-name": "note", "stays-in-cluster": "note"}
    near = parse_reference("aws", ProviderType.INFRASTRUCTURE)
    assert "label-as-name" not in _said(_run(server, near, dry_run=True)[1])


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(ApiTrouble.FORBIDDEN, "api-forbidden"), (ApiTrouble.DENIED, "object-refused")],
)
@pytest.mark.parametrize("rehearsed", [True, False])
def test_what_the_server_refuses(rehearsed: bool, trouble: ApiTrouble, code: str) -> None:
    """Found by the rehearsal nothing goes; found by the deed the run is broken off, and the same again finishes."""
    server = _installed()
    path = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{AWS}-manager"

    def refused(_count: int, request: object) -> Fault | None:
        deletes = isinstance(request, ApiWrite) and request.verb is Verb.DELETE and request.path == path
        hit = deletes and isinstance(request, ApiWrite) and request.dry_run is rehearsed
        return Fault(trouble=trouble, status=403) if hit else None

    server.rule = refused
    deletion, writing = _run(server, AWS)
    assert _said(writing)[code] == "error"
    assert writing.status is (ExitStatus.PROBLEMS if rehearsed else ExitStatus.PARTIAL)
    assert bool(deletion.deleted) is not rehearsed
    assert ("broken-off" in _said(writing)) is not rehearsed
    server.rule = lambda _count, _request: None
    assert _run(server, AWS)[1].status is ExitStatus.DONE


def test_a_webhook_that_cannot_be_asked_for_show_keeps_nothing() -> None:
    failure = ApiFailure(
        trouble=ApiTrouble.REJECTED,
        reason='admission webhook "a.example.com" does not support dry run',
        evidence=Evidence(route="cluster", question=Question.OBJECT, outcome=Outcome.UNAVAILABLE, url=None),
    )
    assert _is_unjudged(failure)
    assert not _is_unjudged(replace(failure, reason="no such field"))
    assert not _is_unjudged(replace(failure, trouble=ApiTrouble.DENIED))


@pytest.mark.parametrize("path", ["/apis", "/api", "/api/v1/secrets"])
def test_what_cannot_be_read_leaves_everything_where_it_is(path: str) -> None:
    server = _installed()
    before = server.held()
    server.failures[path] = [ApiTrouble.UNAUTHENTICATED]
    deletion, writing = _run(server, AWS)
    assert (writing.status, deletion.deleted, server.held()) == (ExitStatus.PROBLEMS, [], before)


def test_a_record_that_cannot_be_written_is_told_before_anything_goes() -> None:
    server = _installed()
    server.refusals[RECORD_PATH] = [ApiTrouble.QUOTA]
    deletion, writing = _run(server, AWS)
    assert (writing.status, deletion.deleted) == (ExitStatus.PROBLEMS, [])
    assert _said(writing)["object-refused"] == "error"


def test_a_server_without_aggregated_discovery_is_asked_group_by_group() -> None:
    server = WritableMemoryServer()
    names = {"kind": "APIGroupList", "groups": [_group("apps"), _group("dead.example.com")]}
    deployments = {
        "name": "deployments",
        "kind": "Deployment",
        "namespaced": True,
        "verbs": ["delete", "list"],
    }
    secrets = {"name": "secrets", "kind": "Secret", "namespaced": True, "verbs": ["delete", "list"]}
    server.documents["/api/v1"] = {"kind": "APIResourceList", "groupVersion": "v1", "resources": [secrets]}
    server.documents["/apis/apps/v1"] = {
        "kind": "APIResourceList",
        "groupVersion": "apps/v1",
        "resources": [deployments],
    }
    server.failures["/apis/dead.example.com/v1"] = [ApiTrouble.FORBIDDEN]
    found = whole_discovery(reader_of(server), parse_discovery([names]))
    assert set(found.kinds) == {("", "Secret"), ("apps", "Deployment")}
    assert found.stale == ("dead.example.com/v1",)
    assert whole_discovery(reader_of(server), found) != found
    aggregated = replace(found, aggregated=True)
    assert whole_discovery(reader_of(server), aggregated) is aggregated


def _group(name: str) -> dict[str, Any]:
    return {"name": name, "versions": [{"version": "v1"}]}


def test_nothing_is_built_on_what_is_half_gone() -> None:
    begun = transaction_of(_PARTS)
    record = replace(begun, operation=Operation.DELETE, flags={"include-crd": "true"})
    versions = {each.label: each.version for each in record.plan}
    there = _entries(versions)
    assert half_deleted(record, there) == record
    assert half_deleted(record, ()) is None
    assert half_deleted(record, _entries(dict.fromkeys(versions, "v9.9.9"))) is None
    assert half_deleted(replace(record, phase=Phase.FINISHED), there) is None
    assert half_deleted(begun, there) is None
    assert half_deleted(None, there) is None
    assert command_to_finish(record) == ("delete", CORE, AWS, "--include-crd")
    assert decide_resume(record, versions, ()).kind is ResumeKind.NOTHING


def _entries(versions: Mapping[str, str], uid: str = "") -> tuple[InstalledProvider, ...]:
    rows = [provider_entry(label, version, "home") for label, version in versions.items()]
    made = [{**row, "metadata": {**row["metadata"], "uid": uid}} for row in rows]
    return read_inventory_entries(ApiObject(each) for each in made).entries


def test_what_was_installed_anew_since_a_broken_off_deletion_is_whole() -> None:
    """clusterctl-cluster 10.1, 9: clusterctl deleted the rest and installed the same version; its entry is another."""
    versions = {AWS: "v2.11.1"}
    (going,) = select_providers(None, Inventory(entries=_entries(versions, "first")), None).chosen
    records = deletion_records([going], DeletionRequest(namespaces=()), None, ("run", "2026-11-22T00:00:00Z"))
    assert records.during is not None
    kept = parse_record(ApiObject(record_object(records.during)))
    assert kept is not None
    assert half_deleted(kept, _entries(versions, "first")) == kept
    assert half_deleted(kept, _entries(versions)) == kept
    assert half_deleted(kept, _entries(versions, "second")) is None
    (again,) = select_providers(None, Inventory(), kept).chosen
    assert again.entry is None
    once_more = deletion_records(
        [again], DeletionRequest(namespaces=()), kept, ("run", "2026-11-22T00:00:01Z")
    ).during
    assert half_deleted(once_more, _entries(versions, "second")) is None


def test_an_api_group_of_the_server_itself_or_one_that_answers_is_no_trouble() -> None:
    def service(**parts: Any) -> ApiObject:  # noqa: ANN401
        return ApiObject({"metadata": {"name": "x"}, **parts})

    available = {"conditions": [{"type": "Available", "status": "True"}]}
    there = {"group": "a.example.com", "version": "v1", "service": {"name": "x"}}
    answers = service(spec=there, status=available)
    local = service(spec={"group": "apps", "version": "v1"})
    assert unavailable_groups([answers, local], Discovery()) == ()
    assert unavailable_groups([service(spec=there)], Discovery()) == ("a.example.com/v1",)
    reads = ServedKind(
        group="a.example.com", kind="A", plural="as", namespaced=False, versions=("v1",), verbs=("list",)
    )
    only_read = Discovery(kinds={("a.example.com", "A"): reads})
    assert may_hide(["a.example.com/v1"], only_read, frozenset()) == ()
    assert may_hide(["a.example.com/v1"], Discovery(), frozenset()) == ("a.example.com/v1",)
    assert without_groups(only_read, ["a.example.com/v1"]).kinds == {}


def test_who_watches_is_told_what_is_awaited() -> None:
    told: list[str] = []
    waiting: Any = SimpleNamespace(waiting=lambda *parts: told.append(parts[2]))
    cluster = SimpleNamespace(
        waiting=waiting,
        connection=SimpleNamespace(api=SimpleNamespace(address="https://memory.invalid:6443")),
    )
    writing: Any = SimpleNamespace(cluster=cluster)
    first, second = (ObjectKey(group="", kind="Secret", namespace="a", name=name) for name in "bc")
    _Watcher(writing=writing).waits({first: "held"}, 1.0)
    _Watcher(writing=writing).waits({first: "held", second: "held"}, 1.0)
    _Watcher(writing=writing).waits({}, 1.0)
    assert told == ["Secret a/b: held", "Secret a/b and 1 more: held"]


def test_init_and_upgrade_refuse_to_build_on_a_deletion_that_was_broken_off() -> None:
    record = replace(transaction_of(_PARTS), operation=Operation.DELETE)
    said: list[Diagnostic] = []
    writing: Any = SimpleNamespace(
        world=SimpleNamespace(invocation=Invocation(words=("init", "--kubeconfig", "k"))), said=said
    )
    entries = read_inventory_entries(ApiObject(part.entry) for part in _PARTS if part.entry is not None)
    facts: Any = SimpleNamespace(inventory=SimpleNamespace(inventory=entries))
    assert not finish_unfinished(writing, facts, Looked(record=record))
    (refused,) = said
    assert (refused.code.name, refused.severity) == ("deletion-interrupted", Severity.ERROR)
    assert refused.fixes[0].command == f"capyctl delete {CORE} {AWS} --kubeconfig k"
    gone: Any = SimpleNamespace(inventory=SimpleNamespace(inventory=Inventory()))
    assert finish_unfinished(writing, gone, Looked(record=record))
    assert len(said) == 1
