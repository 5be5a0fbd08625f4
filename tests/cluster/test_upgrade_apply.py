"""``upgrade apply`` on a real API server, of what real clusterctl installed: in place, checked first, as planned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.provider_cluster import ProviderCluster, severities
from tests.cluster.upgrade_world import (
    AZURE,
    CORE,
    CORE_NEW,
    CORE_OLD,
    HOME,
    NEW,
    OLD,
    THINGS,
    UpgradeWorld,
    actions,
    base_of,
    credentials,
    release,
    role,
    settings,
    thing,
)
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.install_world import deployment, simple
from tests.plugins.installed_providers import provider_entry
from tests.plugins.kube_client import Object
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)
_CONTRACT = ("--contract", "v1beta2")
_NAMED = ("-i", f"azure:{NEW}")


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    """With a cert-manager; emptied again after the test."""
    with emptied(control_plane):
        base_of(control_plane.client)
        yield ProviderCluster(plane=control_plane, home=tmp_path)


def _read(world: UpgradeWorld, kind: str, name: str, home: str = HOME) -> Object:
    versions = {
        "Deployment": "apps/v1",
        "ClusterRole": "rbac.authorization.k8s.io/v1",
        "CustomResourceDefinition": "apiextensions.k8s.io/v1",
    }
    wanted = simple(versions.get(kind, "v1"), kind, name, home)
    return world.client.read(wanted) or {}


def test_in_place_and_what_the_release_dropped_is_gone(cluster: ProviderCluster) -> None:
    """Weaknesses 7 and 8: addresses and identities stay, nothing of the old release is left, clusterctl agrees."""
    world = UpgradeWorld(
        cluster=cluster,
        old=release(OLD, settings("both", a="1", gone="1"), settings("dropped", a="1"), role("capz-dropped")),
        new=release(NEW, settings("both", a="2"), settings("added", a="1")),
    )
    world.install()
    world.client.apply(settings("a-user-made", mine="yes"))
    before = {
        kind: _read(world, kind, name)
        for kind, name in (("Service", "webhook"), ("Deployment", "controller-manager"))
    }
    played = world.upgrade(*_CONTRACT, "--wait-providers")
    assert played.status == 0, played.stdout
    assert (world.version_of(), world.version_of(CORE, "capi-system")) == (NEW, CORE_NEW)
    after = {kind: _read(world, kind, found["metadata"]["name"]) for kind, found in before.items()}
    assert after["Service"]["spec"]["clusterIP"] == before["Service"]["spec"]["clusterIP"]
    assert [after[kind]["metadata"]["uid"] for kind in after] == [
        before[kind]["metadata"]["uid"] for kind in after
    ]
    assert after["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"].endswith(NEW)
    assert actions(played, "pruned") == {("ConfigMap", "dropped"), ("ClusterRole", "capz-dropped")}
    assert not _read(world, "ConfigMap", "dropped")
    assert not _read(world, "ClusterRole", "capz-dropped", "")
    assert _read(world, "ConfigMap", "both")["data"] == {"a": "2"}
    assert _read(world, "ConfigMap", "added")
    assert _read(world, "ConfigMap", "a-user-made")
    theirs = cluster.clusterctl(find_clusterctl("v1.13.6"), ["upgrade", "plan"], world=world.repositories)
    assert "You are already up to date!" in theirs.stdout, theirs.stderr
    again = world.upgrade(*_CONTRACT)
    assert (again.status, again.document["result"]) == (0, {"applied": []})


def test_nothing_to_do_writes_nothing(cluster: ProviderCluster) -> None:
    world = UpgradeWorld(cluster=cluster)
    world.install()
    assert world.upgrade(*_CONTRACT).status == 0
    before = cluster.plane.settled()
    again = world.upgrade(*_CONTRACT)
    assert (again.status, again.document["result"]["applied"]) == (0, [])
    assert cluster.plane.written_since(before) == set()


def test_a_release_that_was_not_read_is_not_taken_for_an_empty_one(cluster: ProviderCluster) -> None:
    """CAPY0226 with --offline: nothing is pruned and no entry is raised, as without it all would be."""
    kept = simple("v1", "ConfigMap", "kept", "capa-system")
    kept["metadata"]["labels"] = {
        "clusterctl.cluster.x-k8s.io": "",
        "cluster.x-k8s.io/provider": "infrastructure-aws",
    }
    cluster.holds(
        provider_entry("cluster-api", "v1.13.5", "capi-system"),
        provider_entry("infrastructure-aws", "v2.9.0", "capa-system"),
        kept,
    )
    before = cluster.plane.settled()
    played = cluster.capyctl("upgrade", "apply", "-i", "aws:v2.9.1", "--offline")
    errors = {each["code"] for each in played.roots if each["severity"] == "error"}
    assert (played.status, errors) == (3, {"CAPY0226"}), played.stdout
    assert cluster.plane.written_since(before) == set()


def test_a_dry_run_shows_everything_and_writes_nothing(cluster: ProviderCluster) -> None:
    world = UpgradeWorld(
        cluster=cluster, old=release(OLD, settings("dropped")), new=release(NEW, settings("added"))
    )
    world.install()
    before = cluster.plane.settled()
    played = world.upgrade(*_NAMED, "--dry-run")
    assert played.status == 0, played.stdout
    assert actions(played, "pruned") == {("ConfigMap", "dropped")}
    assert actions(played, "created") == {("ConfigMap", "added")}
    assert ("Deployment", "controller-manager") in actions(played, "configured")
    assert cluster.plane.written_since(before) == set()
    assert world.version_of() == OLD


def test_a_users_secrets_stay(cluster: ProviderCluster) -> None:
    """Weakness 8: not those that are in the release, and not those that are not."""
    world = UpgradeWorld(
        cluster=cluster,
        old=release(OLD, credentials("manager", "${AZURE_SECRET}")),
        new=release(NEW, credentials("manager", "${AZURE_SECRET}"), credentials("another", "x")),
    )
    variables = {"AZURE_SECRET": "what-the-user-has"}
    ran = cluster.clusterctl(
        find_clusterctl("v1.13.6"),
        ["init", "--core", f"cluster-api:{CORE_OLD}", "-b", "-", "-c", "-", "-i", f"azure:{OLD}"],
        world=world.repositories,
        environment=variables,
    )
    assert ran.exit_status == 0, ran.stderr
    labels = {"clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": AZURE}
    world.client.apply(
        {
            **credentials("of-the-user", "y"),
            "metadata": {"name": "of-the-user", "namespace": HOME, "labels": labels},
        }
    )
    held = _read(world, "Secret", "manager")["data"]
    played = world.upgrade(*_NAMED, environment={"AZURE_SECRET": "something else"})
    assert played.status == 0, played.stdout
    assert _read(world, "Secret", "manager")["data"] == held
    assert _read(world, "Secret", "another")
    assert _read(world, "Secret", "of-the-user")


def test_a_secret_that_stays_is_not_rehearsed_either(cluster: ProviderCluster) -> None:
    """The server refuses another value for an immutable Secret; the upgrade would not give it one."""
    sealed = {**credentials("manager", "old"), "immutable": True}
    world = UpgradeWorld(
        cluster=cluster,
        old=release(OLD, sealed, credentials("open", "old")),
        new=release(
            NEW,
            {**sealed, "stringData": {"key": "new"}},
            credentials("open", "new"),
            credentials("more", "x"),
        ),
    )
    world.install()
    shown = world.upgrade(*_NAMED, "--dry-run")
    assert shown.status == 0, shown.stdout
    secrets = {
        row["name"]: row["action"] for row in shown.document["result"]["applied"] if row["kind"] == "Secret"
    }
    assert secrets == {"manager": "unchanged", "open": "unchanged", "more": "created"}
    played = world.upgrade(*_NAMED)
    assert played.status == 0, played.stdout
    assert _read(world, "Secret", "manager")["data"] == {"key": "b2xk"}
    assert _read(world, "Secret", "open")["data"] == {"key": "b2xk"}
    assert _read(world, "Secret", "more")["data"] == {"key": "eA=="}


def test_a_stored_version_that_is_gone_is_refused_before_the_first_write(cluster: ProviderCluster) -> None:
    """Weakness 14, and its near miss: the same upgrade once nothing is stored in that version."""
    world = UpgradeWorld(
        cluster=cluster,
        old=release(OLD, definition_=thing("v1alpha4", "v1")),
        new=release(NEW, definition_=thing("v1")),
    )
    world.old[1] = thing("v1alpha4", "v1", storage="v1alpha4")
    world.install()
    before = cluster.plane.settled()
    played = world.upgrade(*_NAMED)
    assert played.status == 1, played.stdout
    (found,) = played.roots
    assert (found["name"], found["subject"]["provider"]) == ("stored-version-dropped", AZURE)
    assert "v1alpha4" in found["detail"]
    assert THINGS in found["detail"]
    assert cluster.plane.written_since(before) == set()

    held = _read(world, "CustomResourceDefinition", THINGS, "")
    stored = thing("v1alpha4", "v1")
    stored["metadata"]["labels"] = held["metadata"]["labels"]
    world.client.apply(stored)
    world.client.set_status(stored, {"storedVersions": ["v1"]})
    near = world.upgrade(*_NAMED)
    assert near.status == 0, near.stdout
    assert "stored-version-dropped" not in severities(near)


def test_a_conversion_webhook_stops_its_provider_for_a_moment(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    world = UpgradeWorld(
        cluster=cluster,
        old=release(
            OLD, definition_=thing("v1alpha4", "v1", storage="v1alpha4", webhook=True), replicas=None
        ),
        new=release(NEW, definition_=thing("v1alpha4", "v1", webhook=True), replicas=None),
    )
    world.install("--wait-providers")
    played = world.upgrade(*_NAMED, "--wait-providers", kubeconfig=api_proxy.kubeconfig())
    assert played.status == 0, played.stdout
    assert severities(played)["upgrade-scales-down"] == "note"
    found = _read(world, "Deployment", "controller-manager")
    assert (found["spec"]["replicas"], found["status"]["availableReplicas"]) == (1, 1)
    order = [each.path for each in api_proxy.writes if "dryRun" not in each.query]
    stopped = next(i for i, path in enumerate(order) if path.endswith("/deployments/controller-manager"))
    replaced = next(i for i, path in enumerate(order) if path.endswith(THINGS))
    assert stopped < replaced


def test_a_provider_runs_on_where_nothing_is_converted(cluster: ProviderCluster, api_proxy: ApiProxy) -> None:
    """The near miss: the same without a webhook."""
    world = UpgradeWorld(
        cluster=cluster,
        old=release(OLD, definition_=thing("v1alpha4", "v1", storage="v1alpha4")),
        new=release(NEW, definition_=thing("v1alpha4", "v1")),
    )
    world.install()
    played = world.upgrade(*_NAMED, kubeconfig=api_proxy.kubeconfig())
    assert played.status == 0, played.stdout
    assert "upgrade-scales-down" not in severities(played)


def test_a_saved_plan_is_applied_exactly(cluster: ProviderCluster, tmp_path: Path) -> None:
    """Weakness 4: what the world has published since does not matter; what the cluster is does."""
    world = UpgradeWorld(cluster=cluster)
    world.install()
    plan = tmp_path / "plan.json"
    assert world.plan("--out", str(plan)).status == 0
    later = UpgradeWorld(cluster=cluster, more={"v1.27.0": release("v1.27.0")})
    played = later.upgrade("--plan", str(plan))
    assert played.status == 0, played.stdout
    assert (world.version_of(), world.version_of(CORE, "capi-system")) == (NEW, CORE_NEW)
    again = later.upgrade("--plan", str(plan))
    assert (again.status, again.document["result"]["applied"]) == (0, [])

    world.client.patch(provider_entry(AZURE, NEW, HOME), {"version": "v1.25.9"})
    before = cluster.plane.settled()
    refused = later.upgrade("--plan", str(plan))
    assert refused.status == 1
    (found,) = refused.roots
    assert found["name"] == "upgrade-plan-changed"
    assert f"{AZURE} was {OLD} and is v1.25.9 now" in found["detail"]
    assert cluster.plane.written_since(before) == set()


def test_bytes_that_changed_since_the_plan_are_refused(cluster: ProviderCluster, tmp_path: Path) -> None:
    world = UpgradeWorld(cluster=cluster)
    world.install()
    plan = tmp_path / "plan.json"
    assert world.plan("--out", str(plan)).status == 0
    assert set(json.loads(plan.read_text())["files"][AZURE]) == {NEW}
    moved = UpgradeWorld(cluster=cluster, new=release(NEW, settings("slipped-in")))
    refused = moved.upgrade("--plan", str(plan))
    assert refused.status == 1
    assert severities(refused)["upgrade-plan-changed"] == "error"
    assert world.version_of() == OLD


def test_a_provider_without_a_source_stops_nobody(cluster: ProviderCluster) -> None:
    """F64: its contract is read from its definitions in the cluster."""
    world = UpgradeWorld(cluster=cluster)
    world.install()
    world.client.apply(provider_entry("infrastructure-nobody", "v0.1.0", HOME))
    foreign = thing("v1")
    foreign["metadata"] = {
        "name": THINGS.replace("azure", "nobody"),
        "labels": {"cluster.x-k8s.io/provider": "infrastructure-nobody", "cluster.x-k8s.io/v1beta1": "v1"},
    }
    foreign["spec"]["group"] = "nobody.example.com"
    world.client.establish(foreign)
    played = world.upgrade(*_CONTRACT)
    assert played.status == 0, played.stdout
    assert severities(played) == {"upgrade-without-source": "note"}
    assert world.version_of() == NEW
    assert world.version_of("infrastructure-nobody") == "v0.1.0"


def test_a_provider_that_would_not_fit_is_left_behind_by_nobody(cluster: ProviderCluster) -> None:
    """An installed provider of a contract that the core does not take; the near miss has one that it takes."""
    world = UpgradeWorld(cluster=cluster)
    world.install()
    held = _read(world, "CustomResourceDefinition", THINGS, "")
    labels = {
        **held["metadata"]["labels"],
        "cluster.x-k8s.io/v1alpha4": "v1",
        "cluster.x-k8s.io/v1beta1": None,
    }
    world.client.patch(held, {"metadata": {"labels": labels}})
    words = ("--core", f"cluster-api:{CORE_NEW}")
    refused = world.upgrade(*words)
    assert refused.status == 1
    (found,) = refused.roots
    assert (found["name"], found["subject"]["provider"]) == ("upgrade-leaves-behind", AZURE)
    world.client.patch(held, {"metadata": {"labels": held["metadata"]["labels"]}})
    near = world.upgrade(*words)
    assert near.status == 0, near.stdout
    assert "upgrade-leaves-behind" not in severities(near)


@pytest.mark.parametrize(
    ("words", "name", "status"),
    [
        (("--core", "cluster-api:v1.9.11"), "upgrade-goes-back", 1),
        (("-i", "aws:v2.9.3"), "upgrade-not-installed", 1),
        (("-i", f"elsewhere/azure:{NEW}"), "upgrade-not-installed", 1),
        (("--contract", "v1beta7"), "upgrade-not-planned", 1),
        ((f"infrastructure-azure:{NEW}", "-i", f"azure:{NEW}"), "usage", 2),
        (("-i", "azure"), "malformed-reference", 2),
        (("-i", "/azure:v1"), "malformed-reference", 2),
        (("-i", "a/b/azure:v1"), "malformed-reference", 2),
        (("--contract", "v1beta2", "-i", f"azure:{NEW}"), "usage", 2),
        ((), "usage", 2),
    ],
)
def test_what_cannot_be_done_is_said_before_the_first_write(
    cluster: ProviderCluster, words: tuple[str, ...], name: str, status: int
) -> None:
    cluster.holds()
    cluster.client.namespace(HOME)
    cluster.client.namespace("capi-system")
    cluster.client.apply(provider_entry(AZURE, OLD, HOME), provider_entry(CORE, CORE_OLD, "capi-system"))
    before = cluster.plane.settled()
    played = UpgradeWorld(cluster=cluster).upgrade(*words)
    assert name in severities(played), played.stdout
    if name != "upgrade-goes-back":
        assert played.status == status
        assert cluster.plane.written_since(before) == set()


def test_three_minor_releases_at_a_time(cluster: ProviderCluster) -> None:
    """clusterctl-cluster 5.5, step 4: refused, and taken where it is near enough."""
    cluster.holds(provider_entry(CORE, "v1.10.1", "capi-system"))
    world = UpgradeWorld(cluster=cluster)
    refused = world.upgrade("--core", f"cluster-api:{CORE_NEW}", "--dry-run")
    assert (refused.status, severities(refused)["upgrade-too-far"]) == (1, "error")
    near = world.upgrade("--core", f"cluster-api:{CORE_OLD}", "--dry-run")
    assert "upgrade-too-far" not in severities(near)


def test_a_file_that_is_no_plan(cluster: ProviderCluster, tmp_path: Path) -> None:
    cluster.holds(provider_entry(CORE, CORE_OLD, "capi-system"))
    path = tmp_path / "plan.json"
    path.write_text('{"format": "capyctl-plan/2"}')
    played = UpgradeWorld(cluster=cluster).upgrade("--plan", str(path))
    assert (played.status, severities(played)) == (1, {"upgrade-plan-unusable": "error"})


def test_an_object_of_somebody_else_is_not_taken_over(cluster: ProviderCluster) -> None:
    world = UpgradeWorld(cluster=cluster, new=release(NEW, deployment("theirs", HOME)))
    world.install()
    world.client.apply(deployment("theirs", HOME))
    before = cluster.plane.settled()
    played = world.upgrade(*_NAMED)
    assert played.status == 1
    assert "Deployment capz-system/theirs" in played.roots[0]["detail"]
    assert cluster.plane.written_since(before) == set()


def test_an_older_cert_manager_of_ours_is_upgraded_first(cluster: ProviderCluster) -> None:
    """clusterctl-cluster 3.4; its near miss is anybody else's, which stays as it is."""
    world = UpgradeWorld(cluster=cluster)
    world.install()
    base_of(cluster.client, "v1.16.1")
    labels = {"clusterctl.cluster.x-k8s.io": "", "clusterctl.cluster.x-k8s.io/core": "cert-manager"}
    dropped = simple("v1", "ConfigMap", "dropped", "cert-manager")
    cluster.client.apply({**dropped, "metadata": {**dropped["metadata"], "labels": labels}})
    played = world.upgrade(*_NAMED)
    assert played.status == 0, played.stdout
    found = _read(world, "Deployment", "cert-manager", "cert-manager")
    assert found["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":v1.21.1")
    assert "v1.21.1" in found["metadata"]["annotations"].values()
    assert actions(played, "pruned") == {("ConfigMap", "dropped")}
    owners = [row["provider"] for row in played.document["result"]["applied"]]
    assert owners.index("cert-manager") < owners.index(AZURE)

    base_of(cluster.client, "v1.16.1")
    for name in ("cert-manager", "cert-manager-cainjector", "cert-manager-webhook"):
        theirs = _read(world, "Deployment", name, "cert-manager")
        cluster.client.patch(theirs, {"metadata": {"labels": dict.fromkeys(labels)}})
    near = world.upgrade("-i", f"azure:{OLD}")
    assert near.status == 0, near.stdout
    assert {row["provider"] for row in near.document["result"]["applied"]} == {AZURE}


def test_missing_permissions_are_one_diagnosis_before_the_first_write(cluster: ProviderCluster) -> None:
    """Weakness 29."""
    world = UpgradeWorld(cluster=cluster)
    world.install()
    users = cluster.plane.kubeconfig_of_users(cluster.home / "users")
    before = cluster.plane.settled()
    played = world.upgrade(*_NAMED, "--kubeconfig-context", "reader", kubeconfig=users)
    assert (played.status, severities(played)) == (1, {"permissions-missing": "error"})
    assert cluster.plane.written_since(before) == set()
