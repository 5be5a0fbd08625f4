"""The parts of a cluster read over an API server in memory: what is asked, what fails alone, what is waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.askers import SerialAsker
from capyctl.app.check.guarded import Later
from capyctl.app.check.request import CheckRequest
from capyctl.app.check.server_reading import read_readiness, read_rights, read_service_addresses
from capyctl.app.cluster_check import ClusterCheck, check_cluster, check_until_settled
from capyctl.app.cluster_reading import ClusterReader
from capyctl.config.support_file import read_kubernetes_support
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble, Reading
from capyctl.core.checks.permissions import needed
from capyctl.core.checks.result import CheckName, CheckOutcome
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.exit_status import ExitStatus
from capyctl.core.invocation import Invocation
from capyctl.core.no_proxy import proxy_rules
from tests.plugins.memory_cluster import Kind, MemoryApiServer

_READYZ = "[+]ping ok\nreadyz check passed\n"
_KINDS = (
    Kind(group="", versions=("v1",), kind="Node", plural="nodes", namespaced=False),
    Kind(group="", versions=("v1",), kind="Pod", plural="pods"),
    Kind(group="apps", versions=("v1",), kind="Deployment", plural="deployments"),
    Kind(group="discovery.k8s.io", versions=("v1",), kind="EndpointSlice", plural="endpointslices"),
    Kind(
        group="apiextensions.k8s.io",
        versions=("v1",),
        kind="CustomResourceDefinition",
        plural="customresourcedefinitions",
        namespaced=False,
    ),
    Kind(
        group="admissionregistration.k8s.io",
        versions=("v1",),
        kind="ValidatingWebhookConfiguration",
        plural="validatingwebhookconfigurations",
        namespaced=False,
    ),
    Kind(group="clusterctl.cluster.x-k8s.io", versions=("v1alpha3",), kind="Provider", plural="providers"),
)
_SLICE = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {
        "name": "kubernetes",
        "namespace": "default",
        "labels": {"kubernetes.io/service-name": "kubernetes"},
    },
    "addressType": "IPv4",
    "endpoints": [{"addresses": ["10.0.0.1"]}],
}
_NODES = "/api/v1/nodes"


class StillClock:
    """It is always ten o'clock."""

    def now(self) -> str:
        return "2026-11-22T10:00:00Z"

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nothing waits {seconds} s here")


def node(
    name: str, *, joined: str = "2026-11-22T09:59:00Z", role: str = "control-plane"
) -> Mapping[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "creationTimestamp": joined,
            "labels": {f"node-role.kubernetes.io/{role}": ""},
        },
        "status": {
            "nodeInfo": {"kubeletVersion": "v1.34.3"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }


def pod(name: str, node_name: str) -> Mapping[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {"nodeName": node_name, "containers": [{"name": "main"}]},
        "status": {"phase": "Running"},
    }


def server(*objects: Mapping[str, object], texts: Mapping[str, str] | None = None) -> MemoryApiServer:
    return MemoryApiServer(
        kinds=_KINDS,
        objects=[_SLICE, *objects],
        documents={"/version": {"gitVersion": "v1.34.3"}},
        texts={"/readyz": _READYZ, **(texts or {})},
    )


def reader(api: object) -> ClusterReader:
    return ClusterReader(
        api=api,  # type: ignore[arg-type] # doubles of the port, as they come
        asker=SerialAsker(),
        clock=StillClock(),
        until=-1.0,
        jitter=lambda: 0.5,
    )


_REQUEST = CheckRequest(support=read_kubernetes_support(), invocation=Invocation(words=("cluster", "check")))


def checked(api: object, request: CheckRequest = _REQUEST) -> ClusterCheck:
    return check_cluster(reader(api), request)


def outcomes(found: ClusterCheck) -> dict[str, str]:
    return {each.name.value: each.outcome.value for each in found.checks}


def names(found: ClusterCheck) -> list[str]:
    return [each.code.name for each in found.diagnostics]


def test_every_part_is_told_once_and_in_order() -> None:
    found = checked(server(node("w-1", role="worker")))
    assert list(outcomes(found)) == [name.value for name in CheckName]
    assert outcomes(found)["ready"] == outcomes(found)["kubernetes"] == outcomes(found)["nodes"] == "ok"
    assert (found.status, names(found), found.waiting) == (ExitStatus.DONE, [], ())


def test_the_number_of_questions_does_not_grow_but_with_control_plane_nodes() -> None:
    def asked(*objects: Mapping[str, object]) -> int:
        api = server(*objects)
        checked(api)
        return len(api.asked)

    workers = [node(f"w-{number}", role="worker") for number in range(300)]
    pods = [pod(f"p-{number}", "w-1") for number in range(300)]
    assert asked(*workers, *pods) == asked(workers[0], pods[0])
    with_one = asked(node("cp-1"), pod("etcd-cp-1", "cp-1"))
    assert with_one == asked(workers[0]) + 2
    assert (
        asked(node("cp-1"), pod("etcd-cp-1", "cp-1"), node("cp-2"), pod("etcd-cp-2", "cp-2")) == with_one + 2
    )


def test_one_log_line_is_asked_of_each_control_plane_node() -> None:
    api = server(
        node("cp-1"),
        pod("etcd-cp-1", "cp-1"),
        texts={"/api/v1/namespaces/kube-system/pods/etcd-cp-1/log": "all is well\n"},
    )
    assert outcomes(checked(api))["node-tunnels"] == "ok"
    (asked,) = (each for each in api.asked if each.path.endswith("/log"))
    assert dict(asked.query) == {"container": "main", "tailLines": "1", "limitBytes": "4096"}
    api.failures["/api/v1/namespaces/kube-system/pods/etcd-cp-1/log"] = [ApiTrouble.STARTING]
    assert outcomes(checked(api))["node-tunnels"] == "waiting"
    gone = server(node("cp-1"), pod("etcd-cp-1", "cp-1"))
    assert outcomes(checked(gone))["node-tunnels"] == "skipped"


def test_a_server_that_cannot_be_reached_skips_the_rest_and_says_why() -> None:
    api = server()
    api.failures["/version"] = [ApiTrouble.REFUSED]
    found = checked(api)
    assert (found.status, outcomes(found)["reachable"]) == (ExitStatus.UNDETERMINED, "waiting")
    assert {each.outcome for each in found.checks[1:]} == {CheckOutcome.SKIPPED}
    assert {each.detail for each in found.checks[1:]} == {"not asked, since the API server was not reached"}
    assert [(each.code.name, each.severity.value) for each in found.diagnostics] == [
        ("api-server-unreachable", "warning")
    ]
    assert found.diagnostics[0].detail.startswith("The API server ")
    assert len(api.asked) == 1


@pytest.mark.parametrize(
    "trouble", [ApiTrouble.CERTIFICATE, ApiTrouble.UNAUTHENTICATED, ApiTrouble.FORBIDDEN]
)
def test_what_never_passes_fails_at_once(trouble: ApiTrouble) -> None:
    api = server()
    api.failures["/version"] = [trouble]
    found = checked(api)
    assert (found.status, outcomes(found)["reachable"]) == (ExitStatus.PROBLEMS, "failed")


def test_what_answers_and_is_no_api_server() -> None:
    found = checked(MemoryApiServer())
    assert (outcomes(found)["reachable"], names(found)) == ("failed", ["api-not-kubernetes"])


class Stumbling(Struct):
    """Passes questions on, and breaks at one path in a way that no API server does."""

    inner: MemoryApiServer
    path: str
    fault: Exception
    address: str = "https://memory.invalid:6443"

    def ask(self, request: ApiRequest) -> Reading[Mapping[str, object]]:
        if request.path == self.path:
            raise self.fault
        return self.inner.ask(request)

    def ask_text(self, request: ApiRequest) -> Reading[str]:
        if request.path == self.path:
            raise self.fault
        return self.inner.ask_text(request)


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        (_NODES, {"ready", "kubernetes", "nodes", "node-tunnels"}),
        ("/readyz", {"ready"}),
        ("/apis", {"kubernetes", "core", "inventory", "cert-manager"}),
        ("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"permissions"}),
    ],
)
def test_a_fault_in_one_check_never_hides_the_rest(path: str, broken: set[str]) -> None:
    found = checked(Stumbling(inner=server(), path=path, fault=RuntimeError("a slip of ours")))
    crashed = {
        each.name.value
        for each in found.checks
        for item in each.diagnostics
        if item.code.name == "internal-fault"
    }
    assert crashed == broken
    assert {name for name, outcome in outcomes(found).items() if outcome == "ok"} >= {"reachable"}
    assert "a slip of ours" in next(
        item.detail for item in found.diagnostics if item.code.name == "internal-fault"
    )


def test_a_reading_that_was_never_made_has_no_value() -> None:
    with pytest.raises(IndexError):
        _ = Later(lambda: 1).value


def test_everything_that_may_not_be_read_is_one_diagnosis() -> None:
    api = server()
    api.failures[_NODES] = [ApiTrouble.FORBIDDEN]
    api.failures["/apis"] = [ApiTrouble.FORBIDDEN]
    found = checked(api)
    assert {name for name, outcome in outcomes(found).items() if outcome == "skipped"} >= {
        "nodes",
        "core",
        "inventory",
        "node-tunnels",
    }
    assert names(found) == ["api-forbidden"]
    assert "nodes, core, inventory, node-tunnels" in found.diagnostics[0].detail
    assert found.status is ExitStatus.DONE


def test_what_passes_is_waited_for_and_told_at_the_first_part_that_lacks_it() -> None:
    api = server()
    api.failures[_NODES] = [ApiTrouble.BUSY]
    found = checked(api)
    assert (outcomes(found)["nodes"], outcomes(found)["node-tunnels"]) == ("waiting", "waiting")
    assert names(found) == ["api-server-not-ready"]
    assert found.status is ExitStatus.UNDETERMINED


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "inventory"),
        ("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", "ready"),
    ],
)
def test_half_of_what_a_part_needs_is_no_verdict(path: str, part: str) -> None:
    api = server(entry("capi-system", "v1.13.6"))
    api.failures[path] = [ApiTrouble.FAILED]
    assert outcomes(checked(api))[part] == "waiting"
    api.failures[path] = [ApiTrouble.FORBIDDEN]
    assert outcomes(checked(api))[part] == "ok"


def test_an_answer_that_cannot_be_read_fails_the_part() -> None:
    api = server()
    api.failures["/apis"] = [ApiTrouble.MALFORMED]
    found = checked(api)
    assert (outcomes(found)["core"], found.status) == ("failed", ExitStatus.PROBLEMS)
    assert names(found).count("api-not-kubernetes") == 1


def entry(namespace: str, version: str) -> Mapping[str, object]:
    return {
        "apiVersion": "clusterctl.cluster.x-k8s.io/v1alpha3",
        "kind": "Provider",
        "metadata": {"name": "cluster-api", "namespace": namespace},
        "providerName": "cluster-api",
        "type": "CoreProvider",
        "version": version,
    }


def test_of_two_cores_it_is_asked_which_has_a_deployment() -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "capi-controller-manager",
            "namespace": "capi-system",
            "labels": {"cluster.x-k8s.io/provider": "cluster-api"},
        },
    }
    found = checked(server(entry("capi-system", "v1.13.6"), entry("default", "v1.12.0"), deployment))
    told = next(each for each in found.diagnostics if each.code.name == "core-provider-count")
    assert "No Deployment stands behind default/cluster-api" in told.detail


def test_releases_of_the_core_are_looked_up_only_where_a_fix_may_name_one() -> None:
    looked: list[str] = []

    def known() -> tuple[str, ...]:
        looked.append("once")
        return ("v1.14.0",)

    request = replace(_REQUEST, known_cores=known)
    assert outcomes(checked(server(entry("capi-system", "v1.14.0")), request))["kubernetes"] == "ok"
    assert looked == []
    found = checked(server(entry("capi-system", "v1.9.4")), request)
    told = next(each for each in found.diagnostics if each.code.name == "kubernetes-too-new")
    assert "v1.14.0" in told.fixes[0].title
    assert looked == ["once"]


def test_a_proxy_costs_two_questions_and_is_told_at_the_first_part() -> None:
    api, plain = server(), server()
    checked(plain)
    rules = proxy_rules({"HTTPS_PROXY": "http://proxy.example.com:3128"}.get)
    api.documents["/api/v1/namespaces/default/services/kubernetes"] = {"spec": {"clusterIP": "10.96.0.1"}}
    found = checked(api, replace(_REQUEST, proxies=rules))
    assert [each.code.name for each in found.checks[0].diagnostics] == ["proxy-covers-cluster"]
    assert "10.96.0.1" in found.checks[0].diagnostics[0].detail
    assert len(api.asked) == len(plain.asked) + 2


def test_ranges_of_services_are_read_where_they_are_told() -> None:
    api = server()
    api.documents["/apis/networking.k8s.io/v1/servicecidrs/kubernetes"] = {
        "spec": {"cidrs": ["10.96.0.0/12", 7]}
    }
    found = read_service_addresses(reader(api))
    assert (found.service, found.ranges) == (None, ("10.96.0.0/12",))


class Speaking(Struct):
    """Answers ``/readyz`` as prepared, one answer a question."""

    answers: list[Reading[str]]
    asked: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    address: str = "https://memory.invalid:6443"

    def ask_text(self, request: ApiRequest) -> Reading[str]:
        self.asked.append(request.query)
        return self.answers.pop(0)


def failed(trouble: ApiTrouble, status: int | None, reason: str = "") -> Reading[str]:
    evidence = Evidence(route="cluster", question=Question.OBJECT, outcome=Outcome.UNAVAILABLE)
    return Reading(failure=ApiFailure(trouble=trouble, reason=reason, evidence=evidence, status=status))


def test_readiness_part_by_part_then_as_a_whole() -> None:
    api = Speaking([failed(ApiTrouble.FORBIDDEN, 403), Reading(value="ok")])
    found = read_readiness(reader(api))
    assert (found.text, found.is_ready) == ("ok", True)
    assert api.asked == [(("verbose", ""),), ()]


@pytest.mark.parametrize(
    ("answers", "text", "ready", "failed_at_all"),
    [
        ([failed(ApiTrouble.FAILED, 500, "[-]etcd failed")], "[-]etcd failed", False, False),
        ([failed(ApiTrouble.FORBIDDEN, 403), failed(ApiTrouble.FORBIDDEN, 403)], None, False, False),
        ([Reading(), Reading()], None, False, False),
        ([failed(ApiTrouble.REFUSED, None)], None, False, True),
    ],
)
def test_readiness_as_it_is_told(
    answers: list[Reading[str]], text: str | None, ready: bool, failed_at_all: bool
) -> None:
    found = read_readiness(reader(Speaking(list(answers))))
    assert (found.text, found.is_ready, found.failure is not None) == (text, ready, failed_at_all)


def test_a_readiness_that_nobody_answers_is_waited_for() -> None:
    api = server()
    api.failures["/readyz"] = [ApiTrouble.REFUSED]
    assert outcomes(checked(api))["ready"] == "waiting"


def test_rights_are_asked_one_by_one_only_where_not_everything_is_allowed() -> None:
    api = server()
    assert read_rights(reader(api)).denied == frozenset()
    assert len(api.asked) == 1
    api.asked.clear()
    api.denied |= {("*", "*", "*", ""), ("create", "apps", "deployments", "")}
    denied = read_rights(reader(api)).denied
    assert denied is not None
    assert {(each.verb, each.place) for each in denied} == {("create", "deployments.apps")}
    assert len(api.asked) == 1 + len(needed())


def test_rights_that_the_server_does_not_tell() -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    at_once, later = server(), server()
    at_once.failures[path] = [ApiTrouble.REJECTED]
    assert read_rights(reader(at_once)).denied is None
    assert outcomes(checked(at_once))["permissions"] == "ok"
    at_once.failures[path] = [ApiTrouble.REJECTED]
    assert outcomes(checked(at_once))["permissions"] == "failed"
    later.denied.add(("*", "*", "*", ""))
    later.documents.clear()

    class Late(MemoryApiServer):
        """Fails from the second question on."""

        def ask(self, request: ApiRequest) -> Reading[Mapping[str, object]]:
            if self.asked:
                self.failures[request.path] = [ApiTrouble.FORBIDDEN]
            return MemoryApiServer.ask(self, request)

    found = read_rights(reader(Late(denied={("*", "*", "*", "")})))
    assert (found.denied, found.failure is not None) == (None, True)


def certificate_objects(webhook: bool) -> list[Mapping[str, object]]:
    configuration: Mapping[str, object] = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "cert-manager-webhook"},
        "webhooks": [
            {
                "rules": [{"apiGroups": ["cert-manager.io"]}],
                "clientConfig": {"service": {"namespace": "pki", "name": "hook"}},
            }
        ],
    }
    definition: Mapping[str, object] = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": "certificates.cert-manager.io",
            "labels": {"app.kubernetes.io/version": "v1.17.2"},
        },
    }
    roles = ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook")
    deployments: list[Mapping[str, object]] = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": "pki" if webhook else "cert-manager"},
            "status": {"conditions": [{"type": "Available", "status": "True"}]},
        }
        for name in roles
    ]
    return [definition, *deployments, *([configuration] if webhook else [])]


def test_cert_manager_is_found_where_its_webhook_is() -> None:
    found = checked(server(*certificate_objects(webhook=True)))
    assert outcomes(found)["cert-manager"] == "waiting"
    assert "installed by others in pki; nothing stands behind its webhook" in found.checks[6].detail
    assert outcomes(checked(server(*certificate_objects(webhook=False))))["cert-manager"] == "ok"


def test_cert_manager_that_cannot_be_read_is_not_judged() -> None:
    api = server(*certificate_objects(webhook=False))
    api.failures["/apis/apps/v1/namespaces/cert-manager/deployments"] = [ApiTrouble.FORBIDDEN]
    assert outcomes(checked(api))["cert-manager"] == "skipped"


def looks(*outcomes_in_turn: CheckOutcome) -> Callable[[], ClusterCheck]:
    found = checked(server())
    turns = iter(outcomes_in_turn)

    def look() -> ClusterCheck:
        return ClusterCheck(checks=(replace(found.checks[0], outcome=next(turns)),))

    return look


def test_it_is_looked_again_until_nothing_waits_or_there_is_no_time() -> None:
    paused: list[ClusterCheck] = []

    def pause(found: ClusterCheck) -> bool:
        paused.append(found)
        return len(paused) < 3

    waiting, ok = CheckOutcome.WAITING, CheckOutcome.OK
    assert check_until_settled(looks(waiting, waiting, ok), pause).waiting == ()
    assert len(paused) == 2
    assert len(check_until_settled(looks(waiting), lambda _: False).waiting) == 1
    failed_at_once = check_until_settled(looks(CheckOutcome.FAILED), pause)
    assert (failed_at_once.status, len(paused)) == (ExitStatus.PROBLEMS, 2)


_ODD: tuple[object, ...] = (None, 7, "\x1b[31mred", [], {}, ["a", None], {"a": [{}]})


@pytest.mark.parametrize("odd", _ODD)
def test_objects_of_any_shape_crash_nothing(odd: object) -> None:
    """Issue 4, section 3: fields of wrong types, names with control characters."""

    def hostile(api_version: str, kind: str, name: str, **fields: object) -> Mapping[str, object]:
        metadata = {"name": name, "namespace": "n\x07", "creationTimestamp": odd, "annotations": odd}
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}

    api = server(
        hostile("v1", "Node", "\x1b[2Jnode", status=odd),
        hostile("v1", "Node", "b", status={"conditions": [odd, {"type": "Ready", "status": odd}]}),
        hostile("v1", "Pod", "p", spec=odd, status={"phase": odd}),
        hostile("apps/v1", "Deployment", "cert-manager", status={"conditions": odd}, spec=odd),
        hostile(
            "apiextensions.k8s.io/v1", "CustomResourceDefinition", "certificates.cert-manager.io", spec=odd
        ),
        hostile("apiextensions.k8s.io/v1", "CustomResourceDefinition", "clusters.cluster.x-k8s.io", spec=odd),
        hostile(
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
            "w",
            webhooks=[{"rules": odd}],
        ),
        hostile(
            "clusterctl.cluster.x-k8s.io/v1alpha3", "Provider", "x", providerName=odd, type=odd, version=odd
        ),
        hostile("discovery.k8s.io/v1", "EndpointSlice", "kubernetes", endpoints=odd),
    )
    api.documents["/version"] = {"gitVersion": "v1.34.3", "emulationMajor": odd, "minCompatibilityMinor": odd}
    found = checked(api)
    assert "internal-fault" not in names(found)
    assert [each.name for each in found.checks] == list(CheckName)
