"""What is said of every difference from a lock: both values, the time of the lock, and what can be pasted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.invocation import Invocation
from capyctl.core.lock import LockedFile, LockedProvider, LockedRepository
from capyctl.core.lock_origin import LockOrigin, for_another_version
from capyctl.core.rules.locked import (
    AskedVersion,
    FoundBytes,
    FoundRepository,
    LockedPlace,
    address_elsewhere,
    address_moved,
    contract_differs,
    file_differs,
    file_gone,
    file_not_in_lock,
    file_not_kept,
    not_in_lock,
    repository_created_anew,
    repository_renamed_since,
    stays_newer,
    stays_unlocked,
    version_differs,
)

A, B = "a" * 64, "b" * 64
TIME = "2026-11-01T12:00:00Z"
LABEL = "infrastructure-aws"
WORDS = (
    "resolve",
    LABEL,
    "--locked",
    "capyctl.lock",
    "--contract",
    "v1beta2",
    "--config",
    "c.yaml",
    "--offline",
)
HERE = LockOrigin(name="capyctl.lock", created_at=TIME, invocation=Invocation(words=WORDS))
ELSEWHERE = replace(HERE, name="site/capyctl.lock", is_here=False)
BUNDLE = replace(HERE, name="b.tar", option="--bundle", is_here=False)
PLACE = LockedPlace(
    label=LABEL,
    version="v2.8.1",
    name="metadata.yaml",
    file=LockedFile(url="https://example.org/metadata.yaml", sha256=A, size=5),
    origin=HERE,
    another=LABEL,
)
REPOSITORY = LockedRepository(name="o/n", id=7, url="https://github.com/o/n/releases/latest/c.yaml")
PIECE = Evidence(route="github-download", question=Question.FILE, outcome=Outcome.BAD)


def commands(found: Diagnostic) -> list[str | None]:
    """The commands of all fixes."""
    return [fix.command for fix in found.fixes]


_UPDATE = f"capyctl lock --update {LABEL} --config c.yaml --offline"


def test_a_fix_is_a_command_only_where_it_changes_that_very_lock() -> None:
    fix = HERE.update(LABEL, "lock it anew")
    assert (fix.applicability, fix.title, fix.command) == (Applicability.REVIEW, "lock it anew", _UPDATE)
    for origin, place in ((ELSEWHERE, "site/capyctl.lock"), (BUNDLE, "where the bundle is made")):
        told = origin.update(LABEL, "lock it anew")
        assert told.command is None
        assert place in told.title
        assert _UPDATE in told.title


def test_a_lock_is_named_with_its_time() -> None:
    assert HERE.said == f"the lock capyctl.lock of {TIME}"
    assert BUNDLE.said == f"the lock in the bundle b.tar of {TIME}"


def test_what_is_not_in_the_lock_is_told_with_what_is() -> None:
    found = not_in_lock(LABEL, f"{LABEL}:v2.9.1", ("addon-helm", "cluster-api"), HERE)
    assert "has addon-helm, cluster-api." in found.detail
    assert TIME in found.detail
    assert commands(found) == [_UPDATE.replace(LABEL, f"{LABEL}:v2.9.1")]
    begun = not_in_lock(LABEL, f"{LABEL}:v2.9.1", (), HERE, "v2.9.1 is what was begun,")
    assert begun.detail.startswith(
        f"{LABEL} v2.9.1 is what was begun, and is not in {HERE.said}, which has no"
    )
    empty = not_in_lock(LABEL, "aws", (), HERE)
    assert "has no provider." in empty.detail
    assert commands(empty) == [_UPDATE]
    file = file_not_in_lock(LABEL, "v2.8.1", "metadata.yaml", HERE)
    assert (file.subject.file, commands(file)) == ("metadata.yaml", [_UPDATE])


def test_another_version_is_told_with_both() -> None:
    asked = AskedVersion(label=LABEL, version="v2.9.1", by="is asked for")
    found = version_differs(asked, "v2.8.1", HERE)
    assert found.detail == f"{LABEL} v2.9.1 is asked for, and the lock capyctl.lock of {TIME} has v2.8.1."
    assert commands(found) == [_UPDATE]
    more = replace(asked, reference=f"{LABEL}:v2.9.1", instead="capyctl resolve aws")
    assert commands(version_differs(more, "v2.8.1", HERE)) == [
        "capyctl resolve aws",
        _UPDATE.replace(LABEL, f"{LABEL}:v2.9.1"),
    ]


def test_another_contract_is_told_with_both() -> None:
    found = contract_differs(LABEL, "v1beta2", "v1beta1", HERE)
    assert all(each in found.detail for each in ("v1beta2", "v1beta1", TIME))
    assert commands(found) == [f"capyctl resolve {LABEL} --locked capyctl.lock --config c.yaml --offline"]


def test_other_bytes_are_told_with_both_digests_and_their_place() -> None:
    found = FoundBytes(sha256=B, size=6, where="at https://example.org/x", evidence=(PIECE,))
    told = file_differs(PLACE, found)
    assert all(each in told.detail for each in (f"sha256:{A} (5 bytes)", f"sha256:{B} (6 bytes)", TIME))
    assert told.detail.endswith("in the lock.")
    assert (told.severity, told.evidence) == (Severity.ERROR, (PIECE,))
    assert [fix.applicability for fix in told.fixes] == [Applicability.UPSTREAM, Applicability.REVIEW]
    seen = file_differs(PLACE, replace(found, seen="It was seen.", is_override=True))
    assert seen.detail.endswith("in the lock. It was seen.")
    assert [fix.applicability for fix in seen.fixes] == [Applicability.REVIEW, Applicability.REVIEW]


def test_a_file_that_is_gone_is_told_with_its_digest() -> None:
    found = file_gone(PLACE, "the release has none", (PIECE,))
    assert found.detail.startswith(
        "metadata.yaml of infrastructure-aws v2.8.1 is gone: the release has none. The lock"
    )
    assert f"sha256:{A}" in found.detail
    assert _UPDATE in commands(found)
    manager = file_gone(replace(PLACE, label="cert-manager", another=None), "the release has none", ())
    assert commands(manager) == [None, None]
    assert manager.fixes[1].title == "configure another version of cert-manager, and lock it anew"


@pytest.mark.parametrize(
    ("requested", "by_address", "reference"),
    [
        (None, False, LABEL),
        (">=2.8 <3", False, LABEL),
        ("v2.8.1", False, f"{LABEL}:latest"),
        ("2.8.1", False, f"{LABEL}:latest"),
        (None, True, f"{LABEL}:latest"),
    ],
)
def test_another_version_is_asked_for_past_the_tag_that_was(
    requested: str | None, by_address: bool, reference: str
) -> None:
    """``lock --update`` asks again for what the lock says was asked for (7.2, ``requested``)."""
    entry = LockedProvider(
        provider=LABEL,
        requested=requested,
        version="v2.8.1",
        contract="v1beta1",
        repository=REPOSITORY,
        files={},
        images=(),
    )
    assert for_another_version(entry, pinned_by_address=by_address) == reference


def test_what_is_to_be_kept_is_read_by_a_run_with_the_cache() -> None:
    words = ("resolve", LABEL, "--locked", "capyctl.lock", "--offline", "--no-cache")
    origin = replace(HERE, invocation=Invocation(words=words))
    found = file_not_kept(replace(PLACE, origin=origin), ())
    assert commands(found) == [f"capyctl resolve {LABEL} --locked capyctl.lock"]


def test_a_file_that_is_not_kept_names_where_it_was_looked_for() -> None:
    found = file_not_kept(PLACE, ())
    assert all(each in found.detail for each in ("disk cache", f"sha256:{A}", PLACE.file.url))
    assert commands(found) == [
        f"capyctl resolve {LABEL} --locked capyctl.lock --contract v1beta2 --config c.yaml"
    ]
    bundled = file_not_kept(replace(PLACE, origin=BUNDLE), ())
    assert "the bundle b.tar" in bundled.detail
    assert commands(bundled) == [None]


def test_a_renamed_repository_and_one_in_its_place_are_warnings_with_both_values() -> None:
    renamed = repository_renamed_since(LABEL, REPOSITORY, "p/n", HERE, (PIECE,))
    assert all(each in renamed.detail for each in ("7", "o/n", "p/n", TIME))
    again = repository_created_anew(LABEL, REPOSITORY, FoundRepository(name="O/N", number=8), HERE, (PIECE,))
    assert again.detail.startswith("O/N is another repository than it was: its number is 8, and")
    other = repository_created_anew(LABEL, REPOSITORY, FoundRepository(name="p/m", number=8), HERE, (PIECE,))
    assert other.detail.startswith("p/m stands in the place of o/n: its number is 8, and")
    assert {each.severity for each in (renamed, again, other)} == {Severity.WARNING}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (lambda: stays_unlocked(LABEL, "v2.8.1", HERE), ("v2.8.1", "is not in the lock", "stays as it is")),
        (
            lambda: stays_newer(LABEL, "v2.9.1", "v2.8.1", HERE),
            ("v2.9.1", "v2.8.1", "older", "stays as it is"),
        ),
    ],
)
def test_what_stays_in_an_upgrade_is_a_note(said: Callable[[], Diagnostic], words: tuple[str, ...]) -> None:
    found = said()
    assert found.severity is Severity.NOTE
    assert all(each in found.detail for each in (*words, TIME))


def test_an_address_that_is_not_the_locks_is_why_and_nobody_else_is_blamed() -> None:
    moved = address_moved(LABEL, "https://github.com/p/m/c.yaml", "c.yaml", REPOSITORY.url)
    place = replace(PLACE, moved=moved)
    bytes_ = FoundBytes(sha256=B, size=6, where="at https://example.org/x")
    anew = FoundRepository(name="p/m", number=8, moved=moved)
    told = (
        file_differs(place, bytes_),
        file_gone(place, "the release has none", ()),
        file_not_kept(place, ()),
        repository_created_anew(LABEL, REPOSITORY, anew, HERE, ()),
    )
    for found in told:
        assert all(
            each in found.detail for each in ("https://github.com/p/m/c.yaml", "c.yaml", REPOSITORY.url)
        )
    for found in told[:3]:
        assert found.fixes[0].title.startswith(f"take back the address of {LABEL}")
    assert Applicability.UPSTREAM not in {fix.applicability for fix in told[0].fixes}
    assert "deleted" not in told[3].detail
    near = file_differs(place, replace(bytes_, is_override=True))
    assert moved not in near.detail


@pytest.mark.parametrize("origin", [HERE, BUNDLE])
def test_an_address_that_is_not_the_locks_is_told_where_nobody_was_asked(origin: LockOrigin) -> None:
    """Two names may be of one repository: no more is claimed than the names say."""
    moved = address_moved(LABEL, "https://github.com/p/m/c.yaml", "c.yaml", REPOSITORY.url)
    found = address_elsewhere(LABEL, moved, origin)
    assert (found.severity, found.confidence) == (Severity.WARNING, Confidence.LIKELY)
    for said in ("https://github.com/p/m/c.yaml", REPOSITORY.url, TIME, origin.name):
        assert said in found.detail
    assert found.subject.provider == LABEL
    assert f"lock --update {LABEL}" in (found.fixes[0].command or found.fixes[0].title)


def test_a_signed_query_of_the_lock_is_not_repeated() -> None:
    signed = LockedFile(url="https://u:word@example.org/m?sig=abc", sha256=A, size=5)
    detail = file_not_kept(replace(PLACE, file=signed), ()).detail
    assert "https://example.org/m." in detail
    assert not any(each in detail for each in ("sig", "word"))


@pytest.mark.parametrize(
    ("route", "sent", "variable"),
    [
        ("github-download", False, "GITHUB_TOKEN"),
        ("github-api", True, None),
        ("gitlab", False, "GITLAB_ACCESS_TOKEN"),
        ("https", False, None),
    ],
)
def test_what_is_gone_may_be_private(route: str, sent: bool, variable: str | None) -> None:
    """A forge answers alike for both; near misses: a credential was sent, or the server is no forge."""
    piece = Evidence(route=route, question=Question.FILE, outcome=Outcome.ABSENT, credential_sent=sent)
    titles = [fix.title for fix in file_gone(PLACE, "404", (piece,)).fixes if "is private" in fix.title]
    assert titles == (
        [f"if the repository is private, set {variable} to a token that may read it"] if variable else []
    )
