"""``capyctl delete`` on a real API server: what goes, what stays, what stops it, and that it can always be finished."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec import Struct, field

from tests.plugins.api_faults import FAULTS, Asked, Fault, refusal
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.install_world import deployment, simple
from tests.plugins.installed_providers import (
    clusters_definition,
    definition,
    inventory_definition,
    provider_entry,
)
from tests.plugins.kube_client import KubeClient, KubeError, Object
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played, run_words

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)

CORE, AWS, HELM = "cluster-api", "infrastructure-aws", "addon-helm"
HOMES = {CORE: "capi-system", AWS: "capa-system", HELM: "caaph-system"}
LEASE = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/capyctl"
RECORD = "/api/v1/namespaces/kube-system/configmaps/capyctl-transaction"
_RBAC = "rbac.authorization.k8s.io/v1"
_HOOK = "admissionregistration.k8s.io/v1"


def components(label: str, home: str, domain: str, *, version: str = "v1.0.0") -> list[Object]:
    """What ``clusterctl init`` leaves of a provider, one of each kind that matters, and its entry.

    ``domain`` ends the group of the provider's own kind.
    """
    role = f"{label}-manager-role"
    definitions = [clusters_definition()] if label == CORE else [_definition(label, domain)]
    return [
        simple("v1", "Namespace", home, label=label),
        *definitions,
        simple("v1", "ServiceAccount", "manager", home, label),
        simple("v1", "Service", "webhook", home, label, spec={"ports": [{"port": 443}]}),
        simple(_RBAC, "ClusterRole", role, label=label, rules=[]),
        simple(
            _RBAC,
            "ClusterRoleBinding",
            role,
            label=label,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        ),
        deployment("controller-manager", home, label=label),
        _webhook(label, home),
        provider_entry(label, version, home),
    ]


def _definition(label: str, domain: str) -> Object:
    labels = {"clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": label}
    name = "".join(part.capitalize() for part in label.split("-"))
    return definition(f"{label}.{domain}", name, "v1", labels=labels)


def _webhook(label: str, home: str) -> Object:
    return simple(
        _HOOK,
        "ValidatingWebhookConfiguration",
        f"{label}-validating",
        label=label,
        webhooks=[
            {
                "name": f"{label}.example.com",
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "clientConfig": {"service": {"name": "webhook", "namespace": home}},
                "rules": [
                    {
                        "apiGroups": ["nobody.example.com"],
                        "apiVersions": ["*"],
                        "operations": ["CREATE"],
                        "resources": ["*"],
                    }
                ],
            }
        ],
    )


class Ground(Struct):
    """The cluster of one test; everything that earlier tests made is gone.

    Providers' kinds are in a ``domain`` of the test's own: a definition made anew under the name of one that has
    just gone can make the server back off for minutes.
    """

    plane: ControlPlane
    home: Path
    domain: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:8]}.example.com")
    made: list[Object] = field(default_factory=list)

    @property
    def client(self) -> KubeClient:
        """The administrator's client."""
        return self.plane.client

    def holds(self, *labels: str, homes: dict[str, str] | None = None) -> list[Object]:
        """Put providers there as clusterctl leaves them."""
        self.client.establish(inventory_definition())
        where = {**HOMES, **(homes or {})}
        found = [each for label in labels for each in components(label, where[label], self.domain)]
        crds = [each for each in found if each["kind"] == "CustomResourceDefinition"]
        self.client.establish(*crds)
        self.add(*found)
        return found

    def add(self, *objects: Object) -> None:
        """Put more there."""
        self.client.apply(*objects)
        self.made += objects

    def delete(self, *words: str, kubeconfig: Path | None = None) -> Played:
        """Run the command."""
        named = kubeconfig or self.plane.kubeconfig(self.home / "admin.kubeconfig")
        line = ["delete", *words, "--kubeconfig", str(named), "-o", "json"]
        return run_words(line, {"HOME": str(self.home)})

    def there(self, objects: list[Object]) -> set[str]:
        """Those of the objects that are there, as kind and name."""
        return {_name(each) for each in objects if self._read(each) is not None}

    def _read(self, wanted: Object) -> Object | None:
        try:
            return self.client.read(wanted)
        except KubeError:
            return None

    def _is_gone(self, wanted: Object) -> bool:
        return self._read(wanted) is None

    def clear(self) -> None:
        """Take everything away again but namespaces, which take long to go, and the one definition all share."""
        shared = {_name(clusters_definition())}
        self.made = [each for each in self.made if each["kind"] != "Namespace" and _name(each) not in shared]
        for each in reversed(self.made):
            if self._read(each) is not None:
                if each["metadata"].get("finalizers"):
                    self.client.patch(each, {"metadata": {"finalizers": None}})
                self.client.delete(each)
        for each in self.made:
            self.client.wait_until(partial(self._is_gone, each), f"{_name(each)} to go")
        for path in (RECORD, LEASE):
            self.client.raw("DELETE", path)


def _name(each: Object) -> str:
    return f"{each['kind']} {each['metadata']['name']}"


def _kinds(played: Played) -> list[str]:
    return [each["kind"] for each in played.document["result"]["deleted"]]


def names_of(played: Played) -> dict[str, str]:
    return {each["name"]: each["severity"] for each in played.document["diagnostics"]}


@pytest.fixture
def ground(control_plane: ControlPlane, tmp_path: Path) -> Iterator[Ground]:
    found = Ground(plane=control_plane, home=tmp_path)
    yield found
    found.clear()


def test_a_provider_goes_with_its_cluster_roles_and_nothing_else_does(ground: Ground) -> None:
    mine, others = ground.holds(AWS), ground.holds(CORE)
    before = ground.there(others)
    played = ground.delete("--infrastructure", "aws")
    assert played.status == 0, names_of(played)
    assert ground.there(mine) == {
        "Namespace capa-system",
        f"CustomResourceDefinition infrastructureawss.infrastructure-aws.{ground.domain}",
    }
    assert ground.there(others) == before
    assert {each["provider"] for each in played.document["result"]["deleted"]} == {AWS}
    assert _kinds(played)[0] == "ValidatingWebhookConfiguration"
    assert _kinds(played)[-1] == "Provider"


def test_cert_manager_and_the_inventorys_definition_stay(ground: Ground) -> None:
    labels = {"clusterctl.cluster.x-k8s.io": "", "clusterctl.cluster.x-k8s.io/core": "cert-manager"}
    ours = simple("v1", "ConfigMap", "of-cert-manager", "default")
    ours["metadata"]["labels"] = labels
    strange = simple("v1", "ConfigMap", "half-labelled", "default")
    strange["metadata"]["labels"] = {"cluster.x-k8s.io/provider": AWS}
    ground.holds(AWS)
    ground.add(ours, strange)
    assert ground.delete("--all", "--include-crd", "--include-namespace").status == 0
    assert len(ground.there([ours, strange, inventory_definition()])) == 3


@pytest.mark.parametrize(
    "words", [("--all",), (AWS, "--include-crd", "--include-namespace")], ids=["all", "one"]
)
def test_a_dry_run_tells_what_goes_and_writes_nothing(ground: Ground, words: tuple[str, ...]) -> None:
    ground.holds(CORE, AWS)
    before = ground.plane.settled()
    shown = ground.delete(*words, "--dry-run")
    assert shown.status == 0, shown.stdout
    assert ground.plane.written_since(before) == set()
    assert _kinds(ground.delete(*words)) == _kinds(shown)


def test_clusters_keep_their_providers_unless_they_are_forced(ground: Ground) -> None:
    found = ground.holds(CORE, AWS)
    cluster = simple("cluster.x-k8s.io/v1beta2", "Cluster", "one", "default")
    ground.add(cluster)
    before = ground.there(found)
    refused = ground.delete("--all")
    assert (refused.status, names_of(refused)["clusters-exist"]) == (1, "error")
    assert ground.there(found) == before
    assert "default/one" in refused.document["diagnostics"][0]["detail"]
    forced = ground.delete("--all", "--force")
    assert (forced.status, names_of(forced)["clusters-exist"]) == (0, "warning")
    assert ground.there([cluster]) == {"Cluster one"}


def test_definitions_stay_while_objects_of_them_exist(ground: Ground) -> None:
    found = ground.holds(AWS)
    machine = simple(f"infrastructure-aws.{ground.domain}/v1", "InfrastructureAws", "one", "default")
    ground.add(machine)
    refused = ground.delete(AWS, "--include-crd")
    assert (refused.status, names_of(refused)) == (
        1,
        {"definitions-in-use": "error", "stays-in-cluster": "note"},
    )
    detail = refused.document["diagnostics"][0]["detail"]
    assert f"infrastructureawss.infrastructure-aws.{ground.domain}: 1 (default/one)" in detail
    assert len(ground.there(found)) == len(found)
    assert ground.delete(AWS).status == 0
    assert ground.there([machine]) == {"InfrastructureAws one"}


def test_a_namespace_that_another_provider_lives_in_is_refused(ground: Ground) -> None:
    found = ground.holds(AWS, HELM, homes={AWS: "shared", HELM: "shared"})
    refused = ground.delete(AWS, "--include-namespace")
    assert (refused.status, names_of(refused)["namespace-shared"]) == (1, "error")
    assert len(ground.there(found)) == len({_name(each) for each in found})
    both = ground.delete(AWS, HELM, "--include-namespace", "--include-crd")
    assert both.status == 0, both.stdout
    assert ground.there(found) == set()


def test_a_finalizer_that_holds_is_told_and_the_same_again_finishes(ground: Ground) -> None:
    ground.holds(AWS)
    held = simple("v1", "ConfigMap", "held", "capa-system", AWS)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    ground.add(held)
    blocked = ground.delete(AWS, "--api-timeout", "5s")  # reading comes first, and has to be done in it
    assert (blocked.status, blocked.document["status"]) == (4, "partial"), blocked.stdout
    said = {each["name"]: each for each in blocked.document["diagnostics"]}
    assert "ConfigMap capa-system/held" in said["deletion-blocked"]["detail"]
    assert "example.com/hold" in said["deletion-blocked"]["detail"]
    assert "kubectl patch configmap held -n capa-system" in said["deletion-blocked"]["fixes"][0]["title"]
    assert said["broken-off"]["caused_by"] == said["deletion-blocked"]["id"]
    assert ground.there([provider_entry(AWS, "v1.0.0", "capa-system")]) == {"Provider infrastructure-aws"}
    shown = ground.delete(AWS, "--dry-run")
    assert (shown.status, names_of(shown)["deletion-interrupted"]) == (0, "warning")
    ground.client.patch(held, {"metadata": {"finalizers": None}})
    finished = ground.delete(AWS)
    assert (finished.status, names_of(finished)["installation-resumed"]) == (0, "note"), names_of(finished)
    assert ground.there([provider_entry(AWS, "v1.0.0", "capa-system")]) == set()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("-i", "azure"), "provider-not-installed"),
        (("infrastructure-aws:v9.9.9",), "other-version-installed"),
        (("-b", "aws"), "provider-not-installed"),
    ],
)
def test_what_is_not_there_is_not_deleted(ground: Ground, words: tuple[str, ...], code: str) -> None:
    found = ground.holds(AWS)
    refused = ground.delete(*words)
    assert (refused.status, next(iter(names_of(refused)))) == (1, code), names_of(refused)
    assert len(ground.there(found)) == len(found)


def test_the_version_that_is_installed_may_be_named(ground: Ground) -> None:
    ground.holds(AWS)
    assert ground.delete("-i", "aws:v1.0.0").status == 0


def test_an_entry_without_labels_goes_too(ground: Ground) -> None:
    ground.holds(AWS)
    entry = provider_entry(AWS, "v1.0.0", "capa-system")
    ground.client.patch(
        entry,
        {"metadata": {"labels": {"clusterctl.cluster.x-k8s.io": None, "cluster.x-k8s.io/provider": None}}},
    )
    assert ground.delete(AWS).status == 0
    assert ground.there([entry]) == set()


def test_what_the_server_would_refuse_is_known_before_anything_goes(ground: Ground) -> None:
    """A policy that holds one object, where a dry run can find it."""
    found = ground.holds(AWS)
    policy, binding = _keep_services("capa-system")
    ground.add(policy, binding)
    ground.client.wait_until(lambda: _is_held(ground, "capa-system"), "the policy to hold")
    before = ground.there(found)
    refused = ground.delete(AWS)
    assert (refused.status, names_of(refused)["object-refused"]) == (1, "error"), names_of(refused)
    assert "Service capa-system/webhook" in refused.document["diagnostics"][0]["detail"]
    assert ground.there(found) == before
    ground.client.delete(binding)
    ground.client.wait_until(lambda: not _is_held(ground, "capa-system"), "the policy to let go")


def _keep_services(namespace: str) -> tuple[Object, Object]:
    policy = simple(
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicy",
        "keep-services",
        spec={
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["DELETE"],
                        "resources": ["services"],
                    }
                ]
            },
            "validations": [{"expression": "false", "message": "services are kept"}],
        },
    )
    binding = simple(
        "admissionregistration.k8s.io/v1",
        "ValidatingAdmissionPolicyBinding",
        "keep-services",
        spec={
            "policyName": "keep-services",
            "validationActions": ["Deny"],
            "matchResources": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
            },
        },
    )
    return policy, binding


def _is_held(ground: Ground, namespace: str) -> bool:
    path = f"/api/v1/namespaces/{namespace}/services/webhook"
    return ground.client.raw("DELETE", path, params={"dryRun": "All"}).status_code == 422


@pytest.mark.parametrize("group", ["metrics.k8s.io", "things.example.com"])
def test_an_api_group_that_does_not_answer_is_told(ground: Ground, group: str) -> None:
    """Real clusterctl deletes nothing here; a group that only measures hides nothing (weakness of 6.3)."""
    found = ground.holds(AWS)
    service = simple(
        "apiregistration.k8s.io/v1",
        "APIService",
        f"v1beta1.{group}",
        spec={
            "group": group,
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"name": "nobody", "namespace": "default"},
        },
    )
    ground.add(service)
    ground.client.wait_until(
        lambda: (ground.client.read(service) or {}).get("status", {}).get("conditions"), "the group's status"
    )
    played = ground.delete(AWS)
    if group == "metrics.k8s.io":
        assert (played.status, names_of(played)["api-group-unavailable"]) == (0, "warning"), names_of(played)
    else:
        assert (played.status, names_of(played)["api-group-unavailable"]) == (3, "error"), names_of(played)
        assert len(ground.there(found)) == len(found)


class _DeadAtWrite(Struct):
    """The run's end at its k-th write: nothing comes back any more, for this and for all after it."""

    number: int
    writes: int = 0

    def __call__(self, asked: Asked) -> Fault | None:
        if asked.method != "GET" and "dryRun" not in asked.query:
            self.writes += 1
        return refusal(403, "Forbidden", "the run is dead") if self.writes >= self.number else None


@pytest.mark.parametrize("number", [1, 2, 3, 6, 10, 11, 12])
def test_broken_off_at_any_write_the_next_run_finishes(
    ground: Ground, api_proxy: ApiProxy, number: int
) -> None:
    found = ground.holds(AWS)
    api_proxy.rule = _DeadAtWrite(number)
    broken = ground.delete(AWS, "--include-crd", "--api-timeout", "60s", kubeconfig=api_proxy.kubeconfig())
    api_proxy.rule = None
    ground.client.raw("DELETE", LEASE)  # its holder would be dead; here it is this process
    assert broken.status in ({1} if number < 3 else {0, 4}), names_of(broken)
    finished = ground.delete(AWS, "--include-crd")
    if broken.status == 0:  # all was done, and the lease alone could not be given back
        assert (number, next(iter(names_of(finished)))) == (12, "provider-not-installed")
    else:
        assert finished.status == 0, names_of(finished)
    assert ground.there(found) == {"Namespace capa-system"}


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "stall"])
def test_faults_are_waited_out(ground: Ground, api_proxy: ApiProxy, fault: str) -> None:
    found = ground.holds(AWS)
    api_proxy.rule = lambda asked: FAULTS[fault] if asked.number % 20 == 0 else None
    played = ground.delete(AWS, "--include-crd", kubeconfig=api_proxy.kubeconfig())
    assert len(api_proxy.seen) < 140
    assert played.status == 0, names_of(played)
    assert ground.there(found) == {"Namespace capa-system"}
