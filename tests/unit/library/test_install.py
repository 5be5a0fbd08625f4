"""``capyctl.install``: without a cluster it is an answer; on one it is tried by tests/cluster/test_init.py."""

from __future__ import annotations

from pathlib import Path

import capyctl


def test_a_kubeconfig_that_is_not_there_is_an_answer(tmp_path: Path) -> None:
    found = capyctl.install("infrastructure-aws", kubeconfig=tmp_path / "none", environ={})
    assert int(found.exit_status) == 1
    assert [each.code.name for each in found.errors] == ["kubeconfig-missing"]
    assert (found.applied, found.providers, found.cert_manager) == ((), (), None)
