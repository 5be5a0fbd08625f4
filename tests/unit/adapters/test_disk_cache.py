"""The disk cache by itself: what is kept, what counts as missing, what is told, and what is left alone."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from capyctl.adapters.disk_cache import DiskCache
from capyctl.adapters.disk_cache_files import Bounds, CacheFolder
from capyctl.core.evidence import Hop
from capyctl.core.kept_answer import AnswerKey, KeptAnswer, ReleaseFile, Sighting, fingerprint

NOW = "2026-11-22T10:00:00Z"
NOW_SECONDS = 1_795_341_600.0
KEY = AnswerKey(url="https://github.com/o/r/releases/download/v1/metadata.yaml")
FILE = ReleaseFile(source="github:github.com", repository="o/r", tag="v1", name="metadata.yaml")
BODY = b"kind: Metadata\n"
SHA256 = hashlib.sha256(BODY).hexdigest()
SEEN = Sighting(value=SHA256, seen_at=NOW, url=KEY.url)


class StillClock:
    """A clock that says what it is told to."""

    def __init__(self, now: str = NOW) -> None:
        self.time = now

    def now(self) -> str:
        return self.time

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody waits {seconds} s for a cache")


def cache_in(folder: Path, now: str = NOW, bounds: Bounds | None = None) -> DiskCache:
    return DiskCache(str(folder / "capyctl"), StillClock(now), bounds)


def answer(key: AnswerKey = KEY, body: bytes | None = BODY, **more: object) -> KeptAnswer:
    digest = hashlib.sha256(body).hexdigest() if body is not None else None
    size = len(body) if body is not None else None
    given = {"status": 200, "stored_at": NOW, "sha256": digest, "size": size} | more
    return KeptAnswer(key=key, **given)  # type: ignore[arg-type]


def filled(folder: Path) -> DiskCache:
    """A cache with one of everything."""
    cache = cache_in(folder)
    cache.keep(answer(), BODY)
    cache.first_seen(FILE, SEEN)
    cache.last_seen("ci/latest", SEEN)
    cache.expect("github:github.com/o/r", [("v1", "metadata.yaml")])
    assert cache.troubles() == ()
    return cache


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def only(folder: Path, pattern: str) -> Path:
    (path,) = (folder / "capyctl").glob(pattern)
    return path


def test_everything_of_an_answer_comes_back(tmp_path: Path) -> None:
    whole = answer(
        etag='W/"a"',
        last_modified="Sat, 01 Aug 2026 00:00:00 GMT",
        location="https://example.org/there",
        final_url="https://example.org/there",
        hops=(Hop(url="https://example.org", status=302),),
        media_type="text/plain",
        headers=(("x-thing", "one"),),
    )
    cache_in(tmp_path).keep(whole, BODY)
    later = cache_in(tmp_path)
    assert later.find(KEY) == whole
    assert later.body(SHA256) == BODY


@pytest.mark.parametrize(
    "other",
    [
        AnswerKey(url=KEY.url + "?"),
        AnswerKey(url=KEY.url, accept="application/json"),
        AnswerKey(url=KEY.url, credential=fingerprint("token")),
    ],
)
def test_what_is_kept_under_one_key_is_no_answer_to_another(tmp_path: Path, other: AnswerKey) -> None:
    cache = filled(tmp_path)
    assert cache.find(other) is None
    cache.keep(answer(other, b"private"), b"private")
    kept = cache.find(KEY)
    assert kept is not None
    assert kept.sha256 == SHA256


def test_an_absence_and_a_redirect_are_kept_without_bytes(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    gone = answer(body=None, status=404)
    cache.keep(gone, None)
    assert cache.find(KEY) == gone
    assert cache.contents().entries == 1


def test_a_confirmation_needs_no_bytes(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    cache.keep(answer(stored_at="2026-11-22T11:00:00Z"), None)
    kept = cache.find(KEY)
    assert kept is not None
    assert kept.stored_at == "2026-11-22T11:00:00Z"
    assert cache.body(SHA256) == BODY


def test_what_was_seen_first_stays_and_what_was_seen_last_changes(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    changed = Sighting(value="f" * 64, seen_at="2026-11-23T10:00:00Z")
    assert cache.first_seen(FILE, changed) == SEEN
    assert cache_in(tmp_path).first_seen(FILE, changed) == SEEN
    assert cache.last_seen("ci/latest", changed) == SEEN
    assert cache.last_seen("ci/latest", SEEN) == changed
    assert cache.last_seen("ci/latest-1.33", SEEN) is None
    assert cache.first_seen("ci/latest", changed) == changed


def test_a_private_file_of_the_same_name_is_another_file(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    mine = ReleaseFile(
        source=FILE.source, repository="o/r", tag="v1", name="metadata.yaml", credential=fingerprint("t")
    )
    changed = Sighting(value="f" * 64, seen_at=NOW)
    assert cache.first_seen(mine, changed) == changed


def test_expected_files_come_back_for_their_repository_alone(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    assert cache.expected("github:github.com/o/r") == (("v1", "metadata.yaml"),)
    assert tuple(cache.expected("github:github.com/o/other")) == ()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    assert cache.find(KEY) is None
    assert cache.body(SHA256) is None
    assert tuple(cache.expected("x")) == ()
    assert cache.contents().entries == 0
    assert cache.clear() == 0
    cache.close()
    assert cache.troubles() == ()
    assert list(tmp_path.iterdir()) == []


def test_a_url_never_becomes_a_path(tmp_path: Path) -> None:
    cache = cache_in(tmp_path / "deep" / "er")
    evil = AnswerKey(url="https://x/../../../../etc/passwd\0\udcff")
    cache.keep(answer(evil), BODY)
    cache.expect("../../..", [("../..", "/etc/passwd")])
    kept = cache.find(evil)
    assert kept is not None
    assert kept.key == evil
    assert {path.split("/")[0] for path in files_in(tmp_path)} == {"deep"}
    names = [path.removeprefix("deep/er/capyctl/").split("/") for path in files_in(tmp_path)]
    assert {name[0] for name in names} == {"format", "answers", "bodies", "expected"}


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
def test_files_are_the_user_s_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        filled(tmp_path)
    finally:
        os.umask(before)
    for path in [tmp_path / "capyctl", *(tmp_path / "capyctl").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("pattern", ["answers/*/*", "last/*/*", "expected/*/*", "bodies/*/*", "first/*/*"])
@pytest.mark.parametrize("damage", ["cut", "empty", "bit", "other"])
def test_a_damaged_file_counts_as_missing_and_is_removed(tmp_path: Path, pattern: str, damage: str) -> None:
    filled(tmp_path)
    path = only(tmp_path, pattern)
    whole = path.read_bytes()
    broken = {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "bit": bytes([whole[0] ^ 1]) + whole[1:],
        "other": b'{"sha256": 1, "entry": []}',
    }[damage]
    path.write_bytes(broken)
    os.utime(path, (0, 0))
    cache = cache_in(tmp_path)
    cache.find(KEY)
    assert cache.body(SHA256) in (None, BODY)
    other = Sighting(value="e" * 64, seen_at=NOW)
    found = (
        cache.first_seen(FILE, other),
        cache.last_seen("ci/latest", SEEN),
        cache.expected("github:github.com/o/r"),
    )
    if pattern.startswith("first"):
        assert found[0] == other
    if pattern.startswith("last"):
        assert found[1] is None
    if pattern.startswith("expected"):
        assert tuple(found[2]) == ()
    if pattern.startswith(("answers", "bodies")):
        assert cache.body(SHA256) is None or cache.find(KEY) is None
    assert not path.exists() or path.read_bytes() != broken
    assert cache.troubles() == ()


@pytest.mark.parametrize("changed", ["status", "stored_at", "body"])
def test_an_entry_changed_by_hand_is_no_entry(tmp_path: Path, changed: str) -> None:
    filled(tmp_path)
    path = only(tmp_path, "answers/*/*")
    document = json.loads(path.read_text())
    document["entry"][changed] = "other"
    path.write_text(json.dumps(document))
    assert cache_in(tmp_path).find(KEY) is None


def test_an_entry_in_the_place_of_another_is_no_entry(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    other = AnswerKey(url="https://example.org")
    place = tmp_path / "capyctl" / "answers" / other.digest()[:2] / f"{other.digest()}.json"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(only(tmp_path, f"answers/*/{KEY.digest()}.json").read_bytes())
    assert cache.find(other) is None
    assert not place.exists()


def test_an_answer_whose_bytes_are_gone_is_no_answer(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    only(tmp_path, "bodies/*/*").unlink()
    assert cache.find(KEY) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_nothing_waits_for_a_pipe_in_the_place_of_a_file(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    path = only(tmp_path, "answers/*/*")
    path.unlink()
    os.mkfifo(path)
    assert cache.find(KEY) is None
    (tmp_path / "capyctl" / "format").unlink()
    os.mkfifo(tmp_path / "capyctl" / "format")
    assert [each.kind for each in cache_in(tmp_path).troubles()] == ["format"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a socket is made without a name of its own")
@pytest.mark.parametrize("kind", ["socket", "link to itself"])
def test_what_cannot_be_opened_as_a_file_is_no_entry_and_no_trouble(tmp_path: Path, kind: str) -> None:
    cache = filled(tmp_path)
    for pattern in ("answers/*/*", "bodies/*/*"):
        path = only(tmp_path, pattern)
        path.unlink()
        if kind == "socket":
            os.mknod(path, stat.S_IFSOCK | 0o600)
        else:
            path.symlink_to(path.name)
    assert cache.find(KEY) is None
    assert cache.body(SHA256) is None
    assert not cache.troubles()
    cache.keep(answer(body=BODY), BODY)
    assert cache_in(tmp_path).body(SHA256) == BODY


@pytest.mark.parametrize(
    "content", ["capyctl-cache/2\n", "", "capyctl-cache/1.5", "x" * 500, "capyctl-cache/1\nmore\n"]
)
def test_a_folder_of_another_format_is_neither_read_nor_changed(tmp_path: Path, content: str) -> None:
    filled(tmp_path)
    (tmp_path / "capyctl" / "format").write_text(content)
    before = files_in(tmp_path)
    cache = cache_in(tmp_path)
    assert cache.find(KEY) is None
    assert cache.body(SHA256) is None
    cache.keep(answer(body=b"new"), b"new")
    assert cache.first_seen(FILE, Sighting(value="e", seen_at=NOW)).value == "e"
    assert cache.last_seen("ci/latest", SEEN) is None
    assert cache.clear() == 0
    cache.close()
    (trouble,) = cache.troubles()
    assert trouble.kind == "format"
    assert trouble.path == str(tmp_path / "capyctl")
    assert content.split("\n", maxsplit=1)[0][:60] in trouble.reason
    assert (cache.contents().entries, cache.contents().size) == (None, None)
    assert files_in(tmp_path) == before


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "capyctl").mkdir()
    (tmp_path / "capyctl" / "thesis.txt").write_text("years of work")
    cache = cache_in(tmp_path)
    cache.keep(answer(), BODY)
    assert [each.kind for each in cache.troubles()] == ["format"]
    assert files_in(tmp_path) == {"capyctl/thesis.txt": b"years of work"}


def test_a_folder_that_was_only_just_made_is_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "capyctl").mkdir()
    (tmp_path / "capyctl" / "tmp-0123").write_text("capyctl-ca")
    cache = cache_in(tmp_path)
    cache.keep(answer(), BODY)
    assert cache.troubles() == ()
    assert cache.find(KEY) is not None


def test_a_format_with_the_line_end_of_windows_is_ours(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / "capyctl" / "format").write_bytes(b"capyctl-cache/1\r\n")
    assert cache_in(tmp_path).find(KEY) is not None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("capyctl-cache/1\nextra\n", "capyctl-cache/1"),
        ("capyctl-cache/1 \n", "capyctl-cache/1 "),
        (" capyctl-cache/1", " capyctl-cache/1"),
    ],
)
def test_a_format_that_begins_as_ours_is_given_as_it_stands_and_explained(
    tmp_path: Path, content: str, line: str
) -> None:
    filled(tmp_path)
    (tmp_path / "capyctl" / "format").write_text(content)
    cache = cache_in(tmp_path)
    assert cache.contents().format == line
    (trouble,) = cache.troubles()
    assert trouble.kind == "format"
    assert "and more, and capyctl-cache/1 is used here" in trouble.reason


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", None),
        (b"\n", None),
        (b"capyctl-cache/2\r\n", "capyctl-cache/2"),
        (b"a\x1b[31mb\xff\n", "a?[31mb\N{REPLACEMENT CHARACTER}"),
        (b"x" * 500, "x" * 60),
        (b"x" * 5000, None),
    ],
)
def test_the_format_of_a_foreign_folder_is_its_first_line_and_no_word_of_ours(
    tmp_path: Path, content: bytes, line: str | None
) -> None:
    filled(tmp_path)
    (tmp_path / "capyctl" / "format").write_bytes(content)
    assert cache_in(tmp_path).contents().format == line


def test_a_folder_without_a_format_has_none(tmp_path: Path) -> None:
    (tmp_path / "capyctl").mkdir()
    (tmp_path / "capyctl" / "thesis.txt").write_text("years of work")
    cache = cache_in(tmp_path)
    assert (cache.contents().format, cache.contents().entries) == (None, None)
    assert "it has files and no format" in cache.troubles()[0].reason


@pytest.mark.parametrize("place", ["above/capyctl", "above"])
def test_a_link_that_leads_nowhere_is_told_as_such(tmp_path: Path, place: str) -> None:
    above, link = tmp_path / "above", tmp_path / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(tmp_path / "nothing")
    for _ in range(2):
        cache = cache_in(above)
        contents = cache.contents()
        assert (contents.format, contents.entries, contents.size) == (None, None, None)
        cache.keep(answer(), BODY)
        (trouble,) = cache.troubles()
        assert trouble.kind == "unwritable"
        assert "is a link, and nothing is where it leads" in trouble.reason
    assert not (tmp_path / "nothing").exists()


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "above").symlink_to("there")
    cache = cache_in(tmp_path / "above")
    assert cache.contents().entries == 0
    cache.keep(answer(), BODY)
    assert cache.troubles() == ()
    assert cache.find(KEY) is not None


def test_of_a_folder_that_cannot_be_read_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "capyctl").symlink_to("capyctl")
    contents = cache_in(tmp_path).contents()
    assert (contents.format, contents.entries, contents.size) == (None, None, None)


def test_a_clock_in_the_past_is_told_once_and_the_answer_still_given(tmp_path: Path) -> None:
    filled(tmp_path)
    early = cache_in(tmp_path, "2020-01-01T00:00:00Z")
    assert early.find(KEY) is not None
    early.first_seen(FILE, SEEN)
    (trouble,) = early.troubles()
    assert trouble.kind == "clock"
    assert NOW in trouble.reason
    assert "2020-01-01T00:00:00Z" in trouble.reason


def test_clocks_may_differ_a_little(tmp_path: Path) -> None:
    filled(tmp_path)
    early = cache_in(tmp_path, "2026-11-22T09:55:00Z")
    early.find(KEY)
    assert early.troubles() == ()
    earlier = cache_in(tmp_path, "2026-11-22T09:54:59Z")
    earlier.find(KEY)
    assert [each.kind for each in earlier.troubles()] == ["clock"]


def test_a_file_in_the_place_of_the_folder_is_one_trouble(tmp_path: Path) -> None:
    (tmp_path / "capyctl").write_text("")
    cache = cache_in(tmp_path)
    for _ in range(3):
        assert cache.find(KEY) is None
        cache.keep(answer(), BODY)
    assert [each.kind for each in cache.troubles()] == ["unwritable"]
    cache.close()


def _unreadable(path: Path) -> Path:
    """In the place of a file or folder, what not even root can look at: it leads to a name that is too long."""
    if path.is_dir():
        path.rename(path.with_name("aside"))
    else:
        path.unlink()
    path.symlink_to("x" * 300)
    return path


@pytest.mark.parametrize("place", ["answers", "answers/*", "answers/*/*", "bodies", "bodies/*", "bodies/*/*"])
def test_what_cannot_be_looked_at_is_one_trouble_and_no_answer(tmp_path: Path, place: str) -> None:
    filled(tmp_path)
    _unreadable(only(tmp_path, place))
    cache = cache_in(tmp_path)
    for _ in range(2):
        assert cache.find(KEY) is None
        cache.keep(answer(), BODY)
    (trouble,) = cache.troubles()
    assert (trouble.kind, trouble.path) == ("unwritable", str(tmp_path / "capyctl"))
    assert trouble.reason == f"cannot be read: {os.strerror(errno.ENAMETOOLONG)}"
    cache.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
@pytest.mark.parametrize("place", ["answers", "answers/*", "answers/*/*", "bodies", "bodies/*"])
def test_what_may_not_be_looked_at_is_one_trouble_and_no_answer(tmp_path: Path, place: str) -> None:
    filled(tmp_path)
    closed = only(tmp_path, place)
    mode = closed.stat().st_mode
    closed.chmod(0)
    cache = cache_in(tmp_path)
    assert cache.find(KEY) is None
    closed.chmod(mode)
    assert [each.reason for each in cache.troubles()] == [f"cannot be read: {os.strerror(errno.EACCES)}"]


@pytest.mark.parametrize("kind", ["first", "last"])
def test_a_record_of_what_was_seen_that_cannot_be_read_is_told(tmp_path: Path, kind: str) -> None:
    filled(tmp_path)
    kept = only(tmp_path, f"{kind}/*/*")
    kept.unlink()
    kept.symlink_to(kept.name)
    cache = cache_in(tmp_path)
    other = Sighting(value="e" * 64, seen_at=NOW)
    for _ in range(2):
        assert cache.first_seen(FILE, other) in (SEEN, other)
        cache.last_seen("ci/latest", other)
    (trouble,) = cache.troubles()
    assert (trouble.kind, trouble.reason) == ("unwritable", f"cannot be read: {os.strerror(errno.ELOOP)}")


def test_a_reading_that_cannot_be_read_is_made_again_and_nothing_is_told(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.keep_reading("d" * 64, b"{}")
    kept = only(tmp_path, "readings/*/*")
    kept.unlink()
    kept.symlink_to(kept.name)
    assert cache.reading("d" * 64) is None
    assert cache.troubles() == ()


def _aged(path: Path, seconds_ago: float) -> None:
    os.utime(path, (NOW_SECONDS - seconds_ago, NOW_SECONDS - seconds_ago))


def _kept_bodies(folder: Path) -> set[bytes]:
    return {path.read_bytes()[:1] for path in (folder / "capyctl" / "bodies").rglob("*") if path.is_file()}


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, bounds=Bounds(size=3500))
    for position, letter in enumerate(b"abcd"):
        body = bytes([letter]) * 1000
        sha256 = cache.keep_body(body)
        _aged(only(tmp_path, f"bodies/*/{sha256}"), 20_000 - position * 1000)
        if letter == ord("c"):
            assert cache.body(hashlib.sha256(b"a" * 1000).hexdigest()) is not None
    cache.close()
    assert _kept_bodies(tmp_path) == {b"a", b"c", b"d"}
    assert cache.contents().size is not None
    assert (cache.contents().size or 0) <= 3500


def test_no_more_answers_are_kept_than_may_be(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, bounds=Bounds(entries=3))
    keys = [AnswerKey(url=f"https://example.org/{number}") for number in range(5)]
    for number, key in enumerate(keys):
        cache.keep(answer(key, None, status=404), None)
        _aged(only(tmp_path, f"answers/*/{key.digest()}.json"), 1000 - number)
    cache.close()
    assert cache.contents().entries == 3
    assert [cache.find(key) is not None for key in keys] == [False, False, True, True, True]


def test_what_was_seen_first_does_not_go_for_want_of_bytes(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, bounds=Bounds(size=1000))
    cache.first_seen(FILE, SEEN)
    _aged(only(tmp_path, "first/*/*"), 10_000)
    cache.keep_body(b"a" * 999)
    cache.close()
    other = Sighting(value="e" * 64, seen_at=NOW)
    assert cache.first_seen(FILE, other) == SEEN


def test_a_reading_goes_for_want_of_bytes_as_everything_that_can_be_had_again(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, bounds=Bounds(size=1000))
    cache.keep_reading("d" * 64, b'{"a":1}')
    _aged(only(tmp_path, "readings/*/*"), 10_000)
    assert cache.reading("d" * 64) == b'{"a":1}'
    _aged(only(tmp_path, "readings/*/*"), 10_000)
    cache.keep_body(b"a" * 999)
    cache.close()
    assert cache.reading("d" * 64) is None


def test_bytes_beyond_the_bound_are_not_kept_at_all(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, bounds=Bounds(size=10))
    sha256 = cache.keep_body(b"a" * 11)
    assert cache.body(sha256) is None
    assert cache.troubles() == ()


def test_leftovers_of_killed_processes_go_after_an_hour(tmp_path: Path) -> None:
    filled(tmp_path)
    old, young = tmp_path / "capyctl" / "tmp-old", tmp_path / "capyctl" / "tmp-young"
    for path, age in ((old, 3700), (young, 3500)):
        path.write_bytes(b"half")
        _aged(path, age)
    cache = cache_in(tmp_path)
    cache.keep(answer(AnswerKey(url="https://example.org/new"), None, status=404), None)
    cache.close()
    assert (old.exists(), young.exists()) == (False, True)


def test_a_run_that_added_nothing_sweeps_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    old = tmp_path / "capyctl" / "tmp-old"
    old.write_bytes(b"half")
    _aged(old, 7200)
    cache = cache_in(tmp_path, bounds=Bounds(size=1))
    cache.find(KEY)
    cache.keep(answer(stored_at="2026-11-22T09:59:00Z"), None)
    cache.close()
    assert old.exists()
    assert cache.find(KEY) is not None


def test_a_thread_that_outlives_its_run_writes_nothing(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.close()
    cache.keep(answer(), BODY)
    assert cache.first_seen(FILE, SEEN) == SEEN
    cache.last_seen("marker", SEEN)
    cache.expect("o/r", [("v1", "metadata.yaml")])
    cache.keep_reading(SHA256, b"{}")
    assert list(tmp_path.iterdir()) == []
    assert cache.troubles() == ()


def test_the_end_of_a_run_waits_for_the_write_that_is_being_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end, put = threading.Event(), threading.Event(), CacheFolder.put

    def slow_put(folder: CacheFolder, kind: str, digest: str, data: bytes) -> bool:
        begun.set()
        assert may_end.wait(60)
        return put(folder, kind, digest, data)

    monkeypatch.setattr(CacheFolder, "put", slow_put)
    cache = cache_in(tmp_path)
    writer = threading.Thread(target=cache.keep_body, args=(BODY,))
    ending = threading.Thread(target=cache.close)
    writer.start()
    assert begun.wait(60)
    ending.start()
    ending.join(0.2)
    assert ending.is_alive()
    may_end.set()
    ending.join(60)
    assert cache.body(SHA256) == BODY
    writer.join(60)


def test_clear_removes_what_is_the_cache_s_own_and_nothing_else(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    outside = tmp_path / "outside"
    (outside / "ab").mkdir(parents=True)
    victim = outside / "ab" / ("ab" + "0" * 62)
    victim.write_text("mine")
    root = tmp_path / "capyctl"
    (root / "notes.txt").write_text("mine")
    (root / "answers" / "README").write_text("mine")
    (root / "answers" / "ab").mkdir(exist_ok=True)
    (root / "answers" / "ab" / "notes.json").write_text("mine")
    (root / "bodies" / "ab").symlink_to(outside / "ab")
    (root / "answers" / "ab" / ("ab" + "1" * 62 + ".json")).symlink_to(victim)
    assert cache.clear() == 1
    left = files_in(tmp_path)
    mine = {
        "outside/ab/" + victim.name,
        "capyctl/notes.txt",
        "capyctl/answers/README",
        "capyctl/answers/ab/notes.json",
    }
    assert set(left) == mine | {"capyctl/format"}
    assert cache.contents().entries == 0
    assert cache.find(KEY) is None
    assert cache.first_seen(FILE, Sighting(value="e", seen_at=NOW)).value == "e"


def test_clear_does_not_follow_a_link_in_the_place_of_a_kind(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "capyctl" / "bodies").rename(elsewhere)
    (tmp_path / "capyctl" / "bodies").symlink_to(elsewhere)
    cache.clear()
    assert len(files_in(elsewhere)) == 1


def test_where_there_are_no_links_the_first_still_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted", str(self), None, str(target))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    cache = filled(tmp_path)
    assert cache.first_seen(FILE, Sighting(value="e", seen_at=NOW)) == SEEN
    half = only(tmp_path, "first/*/*")
    half.write_bytes(half.read_bytes()[:10])
    _aged(half, 5)
    other = Sighting(value="e", seen_at=NOW)
    assert cache.first_seen(FILE, other) == other
    assert half.exists(), "it may be in the making"
    _aged(half, 61)
    assert cache.first_seen(FILE, other) == other
    assert cache.first_seen(FILE, SEEN) == other


def test_a_folder_that_is_removed_under_a_run_is_made_again(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    subprocess.run(["rm", "-r", str(tmp_path / "capyctl")], check=True)
    assert cache.find(KEY) is None
    cache.keep(answer(), BODY)
    assert cache.troubles() == ()
    assert cache_in(tmp_path).find(KEY) is not None


def test_the_cache_costs_a_run_little_to_import() -> None:
    program = (
        "import sys\nfrom capyctl.adapters.disk_cache import DiskCache\n"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"httpx", "ssl", "asyncio", "yaml", "tempfile", "shutil", "random"} & set(
        json.loads(ran.stdout.replace("'", '"'))
    )
