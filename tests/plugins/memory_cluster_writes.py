"""The API server in memory that can be written to: apply, dry run, finalizers, and faults at the k-th request."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import unquote

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble, Reading, WatchEvent
from capyctl.core.api_writing import FIELD_MANAGER, ApiWrite, Verb
from capyctl.core.evidence import Evidence, Outcome, Question
from tests.plugins.memory_cluster import Json, Kind, MemoryApiServer

Object = dict[str, Any]
Path = tuple[str, ...]

BUILT_IN = (
    Kind(group="", versions=("v1",), kind="Namespace", plural="namespaces", namespaced=False),
    Kind(group="", versions=("v1",), kind="ConfigMap", plural="configmaps"),
    Kind(group="", versions=("v1",), kind="Secret", plural="secrets"),
    Kind(group="", versions=("v1",), kind="Service", plural="services"),
    Kind(group="", versions=("v1",), kind="ServiceAccount", plural="serviceaccounts"),
    Kind(group="apps", versions=("v1",), kind="Deployment", plural="deployments"),
    Kind(group="coordination.k8s.io", versions=("v1",), kind="Lease", plural="leases"),
    Kind(group="discovery.k8s.io", versions=("v1",), kind="EndpointSlice", plural="endpointslices"),
    Kind(
        group="rbac.authorization.k8s.io",
        versions=("v1",),
        kind="ClusterRole",
        plural="clusterroles",
        namespaced=False,
    ),
    Kind(
        group="rbac.authorization.k8s.io",
        versions=("v1",),
        kind="ClusterRoleBinding",
        plural="clusterrolebindings",
        namespaced=False,
    ),
    Kind(group="rbac.authorization.k8s.io", versions=("v1",), kind="Role", plural="roles"),
    Kind(
        group="admissionregistration.k8s.io",
        versions=("v1",),
        kind="ValidatingWebhookConfiguration",
        plural="validatingwebhookconfigurations",
        namespaced=False,
    ),
    Kind(
        group="apiextensions.k8s.io",
        versions=("v1",),
        kind="CustomResourceDefinition",
        plural="customresourcedefinitions",
        namespaced=False,
    ),
)


class KilledError(Exception):
    """The run is dead; nothing in the product catches it."""


class Fault(Struct, frozen=True, kw_only=True):
    """What happens to one request: trouble in place of its answer, or the end of the run; ``done``: after the deed."""

    trouble: ApiTrouble | None = None
    status: int | None = None
    retry_after: float | None = None
    done: bool = False


FAULTS = {
    "reset": Fault(trouble=ApiTrouble.RESET),
    "500": Fault(trouble=ApiTrouble.FAILED, status=500),
    "429": Fault(trouble=ApiTrouble.BUSY, status=429, retry_after=1.0),
    "cut": Fault(trouble=ApiTrouble.CUT, status=200, done=True),
    "stall": Fault(trouble=ApiTrouble.SILENT, done=True),
}
KILL, KILL_DONE = Fault(), Fault(done=True)

Rule = Callable[[int, ApiRequest | ApiWrite], Fault | None]


def at(number: int, fault: Fault) -> Rule:
    """The fault at the k-th request, from 1, and at no other."""
    return lambda count, _: fault if count == number else None


class HandClock(Struct, kw_only=True):
    """A clock that moves when somebody sleeps."""

    seconds: float = 0.0

    def now(self) -> str:
        """A day in November, and the seconds gone by."""
        whole = int(self.seconds)
        return f"2026-11-22T{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}Z"

    def monotonic(self) -> float:
        """The seconds gone by."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let them go by."""
        self.seconds += seconds


class WritableMemoryServer(MemoryApiServer, kw_only=True):
    """Keeps objects by place.

    Attributes:
        rule: the fault of a request. lag: how many requests controllers take to see what was written.
        never: names of objects that never become ready. writes: every write, refused ones too.
        refusals: trouble for writes to a path, each with its reason; used up one a write where it is a list.
    """

    rule: Rule = field(default=lambda _count, _request: None)
    clock: HandClock = field(default_factory=HandClock)
    lag: int = 3
    never: set[str] = field(default_factory=set)
    refusals: dict[str, list[ApiTrouble]] = field(default_factory=dict)
    writes: list[ApiWrite] = field(default_factory=list)
    count: int = 0
    version: int = 100
    born: dict[str, int] = field(default_factory=dict)
    owners: dict[str, dict[str, Object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds = [*BUILT_IN, *self.kinds]
        self.place({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}})

    def place(self, raw: Object, manager: str = "") -> Object:
        """Put an object there as somebody else made it."""
        kind = next(each for each in self.kinds if each.kind == raw["kind"])
        stored = self._stored(copy.deepcopy(raw))
        self.objects.append(stored)
        if manager:
            self._own(_path_of(kind, raw), manager, raw)
            self._write_managers(stored, _path_of(kind, raw))
        return stored

    def held(self) -> dict[str, Object]:
        """What is there, without what a run may differ in: versions, identities, times."""
        kept = {}
        for each in self._all():
            plain = copy.deepcopy(dict(each))
            metadata: Object = plain["metadata"]
            for name in ("resourceVersion", "uid", "managedFields", "generation"):
                metadata.pop(name, None)
            kept[f"{each['kind']} {metadata.get('namespace', '')}/{metadata['name']}"] = plain
        return kept

    def find(self, kind: str, name: str, namespace: str = "") -> Object | None:
        """One object by kind and name."""
        return next(
            (
                dict(each)
                for each in self._all()
                if each["kind"] == kind
                and each["metadata"]["name"] == name
                and each["metadata"].get("namespace", "") == namespace
            ),
            None,
        )

    def _all(self) -> list[Object]:
        return cast("list[Object]", list(self.objects))

    # Reading

    def ask(self, request: ApiRequest) -> Reading[Json]:
        """One answer, unless a fault is due."""
        fault = self._counted(request)
        if fault is not None:
            return self._broken(request.path, fault)
        selector = dict(request.query).get("labelSelector", "")
        rest = tuple(each for each in request.query if each[0] != "labelSelector")
        answer = MemoryApiServer.ask(self, replace(request, query=rest))
        if selector and answer.value is not None:
            listed = cast("list[Object]", answer.value["items"])
            items = [each for each in listed if _matches(each, selector)]
            answer = replace(answer, value={**answer.value, "items": items})
        return replace(answer, server_time=self.clock.now())

    def watch(self, request: ApiRequest) -> Iterator[WatchEvent]:
        """What is there now; then the watch ends, as one does that is not held open."""
        fault = self._counted(request)
        self.asked.append(request)
        if fault is not None:
            yield WatchEvent(type="ERROR", object={"message": "the watch broke", "code": fault.status or 0})
            return
        query = dict(request.query)
        selector = query.get("labelSelector", "")
        found = cast("Object", self._found(ApiRequest(path=request.path)) or {})
        for each in found.get("items", ()):
            if _matches(each, selector):
                yield WatchEvent(type="ADDED", object=copy.deepcopy(each))

    # Writing

    def write(self, request: ApiWrite) -> Reading[Json]:
        """One write, unless a fault is due."""
        fault = self._counted(request)
        self.writes.append(request)
        if fault is not None and not fault.done:
            return self._broken(request.path, fault)
        if pending := self.refusals.get(request.path):
            return self._refused(request.path, pending.pop(0))
        answer = self._written(request)
        if fault is not None:
            return self._broken(request.path, fault)
        return replace(answer, server_time=self.clock.now())

    def _written(self, request: ApiWrite) -> Reading[Json]:  # noqa: PLR0911 - one a verb
        body: Object = copy.deepcopy(dict(request.body or {}))
        path = request.path
        if request.verb is Verb.CREATE:
            path = f"{path}/{body['metadata']['name']}"
        kind, namespace, name = self._parsed(path)
        if kind is None:
            return self._refused(path, ApiTrouble.NOT_SERVED)
        if namespace and not self.find("Namespace", namespace):
            return self._refused(path, ApiTrouble.NO_NAMESPACE)
        if namespace and _is_going(self.find("Namespace", namespace)) and request.verb is not Verb.DELETE:
            return self._refused(path, ApiTrouble.TERMINATING)
        live = self._live(kind, namespace, name)
        if request.verb is Verb.DELETE:
            return self._deleted(request, live, body)
        if request.verb is Verb.CREATE and live is not None:
            return self._refused(path, ApiTrouble.EXISTS)
        if request.verb is Verb.MERGE:
            return self._merged(request, live, body)
        return self._applied(request, path, live, body)

    def _applied(self, request: ApiWrite, path: str, live: Object | None, body: Object) -> Reading[Json]:
        manager = FIELD_MANAGER
        causes = self._conflicts(path, body) if live is not None and request.verb is Verb.APPLY else ()
        if causes and not request.force:
            return self._refused(path, ApiTrouble.OWNED, causes)
        before = self.owners.get(path, {}).get(manager, {})
        merged = _merge(copy.deepcopy(live or {}), body)
        for gone in set(_leaves(before)) - set(_leaves(body)):
            if not any(
                gone in set(_leaves(each)) for who, each in self.owners[path].items() if who != manager
            ):
                _drop(merged, gone)
        if request.dry_run:
            return self._found_reading(path, merged, 201 if live is None else 200)
        changed = live is None or merged != live
        stored = self._stored(merged) if changed else merged
        self._own(path, manager, body, force=request.force)
        self._write_managers(stored, path)
        self._keep(stored, live)
        return self._found_reading(path, stored, 201 if live is None else 200)

    def _merged(self, request: ApiWrite, live: Object | None, body: Object) -> Reading[Json]:
        if live is None:
            return Reading(evidence=(_evidence(request.path, 404),))
        wanted = body.get("metadata", {}).pop("resourceVersion", None)
        if wanted is not None and wanted != live["metadata"]["resourceVersion"]:
            return self._refused(request.path, ApiTrouble.CONFLICT)
        fields = body.get("metadata", {}).pop("managedFields", None)
        if fields is not None:
            owned: Object = {}
            for manager, held in self.owners.get(request.path, {}).items():
                if manager in ("clusterctl", FIELD_MANAGER):
                    owned = _merge(owned, held)
            self.owners[request.path] = {FIELD_MANAGER: owned}
        merged = _merge(copy.deepcopy(live), body)
        if request.dry_run:
            return self._found_reading(request.path, merged, 200)
        stored = self._stored(merged)
        self._write_managers(stored, request.path)
        self._keep(stored, live)
        return self._found_reading(request.path, stored, 200)

    def _deleted(self, request: ApiWrite, live: Object | None, body: Object) -> Reading[Json]:
        if live is None:
            return Reading(evidence=(_evidence(request.path, 404),))
        held = {"uid": live["metadata"]["uid"], "resourceVersion": live["metadata"]["resourceVersion"]}
        if any(held[key] != value for key, value in body.get("preconditions", {}).items()):
            return self._refused(request.path, ApiTrouble.CONFLICT)
        if request.dry_run:
            return self._found_reading(request.path, live, 200)
        if live["metadata"].get("finalizers") or live["kind"] == "Namespace":
            going = copy.deepcopy(live)
            going["metadata"]["deletionTimestamp"] = self.clock.now()
            self._keep(self._stored(going), live)
        else:
            self._remove(live)
        return self._found_reading(request.path, live, 200)

    # What the server and its controllers keep

    def _counted(self, request: ApiRequest | ApiWrite) -> Fault | None:
        self.count += 1
        self._settle()
        fault = self.rule(self.count, request)
        if fault is not None and fault.trouble is None:
            if fault.done and isinstance(request, ApiWrite):
                self._written(request)
            raise KilledError
        return fault

    def _settle(self) -> None:
        """Controllers act on what is ``lag`` requests old."""
        for each in self._all():
            if (
                self.count - self.born.get(each["metadata"]["uid"], 0) < self.lag
                or self._name(each) in self.never
            ):
                continue
            kind, raw = str(each["kind"]), each
            if kind == "CustomResourceDefinition" and "status" not in raw:
                self._establish(raw)
            elif kind == "Deployment" and "status" not in raw:
                self._run(raw)
            elif kind == "Namespace" and _is_going(raw):
                self._empty(raw)

    def _establish(self, raw: Object) -> None:
        spec: Any = raw["spec"]
        raw["status"] = {"conditions": [{"type": "Established", "status": "True"}]}
        self.kinds = [
            *self.kinds,
            Kind(
                group=spec["group"],
                versions=tuple(each["name"] for each in spec["versions"]),
                kind=spec["names"]["kind"],
                plural=spec["names"]["plural"],
                namespaced=spec["scope"] == "Namespaced",
            ),
        ]

    def _run(self, raw: Object) -> None:
        wanted = raw.get("spec", {}).get("replicas", 1)
        raw["status"] = {
            "observedGeneration": raw["metadata"].get("generation", 1),
            "replicas": wanted,
            "updatedReplicas": wanted,
            "availableReplicas": wanted,
            "conditions": [{"type": "Available", "status": "True"}],
        }

    def _empty(self, raw: Object) -> None:
        name = raw["metadata"]["name"]
        inside = [each for each in self._all() if each["metadata"].get("namespace") == name]
        for each in inside:
            self._remove(each)
        self._remove(raw)

    def _stored(self, raw: Object) -> Object:
        self.version += 1
        metadata: Object = raw.setdefault("metadata", {})
        metadata["resourceVersion"] = str(self.version)
        metadata.setdefault("uid", f"uid-{self.version}")
        raw.pop("status", None) if raw["kind"] == "Deployment" else None
        self.born[metadata["uid"]] = self.count
        return raw

    def _keep(self, stored: Object, live: Object | None) -> None:
        if live is not None:
            self._remove(live)
        self.objects.append(stored)

    def _remove(self, live: Object) -> None:
        self.objects = [each for each in self._all() if each is not live and not _same(each, live)]

    def _live(self, kind: Kind, namespace: str, name: str) -> Object | None:
        found = self.find(kind.kind, name, namespace)
        group = str((found or {}).get("apiVersion", "")).rpartition("/")[0]
        return copy.deepcopy(found) if found is not None and group == kind.group else None

    def _parsed(self, path: str) -> tuple[Kind | None, str, str]:
        for kind in self.kinds:
            for version in kind.versions:
                root = f"/apis/{kind.group}/{version}/" if kind.group else f"/api/{version}/"
                if not path.startswith(root):
                    continue
                parts = [unquote(part) for part in path.removeprefix(root).split("/")]
                if (
                    kind.namespaced
                    and len(parts) == 4
                    and (parts[0], parts[2]) == ("namespaces", kind.plural)
                ):
                    return kind, parts[1], parts[3]
                if not kind.namespaced and len(parts) == 2 and parts[0] == kind.plural:
                    return kind, "", parts[1]
        return None, "", ""

    def _own(self, path: str, manager: str, body: Object, *, force: bool = False) -> None:
        owners = self.owners.setdefault(path, {})
        if force:
            for who, held in owners.items():
                if who != manager:
                    for leaf, value in _leaves(body).items():
                        if _leaves(held).get(leaf, value) != value:
                            _drop(held, leaf)
        owners[manager] = copy.deepcopy(body)

    def _write_managers(self, stored: Object, path: str) -> None:
        stored["metadata"]["managedFields"] = [
            {
                "manager": manager,
                "operation": "Apply" if manager == FIELD_MANAGER else "Update",
                "apiVersion": stored["apiVersion"],
                "fieldsType": "FieldsV1",
                "fieldsV1": {f"f:{'.'.join(leaf)}": {} for leaf in _leaves(body)},
            }
            for manager, body in self.owners.get(path, {}).items()
        ]

    def _conflicts(self, path: str, body: Object) -> tuple[tuple[str, str], ...]:
        wanted = _leaves(body)
        return tuple(
            (f".{'.'.join(leaf)}", f'conflict with "{manager}" using v1')
            for manager, held in self.owners.get(path, {}).items()
            if manager != FIELD_MANAGER
            for leaf, value in _leaves(held).items()
            if leaf in wanted and wanted[leaf] != value
        )

    # Answers

    def _name(self, each: Object) -> str:
        return str(each["metadata"]["name"])

    def _found_reading(self, path: str, value: Object, status: int) -> Reading[Json]:
        return Reading(value=copy.deepcopy(value), evidence=(_evidence(path, status),))

    def _refused(
        self, path: str, trouble: ApiTrouble, causes: tuple[tuple[str, str], ...] = ()
    ) -> Reading[Json]:
        evidence = replace(_evidence(path, 409), outcome=Outcome.UNAVAILABLE, failure=trouble.value)
        failure = ApiFailure(
            trouble=trouble, reason=f"refused: {trouble.value}", evidence=evidence, causes=causes
        )
        return Reading(evidence=(evidence,), failure=failure, server_time=self.clock.now())

    def _broken(self, path: str, fault: Fault) -> Reading[Json]:
        trouble = fault.trouble or ApiTrouble.RESET
        evidence = replace(_evidence(path, fault.status), outcome=Outcome.UNAVAILABLE, failure=trouble.value)
        failure = ApiFailure(
            trouble=trouble,
            reason=f"the server is {trouble.value}",
            evidence=evidence,
            status=fault.status,
            retry_after=fault.retry_after,
        )
        return Reading(evidence=(evidence,), failure=failure)


def _evidence(path: str, status: int | None) -> Evidence:
    return Evidence(
        route="cluster",
        question=Question.OBJECT,
        outcome=Outcome.FOUND,
        url=f"https://memory.invalid:6443{path}",
        status=status,
    )


def _path_of(kind: Kind, raw: Object) -> str:
    version = str(raw["apiVersion"]).rpartition("/")[2]
    root = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
    place = f"/namespaces/{raw['metadata']['namespace']}" if kind.namespaced else ""
    return f"{root}{place}/{kind.plural}/{raw['metadata']['name']}"


def _is_going(raw: Object | None) -> bool:
    return raw is not None and "deletionTimestamp" in raw["metadata"]


def _same(one: Object, other: Object) -> bool:
    return all(
        one["metadata"].get(part) == other["metadata"].get(part) for part in ("name", "namespace")
    ) and (one["kind"], one["apiVersion"]) == (other["kind"], other["apiVersion"])


def _matches(item: Object, selector: str) -> bool:
    """Whether labels meet a selector: ``a``, ``a=b`` and ``a in (b,c)``, joined by commas."""
    labels = item["metadata"].get("labels", {})
    for part in filter(None, re.split(r",(?![^(]*\))", selector)):
        name, _, values = part.partition(" in (")
        name, equals, value = name.partition("=")
        wanted = values.rstrip(")").split(",") if values else [value]
        if name not in labels or ((values or equals) and labels[name] not in wanted):
            return False
    return True


def _merge(into: Object, body: Mapping[str, Any]) -> Object:
    """Mappings are merged, null takes away, everything else is replaced."""
    for key, value in body.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, Mapping):
            held = into.get(key)
            into[key] = _merge(dict(held) if isinstance(held, Mapping) else {}, value)
        else:
            into[key] = copy.deepcopy(value)
    return into


def _leaves(body: Mapping[str, Any], path: Path = ()) -> dict[Path, object]:
    found: dict[Path, object] = {}
    for key, value in body.items():
        if (*path, key) in (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")):
            continue
        if isinstance(value, Mapping) and value:
            found |= _leaves(value, (*path, key))
        else:
            found[*path, key] = value
    return found


def _drop(body: Object, path: Path) -> None:
    for part in path[:-1]:
        if not isinstance(body.get(part), dict):
            return
        body = body[part]
    body.pop(path[-1], None)
