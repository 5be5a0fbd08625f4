"""The snapshot's format, its lookups, and the three ways in which it can have no answer."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from capyctl.adapters.askers import SerialAsker
from capyctl.adapters.snapshot import (
    FORMAT,
    Snapshot,
    SnapshotRepository,
    SnapshotSource,
    decode_snapshot,
    embedded_snapshot,
)
from capyctl.adapters.snapshot_build import build_snapshot, collect_snapshot, encode_snapshot
from capyctl.config.table_files import read_built_in_table
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import GitHubReleases, LocalTree, RepositoryLocation
from capyctl.core.provider_table import build_table
from capyctl.ports.fetch_errors import AbsentError, UnavailableError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion

METADATA = b"kind: Metadata\n"


def snapshot() -> Snapshot:
    entry = SnapshotRepository(
        full_name="Acme/Provider",
        day="2026-08-18",
        tags={"v1.0.0": METADATA, "v1.1.0": None, "1.2.0": b"\xff not utf-8", "v1.3.0": METADATA},
    )
    return Snapshot(day="2026-08-21", repositories={"acme/provider": entry})


def location(owner: str = "Acme", name: str = "Provider", host: str = "github.com") -> GitHubReleases:
    return GitHubReleases(
        host=host,
        api_base=f"https://api.{host}",
        owner=owner,
        name=name,
        channel="latest",
        components_file="c.yaml",
    )


def source() -> SnapshotSource:
    return SnapshotSource(lambda: encode_snapshot(snapshot()), {"Old/Name": "Acme/Provider"})


def test_what_was_encoded_is_decoded() -> None:
    data = encode_snapshot(snapshot())
    assert decode_snapshot(data) == snapshot()
    assert encode_snapshot(decode_snapshot(data)) == data


def test_equal_metadata_is_stored_once() -> None:
    document = json.loads(zlib.decompress(encode_snapshot(snapshot())))
    assert document["format"] == FORMAT
    assert len(document["texts"]) == 2


@pytest.mark.parametrize(
    "data", [b"", b"junk", zlib.compress(b"no json"), zlib.compress(b'{"format":"capyctl-snapshot/9"}')]
)
def test_other_bytes_are_no_snapshot(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_snapshot(data)


def test_every_tag_is_listed_with_what_its_tree_has() -> None:
    answer = source().versions(location())
    assert {item.tag: item.assets for item in answer.value} == {
        "v1.0.0": (("metadata.yaml", 15),),
        "v1.1.0": (),
        "1.2.0": (("metadata.yaml", 11),),
        "v1.3.0": (("metadata.yaml", 15),),
    }
    assert {item.published_at for item in answer.value} == {None}
    (evidence,) = answer.evidence
    assert (evidence.route, evidence.outcome, evidence.as_of) == (
        "snapshot",
        Outcome.FOUND,
        "2026-08-18T00:00:00Z",
    )


@pytest.mark.parametrize(("owner", "name"), [("acme", "provider"), ("ACME", "PROVIDER"), ("old", "NAME")])
def test_names_count_in_any_case_and_former_ones_too(owner: str, name: str) -> None:
    assert source().repository(location(owner, name)).value.full_name == "Acme/Provider"


def test_a_repository_that_was_renamed_after_the_snapshot_is_found_under_each_of_its_names() -> None:
    names = {"acme/provider": "New/Name", "older/name": "New/Name", "new/name": "New/Name"}
    renamed = SnapshotSource(lambda: encode_snapshot(snapshot()), names)
    for name in (*names, "NEW/Name"):
        assert renamed.repository(location(*name.split("/"))).value.full_name == "Acme/Provider"


def test_the_embedded_snapshot_is_found_under_every_name_that_the_table_knows() -> None:
    table = build_table(read_built_in_table())
    names = {old: facts.canonical or old for old, facts in table.repositories.items()}
    held = {names.get(name, name).lower() for name in decode_snapshot(embedded_snapshot()).repositories}
    embedded = SnapshotSource(former_names=names)
    known = {name for name, today in names.items() if today.lower() in held}
    assert {
        "kubernetes-sigs/cluster-api-provider-nested",
        "harvester/cluster-api-provider-harvester",
    } <= known
    for name in known:
        assert embedded.versions(location(*name.split("/"))).value


def test_the_bytes_and_their_digest() -> None:
    answer = source().file(location(), "v1.0.0", "metadata.yaml")
    assert answer.value.data == METADATA
    assert answer.value.sha256 == answer.evidence[0].sha256 == hashlib.sha256(METADATA).hexdigest()
    assert answer.evidence[0].size == 15
    assert answer.evidence[0].question is Question.FILE


def test_a_tag_without_metadata_is_absent() -> None:
    with pytest.raises(AbsentError) as caught:
        source().file(location(), "v1.1.0", "metadata.yaml")
    assert caught.value.evidence.as_of == "2026-08-18T00:00:00Z"


@pytest.mark.parametrize(
    ("place", "tag", "name"),
    [
        (location("other", "provider"), "v1.0.0", "metadata.yaml"),
        (location(host="git.corp.example"), "v1.0.0", "metadata.yaml"),
        (LocalTree(base="/r", label="l", channel="latest", components_file="c"), "v1.0.0", "metadata.yaml"),
        (location(), "v9.9.9", "metadata.yaml"),
        (location(), "v1.0.0", "infrastructure-components.yaml"),
    ],
)
def test_what_a_snapshot_does_not_hold_is_unknown_and_not_absent(
    place: RepositoryLocation, tag: str, name: str
) -> None:
    with pytest.raises(UnavailableError) as caught:
        source().file(place, tag, name)
    assert caught.value.evidence.failure == "no-data"
    assert caught.value.evidence.as_of is not None


def test_nothing_is_read_before_the_first_question_and_then_once() -> None:
    reads: list[int] = []

    def read() -> bytes:
        reads.append(1)
        return encode_snapshot(snapshot())

    lazy = SnapshotSource(read)
    assert (lazy.route, reads) == ("snapshot", [])
    lazy.versions(location())
    lazy.file(location(), "v1.0.0", "metadata.yaml")
    assert lazy.day() == "2026-08-21"
    assert reads == [1]


def corpus(folder: Path, digest: str | None = None) -> Path:
    home = folder / "acme__provider"
    (home / "metadata").mkdir(parents=True)
    real = hashlib.sha256(METADATA).hexdigest()
    (home / "metadata" / f"{(digest or real)[:12]}.yaml").write_bytes(METADATA)
    record = {
        "repository": "acme/provider",
        "snapshot_date": "2026-01-02",
        "tags": ["v1.0.0", "v1.1.0"],
        "metadata": {"v1.0.0": digest or real, "v1.1.0": None},
    }
    (home / "versions.json").write_text(json.dumps(record))
    return folder


def test_a_snapshot_is_built_from_a_folder(tmp_path: Path) -> None:
    built = decode_snapshot(build_snapshot(corpus(tmp_path)))
    assert built.day == "2026-01-02"
    assert built.repositories["acme/provider"].tags == {"v1.0.0": METADATA, "v1.1.0": None}


def test_a_file_that_is_not_what_its_digest_says_stops_the_build(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="digest"):
        build_snapshot(corpus(tmp_path, "0" * 64))


def test_an_empty_folder_gives_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no repository"):
        build_snapshot(tmp_path)


def test_a_snapshot_too_large_to_embed_is_refused() -> None:
    noise = base64.b64encode(hashlib.shake_128(b"noise").digest(3 * 1024 * 1024))
    entry = SnapshotRepository(full_name="a/b", day="2026-01-01", tags={"v1.0.0": noise})
    with pytest.raises(ValueError, match="at most"):
        encode_snapshot(replace(snapshot(), repositories={"a/b": entry}))


class _Living:
    """A source that knows one repository."""

    route = "test"

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:  # noqa: ARG002
        return Answer(value=(ListedVersion(tag="v1.1.0"), ListedVersion(tag="v1.0.0")), evidence=())

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:  # noqa: ARG002
        if tag == "v1.1.0":
            evidence = Evidence(route="test", question=Question.FILE, outcome=Outcome.ABSENT)
            raise AbsentError(evidence, f"{name} is not there")
        return Answer(value=FileContent(data=METADATA, sha256="", url=""), evidence=())


def test_a_snapshot_is_built_from_sources() -> None:
    asked_at = {"New/Provider": location()}
    data = collect_snapshot(asked_at, _Living(), _Living(), SerialAsker(), "2026-09-01")
    built = decode_snapshot(data)
    entry = built.repositories["new/provider"]
    assert (built.day, entry.day, entry.full_name) == ("2026-09-01", "2026-09-01", "New/Provider")
    assert entry.tags == {"v1.0.0": METADATA, "v1.1.0": None}
