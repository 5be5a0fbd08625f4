"""No command writes: only GET and access reviews pass, and etcd is as it was (issue 4, section 2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cluster.every_command import COMMANDS, managed, run
from tests.plugins.api_proxy import ApiProxy
from tests.plugins.running_cluster import ControlPlane


@pytest.fixture
def read_only(api_proxy: ApiProxy) -> Iterator[ApiProxy]:
    """A proxy that refuses every write."""
    api_proxy.read_only = True
    with ExitStack():
        yield api_proxy


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "managed"])
def test_no_command_writes(
    control_plane: ControlPlane, read_only: ApiProxy, tmp_path: Path, filled: bool
) -> None:
    if filled:
        managed(control_plane.client)
    before = control_plane.settled()
    statuses = {name: run(name, read_only.kubeconfig(), tmp_path).status for name in COMMANDS}
    assert read_only.writes == ()
    assert len(read_only.seen) >= len(COMMANDS)
    assert control_plane.written_since(before) == set()
    assert set(statuses.values()) <= {0, 1, 3}
    if filled:
        assert statuses["get kubeconfig"] == statuses["describe cluster"] == statuses["upgrade plan"] == 0
