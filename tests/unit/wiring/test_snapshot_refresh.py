"""The chore that makes the embedded snapshot anew."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from capyctl.adapters.snapshot import decode_snapshot
from capyctl.wiring.snapshot_refresh import embedded_file, main


def test_a_folder_of_recorded_data_becomes_a_snapshot(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\n"
    digest = hashlib.sha256(metadata).hexdigest()
    recorded = tmp_path / "recorded" / "acme__capx"
    (recorded / "metadata").mkdir(parents=True)
    (recorded / "metadata" / f"{digest[:12]}.yaml").write_bytes(metadata)
    record = {
        "repository": "acme/capx",
        "snapshot_date": "2026-08-01",
        "tags": ["v1.0.0", "v1.1.0"],
        "metadata": {"v1.0.0": digest, "v1.1.0": None},
    }
    (recorded / "versions.json").write_text(json.dumps(record), encoding="utf-8")
    target = tmp_path / "snapshot.bin"
    assert main([str(recorded.parent)], target) == 0
    snapshot = decode_snapshot(target.read_bytes())
    assert snapshot.day == "2026-08-01"
    assert snapshot.repositories["acme/capx"].tags == {"v1.0.0": metadata, "v1.1.0": None}
    assert capsys.readouterr().out == f"{target}: {target.stat().st_size} bytes\n"


def test_a_folder_without_data_leaves_the_snapshot_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "snapshot.bin"
    target.write_bytes(b"good")
    assert main([str(tmp_path)], target) == 1
    assert (target.read_bytes(), list(tmp_path.iterdir())) == (b"good", [target])
    told = capsys.readouterr()
    assert (told.out, told.err.splitlines()) == (
        "",
        [f"error: no snapshot was made; {target} is as it was", f"  {tmp_path} holds no repository"],
    )


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "snapshot.bin"
    target.mkdir()
    recorded = tmp_path / "acme__capx"
    recorded.mkdir()
    record = {"repository": "acme/capx", "snapshot_date": "2026-08-01", "tags": [], "metadata": {}}
    (recorded / "versions.json").write_text(json.dumps(record), encoding="utf-8")
    assert main([str(tmp_path)], target) == 1
    assert sorted(tmp_path.iterdir()) == [recorded, target]


def test_the_package_keeps_its_snapshot_where_the_chore_writes_it() -> None:
    assert decode_snapshot(embedded_file().read_bytes()).repositories
