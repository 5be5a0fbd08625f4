"""The embedded snapshot against the corpus it was made from: every tag, every byte."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from capyctl.adapters.snapshot import SIZE_LIMIT, SnapshotSource, decode_snapshot, embedded_snapshot
from capyctl.adapters.snapshot_build import build_snapshot
from capyctl.core.location import GitHubReleases
from capyctl.ports.fetch_errors import AbsentError

PROVIDERS = Path(__file__).resolve().parents[3] / "shared" / "data" / "providers"
needs_corpus = pytest.mark.skipif(not PROVIDERS.is_dir(), reason="the corpus is not beside this checkout")


def test_the_embedded_snapshot_is_small_and_dated() -> None:
    data = embedded_snapshot()
    assert len(data) < 64 * 1024 < SIZE_LIMIT
    assert len(SnapshotSource().day()) == len("2026-08-21")


@needs_corpus
def test_the_embedded_snapshot_is_the_one_of_the_corpus() -> None:
    assert decode_snapshot(embedded_snapshot()) == decode_snapshot(build_snapshot(PROVIDERS))


@needs_corpus
def test_every_tag_and_every_byte_of_the_corpus_is_answered() -> None:
    source = SnapshotSource()
    tags = with_metadata = 0
    for path in sorted(PROVIDERS.glob("*/versions.json")):
        record = json.loads(path.read_text())
        owner, name = record["repository"].split("/")
        location = GitHubReleases(
            host="github.com",
            api_base="https://api.github.com",
            owner=owner,
            name=name,
            channel="latest",
            components_file="c.yaml",
        )
        answer = source.versions(location)
        assert [item.tag for item in answer.value] == record["tags"]
        assert answer.evidence[0].as_of == f"{record['snapshot_date']}T00:00:00Z"
        for tag, digest in record["metadata"].items():
            tags += 1
            if digest is None:
                with pytest.raises(AbsentError):
                    source.file(location, tag, "metadata.yaml")
                continue
            with_metadata += 1
            content = source.file(location, tag, "metadata.yaml").value
            assert content.sha256 == hashlib.sha256(content.data).hexdigest() == digest
    assert (tags, with_metadata) == (2527, 2268)
