"""``upgrade apply`` on a real API server without values that only kept Secrets need (ADR 24)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.provider_cluster import ProviderCluster, severities
from tests.cluster.upgrade_world import (
    AZURE,
    CORE_OLD,
    HOME,
    NEW,
    OLD,
    UpgradeWorld,
    base_of,
    credentials,
    release,
    settings,
)
from tests.plugins.api_faults import NOT_A_READ, Asked, Fault
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.cluster_fixture import Shape
from tests.plugins.empty_cluster import emptied
from tests.plugins.installed_providers import provider_entry
from tests.plugins.kube_client import Object
from tests.plugins.real_parts import find_clusterctl
from tests.plugins.running_cluster import ControlPlane
from tests.scenario.playing import Played

pytestmark = pytest.mark.parametrize(
    "control_plane", [Shape(nodes=1)], indirect=True, ids=str, scope="module"
)
_NAMED = ("-i", f"azure:{NEW}")
_LATER = "v1.27.0"
_VALUES = {"AZURE_SECRET": "what-the-user-has"}
_MANAGER = credentials("manager", "${AZURE_SECRET}")
_BEGINNING = release(OLD, _MANAGER)
_SECRETS = f"/registry/secrets/{HOME}/"


@pytest.fixture
def cluster(control_plane: ControlPlane, tmp_path: Path) -> Iterator[ProviderCluster]:
    """With a cert-manager; emptied again after the test."""
    with emptied(control_plane):
        base_of(control_plane.client)
        yield ProviderCluster(plane=control_plane, home=tmp_path)


def installed(cluster: ProviderCluster, *more: Object, later: list[Object] | None = None) -> UpgradeWorld:
    """A cluster whose old release was installed with its value; ``more`` is in the new one beside its Secret."""
    world = UpgradeWorld(
        cluster=cluster,
        old=_BEGINNING,
        new=release(NEW, _MANAGER, *more),
        more={_LATER: later} if later is not None else {},
    )
    ran = cluster.clusterctl(
        find_clusterctl("v1.13.6"),
        ["init", "--core", f"cluster-api:{CORE_OLD}", "-b", "-", "-c", "-", "-i", f"azure:{OLD}"],
        world=world.repositories,
        environment=_VALUES,
    )
    assert ran.exit_status == 0, ran.stderr
    return world


def _held(world: UpgradeWorld, name: str) -> dict[str, str]:
    """The values of a Secret."""
    found = world.client.read(credentials(name, "")) or {"data": {}}
    return {key: base64.b64decode(value).decode() for key, value in found["data"].items()}


def _demanded(played: Played) -> str:
    """What the one error asks for."""
    (error,) = [each for each in played.document["diagnostics"] if each["severity"] == "error"]
    assert (error["name"], error["subject"]["provider"]) == ("variables-unset", AZURE)
    detail: str = error["detail"]
    return detail.partition(";")[0].removeprefix("The components need a value for ")


def _rows(played: Played) -> dict[str, Any]:
    return {
        row["name"]: row["action"] for row in played.document["result"]["applied"] if row["kind"] == "Secret"
    }


def test_a_value_that_only_a_kept_secret_needs_is_not_demanded(cluster: ProviderCluster) -> None:
    """Weakness 8: clusterctl writes the Secret anew, so that it must know the value. Ours goes on without one."""
    world = installed(cluster, settings("added"), later=release(_LATER))
    before = cluster.plane.settled()
    shown = world.upgrade(*_NAMED, "--dry-run")
    assert shown.status == 0, shown.stdout
    assert _rows(shown) == {"manager": "unchanged"}
    assert cluster.plane.written_since(before) == set()

    played = world.upgrade(*_NAMED)
    assert played.status == 0, played.stdout
    assert _rows(played) == {"manager": "unchanged"}
    assert world.version_of() == NEW
    assert world.client.read(settings("added"))
    written = cluster.plane.written_since(before)
    assert not {key for key in written if key.startswith(_SECRETS)}
    assert _held(world, "manager") == {"key": _VALUES["AZURE_SECRET"]}

    dropped = world.upgrade("-i", f"azure:{_LATER}")
    assert dropped.status == 0, dropped.stdout
    assert _rows(dropped) == {"manager": "pruned"}, "the record knows it as the release's"
    assert world.client.read(_MANAGER) is None


def test_a_secret_that_is_not_there_demands_its_value(cluster: ProviderCluster) -> None:
    """Before the first write, and exactly what is needed: what the other Secret has is not asked for."""
    world = installed(cluster, credentials("another", "${AZURE_OTHER}"))
    before = cluster.plane.settled()
    refused = world.upgrade(*_NAMED)
    assert (refused.status, _demanded(refused)) == (1, "AZURE_OTHER")
    world.client.raw("DELETE", f"/api/v1/namespaces/{HOME}/secrets/manager")
    gone = cluster.plane.settled()
    both = world.upgrade(*_NAMED)
    assert (both.status, _demanded(both)) == (1, "AZURE_OTHER and AZURE_SECRET")
    assert cluster.plane.written_since(gone) == set()
    assert cluster.plane.written_since(before) <= {f"{_SECRETS}manager"}

    world.client.apply(_labelled(credentials("manager", "put back")))
    played = world.upgrade(*_NAMED, environment={"AZURE_OTHER": "other"})
    assert played.status == 0, played.stdout
    assert _rows(played) == {"manager": "unchanged", "another": "created"}
    assert (_held(world, "manager"), _held(world, "another")) == ({"key": "put back"}, {"key": "other"})


@pytest.mark.parametrize(
    "more",
    [
        settings("outside", b="${AZURE_SECRET}"),
        settings("outside", b="${SOMETHING:=${AZURE_SECRET}}"),
        credentials("another", "${AZURE_SECRET}"),
    ],
    ids=["in a ConfigMap", "in a default", "in a Secret that is not there"],
)
def test_a_value_that_is_needed_elsewhere_too_is_demanded(cluster: ProviderCluster, more: Object) -> None:
    world = installed(cluster, more)
    before = cluster.plane.settled()
    refused = world.upgrade(*_NAMED)
    assert (refused.status, _demanded(refused)) == (1, "AZURE_SECRET")
    assert cluster.plane.written_since(before) == set()
    near = world.upgrade(*_NAMED, environment=_VALUES)
    assert near.status == 0, near.stdout


def test_an_installation_demands_it_all_the_same(cluster: ProviderCluster) -> None:
    """``init`` writes the provider's Secret whatever is there, so that it must know the value."""
    world = UpgradeWorld(cluster=cluster, old=_BEGINNING)
    cluster.holds(provider_entry("cluster-api", CORE_OLD, "capi-system"))
    cluster.client.namespace(HOME)
    cluster.client.apply(_labelled(credentials("manager", "there")))
    before = cluster.plane.settled()
    words = ("init", "-i", f"azure:{OLD}", "-b", "-", "-c", "-")
    refused = cluster.capyctl(*words, world=world.repositories)
    assert (refused.status, _demanded(refused)) == (1, "AZURE_SECRET")
    assert cluster.plane.written_since(before) == set()


def test_a_secret_of_somebody_else_is_told_as_such(cluster: ProviderCluster) -> None:
    """It is not the provider's, with a value or without."""
    world = installed(cluster, credentials("another", "${AZURE_OTHER}"))
    world.client.apply(credentials("another", "theirs"))
    before = cluster.plane.settled()
    refused = world.upgrade(*_NAMED)
    assert (refused.status, severities(refused)) == (1, {"object-not-ours": "error"}), refused.stdout
    assert cluster.plane.written_since(before) == set()


def test_who_may_not_look_at_secrets_is_told_so_and_needs_the_value(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    """What is not known to be there is demanded."""
    world = installed(cluster)
    before = cluster.plane.settled()

    def hidden(asked: Asked) -> Fault | None:
        return NOT_A_READ if asked.path == f"/api/v1/namespaces/{HOME}/secrets" else None

    api_proxy.rule = hidden
    played = world.upgrade(*_NAMED, kubeconfig=api_proxy.kubeconfig())
    assert played.status == 1
    assert severities(played) == {"api-forbidden": "error", "variables-unset": "error"}, played.stdout
    assert cluster.plane.written_since(before) == set()


def test_a_secret_that_goes_meanwhile_is_not_made_without_its_value(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    """Somebody deletes it after it was looked for: nothing half is put in its place."""
    world = installed(cluster)
    looks: list[Asked] = []

    def deleting(asked: Asked) -> Fault | None:
        if asked.path == f"/api/v1/namespaces/{HOME}/secrets":
            looks.append(asked)
            if len(looks) == 2:
                world.client.raw("DELETE", f"{asked.path}/manager")
        return None

    api_proxy.rule = deleting
    played = world.upgrade(*_NAMED, kubeconfig=api_proxy.kubeconfig())
    assert (played.status, len(looks)) == (0, 2), played.stdout
    assert world.client.read(_MANAGER) is None


def test_a_run_that_was_broken_off_is_finished_without_it(
    cluster: ProviderCluster, api_proxy: ApiProxy
) -> None:
    """Whoever finishes it needs no more than who began it; a Secret that is gone by then is demanded."""
    world = installed(cluster, settings("added"))

    def refused(asked: Asked) -> Fault | None:
        meant = asked.path.endswith("/deployments/controller-manager") and "dryRun" not in asked.query
        return NOT_A_READ if meant and not asked.reads else None

    api_proxy.rule = refused
    broken = world.upgrade(*_NAMED, kubeconfig=api_proxy.kubeconfig())
    assert (broken.status, severities(broken)["broken-off"]) == (4, "error"), broken.stdout
    world.client.raw("DELETE", f"/api/v1/namespaces/{HOME}/secrets/manager")
    before = cluster.plane.settled()
    lacking = world.upgrade(*_NAMED)
    assert (lacking.status, _demanded(lacking)) == (1, "AZURE_SECRET")
    assert not {key for key in cluster.plane.written_since(before) if key.startswith(_SECRETS)}
    world.client.apply(_labelled(credentials("manager", "put back")))
    finished = world.upgrade(*_NAMED)
    assert (finished.status, severities(finished)["installation-resumed"]) == (0, "note"), finished.stdout
    assert (world.version_of(), _held(world, "manager")) == (NEW, {"key": "put back"})


def _labelled(raw: Object) -> Object:
    """As an object of the provider."""
    labels = {"clusterctl.cluster.x-k8s.io": "", "cluster.x-k8s.io/provider": AZURE}
    return {**raw, "metadata": {**raw["metadata"], "labels": labels}}
