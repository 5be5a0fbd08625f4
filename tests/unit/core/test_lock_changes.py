"""How the world differs from a lock, and what one lock takes over from another (cli.md 7.2)."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.core.lock import LockedFile, LockedImage, LockedKubernetes, LockedRepository
from capyctl.core.lock_changes import (
    LockChange,
    Times,
    What,
    file_changes,
    image_changes,
    in_order,
    marker_changes,
    repository_changes,
    same_answers,
    with_known,
)
from tests.unit.core.test_lock_text import A, B, example

THEN, NOW = "2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z"
TIMES = Times(locked_at=THEN, found_at=NOW)
FILES = {
    "metadata.yaml": LockedFile(url="u", sha256=A, size=1),
    "core-components.yaml": LockedFile(url="u", sha256=B, size=1),
}
REPOSITORY = LockedRepository(name="Owner/Name", id=7, url="u")


def row(what: What, locked: str, found: str | None, **rest: str) -> LockChange:
    return LockChange(what=what, locked=locked, found=found, locked_at=THEN, found_at=NOW, **rest)


def test_files_with_other_bytes_and_files_that_are_gone() -> None:
    found = {"metadata.yaml": B, "core-components.yaml": None}
    assert file_changes("x", FILES, found, TIMES) == (
        row(What.FILE, A, B, provider="x", file="metadata.yaml"),
        row(What.FILE, B, None, provider="x", file="core-components.yaml"),
    )


def test_a_file_nobody_told_about_is_no_change() -> None:
    assert file_changes("x", FILES, {"metadata.yaml": A}, TIMES) == ()


def test_a_marker_that_moved_and_one_that_stands_for_nothing() -> None:
    (entry,) = example().kubernetes
    locked = replace(entry, digest=f"sha256:{A}")
    assert marker_changes(locked, {}, {}, TIMES) == ()
    assert marker_changes(locked, {entry.marker: entry.version}, {entry.image: f"sha256:{A}"}, TIMES) == ()
    assert marker_changes(locked, {entry.marker: "v1.33.1"}, {entry.image: None}, TIMES) == (
        row(What.KUBERNETES_VERSION, entry.version, "v1.33.1", marker=entry.marker),
        row(What.IMAGE, f"sha256:{A}", None, marker=entry.marker),
    )
    assert marker_changes(entry, {entry.marker: None}, {entry.image: f"sha256:{B}"}, TIMES) == (
        row(What.KUBERNETES_VERSION, entry.version, None, marker=entry.marker),
    )


def test_a_repository_made_anew_has_another_number() -> None:
    found = repository_changes("x", REPOSITORY, "owner/name", 8, TIMES)
    assert found == (row(What.REPOSITORY_ID, "7", "8", provider="x"),)


def test_a_renamed_repository_has_another_name() -> None:
    found = repository_changes("x", REPOSITORY, "owner/new", 7, TIMES)
    assert found == (row(What.REPOSITORY_NAME, "Owner/Name", "owner/new", provider="x"),)


def test_what_is_not_known_of_a_repository_is_no_change() -> None:
    assert repository_changes("x", REPOSITORY, None, None, TIMES) == ()
    assert repository_changes("x", replace(REPOSITORY, id=None), "owner/NAME", 8, TIMES) == ()


def test_images_with_another_digest() -> None:
    locked = [
        LockedImage(image="a", digest="sha256:1"),
        LockedImage(image="b", digest="sha256:2"),
        LockedImage(image="c", digest="sha256:3"),
        LockedImage(image="d"),
    ]
    found = {"a": "sha256:1", "b": "sha256:9", "d": "sha256:4"}
    assert image_changes("x", locked, found, TIMES) == (
        row(What.IMAGE, "sha256:2", "sha256:9", provider="x", file="b"),
    )


def test_rows_stand_by_provider_then_by_marker_each_once() -> None:
    rows = [
        row(What.KUBERNETES_VERSION, "v1", "v2", marker="stable"),
        row(What.FILE, A, B, provider="b", file="y"),
        row(What.VERSION, "v1", "v2", provider="b"),
        row(What.FILE, A, B, provider="b", file="x"),
        row(What.VERSION, "v1", "v2", provider="a"),
        row(What.VERSION, "v1", "v2", provider="a"),
    ]
    assert [(each.provider, each.what.value, each.file) for each in in_order(rows)] == [
        ("a", "version", None),
        ("b", "version", None),
        ("b", "file", "x"),
        ("b", "file", "y"),
        (None, "kubernetes-version", None),
    ]


def test_times_and_the_version_of_capyctl_are_no_answers() -> None:
    lock = example()
    marker = replace(lock.kubernetes[0], resolved_at=NOW)
    assert same_answers(lock, replace(lock, created_at=NOW, capyctl="9.9.9", kubernetes=(marker,)))
    assert same_answers(lock, replace(lock, providers=tuple(reversed(lock.providers))))
    assert not same_answers(lock, replace(lock, cert_manager=None))


def without_numbers(lock_repository: LockedRepository) -> LockedRepository:
    return replace(lock_repository, id=None)


def test_a_number_that_could_not_be_asked_is_kept_with_the_same_bytes() -> None:
    before = example()
    assert before.cert_manager is not None
    known = replace(
        before,
        cert_manager=replace(before.cert_manager, repository=replace(before.cert_manager.repository, id=5)),
    )
    made = replace(
        before,
        providers=tuple(
            replace(each, repository=without_numbers(each.repository)) for each in before.providers
        ),
    )
    assert with_known(made, known) == known
    assert with_known(made, None) == made


def test_the_way_that_the_same_bytes_came_by_changes_no_lock() -> None:
    before = example()
    aws = next(each for each in before.providers if each.provider == "infrastructure-aws")
    other_way = {
        name: replace(file, url=f"https://api.example.org/assets/{name}") for name, file in aws.files.items()
    }
    others = tuple(each for each in before.providers if each is not aws)
    made = replace(before, providers=(*others, replace(aws, files=other_way)))
    assert same_answers(with_known(made, before), before)
    for moved in (
        replace(aws, files=other_way, version="v9.9.9"),
        replace(aws, files=other_way, repository=replace(aws.repository, url="https://example.org/other")),
    ):
        lock = replace(before, providers=(*others, moved))
        assert with_known(lock, before).provider("infrastructure-aws") == moved


def test_a_number_is_not_kept_for_other_bytes_or_another_name() -> None:
    before = example()
    aws = next(each for each in before.providers if each.provider == "infrastructure-aws")
    renamed = replace(aws, repository=LockedRepository(name="o/other", id=None, url="u"))
    changed = replace(
        aws,
        repository=without_numbers(aws.repository),
        files={"metadata.yaml": LockedFile(url="u", sha256=B, size=1)},
    )
    for made in (renamed, changed):
        lock = replace(before, providers=(made,))
        assert with_known(lock, before) == lock
    added = replace(before, providers=(replace(aws, provider="infrastructure-new"),), cert_manager=None)
    assert with_known(added, before) == added


def test_a_digest_that_could_not_be_asked_is_kept_for_the_same_version() -> None:
    lock = example()
    (entry,) = lock.kubernetes
    known = replace(lock, kubernetes=(replace(entry, digest=f"sha256:{A}"),))
    assert with_known(lock, known) == lock
    assert with_known(lock, known, {entry.marker}) == known
    assert with_known(lock, replace(lock, kubernetes=()), {entry.marker}) == lock
    moved: LockedKubernetes = replace(entry, version="v1.33.9")
    assert with_known(replace(lock, kubernetes=(moved,)), known, {entry.marker}).kubernetes == (moved,)
