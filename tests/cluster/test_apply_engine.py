"""The engine on a real API server: apply, adopt, conflicts, refusals, faults, kills, lease and delete."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from capyctl.adapters.askers import ThreadedAsker
from capyctl.adapters.http_settings import Trust
from capyctl.adapters.kubernetes_config import ConnectorSettings, KubernetesConnector
from capyctl.adapters.local_processes import BackgroundThreads, LocalProcesses
from capyctl.adapters.system_clock import SystemClock
from capyctl.app.apply.delete import DeletionResult, delete_stages
from capyctl.app.apply.engine import Action, ApplyPolicy, ApplyResult, SilentObserver, apply_stages
from capyctl.app.apply.existing import Existing, read_existing
from capyctl.app.apply.lease import Acquired, ClusterLease, HeldElsewhere
from capyctl.app.apply.live import read_live
from capyctl.app.apply.record import RECORD_REQUEST, TransactionRecord, read_record
from capyctl.app.apply.rehearsal import rehearse
from capyctl.app.apply.writing import ClusterWriter
from capyctl.app.cluster_reading import ClusterReader
from capyctl.config.inventory_file import read_inventory_definition
from capyctl.core.api_object import text_at
from capyctl.core.api_reading import ApiRequest, ApiTrouble
from capyctl.core.api_writing import ApiWrite, applying, creating, deleting, merging
from capyctl.core.apply_stages import Limits, Part, Stage, install_stages, staged_objects
from capyctl.core.cluster_lease import LeaseVerdict
from capyctl.core.deletion import DeletionRequest, deletion_stages
from capyctl.core.discovery import DISCOVERY_ACCEPT, Discovery, parse_discovery
from capyctl.core.installed_objects import provider_selector
from capyctl.core.object_key import Kinds, kinds_with
from capyctl.core.transaction import Phase
from capyctl.ports.cluster import ApiWriter, ClusterChoice
from capyctl.ports.processes import Processes
from capyctl.report.progress import NoProgress
from tests.plugins.api_faults import FAULTS, Asked, Fault, refusal
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.install_world import (
    FakeProcesses,
    cert_manager,
    definition,
    provider,
    simple,
    transaction_of,
)
from tests.plugins.running_cluster import ControlPlane

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)

_RUNS = {"count": 0}


class Bench(Struct, frozen=True, kw_only=True):
    """A real cluster behind the proxy, and what a command would have of it."""

    writer: ClusterWriter
    reader: ClusterReader
    plane: ControlPlane
    proxy: ApiProxy

    def discovery(self) -> Discovery:
        """What is served now."""
        roots = [ApiRequest(path=root, accept=DISCOVERY_ACCEPT) for root in ("/api", "/apis")]
        return parse_discovery([each.value or {} for each in self.reader.read_all(roots)])

    def planned(self, before: Part | None, parts: tuple[Part, ...]) -> tuple[tuple[Stage, ...], Kinds]:
        """The stages."""
        every = (*([before] if before else []), *parts)
        rendered = [read_inventory_definition(), *(raw for part in every for raw in part.objects)]
        kinds = kinds_with(self.discovery(), rendered)
        limits = Limits(definitions=30, cert_manager=60, providers=60)
        return install_stages(
            before, parts, kinds, inventory=(read_inventory_definition(),), limits=limits
        ), kinds

    def run(self, before: Part | None, parts: tuple[Part, ...], *, pid: int = 0) -> ApplyResult:
        """A whole run, as a command makes it."""
        stages, kinds = self.planned(before, parts)
        existing = read_existing(self.reader, staged_objects(stages), kinds)
        assert existing.failures == ()
        lease = self.lease(LocalProcesses() if not pid else FakeProcesses(pid=pid))
        assert isinstance(lease.acquire(), Acquired)
        try:
            writer = replace(self.writer, guard=lease.why_not)
            record = TransactionRecord(writer, transaction_of(parts))
            failure = record.begin()
            assert failure is None, failure
            policy = ApplyPolicy(existing=existing.objects, mark=record.mark)
            result = apply_stages(writer, stages, policy, SilentObserver())
            if result.is_complete:
                record.finish()
            return result
        finally:
            lease.release()

    def lease(self, processes: Processes, run: str = "") -> ClusterLease:
        """The lease of a run."""
        return ClusterLease(
            writer=self.writer,
            processes=processes,
            background=BackgroundThreads(),
            run=run or secrets.token_hex(4),
        )

    def existing(self, before: Part | None, parts: tuple[Part, ...]) -> Existing:
        """What is there of it."""
        stages, kinds = self.planned(before, parts)
        return read_existing(self.reader, staged_objects(stages), kinds)

    def delete(self, parts: tuple[Part, ...], **flags: bool) -> DeletionResult:
        """Delete providers."""
        live = read_live(self.reader, self.discovery(), provider_selector(part.owner for part in parts))
        assert live.failures == ()
        homes = tuple((part.owner, f"{part.owner}-system") for part in parts)
        stages = deletion_stages(DeletionRequest(namespaces=homes, **flags), live.objects)
        return delete_stages(self.writer, stages, limit=60)


@contextmanager
def _connected(kubeconfig: Path) -> Iterator[ApiWriter]:
    """The adapter under test, with the whole patience of a run that writes."""
    closing: list[Callable[[], None]] = []
    settings = ConnectorSettings(
        variables={},
        home=None,
        trust=Trust(),
        proxy_for=lambda _: None,
        clock=SystemClock(),
        left=lambda: 60.0,
        progress=NoProgress(),
        record=lambda _: None,
        at_end=closing.append,
    )
    choice = ClusterChoice(kubeconfig=str(kubeconfig))
    yield KubernetesConnector(settings=settings).connect(choice).writer
    for close in closing:
        close()


@pytest.fixture
def bench(control_plane: ControlPlane, api_proxy: ApiProxy) -> Iterator[Bench]:
    clock = SystemClock()
    with _connected(api_proxy.kubeconfig()) as api:
        yield Bench(
            writer=ClusterWriter(api=api, asker=ThreadedAsker(), clock=clock, jitter=lambda: 0.5, limit=20),
            reader=ClusterReader(
                api=api,
                asker=ThreadedAsker(),
                clock=clock,
                until=clock.monotonic() + 60,
                jitter=lambda: 0.5,
            ),
            plane=control_plane,
            proxy=api_proxy,
        )


def _impatient(api: ApiWriter) -> ApiWriter:
    """The same server; a silence of one second is silence enough for a test."""
    found: Any = api
    exchange = replace(found.exchange, patience=replace(found.exchange.patience, silence=1.0))
    return replace(found, exchange=exchange)  # type: ignore[no-any-return]


def _names() -> tuple[str, str]:
    """Labels of providers of this test alone: the tests of the module share the cluster."""
    _RUNS["count"] += 1
    return f"infrastructure-a{_RUNS['count']}", f"addon-b{_RUNS['count']}"


def test_an_empty_cluster_gets_everything_and_the_same_again_changes_nothing(bench: Bench) -> None:
    parts = tuple(provider(label) for label in _names())
    bench.proxy.forget()
    result = bench.run(cert_manager(), parts)
    assert result.failures == ()
    requests = len(bench.proxy.seen)
    objects = len(result.applied)
    assert requests <= objects + 30, [(each.asked.method, each.asked.path) for each in bench.proxy.seen]
    again = bench.run(cert_manager(), parts)
    assert {each.action for each in again.applied} == {Action.UNCHANGED}
    transaction = read_record(bench.reader.read(RECORD_REQUEST))
    assert transaction is not None
    assert transaction.phase is Phase.FINISHED


def test_what_clusterctl_wrote_is_adopted_and_what_the_release_dropped_goes(bench: Bench) -> None:
    label, _ = _names()
    home = f"{label}-system"
    bench.run(cert_manager(), ())
    bench.plane.client.apply(simple("v1", "Namespace", home, label=label))
    settings = simple("v1", "ConfigMap", "settings", home, label)
    path = f"/api/v1/namespaces/{home}/configmaps"
    made = {**settings, "data": {"a": "1", "b": "2"}}
    bench.plane.client.raw("POST", path, params={"fieldManager": "clusterctl"}, body=made)
    result = bench.run(cert_manager(), (provider(label, extra=({**settings, "data": {"a": "3"}},)),))
    assert result.failures == ()
    assert [each.taken for each in result.applied if each.taken] == []
    found = bench.plane.client.read({**settings})
    assert found is not None
    assert found["data"] == {"a": "3"}


def test_a_field_of_another_manager_is_taken_over_and_told(bench: Bench) -> None:
    label, _ = _names()
    home = f"{label}-system"
    part = provider(label)
    bench.run(cert_manager(), (part,))
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "controller-manager", "namespace": home},
    }
    bench.plane.client.raw(
        "PATCH",
        f"/apis/apps/v1/namespaces/{home}/deployments/controller-manager",
        params={"fieldManager": "kubectl-edit"},
        body={"spec": {"replicas": 2}},
        media_type="application/merge-patch+json",
    )
    stages, kinds = bench.planned(cert_manager(), (part,))
    shown = rehearse(
        (bench.reader, bench.writer),
        staged_objects(stages),
        bench.existing(cert_manager(), (part,)).objects,
        kinds,
    )
    changed = {str(each.key): [str(change) for change in each.changes] for each in shown if each.changes}
    assert changed == {f"Deployment {home}/controller-manager": ["~ spec.replicas: 2 -> 1"]}
    result = bench.run(cert_manager(), (part,))
    taken = [(each.key.kind, each.taken[0][0]) for each in result.applied if each.taken]
    assert taken == [("Deployment", ".spec.replicas")]
    found = bench.plane.client.read(deployment)
    assert found is not None
    assert found["spec"]["replicas"] == 1


@pytest.mark.parametrize(
    ("extra", "trouble"),
    [
        (simple("v1", "ConfigMap", "Not_A_Name", "HOME", "LABEL"), ApiTrouble.INVALID),
        (simple("apps/v1", "Deployment", "half", "HOME", "LABEL", spec={"replicas": 1}), ApiTrouble.INVALID),
    ],
    ids=["name", "fields"],
)
def test_what_cannot_be_stored_ends_the_run_with_its_name(
    bench: Bench, extra: dict[str, Any], trouble: ApiTrouble
) -> None:
    label, _ = _names()
    mine = {**extra, "metadata": {**extra["metadata"], "namespace": f"{label}-system"}}
    (failure,) = bench.run(cert_manager(), (provider(label, extra=(mine,)),)).failures
    assert failure.api is not None
    assert (failure.key and failure.key.name, failure.api.trouble) == (mine["metadata"]["name"], trouble)


def test_an_object_that_etcd_does_not_take_is_too_large(control_plane: ControlPlane) -> None:
    """The API server takes 3 MiB, etcd 1.5; past the proxy, whose connection the server closes with its answer."""
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/larges.large.example.com"
    with _connected(control_plane.kubeconfig()) as api:
        for size in (1_800_000, 3_500_000):
            failure = api.write(
                applying(path, definition("large.example.com", "Large", note="x" * size))
            ).failure
            assert failure is not None
            assert failure.trouble is ApiTrouble.TOO_LARGE


def test_a_quota_and_a_webhook_that_nobody_serves_are_told_apart(bench: Bench) -> None:
    client = bench.plane.client
    label, other = _names()
    home = f"{label}-system"
    client.apply(simple("v1", "Namespace", home, label=label))
    client.apply(simple("v1", "ResourceQuota", "none", home, spec={"hard": {"count/secrets": "0"}}))
    client.wait_until(
        lambda: "status" in (client.read(simple("v1", "ResourceQuota", "none", home)) or {}),
        "the quota counts",
    )
    (failure,) = bench.run(cert_manager(), (provider(label),)).failures
    assert failure.api is not None
    assert (str(failure.key), failure.api.trouble) == (f"Secret {home}/credentials", ApiTrouble.QUOTA)
    hook = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": other},
        "webhooks": [
            {
                "name": "deployments.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "clientConfig": {"url": "https://127.0.0.1:1/"},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": f"{other}-system"}},
                "rules": [
                    {
                        "apiGroups": ["apps"],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE"],
                        "resources": ["deployments"],
                    }
                ],
            }
        ],
    }
    client.apply(hook)
    patient = replace(bench.writer, limit=1.0)
    (failure,) = replace(bench, writer=patient).run(cert_manager(), (provider(other),)).failures
    assert failure.api is not None
    assert failure.api.trouble is ApiTrouble.WEBHOOK_UNAVAILABLE
    client.delete(hook)
    assert bench.run(cert_manager(), (provider(other),)).failures == ()


class _KillAt(Struct):
    """The run's end at the k-th request: nothing comes back any more, for this and for all after it."""

    number: int

    def __call__(self, asked: Asked) -> Fault | None:
        return refusal(403, "Forbidden", "the run is dead") if asked.number >= self.number else None


@pytest.mark.parametrize("number", [6, 13, 24, 35, 46])
def test_broken_off_at_a_request_the_next_run_finishes(bench: Bench, number: int) -> None:
    parts = tuple(provider(label) for label in _names())
    bench.proxy.forget()
    bench.proxy.rule = _KillAt(number)
    with _broken_off():
        result = bench.run(cert_manager(), parts, pid=7)
        assert result.failures or number > 46
    bench.proxy.rule = None
    assert bench.run(cert_manager(), parts, pid=8).failures == ()
    assert all(
        bench.plane.client.read({**raw}) is not None
        for part in parts
        for raw in (*part.objects, part.entry or {})
    )


@contextmanager
def _broken_off() -> Iterator[None]:
    """A run that dies before its first object raises, one that dies later tells."""
    with suppress(AssertionError):
        yield


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_a_request_is_passed_over(bench: Bench, fault: str) -> None:
    label, _ = _names()
    bench.proxy.forget()
    bench.proxy.rule = lambda asked: FAULTS[fault] if _is_due(asked) else None
    api = _impatient(bench.writer.api)
    hurried = replace(bench, writer=replace(bench.writer, api=api), reader=replace(bench.reader, api=api))
    result = hurried.run(cert_manager(), (provider(label),))
    bench.proxy.rule = None
    assert result.failures == ()


def _map(name: str, namespace: str) -> dict[str, Any]:
    return simple("v1", "ConfigMap", name, namespace)


def test_each_refusal_is_known_by_the_servers_words(bench: Bench) -> None:
    """What no other test here meets; a policy's no is waited for, since the server takes a while to know it."""
    client = bench.plane.client
    home, gone = client.new_namespace(), client.new_namespace()
    api, maps = bench.writer.api, f"/api/v1/namespaces/{home}/configmaps"

    def trouble(request: ApiWrite) -> ApiTrouble | None:
        failure = api.write(request).failure
        return failure.trouble if failure is not None else None

    assert trouble(creating(maps, _map("one", home))) is None
    assert trouble(creating(maps, _map("one", home))) is ApiTrouble.EXISTS
    stale = {"metadata": {"resourceVersion": "1"}, "data": {"a": "b"}}
    assert trouble(merging(f"{maps}/one", stale)) is ApiTrouble.CONFLICT
    assert trouble(deleting(f"{maps}/one", uid="another")) is ApiTrouble.CONFLICT
    assert api.write(deleting(f"{maps}/none")).absent
    assert trouble(applying("/apis/example.com/v9/odds/a", {"kind": "Odd"})) is ApiTrouble.NOT_SERVED
    nowhere = "/api/v1/namespaces/nowhere-at-all/configmaps/one"
    assert trouble(applying(nowhere, _map("one", "nowhere-at-all"))) is ApiTrouble.NO_NAMESPACE
    client.apply(_held(gone))
    client.delete(simple("v1", "Namespace", gone))
    late = f"/api/v1/namespaces/{gone}/configmaps/two"
    assert trouble(applying(late, _map("two", gone))) is ApiTrouble.TERMINATING
    client.patch(_held(gone), {"metadata": {"finalizers": None}})
    client.apply(*_policy(home))
    denied = applying(f"{maps}/no", _map("no", home), dry_run=True)
    client.wait_until(lambda: trouble(denied) is ApiTrouble.DENIED, "the policy is known")


def _held(namespace: str) -> dict[str, Any]:
    held = _map("held", namespace)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    return held


def _policy(namespace: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A policy that denies every ConfigMap named ``no`` in a namespace."""
    api = "admissionregistration.k8s.io/v1"
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE"],
        "resources": ["configmaps"],
    }
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "object.metadata.name != 'no'"}],
    }
    selector = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}
    binding = {"policyName": namespace, "validationActions": ["Deny"], "matchResources": selector}
    return (
        simple(api, "ValidatingAdmissionPolicy", namespace, spec=spec),
        simple(api, "ValidatingAdmissionPolicyBinding", namespace, spec=binding),
    )


def _is_due(asked: Asked) -> bool:
    """Every fifteenth request; a watch that stalls is given up after ten seconds, which a test does not wait out."""
    return asked.number % 15 == 0 and "watch" not in asked.query


def test_two_runs_are_kept_apart_and_the_dead_are_followed(bench: Bench) -> None:
    alive = FakeProcesses(pid=1, alive=frozenset({1}))
    first = bench.lease(alive, "first")
    assert first.acquire() == Acquired(verdict=LeaseVerdict.FREE)
    second = bench.lease(FakeProcesses(pid=2, alive=frozenset({1})), "second")
    refused = second.acquire()
    assert isinstance(refused, HeldElsewhere)
    assert refused.state.holder is not None
    assert refused.state.holder.run == "first"
    third = bench.lease(FakeProcesses(pid=3), "third")
    taken = third.acquire()
    assert isinstance(taken, Acquired)
    assert taken.verdict is LeaseVerdict.DEAD
    first.renew()
    assert first.why_not() is not None
    assert third.why_not() is None
    assert first.release() is None
    assert third.release() is None
    assert bench.reader.read(
        ApiRequest(path="/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/capyctl")
    ).absent


def test_deleting_takes_the_providers_alone_and_tells_what_blocks(bench: Bench) -> None:
    label, other = _names()
    held = simple("v1", "ConfigMap", "held", f"{label}-system", label)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    first, second = provider(label, extra=(held,)), provider(other)
    bench.run(cert_manager(), (first, second))
    live = read_live(bench.reader, bench.discovery(), provider_selector([label]))
    stages = deletion_stages(DeletionRequest(namespaces=((label, f"{label}-system"),)), live.objects)
    blocked = delete_stages(bench.writer, stages, limit=1)
    assert [(each.key.name, each.blocked_by) for each in blocked.failures] == [
        ("held", ("example.com/hold",))
    ]
    bench.plane.client.patch(held, {"metadata": {"finalizers": None}})
    done = bench.delete((first,), include_namespace=True, include_crd=True)
    assert done.failures == ()
    assert all(
        bench.plane.client.read({**raw}) is None for raw in first.objects if text_at(raw, "kind") != "Issuer"
    )
    assert all(bench.plane.client.read({**raw}) is not None for raw in (*second.objects, second.entry or {}))
