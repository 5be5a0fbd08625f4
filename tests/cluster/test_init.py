"""``init`` on a real API server: what it writes, what it leaves alone, and what it refuses before the first write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import capyctl
from capyctl.adapters.local_processes import LocalProcesses
from tests.cluster.install_bench import TRANSACTION, open_bench
from tests.cluster.provider_cluster import AWS, CORE, ProviderCluster, severities
from tests.plugins.api_faults import NOT_A_READ, Asked, Fault
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.etcd_keys import revisions
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)

_INIT = ("init", "-i", "aws")
_AWS_REPOSITORY = "kubernetes-sigs/cluster-api-provider-aws"
_KUBEADM = ("bootstrap-kubeadm", "control-plane-kubeadm")
_INSTALLED = "/registry/clusterctl.cluster.x-k8s.io/"


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    """An empty cluster, and a home folder of the test's own."""
    with emptied(control_plane):
        yield ProviderCluster(plane=control_plane, home=tmp_path)


def applied(played: Played) -> list[dict[str, Any]]:
    """What the document says was written."""
    rows: list[dict[str, Any]] = played.document["result"]["applied"]
    return rows


def entries(cluster: ProviderCluster) -> dict[str, str]:
    """The inventory: versions by entry."""
    found = cluster.client.get("/apis/clusterctl.cluster.x-k8s.io/v1alpha3/providers")["items"]
    return {f"{each['metadata']['namespace']}/{each['metadata']['name']}": each["version"] for each in found}


def test_an_empty_cluster_becomes_a_management_cluster(cluster: ProviderCluster, api_proxy: ApiProxy) -> None:
    played = cluster.capyctl(*_INIT, "--wait-providers", kubeconfig=api_proxy.kubeconfig())
    assert played.status == 0, played.stdout
    assert {each["action"] for each in applied(played)} == {"created"}
    assert entries(cluster) == {
        "capi-system/cluster-api": "v1.14.0",
        "capi-kubeadm-bootstrap-system/bootstrap-kubeadm": "v1.14.0",
        "capi-kubeadm-control-plane-system/control-plane-kubeadm": "v1.14.0",
        "capa-system/infrastructure-aws": "v2.11.1",
    }
    assert [each for each in applied(played) if each["provider"] == "cert-manager"]
    leases = [key for key in revisions(cluster.plane.etcd_url) if key.endswith("/leases/kube-system/capyctl")]
    assert leases == []

    api_proxy.forget()
    again = cluster.capyctl(*_INIT, "--wait-providers", kubeconfig=api_proxy.kubeconfig())
    assert (again.status, applied(again), again.requests) == (0, [], ())
    assert len(api_proxy.seen) <= 10
    assert api_proxy.writes == ()


def test_what_cannot_be_had_offline_is_not_installed_by_half(cluster: ProviderCluster) -> None:
    """CAPY0226. Near miss: as a dry run the same words are a plan, with the missing files named in notes."""
    before = cluster.plane.settled()
    played = cluster.capyctl(*_INIT, "--offline")
    assert (played.status, applied(played)) == (3, [])
    refused = [each for each in played.roots if each["severity"] == "error"]
    assert {each["code"] for each in refused} == {"CAPY0226"}
    assert {each["subject"]["provider"] for each in refused} == {CORE, AWS, "cert-manager", *_KUBEADM}
    assert cluster.plane.written_since(before) == set()
    planned = cluster.capyctl(*_INIT, "--offline", "--dry-run")
    assert (planned.status, severities(planned)["file-not-available-offline"]) == (0, "note")


def test_a_broken_off_run_is_not_finished_by_half_offline(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    """CAPY0226 again: what the record asks for cannot be had. Near miss: the same with the internet finishes it."""

    def refused(asked: Asked) -> Fault | None:
        return NOT_A_READ if not asked.reads and "/capa-system/deployments/" in asked.path else None

    api_proxy.rule = refused
    broken = cluster.capyctl(*_INIT, kubeconfig=api_proxy.kubeconfig())
    assert (broken.status, severities(broken)["broken-off"]) == (4, "error"), broken.stdout
    before = cluster.plane.settled()
    played = cluster.capyctl(*_INIT, "--offline")
    assert (played.status, played.document["result"]) == (3, None)
    errors = [each for each in played.roots if each["severity"] == "error"]
    assert {each["code"] for each in errors} == {"CAPY0226"}
    assert {each["subject"]["provider"] for each in errors} == {CORE, AWS, *_KUBEADM}
    assert cluster.plane.written_since(before) == set()
    finished = cluster.capyctl(*_INIT)
    assert (finished.status, severities(finished)["installation-resumed"]) == (0, "note"), finished.stdout
    assert set(entries(cluster)) >= {"capa-system/infrastructure-aws"}


def test_another_version_points_to_upgrade(cluster: ProviderCluster) -> None:
    """F59. Near miss: the installed version is kept, whether it is named or not."""
    assert cluster.capyctl("init", "-i", "aws:v2.10.3").status == 0
    before = cluster.plane.settled()
    played = cluster.capyctl("init", "-i", "aws:v2.11.1")
    assert (played.status, applied(played)) == (1, [])
    assert severities(played)["installed-in-another-version"] == "error"
    assert "upgrade plan" in played.roots[0]["fixes"][0]["command"]
    for words in (("init", "-i", "aws:v2.10.3"), _INIT):
        near = cluster.capyctl(*words, environment={"AWS_B64ENCODED_CREDENTIALS": None})
        assert (near.status, applied(near), near.versions) == (0, [], {AWS: "v2.10.3"})
    assert cluster.plane.written_since(before) == set()


def test_types_can_be_skipped_and_namespaces_chosen(cluster: ProviderCluster) -> None:
    words = ("init", "-b", "-", "-c", "-", "-n", "one-for-all")
    before = cluster.plane.settled()
    both = cluster.capyctl(*words, "-i", "aws")
    """Both bring a Service and a Deployment of the same name: in one namespace, one would overwrite the other."""
    assert (both.status, severities(both)["object-unusable"]) == (1, "error")
    assert cluster.plane.written_since(before) == set()
    played = cluster.capyctl(*words)
    assert played.status == 0, played.stdout
    assert entries(cluster) == {"one-for-all/cluster-api": "v1.14.0"}


def test_a_dry_run_lists_what_would_be_and_writes_nothing(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    before = cluster.plane.settled()
    dry = cluster.capyctl(*_INIT, "--dry-run", kubeconfig=api_proxy.kubeconfig())
    assert all("dryRun=All" in each.query for each in api_proxy.writes)
    assert cluster.plane.written_since(before) == set()
    real = cluster.capyctl(*_INIT)
    assert sorted(map(str, applied(dry))) == sorted(map(str, applied(real)))


def test_somebody_elses_object_is_refused_before_the_first_write(cluster: ProviderCluster) -> None:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "cluster-api-manager-role"},
        "rules": [],
    }
    cluster.client.apply(role)
    before = cluster.plane.settled()
    played = cluster.capyctl(*_INIT)
    assert (played.status, applied(played)) == (1, [])
    assert severities(played)["object-not-ours"] == "error"
    assert "cluster-api-manager-role" in played.roots[0]["detail"]
    assert cluster.plane.written_since(before) == set()

    labels = {"clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": CORE}
    cluster.client.apply({**role, "metadata": {"name": "cluster-api-manager-role", "labels": labels}})
    near = cluster.capyctl(*_INIT)
    assert near.status == 0, near.stdout


def test_a_policy_that_refuses_an_object_is_found_before_the_first_write(cluster: ProviderCluster) -> None:
    cluster.client.apply_yaml(_POLICY)
    cluster.client.wait_until(lambda: _refuses(cluster), "the policy to be in force")
    before = cluster.plane.settled()
    played = cluster.capyctl(*_INIT)
    assert (played.status, applied(played)) == (1, [])
    assert severities(played)["object-refused"] == "error"
    assert "not in this cluster" in played.roots[0]["detail"]
    assert cluster.plane.written_since(before) == set()


def _refuses(cluster: ProviderCluster) -> bool:
    dry = cluster.capyctl(*_INIT, "--dry-run")
    return "object-refused" in severities(dry)


def test_missing_permissions_are_one_diagnosis(cluster: ProviderCluster) -> None:
    before = cluster.plane.settled()
    contexts = cluster.plane.kubeconfig_of_users(cluster.home / "users")
    played = cluster.capyctl(*_INIT, "--kubeconfig-context", "reader", kubeconfig=contexts)
    assert (played.status, applied(played)) == (1, [])
    assert severities(played)["permissions-missing"] == "error"
    assert cluster.plane.written_since(before) == set()


def test_a_cert_manager_of_others_is_left_alone(cluster: ProviderCluster) -> None:
    """Section 3, weakness 12: found by discovery, never taken over."""
    definitions = cluster.capyctl("init", "-i", "aws")
    assert definitions.status == 0
    labels = {"clusterctl.cluster.x-k8s.io": None, "clusterctl.cluster.x-k8s.io/core": None}
    paths = [f"/apis/apps/v1/namespaces/cert-manager/deployments/{name}" for name in _CERT_MANAGER]
    for path in paths:
        cluster.client.raw("PATCH", path, body={"metadata": {"labels": labels}}, media_type=_MERGE)
    before = [cluster.client.get(path)["metadata"]["resourceVersion"] for path in paths]
    played = cluster.capyctl("init", "-i", "docker")
    assert played.status == 0, played.stdout
    assert played.document["result"]["plan"]["cert_manager"]["action"] == "keep"
    assert not [each for each in applied(played) if each["provider"] == "cert-manager"]
    assert [cluster.client.get(path)["metadata"]["resourceVersion"] for path in paths] == before


def test_a_cert_manager_that_others_provide_has_to_be_there(cluster: ProviderCluster) -> None:
    configuration = {".config/cluster-api/clusterctl.yaml": "cert-manager: {externallyProvisioned: true}\n"}
    played = cluster.capyctl(*_INIT, files=configuration)
    assert (played.status, severities(played)["cert-manager-missing"]) == (1, "error")
    assert not [key for key in revisions(cluster.plane.etcd_url) if key.startswith(_INSTALLED)]


def test_credentials_that_keep_their_defaults_are_named(cluster: ProviderCluster) -> None:
    """F16. Near miss: the same variable with a value."""
    components = {
        "label": AWS,
        "namespace": "capa-system",
        "variables": ["'${AWS_REGION_TOKEN:=none}'", "'${CAPA_LOGLEVEL:=0}'"],
    }
    world = {
        _AWS_REPOSITORY: {
            "files": {
                "metadata.yaml": {"metadata": {}},
                "infrastructure-components.yaml": {"components": components},
            }
        }
    }
    played = cluster.capyctl(*_INIT, "--dry-run", world=world)
    (found,) = [each for each in played.document["diagnostics"] if each["name"] == "credentials-defaulted"]
    assert "2 variables keep their defaults" in found["detail"]
    assert "AWS_REGION_TOKEN" in found["detail"]
    assert "CAPA_LOGLEVEL" not in found["detail"]
    near = cluster.capyctl(*_INIT, "--dry-run", world=world, environment={"AWS_REGION_TOKEN": "x"})
    assert "credentials-defaulted" not in severities(near)


def test_a_provider_that_runs_unexpanded_is_told(cluster: ProviderCluster) -> None:
    """F57. Near miss: the installation as it was made."""
    assert cluster.capyctl(*_INIT).status == 0
    assert "template-not-expanded" not in severities(cluster.capyctl(*_INIT))
    path = "/apis/apps/v1/namespaces/capa-system/deployments/controller-manager"
    container = {"name": "manager", "args": ["--feature-gates=MachinePool=${EXP_MACHINE_POOL:=false}"]}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    cluster.client.raw("PATCH", path, body=patch, media_type="application/strategic-merge-patch+json")
    for words in (_INIT, ("cluster", "check")):
        played = cluster.capyctl(*words)
        assert severities(played)["template-not-expanded"] == "warning", played.stdout


def test_a_live_run_elsewhere_keeps_this_one_from_writing(cluster: ProviderCluster) -> None:
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "capyctl", "namespace": "kube-system"},
        "spec": {
            "holderIdentity": LocalProcesses().myself("another-run").text,
            "leaseDurationSeconds": 15,
            "acquireTime": moment,
            "renewTime": moment,
        },
    }
    cluster.client.apply(lease)
    played = cluster.capyctl(*_INIT)
    assert (played.status, applied(played)) == (1, [])
    assert severities(played)["another-run-writes"] == "error"


def test_the_library_installs_as_the_command_does(cluster: ProviderCluster) -> None:
    with open_bench(cluster.plane, cluster.home) as bench:
        kubeconfig = bench.proxy.kubeconfig()
        done = capyctl.install("infrastructure-aws", kubeconfig=kubeconfig, environ=bench.environment)
        assert (int(done.exit_status), len(done.providers)) == (0, 4), done.errors
        assert {each.action for each in done.applied} == {"created"}
        again = capyctl.install("infrastructure-aws", kubeconfig=kubeconfig, environ=bench.environment)
        assert (int(again.exit_status), again.applied) == (0, ())


def test_the_record_holds_no_secret(cluster: ProviderCluster) -> None:
    assert cluster.capyctl(*_INIT, environment={"AWS_B64ENCODED_CREDENTIALS": "aHVzaC1odXNo"}).status == 0
    text = str(cluster.client.get(TRANSACTION))
    assert "aHVzaC1odXNo" not in text
    assert "hush-hush" not in text


_CERT_MANAGER = ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook")
_MERGE = "application/merge-patch+json"
_POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: tests-no-manager-roles}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [rbac.authorization.k8s.io], apiVersions: [v1], operations: [CREATE], resources: [clusterroles]}
  validations:
  - {expression: "!object.metadata.name.endsWith('-manager-role')", message: not in this cluster}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: tests-no-manager-roles}
spec: {policyName: tests-no-manager-roles, validationActions: [Deny]}
"""
