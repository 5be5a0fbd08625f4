"""A small installation for tests of the engine: a cert-manager and two providers, every kind that matters once."""

from __future__ import annotations

from typing import Any

from capyctl.adapters.askers import SerialAsker
from capyctl.app.apply.engine import ApplyPolicy, ApplyResult, SilentObserver, apply_stages
from capyctl.app.apply.existing import read_existing
from capyctl.app.apply.lease import Acquired, ClusterLease
from capyctl.app.apply.record import TransactionRecord
from capyctl.app.apply.writing import ClusterWriter
from capyctl.app.cluster_reading import ClusterReader
from capyctl.config.inventory_file import read_inventory_definition
from capyctl.core.api_reading import ApiRequest
from capyctl.core.apply_stages import Limits, Part, Stage, install_stages, staged_objects
from capyctl.core.cluster_lease import Holder
from capyctl.core.discovery import Discovery, parse_discovery
from capyctl.core.identity import split_manifest_label
from capyctl.core.object_key import Kinds, kinds_with
from capyctl.core.provider_objects import cert_manager_objects, inventory_entry
from capyctl.core.transaction import Operation, ProviderRecord, Transaction, mark_of
from tests.plugins.memory_cluster_writes import WritableMemoryServer

Object = dict[str, Any]


def definition(group: str, kind: str, *, label: str = "", note: str = "") -> Object:
    """A CustomResourceDefinition of one version that takes anything; ``note`` describes its schema."""
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}", "labels": _labels(label)},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "x-kubernetes-preserve-unknown-fields": True,
                            **({"description": note} if note else {}),
                        }
                    },
                }
            ],
        },
    }


def deployment(
    name: str, namespace: str, *, label: str = "", image: str = "example.com/manager:v1"
) -> Object:
    """A Deployment of one container."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace, "labels": _labels(label)},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "manager", "image": image}]},
            },
        },
    }


def simple(
    api_version: str, kind: str, name: str, namespace: str = "", label: str = "", **rest: object
) -> Object:
    """An object of any other kind."""
    metadata: Object = {"name": name, "labels": _labels(label)}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def cert_manager(version: str = "v1.21.1") -> Part:
    """cert-manager: its namespace, two definitions, a role in kube-system, one Deployment."""
    raw = [
        simple("v1", "Namespace", "cert-manager"),
        definition("cert-manager.io", "Certificate"),
        definition("cert-manager.io", "Issuer"),
        simple(
            "rbac.authorization.k8s.io/v1", "Role", "cert-manager:leaderelection", "kube-system", rules=[]
        ),
        deployment("cert-manager", "cert-manager"),
    ]
    return Part(owner="cert-manager", objects=cert_manager_objects(raw, version))


def provider(label: str, version: str = "v1.0.0", *, image: str = "", extra: tuple[Object, ...] = ()) -> Part:
    """A provider as ``render_components`` gives it, and its entry."""
    home = f"{label}-system"
    kind = "".join(part.capitalize() for part in label.split("-"))
    rbac = "rbac.authorization.k8s.io/v1"
    objects = (
        simple("v1", "Namespace", home, label=label),
        simple("cert-manager.io/v1", "Issuer", "selfsigned", home, label, spec={"selfSigned": {}}),
        definition(f"{label}.example.com", kind, label=label),
        simple("v1", "ServiceAccount", "manager", home, label),
        simple(rbac, "ClusterRole", f"{label}-manager", label=label, rules=[]),
        simple("v1", "Secret", "credentials", home, label, stringData={"key": "a secret"}),
        deployment("controller-manager", home, label=label, image=image or f"example.com/{label}:{version}"),
        *extra,
    )
    return Part(
        owner=label, objects=objects, entry=inventory_entry(split_manifest_label(label), home, version)
    )


def built_in_discovery() -> Discovery:
    """The kinds of a server without any definition."""
    return read_discovery(WritableMemoryServer())


def read_discovery(server: WritableMemoryServer) -> Discovery:
    """What the server serves, without a request that counts."""
    return parse_discovery([server._discovery(root) for root in ("/api", "/apis")])


def kinds_of(server: WritableMemoryServer, parts: tuple[Part, ...]) -> Kinds:
    """The kinds for these parts."""
    rendered = [read_inventory_definition(), *(raw for part in parts for raw in part.objects)]
    return kinds_with(read_discovery(server), rendered)


def writer_of(server: WritableMemoryServer, **settings: Any) -> ClusterWriter:  # noqa: ANN401
    """One write after the other, so that the k-th request is always the same."""
    given: dict[str, Any] = {
        "api": server,
        "asker": SerialAsker(),
        "clock": server.clock,
        "jitter": lambda: 0.5,
        **settings,
    }
    return ClusterWriter(**given)


def reader_of(server: WritableMemoryServer) -> ClusterReader:
    """A reader that waits for a minute."""
    until = server.clock.monotonic() + 60.0
    return ClusterReader(api=server, asker=SerialAsker(), clock=server.clock, until=until, jitter=lambda: 0.5)


def stages_of(
    server: WritableMemoryServer, before: Part | None, parts: tuple[Part, ...]
) -> tuple[Stage, ...]:
    """The stages of an installation, inventory's CRD and readiness included."""
    every = (*([before] if before else []), *parts)
    return install_stages(
        before,
        parts,
        kinds_of(server, every),
        inventory=(read_inventory_definition(),),
        limits=Limits(providers=300.0),
    )


class FakeProcesses:
    """One process, alive; others are dead unless named."""

    def __init__(self, pid: int = 1, host: str = "here", alive: frozenset[int] = frozenset()) -> None:
        self.pid, self.host, self.alive = pid, host, alive

    def myself(self, run: str) -> Holder:
        """This process."""
        return Holder(host=self.host, pid=self.pid, started="7", run=run)

    def is_alive(self, holder: Holder) -> bool:
        """As told."""
        return holder.pid in self.alive


class NoBackground:
    """Renews nothing by itself; ``work`` is what a thread would do."""

    def __init__(self) -> None:
        self.work: list[Any] = []

    def every(self, seconds: float, work: Any) -> Any:  # noqa: ANN401
        """Keep the work."""
        del seconds
        self.work.append(work)
        return lambda: None


def whole_run(
    server: WritableMemoryServer, before: Part | None, parts: tuple[Part, ...], *, pid: int = 1
) -> ApplyResult:
    """What a command does around the engine: discovery, lease, existing objects, record, stages, finish, release."""
    reader = reader_of(server)
    documents = [reader.read(ApiRequest(path=root)).value or {} for root in ("/api", "/apis")]
    every = (*([before] if before else []), *parts)
    rendered = [read_inventory_definition(), *(raw for part in every for raw in part.objects)]
    kinds = kinds_with(parse_discovery(documents), rendered)
    stages = install_stages(
        before, parts, kinds, inventory=(read_inventory_definition(),), limits=Limits(providers=300.0)
    )
    existing = read_existing(reader, staged_objects(stages), kinds)
    if existing.failures:
        return ApplyResult(failures=())
    lease = ClusterLease(
        writer=writer_of(server),
        processes=FakeProcesses(pid=pid),
        background=NoBackground(),
        run=f"run-{pid}",
    )
    acquired = lease.acquire()
    assert isinstance(acquired, Acquired), acquired
    writer = writer_of(server, guard=lease.why_not)
    record = TransactionRecord(writer, transaction_of(parts))
    failure = record.begin()
    assert failure is None, failure
    policy = ApplyPolicy(existing=existing.objects, mark=record.mark)
    result = apply_stages(writer, stages, policy, SilentObserver())
    if result.is_complete:
        record.finish()
    lease.release()
    return result


def transaction_of(parts: tuple[Part, ...]) -> Transaction:
    """The record of these parts."""
    providers = {
        part.owner: ProviderRecord(
            label=part.owner,
            version=str((part.entry or {}).get("version")),
            namespace=f"{part.owner}-system",
            objects=tuple(mark_of(raw) for raw in part.objects),
        )
        for part in parts
    }
    return Transaction(
        operation=Operation.INIT,
        run="run",
        started_at="2026-11-22T00:00:00Z",
        planned=tuple(providers),
        providers=providers,
    )


def _labels(label: str) -> dict[str, str]:
    return {"clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": label} if label else {}
