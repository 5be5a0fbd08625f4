"""``capyctl delete`` of everything, with definitions: the one of Clusters goes too, whose name no test can choose.

So this has a control plane of its own; on a shared one the definition would be made anew under the same name.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.test_delete import AWS, CORE, HELM, LEASE, RECORD, Ground, names_of
from tests.plugins.cluster_fixture import Shape
from tests.plugins.running_cluster import ControlPlane

pytestmark = pytest.mark.parametrize("fresh_control_plane", [Shape(nodes=1)], indirect=True, ids=str)


@pytest.fixture
def ground(fresh_control_plane: ControlPlane, tmp_path: Path) -> Ground:
    return Ground(plane=fresh_control_plane, home=tmp_path)


def test_all_go_in_reverse_order_and_a_second_run_has_nothing_to_do(ground: Ground) -> None:
    found = ground.holds(CORE, AWS, HELM)
    played = ground.delete("--all", "--include-crd", "--include-namespace")
    assert played.status == 0, names_of(played)
    assert ground.there(found) == set()
    owners = [each["provider"] for each in played.document["result"]["deleted"]]
    assert list(dict.fromkeys(owners)) == [HELM, AWS, CORE]
    again = ground.delete("--all")
    assert (again.status, again.document["result"]) == (0, {"deleted": []})
    assert ground.client.raw("GET", LEASE).status_code == 404
    assert ground.client.raw("GET", RECORD).status_code == 404
